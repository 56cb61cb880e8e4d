"""Foreign text -> text that a terminal can be shown."""

from __future__ import annotations

import re
from functools import cache

_HIDDEN = (
    "\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f"  # C0 but for tab and newline, DEL, C1
    "\\xad\\u034f\\u061c\\u180b-\\u180f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff0-\\ufffb"  # format, bidi
    "\\u115f\\u1160\\u17b4\\u17b5\\u3164\\uffa0"  # letters without a shape
    "\\ud800-\\udfff"
    "\\U00013430-\\U0001345f\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff"
)
_MARKS = "\\u0300-\\u034e\\u0350-\\u036f\\u0483-\\u0489\\u1ab0-\\u1aff\\u1dc0-\\u1dff\\u20d0-\\u20ff\\ufe20-\\ufe2f"
_IDEOGRAPHS = "\\u3400-\\u9fff\\uf900-\\ufaff\\U00020000-\\U0003ffff"
_SELECTORS = "\\ufe00-\\ufe0f"

_LEGITIMATE = (
    f"(?<=[^\\x00-\\x7f{_HIDDEN}])[\\u200c\\u200d](?=[^\\x00-\\x7f{_HIDDEN}{_SELECTORS}])"  # Persian, Hindi, emoji families
    f"|(?<=[0-9#*]|[^\\x00-\\x7f{_HIDDEN}{_SELECTORS}])[{_SELECTORS}]"
    f"|(?<=[{_IDEOGRAPHS}])[\\U000e0100-\\U000e01ef]"
)
_SUSPECT = f"(?P<kept>{_LEGITIMATE})|(?P<marks>[{_MARKS}]{{9,}})|[{_HIDDEN}{_SELECTORS}]"
_SUSPECT_IN_LINE = f"{_SUSPECT}|[\\t\\n]"
_UNSHOWABLE = f"[{_HIDDEN}{_SELECTORS}]|[{_MARKS}]{{9,}}"
_NO_BYTE = "[\\ud800-\\udc7f\\udd00-\\udfff]"
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_MAX_MARKS = 8


def safe_text(text: str, *, one_line: bool = False) -> str:
    """Return text that moves no cursor, hides nothing and reverses nothing: what could do so is shown as an escape.

    Newlines and tabs stay, unless it is to be one line. A lone surrogate that stands for a byte is shown as that byte.
    """
    if text.isascii() and text.isprintable():
        return text
    if one_line:
        return _compiled(_SUSPECT_IN_LINE).sub(_visible, text)
    return _compiled(_SUSPECT).sub(_visible, text.replace("\r\n", "\n").replace("\xad", ""))


def stripped(text: str) -> str:
    """Return text without what nobody sees: for readers whom an escape would tell as much as what it stands for."""
    return _compiled(_SUSPECT).sub(_removed, text.replace("\r\n", "\n"))


def escape_json(text: str) -> str:
    """Return JSON that means the same, with escapes for what a terminal must not see and UTF-8 cannot hold."""
    return _compiled(_UNSHOWABLE).sub(lambda match: _json_escape(match[0]), text)


def true_bytes(text: str) -> bytes:
    """Return UTF-8 in which a surrogate that stands for a byte is that byte; any other is no character at all."""
    return _compiled(_NO_BYTE).sub("\ufffd", text).encode("utf-8", "surrogateescape")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern when it is first asked for: all of them take 4 ms, and a search that is served some 100."""
    return re.compile(pattern)


def _visible(match: re.Match[str]) -> str:
    text = match[0]
    if match["kept"]:
        return text
    if match["marks"]:
        return text[:_MAX_MARKS] + "…"
    code = ord(text)
    if text in _NAMED:
        return _NAMED[text]
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _removed(match: re.Match[str]) -> str:
    if match["kept"]:
        return match[0]
    return match[0][:_MAX_MARKS] if match["marks"] else ""


def _json_escape(chars: str) -> str:
    # Pairs of surrogates beyond the first plane, as JSON wants them.
    units = chars.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))

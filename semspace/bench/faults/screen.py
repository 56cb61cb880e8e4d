"""What a terminal is sent, byte for byte, and whether anything in it is not ours."""

from __future__ import annotations

import os
import pty
import re
import select
import sys
import time
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote_to_bytes

from semspace.bench.faults.forked import one_thread
from semspace.cli import main

LIMIT = 30.0
"""Seconds that a command may take."""

_COLOUR = re.compile(r"\x1b\[(?:(?:[0-4]|3[0-79]|9[0-7]|38;5;(?:70|106|197|237|244));?)+m")
"""The colours that semspace writes, bars of progress included: none that blinks, conceals or has a ground."""
_PAINT = re.compile(
    r"\x1b\[(?:(?:[34]8;5;(?!199)\d{1,3}|[34]8;2;\d{1,3};\d{1,3};\d{1,3}|[0-47]|[34][0-79]|9[0-7]|10[0-6]);?)+m"
)
"""The colours of a picture; one that only hostile texts ask for is not among them."""
_LINK = re.compile(r"\x1b\]8;(?:id=[-0-9]+)?;(file://[!-~]*)?\x1b\\")
_PROGRESS = re.compile(r"\x1b\[\?25[lh]|\x1b\[[0-9]*[AKJ]|\x1b\[2K|\r(?=\x1b|\n|$)")
"""What redraws a line of progress and hides the cursor meanwhile."""
_RETURN = re.compile(r"^\r+(?!\n)", re.MULTILINE)
"""What moves the cursor to where it is."""
_SIGNS = {0x600, 0x601, 0x602, 0x603, 0x604, 0x605, 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
"""Format characters that have a shape."""
_UNSEEN = {0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0, *range(0x180B, 0x1810), *range(0xFFF0, 0xFFF9)}
_MARKS = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{9}")


def fault_of(
    seen: bytes, *, progress: bool = False, colours: bool = True, real: bool = True, picture: bool = False
) -> str | None:
    """Return what a terminal was sent that semspace itself does not write; None where there is nothing.

    `progress`: a line of it may be redrawn. `real`: links lead to files that are there. `picture`: it may have grounds.
    """
    try:
        text = seen.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"bytes that are no text at {error.start}: {seen[max(0, error.start - 20) : error.start + 20]!r}"
    for target in _LINK.findall(text):
        if real and target and not Path(os.fsdecode(unquote_to_bytes(target.removeprefix("file://")))).exists():
            return f"a link to {target}, where there is no file"
    text = _LINK.sub("", text)
    text = (_PAINT if picture else _COLOUR).sub("", text) if colours else text
    text = _RETURN.sub("", _PROGRESS.sub("", text)) if progress else text
    text = text.replace("\r\n", "\n")
    for place, char in enumerate(text):
        if _forbidden(text, place, char):
            return f"U+{ord(char):04X} in {text[max(0, place - 30) : place + 30]!r}"
    return f"a tower of marks in {text!r:.80}" if _MARKS.search(text) else None


def _forbidden(text: str, place: int, char: str) -> bool:
    code, last = ord(char), text[place - 1] if place else " "
    if 0xFE00 <= code <= 0xFE0F:
        return last.isascii() and last not in "0123456789#*"
    if 0xE0100 <= code <= 0xE01EF:
        return unicodedata.category(last) != "Lo" and not 0x20000 <= ord(last) <= 0x3FFFF
    if char in "\n\t" or char.isprintable():
        return code in _UNSEEN
    category = unicodedata.category(char)
    if category in {"Cn", "Co", "Zs"}:
        return False
    if char in "\u200c\u200d":
        # Within a word of a script that needs them, or in an emoji.
        return last.isascii() or not text[place + 1 : place + 2] or text[place + 1].isascii()
    return code not in _SIGNS


def plain(seen: bytes) -> str:
    """Return what was sent without colours, links and line ends of a terminal."""
    return _LINK.sub("", _COLOUR.sub("", seen.decode("utf-8", "replace"))).replace("\r\n", "\n")


def run(words: Sequence[str], folder: Path, environ: Mapping[str, str], columns: int, typed: bytes = b"") -> tuple[int, bytes]:
    """Run the program in a fork of this process, on a terminal of its own; return its exit code and all that it sent.

    `typed` is there to be read. 124 is the code of one that did not end in time.
    """
    child, screen = pty.fork()
    if not child:
        one_thread()
        _be(words, folder, environ, columns)
    if typed:
        os.write(screen, typed)
    seen, until = b"", time.monotonic() + LIMIT
    while time.monotonic() < until:
        if not select.select([screen], [], [], 1.0)[0]:
            continue
        try:
            block = os.read(screen, 1 << 16)
        except OSError:
            block = b""
        if not block:
            break
        seen += block
    else:
        with suppress(OSError):
            os.kill(child, 9)
    os.close(screen)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return (124 if code == -9 else code), seen


def _be(words: Sequence[str], folder: Path, environ: Mapping[str, str], columns: int) -> None:
    """Be the program, as a shell starts it; never return."""
    code = 125
    try:
        for stream, number in (("stdin", 0), ("stdout", 1), ("stderr", 2)):
            setattr(sys, stream, open(number, "r" if not number else "w", encoding="utf-8", closefd=False))  # noqa: SIM115
        os.environ.update({"TERM": "xterm-256color", "COLUMNS": str(columns), **environ})
        os.chdir(folder)
        code = main([*words])
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException as error:  # noqa: BLE001  # told on the terminal, where it is looked for
        os.write(2, f"Traceback: {type(error).__name__}: {error!r}\n".encode("utf-8", "backslashreplace"))
    finally:
        os._exit(code)

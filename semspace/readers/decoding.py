"""Bytes -> text, whatever the encoding."""

from __future__ import annotations

import codecs
import re

from semspace.errors import SkippedFile

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDER = {
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
"""Encodings by whose names their supersets go, as browsers have it."""
_NO_ENCODINGS = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"})
_SAMPLE = 65536
_SEVEN_BIT = re.compile(rb"\x1b[$()%&*+,\-./0-9@A-Z]|~\{")
"""What betrays ISO-2022 and HZ, which are valid ASCII."""
_NON_ASCII = re.compile(rb"[\x80-\xff]")
_FOREIGN = re.compile("[\u0370-\u1fff\u2c00-\ud7ff]")
_MIXED = re.compile("(?<=[A-Za-z])[\u0370-\u1fff\u2c00-\ud7ff]|[\u0370-\u1fff\u2c00-\ud7ff](?=[A-Za-z])")
_IN_USE = re.compile("[\t\n\r -~\xa0-\xff\u0370-\u06ff\u2010-\u2026\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff00-\uffee]")
_MOST = 0.97
_FEW = 8
"""Characters below which a text is too short to be told from chance."""
_FOREIGN_FEW = 5
_UNPRINTABLE = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]")
_NEWLINES = re.compile("\r\n?")
_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")
_MAX_NOISE = 0.05
"""Share of control characters from which on a decoded text counts as binary."""


def decode(data: bytes, declared: str | None = None) -> str:
    """Decode text of any encoding; `declared` is what the file says of itself, believed where it decodes.

    UTF-8 strictly first, byte order marks, then detection. A character cut off at the end is dropped. Newlines become
    "\\n"; NUL and lone surrogates become U+FFFD. Raises SkippedFile("binary").
    """
    return clean(_decode(data, declared))


def clean(text: str) -> str:
    """Normalise newlines, replace NUL and lone surrogates by U+FFFD."""
    return _NOT_TEXT.sub("\ufffd", _NEWLINES.sub("\n", text) if "\r" in text else text)


def _decode(data: bytes, declared: str | None) -> str:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _checked(_lenient(data[len(bom) :], encoding))
    # Without a byte of eight bits: a log of a terminal holds such sequences too.
    seven_bit = _SEVEN_BIT.search(data[:_SAMPLE]) and not _NON_ASCII.search(data[:_SAMPLE])
    if not seven_bit and b"\x00" not in data[:_SAMPLE]:
        text = _strict(data, "utf-8")
        if text is not None:
            return _checked(text)
        if (text := _damaged_utf8(data)) is not None:
            return _checked(text)
    known = _known(declared) if declared else None
    if known and (text := _strict(data, known)) is not None:
        return _checked(text)
    if _hardly_foreign(data) and (text := _strict(data, "cp1252")) is not None:
        return _checked(text)
    encoding = _detected(data)
    text = _lenient(data, "utf-8" if seven_bit and encoding == "ascii" else encoding)
    if _mixes_alphabets(text) and (western := _strict(data, "cp1252")) is not None:
        text = western
    return _checked(text)


def _hardly_foreign(data: bytes) -> bool:
    """Tell whether too few bytes are not ASCII for detection to be more than a guess: then it is a Western text."""
    count = len(_NON_ASCII.findall(data)) if len(data) < _SAMPLE and b"\x00" not in data else 0
    return 0 < count <= min(_FOREIGN_FEW, len(data) // 4)


def _sixteen_bit(data: bytes) -> str | None:
    """Return the UTF-16, without a byte order mark, in which nearly all of the bytes are letters in use."""
    shares = {}
    for encoding in ("utf-16-le", "utf-16-be"):
        text = _strict(data[:_SAMPLE], encoding) or ""
        shares[encoding] = len(_IN_USE.findall(text)) / max(len(text), 1) if len(text) >= _FEW else 0.0
    best = max(shares, key=shares.__getitem__)
    return best if shares[best] > _MOST else None


def _mixes_alphabets(text: str) -> bool:
    """Tell whether foreign letters stand within Latin words: then the few bytes of a short Western text were misread."""
    foreign = len(_FOREIGN.findall(text[:_SAMPLE]))
    return 0 < foreign <= 3 * len(_MIXED.findall(text[:_SAMPLE]))


def _known(name: str) -> str | None:
    """Return what Python calls an encoding, or its superset; None where the name is none that a file may have."""
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    # Python also calls zlib and base64 encodings.
    if not getattr(info, "_is_text_encoding", True) or info.name in _NO_ENCODINGS:
        return None
    return _WIDER.get(info.name, info.name)


def _strict(data: bytes, encoding: str) -> str | None:
    """Decode, forgiving only a character cut off at the end; None where the bytes are not in this encoding."""
    try:
        return codecs.getincrementaldecoder(encoding)("strict").decode(data, final=False)
    except (UnicodeError, LookupError, AttributeError):
        return None


def _damaged_utf8(data: bytes) -> str | None:
    """Return UTF-8 with a few bad bytes in it (a log, a file put together from two), None where it is something else."""
    text = data.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    return text if len(data) - len(text) > 20 * bad else None


def _lenient(data: bytes, encoding: str) -> str:
    text = _strict(data, encoding)
    return text if text is not None else data.decode(encoding, "replace")


def _detected(data: bytes) -> str:
    """Guess the encoding: chardet 7 named all of 237 samples in 48 encodings right, charset-normalizer 219."""
    import chardet

    foreign = None if b"\x00" in data[:_SAMPLE] else _NON_ASCII.search(data)
    start = max(foreign.start() - _SAMPLE // 2, 0) // 4 * 4 if foreign else 0
    encoding = chardet.detect(data[start : start + _SAMPLE])["encoding"]
    if encoding and encoding.lower() in ("ascii", "utf-8"):
        return encoding.lower()
    known = (_known(encoding) if encoding else None) or _sixteen_bit(data)
    if known is None and foreign is None and b"\x00" not in data[:_SAMPLE]:
        return "ascii"  # escape sequences of a terminal; how much else is no text is seen later
    if known is None:
        raise SkippedFile("binary")
    return known


def _checked(text: str) -> str:
    """Return the text, or raise SkippedFile where too much of it is control characters."""
    sample = text[:_SAMPLE]
    if len(_UNPRINTABLE.findall(sample)) > max(_MAX_NOISE * len(sample), 1):
        raise SkippedFile("binary")
    return text

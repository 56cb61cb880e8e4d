"""RTF -> text."""

from __future__ import annotations

import re

from striprtf.striprtf import rtf_to_text

from semspace.errors import UnreadableFile
from semspace.readers.decoding import clean
from semspace.records import Document

_TITLE = re.compile(r"\{\\title ([^{}]*)\}")
_PREAMBLE = re.compile(r"\\ansicpg\d+|\\(?:deff|f)\d+|\{\\fonttbl")
_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*){2,}")


def read_rtf(path: str, data: bytes) -> Document:
    """Read the text of an RTF file in whatever code pages its fonts are."""
    source = data.decode("latin-1")
    try:
        text = _text(source)
        title = _TITLE.search(source)
        head = "".join(re.findall(r"\\ansicpg\d+", source)[:1])
        name = " ".join(_text(r"{\rtf1" + head + " " + title[1] + "}").split()) if title else ""
    except (ValueError, LookupError, TypeError, OverflowError, RecursionError):
        raise UnreadableFile("damaged RTF") from None
    return Document(path, _BLANK_LINES.sub("\n\n", text).strip(), kind="rtf", title=name or None, lines=False)


def _text(source: str) -> str:
    """Convert, joining the surrogate pairs as which RTF writes rare characters."""
    text: str = rtf_to_text(source, errors="replace")  # type: ignore[no-untyped-call]
    return clean(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))

"""Source code and configuration -> documents."""

from __future__ import annotations

from semspace.errors import SkippedFile
from semspace.readers.decoding import decode
from semspace.readers.languages import language_of
from semspace.records import Document

_MAX_MEAN_LINE = 1000
"""Characters a line on average from which on code was written by a machine."""


def read_code(path: str, data: bytes) -> Document:
    """Read source code as it stands; raises SkippedFile for minified code."""
    text = decode(data)
    if len(text) > 5000 and len(text) / (text.count("\n") + 1) > _MAX_MEAN_LINE:
        raise SkippedFile("machine-written")
    return Document(path, text, kind="code", language=language_of(path, data[:200]))

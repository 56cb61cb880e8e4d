"""Small real files: those that the bench makes its hostile ones of."""

from __future__ import annotations

from collections.abc import Callable

from semspace.bench.faults.originals import W, docx, epub, opendocument, pdf, pptx, xlsx, zipped
from semspace.records import Document

__all__ = ["Read", "W", "docx", "epub", "opendocument", "pdf", "pptx", "xlsx", "zipped"]

Read = Callable[[str, bytes], Document]

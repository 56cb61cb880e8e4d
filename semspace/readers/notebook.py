"""Jupyter notebooks -> documents: the cells, not their outputs."""

from __future__ import annotations

import json
from typing import Any

from semspace.errors import UnreadableFile
from semspace.readers.decoding import clean, decode
from semspace.readers.markdown import levels_of
from semspace.readers.outline import paths
from semspace.records import Document


def read_notebook(path: str, data: bytes) -> Document:
    """Read a notebook; headings come from its Markdown cells."""
    try:
        notebook = json.loads(decode(data))
        cells = notebook["cells"] if "cells" in notebook else notebook["worksheets"][0]["cells"]
        sources = [_source(cell) for cell in cells]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        raise UnreadableFile("not a valid notebook") from None
    parts, found, start = [], [], 0
    for kind, source in sources:
        if not source.strip():
            continue
        if kind == "markdown":
            found += [(start + place, level, title) for place, level, title in levels_of(source)]
        parts.append(source)
        start += len(source) + 2
    headings = paths(found)
    metadata = notebook.get("metadata")
    title = _string(metadata, "title") or (headings[0].path[0] if headings else None)
    language = _string(metadata, "language_info", "name") or _string(metadata, "kernelspec", "language")
    return Document(path, "\n\n".join(parts), "notebook", title=title, language=language, headings=headings, lines=False)


def _source(cell: dict[str, Any]) -> tuple[str, str]:
    source = cell.get("source", cell.get("input", ""))
    text = clean("".join(source) if isinstance(source, list) else str(source))
    return str(cell.get("cell_type")), text.strip("\n")


def _string(value: object, *keys: str) -> str | None:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return clean(value) if isinstance(value, str) and value.strip() else None

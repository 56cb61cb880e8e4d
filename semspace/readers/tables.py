"""CSV, JSON and JSON Lines -> readable lines, each value beside its name."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import Any

from semspace.readers.decoding import clean, decode
from semspace.readers.limits import MAX_TEXT
from semspace.records import Document

_DELIMITERS = (",", ";", "\t", "|")
_MAX_FIELD = 2**27
_MAX_NAME = 200
"""Characters of a value's name that are kept: the innermost. It stands before each value below it."""


def read_table(path: str, data: bytes) -> Document:
    """Read comma-, semicolon-, tab- or bar-separated values: a row becomes "header: value; header: value" on its line."""
    text = decode(data)
    delimiter = "\t" if path.lower().endswith((".tsv", ".tab")) else _delimiter(text)
    csv.field_size_limit(_MAX_FIELD)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    lines: list[str] = []
    header: list[str] | None = None
    size = 0
    try:
        for row in rows:
            if header is None and row:
                header = header_of(row)
                lines.append("; ".join(field for field in map(one_line, row) if field))
            else:
                lines.append(described(row, header))
            size += len(lines[-1])
            if size > MAX_TEXT:  # the names of columns, once for each row, would make it too long
                return Document(path, text, kind="table")
            lines += [""] * (rows.line_num - len(lines))
    except csv.Error:
        return Document(path, text, kind="table")
    return Document(path, "\n".join(lines), kind="table")


def header_of(row: Sequence[str]) -> list[str]:
    """Return a first row as names of columns; [] where it rather looks like data."""
    names = [one_line(field) for field in row]
    filled = [name for name in names if name]
    if len(filled) < 2 or len(set(filled)) < len(filled) or any(_number(name) or len(name) > 80 for name in filled):
        return []
    return names


def described(row: Sequence[str], header: Sequence[str] | None) -> str:
    """Return a row as one line, "name: value; name: value", empty fields left out."""
    names = header or ()
    parts = []
    for column, field in enumerate(row):
        if value := one_line(field):
            name = names[column] if column < len(names) else ""
            parts.append(f"{name}: {value}" if name else value)
    return "; ".join(parts)


def one_line(text: str) -> str:
    """Return a text on one line."""
    return " ".join(text.split())


def _number(text: str) -> bool:
    try:
        float(text.replace(",", "."))
    except ValueError:
        return False
    return True


def _delimiter(text: str) -> str:
    """Return what divides the first lines most often, and into as many fields each."""
    lines = [line for line in text[:20000].split("\n")[:20] if line.strip()]

    def quality(delimiter: str) -> tuple[int, int]:
        counts = [line.count(delimiter) for line in lines]
        alike = sum(count == counts[0] > 0 for count in counts) if counts else 0
        return alike, counts[0] if counts else 0

    return max(_DELIMITERS, key=quality)


def read_json(path: str, data: bytes) -> Document:
    """Read JSON as lines "name.name: value"; what does not parse (comments, many values) is read as it stands."""
    text = decode(data)
    try:
        value = json.loads(text)
        lines = list(_lines(value, "", 0))
    except (ValueError, RecursionError, MemoryError):
        return Document(path, text, kind="json")
    title = value.get("title") if isinstance(value, dict) else None
    title = title.strip() if isinstance(title, str) and title.strip() else None
    return Document(path, clean("\n".join(lines).strip("\n")), kind="json", title=title, lines=False)


def _lines(value: Any, name: str, depth: int) -> Iterator[str]:
    """Yield a line for each value that is no container; the records of an outer list stand apart as paragraphs."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _lines(item, (f"{name}.{key}" if name else str(key))[-_MAX_NAME:], depth + 1)
    elif isinstance(value, list):
        if value and all(isinstance(item, (int, float)) for item in value):
            yield f"{name}: {', '.join(map(str, value[:20]))}{', ...' if len(value) > 20 else ''}"
            return
        for item in value:
            yield from _lines(item, name, depth + 1)
            if depth <= 1 and isinstance(item, (dict, list)):
                yield ""
    elif value is not None and value != "":
        yield f"{name}: {value}" if name else str(value)


def read_jsonl(path: str, data: bytes) -> Document:
    """Read JSON Lines: each record on its own line as "name: value; name: value"."""
    lines = []
    for line in decode(data).split("\n"):
        try:
            lines.append("; ".join(one_line(part) for part in _lines(json.loads(line), "", 9)) if line.strip() else "")
        except (ValueError, RecursionError):
            lines.append(line)
    return Document(path, clean("\n".join(lines)), kind="jsonl")

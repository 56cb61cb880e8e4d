"""What goes into a store, and what comes out of it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from semspace.records import Document, Failure, Passage, Stamp

TEXT_PREFIX = "text:"


@dataclass(frozen=True, slots=True)
class Entry:
    """A document as it is put into a store; `hashes[i]` is that of what is encoded of `passages[i]`."""

    document: Document
    passages: Sequence[Passage]
    hashes: Sequence[bytes]
    content_hash: bytes
    recipe: str
    stamp: Stamp | None = None


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """What a store remembers of a document, to see whether its file has changed."""

    id: int
    stamp: Stamp | None
    content_hash: bytes
    recipe: str


@dataclass(frozen=True, slots=True)
class Tried:
    """What a store remembers of a file that gave no passages, so that it is not tried again for nothing."""

    failure: Failure
    stamp: Stamp | None
    recipe: str


@dataclass(frozen=True, slots=True)
class Row:
    """A passage with what its document says."""

    id: int
    document_id: int
    passage: Passage
    path: str
    title: str | None
    kind: str
    metadata: Mapping[str, Any]

    @property
    def key(self) -> str | None:
        """Return the id that a program gave to the text, None for a file."""
        return self.path.removeprefix(TEXT_PREFIX) if self.path.startswith(TEXT_PREFIX) else None


def text_hash(text: str) -> bytes:
    """Return what identifies a text that is encoded."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def checksum(values: Sequence[Any]) -> int:
    """Return the CRC-32 of the values of a row, as SQLite gives them back."""
    return zlib.crc32(repr(tuple(values)).encode("utf-8", "surrogatepass"))


def metadata_json(metadata: Mapping[str, Any]) -> str:
    """Return metadata as JSON that SQLite can ask: numbers that JSON lacks (NaN) are text, as is what is no JSON at all."""
    text = json.dumps(dict(metadata), ensure_ascii=False, default=str)
    try:
        json.loads(text, parse_constant=_refuse)
    except ValueError:
        text = json.dumps(json.loads(text, parse_constant=str), ensure_ascii=False)
    return text


def _refuse(name: str) -> None:
    raise ValueError(name)


def to_row(row: Sequence[Any]) -> Row:
    """Return the passage that a row of SQLite means."""
    (
        number,
        document_id,
        start,
        stop,
        text,
        start_line,
        end_line,
        page,
        heading,
        context,
        path,
        title,
        kind,
        metadata,
    ) = row
    passage = Passage(start, stop, text, start_line, end_line, page, tuple(json.loads(heading)), context)
    return Row(number, document_id, passage, path, title, kind, json.loads(metadata))

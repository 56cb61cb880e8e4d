"""What goes into a store, and what comes out of it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from struct import Struct, error
from typing import Any

from semspace.records import Document, Failure, Passage, Stamp
from semspace.store.connection import TEXT_PREFIX

_BLOCKS = Struct("<qqI")


@dataclass(frozen=True, slots=True)
class Blocks:
    """The blocks of a text as marks, 64 bits each: those that are counted, one of all the rest, and those left out."""

    marks: bytes
    rest: int
    left_out: bytes = b""


@dataclass(frozen=True, slots=True)
class Entry:
    """A document as it is put into a store; `hashes[i]` is that of what is encoded of `passages[i]`.

    `blocks` are None where nobody asks whether they recur in other documents.
    """

    document: Document
    passages: Sequence[Passage]
    hashes: Sequence[bytes]
    content_hash: bytes
    recipe: str
    stamp: Stamp | None = None
    blocks: Blocks | None = None


@dataclass(frozen=True, slots=True)
class Recut:
    """What is left of a stored document's passages without some blocks; nothing is left of `gone` of them."""

    document_id: int
    passages: Sequence[Passage]
    hashes: Sequence[bytes]
    blocks: Blocks
    gone: int = 0


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


def vector_checksum(passage_id: int, data: bytes) -> int:
    """Return the CRC-32 of a vector and of whose it is."""
    return zlib.crc32(data, passage_id & 0xFFFFFFFF)


def blocks_checksum(document_id: int, blocks: Blocks) -> int:
    """Return the CRC-32 of the blocks of a document and of whose they are; -1 where they are of other types."""
    try:
        whole = _BLOCKS.pack(document_id, blocks.rest, len(blocks.marks))
        return zlib.crc32(blocks.left_out, zlib.crc32(blocks.marks, zlib.crc32(whole)))
    except (TypeError, error):
        return -1


def metadata_json(metadata: Mapping[str, Any]) -> str:
    """Return metadata as JSON that SQLite can ask: numbers that JSON lacks (NaN) are text, as is what is no JSON at all."""
    text = json.dumps(dict(metadata), ensure_ascii=False, default=str)
    try:
        json.loads(text, parse_constant=_refuse)
    except ValueError:
        text = json.dumps(json.loads(text, parse_constant=str), ensure_ascii=False)
    # Half of a surrogate pair cannot be stored.
    return text.encode("utf-8", "replace").decode()


def _refuse(name: str) -> None:
    raise ValueError(name)


def to_rows(found: Iterable[Sequence[Any]]) -> dict[int, Row]:
    """Return the passages that rows of SQLite mean, by id. Raises ValueError where one is not what was stored.

    SQLite does not see a flipped bit in what it holds: what is shown is compared with its checksums first.
    """
    rows: dict[int, Row] = {}
    sound: set[int] = set()
    for number, text, passage_crc, *values in found:
        facts, (document_crc, *document) = values[:10], values[10:]
        passage = _passage(text, facts)
        if checksum(facts) != passage_crc or text_hash(passage.encoded) != facts[-1]:
            raise ValueError(f"passage #{number} is not what was stored")
        if facts[0] not in sound and checksum(document) != document_crc:
            raise ValueError(f"what is known of {document[0]} is not what was stored")
        sound.add(facts[0])
        path, kind, title, _, metadata, *_ = document
        rows[number] = Row(number, facts[0], passage, path, title, kind, json.loads(metadata))
    return rows


def _passage(text: str, facts: Sequence[Any]) -> Passage:
    _, start, stop, start_line, end_line, page, heading, context, skips, _ = facts
    return Passage(start, stop, text, start_line, end_line, page, tuple(json.loads(heading)), context, to_skips(skips))


def to_skips(stored: str) -> tuple[tuple[int, int], ...]:
    """Return the spans that a row of SQLite means. Raises ValueError."""
    return tuple((int(start), int(stop)) for start, stop in json.loads(stored)) if stored else ()

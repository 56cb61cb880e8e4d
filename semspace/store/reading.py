"""Reading a store."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Self

import numpy as np

from semspace.arrays import Ids, Vectors, unit
from semspace.errors import PassageNotFound, SpaceDamaged
from semspace.records import Failure, Filter, Stamp, VectorType
from semspace.store.connection import check_schema, connect, path_bytes, translated, understood
from semspace.store.filters import select
from semspace.store.rows import Blocks, Row, StoredDocument, Tried, blocks_checksum, text_hash, to_rows, vector_checksum


class Store:
    """Documents, passages, vectors and metadata, to read."""

    def __init__(self, connection: sqlite3.Connection, path: str, dim: int, dtype: VectorType) -> None:
        self._connection = connection
        self._path = path
        self.dim = dim
        self.vector_type = dtype
        self.dtype = np.dtype(dtype)

    @classmethod
    def open(cls, path: Path, dim: int, dtype: VectorType) -> Self:
        """Open a store that is there. Raises SpaceDamaged, FormatTooNew."""
        with translated(str(path)):
            connection = connect(path, writable=False)
        check_schema(connection, str(path))
        return cls(connection, str(path), dim, dtype)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def query(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[Any]:
        """Return the rows of a query. Raises SpaceDamaged, SpaceLocked."""
        with translated(self._path):
            return self._connection.execute(sql, parameters).fetchall()

    def _one(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        rows = self.query(sql, parameters)
        return rows[0][0] if rows else None

    @property
    def generation(self) -> int:
        """Return the number that grows with every transaction that changes passages."""
        return int(self._one("SELECT value FROM meta WHERE key = 'generation'") or 0)

    def setting(self, key: str) -> str | None:
        """Return a value of the space's own settings."""
        value = self._one("SELECT value FROM meta WHERE key = ?", (key,))
        return None if value is None else str(value)

    def counts(self) -> tuple[int, int]:
        """Return the number of documents and of passages."""
        return int(self._one("SELECT count(*) FROM documents")), int(self._one("SELECT count(*) FROM passages"))

    def encoded_ids(self) -> Ids:
        """Return the ids of the passages that have a vector, in order."""
        pending = self.query("SELECT passage_id FROM pending")
        with understood(self._path):
            return np.setdiff1d(self.ids(), np.array(pending, dtype=np.int64)) if pending else self.ids()

    def marks(self) -> tuple[Ids, Ids]:
        """Return the ids of the passages that have a vector, in order, and of each a number that changes with its facts."""
        sql = """SELECT p.id, p.checksum, d.checksum FROM passages p JOIN documents d ON d.id = p.document_id
                 WHERE p.id NOT IN (SELECT passage_id FROM pending) ORDER BY p.id"""
        with understood(self._path):
            rows = np.array(self.query(sql), dtype=np.uint64).reshape(-1, 3)
        return rows[:, 0].astype(np.int64), ((rows[:, 1] << np.uint64(32)) | rows[:, 2]).astype(np.int64)

    def with_vector(self, ids: Ids) -> Ids:
        """Return those of some ids that have a vector, in order."""
        sql = "SELECT passage_id FROM vectors WHERE passage_id IN (SELECT value FROM json_each(?)) ORDER BY 1"
        return np.array([number for (number,) in self.query(sql, (json.dumps(ids.tolist()),))], dtype=np.int64)

    def coverage(self) -> float:
        """Return the share of passages that have a vector: 1 where there are none."""
        pending = self.pending_count()
        return 1.0 - pending / self.counts()[1] if pending else 1.0

    def pending_count(self) -> int:
        """Return the number of passages that have no vector yet."""
        return int(self._one("SELECT count(*) FROM pending"))

    def pending(self, count: int) -> dict[bytes, str]:
        """Return what has to be encoded for the oldest passages without a vector, by hash."""
        ids = [number for (number,) in self.query("SELECT passage_id FROM pending ORDER BY 1 LIMIT ?", (count,))]
        texts = [row.passage.encoded for row in self.rows(ids).values()]
        return {text_hash(text): text for text in texts}

    def updated(self) -> float | None:
        """Return when a document was last put in, in seconds since 1970."""
        value = self._one("SELECT max(indexed) FROM documents")
        return None if value is None else float(value)

    def ids(self, chosen: Filter | None = None) -> Ids:
        """Return the ids of the passages that a filter lets through, in order. Raises InvalidFilter."""
        with understood(self._path):
            return select(self._connection, chosen or Filter())

    def documents(self) -> dict[str, StoredDocument]:
        """Return what is remembered of every document, by path."""
        rows = self.query("SELECT path, id, size, mtime_ns, ctime_ns, inode, content_hash, recipe FROM documents")
        with understood(self._path):
            return {
                path: StoredDocument(number, Stamp(*stamp) if stamp[0] is not None else None, content_hash, recipe)
                for path, number, *stamp, content_hash, recipe in rows
            }

    def failures(self) -> list[Failure]:
        """Return the files that gave no passages, by path."""
        return [Failure(*row) for row in self.query("SELECT path, outcome, reason FROM failures ORDER BY path")]

    def tried(self) -> dict[str, Tried]:
        """Return the files that gave no passages, by path, with what was tried."""
        rows = self.query("SELECT path, outcome, reason, size, mtime_ns, ctime_ns, inode, recipe FROM failures")
        return {
            path: Tried(Failure(path, outcome, reason), Stamp(*stamp) if stamp[0] is not None else None, recipe)
            for path, outcome, reason, *stamp, recipe in rows
        }

    def rows(self, ids: Iterable[int]) -> dict[int, Row]:
        """Return passages by id; an id that is not there is left out. Raises SpaceDamaged where one is not what was stored."""
        wanted = json.dumps([int(number) for number in ids])
        found = self.query(
            """
            SELECT p.id, NULL, p.checksum, p.document_id, p.start, p.stop,
                   p.start_line, p.end_line, p.page, p.heading, p.context, p.skips, p.text_hash, d.checksum, d.path, d.kind,
                   d.title, d.language, d.metadata, d.lines, d.date, d.content_hash, d.recipe, d.indexed, d.passages
            FROM passages p JOIN documents d ON d.id = p.document_id
            WHERE p.id IN (SELECT value FROM json_each(?)) ORDER BY p.document_id
            """,
            (wanted,),
        )
        with understood(self._path):
            return to_rows(self._sliced(found))

    def _sliced(self, found: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        """Put in each row the text of its passage; each document is read once: substr() would read it for every passage."""
        for document, rows in groupby(found, key=lambda row: row[3]):
            text = self._one("SELECT text FROM texts WHERE document_id = ?", (document,))
            if text is not None:
                for number, _, crc, owner, start, stop, *rest in rows:
                    yield number, text[start:stop], crc, owner, start, stop, *rest

    def row(self, passage_id: int) -> Row:
        """Return one passage. Raises PassageNotFound."""
        found = self.rows([passage_id])
        if passage_id not in found:
            raise PassageNotFound(f"There is no passage #{passage_id} in this space.", "Ids are printed by `semspace search`.")
        return found[passage_id]

    def passages_of(self, path: str) -> list[int]:
        """Return the ids of a document's passages, in the order of its text."""
        sql = """SELECT p.id FROM passages p JOIN documents d ON d.id = p.document_id
                 WHERE d.path = CAST(? AS TEXT) ORDER BY p.start"""
        return [row[0] for row in self.query(sql, (path_bytes(path),))]

    def document_ids(self, ids: Ids) -> Ids:
        """Return the id of the document of each passage; -1 for a passage that is not there."""
        sql = "SELECT id, document_id FROM passages WHERE id IN (SELECT value FROM json_each(?))"
        known = dict(self.query(sql, (json.dumps(ids.tolist()),)))
        return np.array([known.get(number, -1) for number in ids.tolist()], dtype=np.int64)

    def sources(self, ids: Ids) -> list[tuple[str, float | None, str]]:
        """Return of each passage its document's path, date and metadata (JSON), in the order of the ids, which rise."""
        sql = """SELECT d.path, d.date, d.metadata FROM passages p JOIN documents d ON d.id = p.document_id
                 WHERE p.id IN (SELECT value FROM json_each(?)) ORDER BY p.id"""
        with understood(self._path):
            return [(str(path), date, str(facts)) for path, date, facts in self.query(sql, (json.dumps(ids.tolist()),))]

    def blocks(self, documents: Sequence[int] | None = None) -> Iterator[tuple[int, Blocks]]:
        """Yield the blocks of all documents or some, by their ids; what is damaged is left out."""
        last = 0
        among = "" if documents is None else "AND document_id IN (SELECT value FROM json_each(:among))"
        sql = f"""SELECT document_id, checksum, rest, marks, left_out FROM blocks
                  WHERE document_id > :last {among} ORDER BY 1 LIMIT 10000"""  # noqa: S608  # no value of anybody's
        while rows := self.query(sql, {"last": last, "among": json.dumps(documents)}):
            last = rows[-1][0]
            for number, crc, rest, marks, left_out in rows:
                held = Blocks(marks, rest, left_out)
                if blocks_checksum(number, held) == crc:
                    yield number, held

    def left_out(self) -> bytes:
        """Return the marks of all blocks that are left out of some document, one or more times each."""
        return b"".join(data for (data,) in self.query("SELECT DISTINCT left_out FROM blocks WHERE left_out != x''"))

    def text(self, document_id: int) -> str:
        """Return a document's whole text. Raises SpaceDamaged if it is not the text that was stored."""
        row = self.query("SELECT text, checksum FROM texts WHERE document_id = ?", (document_id,))
        if not row or zlib.crc32(row[0][0].encode("utf-8", "surrogateescape")) != row[0][1]:
            raise SpaceDamaged(
                f"The text of document {document_id} is damaged.", "Change the file's time (touch) and index it again."
            )
        return str(row[0][0])

    def vectors(self, ids: Ids) -> Vectors:
        """Return the vectors of passages, shape (n, dim), of unit length. Raises PassageNotFound, SpaceDamaged."""
        found = self.stored_vectors(ids)
        return unit(found) if len(found) else found

    def stored_vectors(self, ids: Ids) -> Vectors:
        """Return vectors as they are stored: rounded, so that their length is 1 to three digits only."""
        numbers, rows = self._read_vectors(ids)
        order = np.argsort(numbers)
        places = np.searchsorted(numbers, ids, sorter=order)
        if len(numbers) != len(ids) or (numbers[order[places]] != ids).any():
            raise PassageNotFound(f"{len(ids) - len(numbers)} of {len(ids)} passages have no vector in this space.")
        return rows[order[places]]

    def _read_vectors(self, ids: Ids) -> tuple[Ids, Vectors]:
        """Return the vectors that there are of some ids, in any order, every one of them checked."""
        sql = "SELECT passage_id, vector, checksum FROM vectors WHERE passage_id IN (SELECT value FROM json_each(?))"
        width = self.dim * self.dtype.itemsize
        found: list[tuple[int, bytes, int]] = []
        for start in range(0, len(ids), 10_000):
            found += self.query(sql, (json.dumps(ids[start : start + 10_000].tolist()),))
        for number, data, crc in found:
            if not isinstance(data, bytes) or len(data) != width or vector_checksum(number, data) != crc:
                raise SpaceDamaged(
                    f"The vector of passage #{number} is damaged.",
                    "semspace check says what else is.",
                )
        numbers = np.array([number for number, _, _ in found], dtype=np.int64)
        rows = np.frombuffer(b"".join(data for _, data, _ in found), dtype=self.dtype)
        return numbers, rows.reshape(-1, self.dim).astype(np.float32)

    def known(self, hashes: Iterable[bytes]) -> dict[bytes, int]:
        """Return for each text that has a vector already a passage that holds it."""
        known: dict[bytes, int] = {}
        pending = list(dict.fromkeys(hashes))
        for start in range(0, len(pending), 500):
            part = pending[start : start + 500]
            # JSON holds no bytes, and a list of parameters has no fixed length: the marks are ours, the values are not.
            marks = ",".join("?" * len(part))
            sql = f"""SELECT text_hash, min(id) FROM passages WHERE text_hash IN ({marks})
                      AND id IN (SELECT passage_id FROM vectors) GROUP BY 1"""  # noqa: S608
            known.update(self.query(sql, part))
        return known

    def hashes(self, ids: Ids) -> list[bytes]:
        """Return what identifies the text of each of some passages."""
        sql = "SELECT id, text_hash FROM passages WHERE id IN (SELECT value FROM json_each(?))"
        known = dict(self.query(sql, (json.dumps(ids.tolist()),)))
        return [bytes(known[number]) for number in ids.tolist()]

    def vectors_by_hash(self, hashes: Iterable[bytes]) -> dict[bytes, Vectors]:
        """Return the vectors that are stored already for some texts."""
        known = self.known(hashes)
        rows = self.stored_vectors(np.array(list(known.values()), dtype=np.int64))
        return dict(zip(known, rows, strict=True))

    def document(self, document_id: int) -> dict[str, Any]:
        """Return a document's columns and its text as they are, checked by nothing. Raises SpaceDamaged."""
        with understood(self._path):
            cursor = self._connection.execute(
                "SELECT d.*, t.text FROM documents d LEFT JOIN texts t ON t.document_id = d.id WHERE d.id = ?", (document_id,)
            )
            names = [column[0] for column in cursor.description]
            return dict(zip(names, cursor.fetchone(), strict=True))

    def free_bytes(self) -> int:
        """Return how much of the file holds nothing: what was removed, and will be filled again."""
        return int(self._one("PRAGMA freelist_count")) * int(self._one("PRAGMA page_size"))

    def receipt(self, name: str) -> tuple[int, str, str] | None:
        """Return (generation, digest, identity) of a derived file."""
        rows = self.query("SELECT generation, digest, identity FROM derived WHERE name = ?", (name,))
        return tuple(rows[0]) if rows else None

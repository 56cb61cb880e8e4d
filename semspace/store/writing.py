"""Writing a store: every method is one transaction."""

from __future__ import annotations

import sqlite3
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from semspace.arrays import Ids, Vectors, check
from semspace.errors import SpaceDamaged, SpaceLocked
from semspace.records import Failure, Stamp, VectorType
from semspace.store.connection import BACKUP, SCHEMA, STORE, check_schema, connect, path_bytes, translated
from semspace.store.lock import LOCK, WriterLock
from semspace.store.reading import Store
from semspace.store.rows import Entry, Recut, checksum, metadata_json
from semspace.store.statements import advance, attach, held, passage_values, remember, stamp_values


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """Passages that are gone, and passages that are new: what an index has to follow; `waiting` of them have no vector."""

    lost: Ids
    gained: Ids
    waiting: int = 0


class WritableStore(Store):
    """Documents, passages, vectors and metadata, to read and write."""

    @classmethod
    def create(cls, path: Path | str, dim: int, dtype: VectorType = "float16") -> Self:
        """Make a new, empty store; `":memory:"` is never on disk."""
        from semspace.store.schema import upgrade

        if path != ":memory:":
            # 0600 from the first byte on; SQLite gives its journals the same mode.
            Path(path).touch(mode=0o600, exist_ok=False)
        with translated(str(path)):
            connection = connect(path, writable=True)
            upgrade(connection)
        return cls(connection, str(path), dim, dtype)

    @classmethod
    def open(cls, path: Path, dim: int, dtype: VectorType) -> Self:
        """Open a store that is there, and bring its schema up to date after a backup. Raises SpaceDamaged, FormatTooNew.

        The caller holds the lock.
        """
        with translated(str(path)):
            connection = connect(path, writable=True)
        number = check_schema(connection, str(path))
        if number < SCHEMA:
            from semspace.store.schema import back_up, upgrade

            with translated(str(path)):
                back_up(connection, path.parent / BACKUP / f"store-format-{number}.db")
                upgrade(connection)
        return cls(connection, str(path), dim, dtype)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Run statements in one transaction: all of them count, or none."""
        with translated(self._path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def configure(self, key: str, value: str) -> None:
        """Set a value of the space's own settings."""
        with self.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def put(
        self, entries: Sequence[Entry], vectors: Mapping[bytes, Vectors] | None = None, instead: Sequence[int] = ()
    ) -> Change:
        """Put documents, each in the place of the one with the same path and of those `instead`, with vectors by text hash.

        A passage whose hash has no vector is stored all the same, and waits for `fill`. Raises InvalidVectors.
        """
        lost: list[int] = []
        gained: list[int] = []
        blobs = self._blobs(vectors or {})
        with self.transaction() as connection:
            connection.executemany("DELETE FROM documents WHERE id = ?", [(number,) for number in instead])
            for entry in entries:
                document_id = self._document(connection, entry)
                old = held(connection, document_id)
                gone, new = self._passages(connection, document_id, old, entry, blobs)
                lost += gone
                gained += new
            waiting = sum(text_hash not in blobs for entry in entries for text_hash in entry.hashes)
            advance(connection, documents=True)
        return _change(lost, gained, waiting)

    def _blobs(self, vectors: Mapping[bytes, Vectors]) -> dict[bytes, bytes]:
        if not vectors:
            return {}
        rows = check([*vectors.values()], self.dim).astype(self.dtype)
        return {text_hash: row.tobytes() for text_hash, row in zip(vectors, rows, strict=True)}

    def _document(self, connection: sqlite3.Connection, entry: Entry) -> int:
        """Write a document's row, its text and its blocks; return its id."""
        document = entry.document
        stamp = stamp_values(entry.stamp)
        date = document.date if document.date is not None else (entry.stamp.mtime_ns / 1e9 if entry.stamp else None)
        metadata = metadata_json(document.metadata)
        facts = (document.kind, document.title, document.language, metadata, int(document.lines), date)
        made = (entry.content_hash, entry.recipe, time.time(), len(entry.passages))
        document_id: int = connection.execute(
            """
            INSERT INTO documents (path, kind, title, language, metadata, lines, date, content_hash, recipe, indexed,
                                   passages, size, mtime_ns, ctime_ns, inode, checksum)
            VALUES (CAST(? AS TEXT), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (path) DO UPDATE SET kind = excluded.kind, title = excluded.title, language = excluded.language,
                metadata = excluded.metadata, lines = excluded.lines, date = excluded.date, size = excluded.size,
                mtime_ns = excluded.mtime_ns, ctime_ns = excluded.ctime_ns, inode = excluded.inode,
                content_hash = excluded.content_hash, recipe = excluded.recipe, indexed = excluded.indexed,
                passages = excluded.passages, checksum = excluded.checksum
            RETURNING id
            """,
            (path_bytes(document.path), *facts, *made, *stamp, checksum((document.path, *facts, *made))),
        ).fetchone()[0]
        path = path_bytes(document.path)
        crc = zlib.crc32(document.text.encode())
        connection.execute("INSERT OR REPLACE INTO texts VALUES (?, ?, ?)", (document_id, crc, document.text))
        connection.execute("DELETE FROM failures WHERE path = CAST(? AS TEXT)", (path,))
        if entry.blocks:
            remember(connection, document_id, entry.blocks)
        return document_id

    def _passages(
        self,
        connection: sqlite3.Connection,
        document_id: int,
        old: dict[bytes, list[int]],
        entry: Entry | Recut,
        blobs: dict[bytes, bytes],
    ) -> tuple[list[int], list[int]]:
        """Write a document's passages; one whose encoded text was there before keeps its id, and so its vector."""
        gained = []
        for passage, text_hash in zip(entry.passages, entry.hashes, strict=True):
            values = (document_id, *passage_values(passage), text_hash)
            if old.get(text_hash):
                connection.execute(
                    """UPDATE passages SET document_id = ?, start = ?, stop = ?, start_line = ?, end_line = ?, page = ?,
                       heading = ?, context = ?, skips = ?, text_hash = ?, checksum = ? WHERE id = ?""",
                    (*values, checksum(values), old[text_hash].pop()),
                )
                continue
            number = connection.execute(
                """INSERT INTO passages (document_id, start, stop, start_line, end_line, page, heading, context, skips,
                                         text_hash, checksum)
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id""",
                (*values, checksum(values)),
            ).fetchone()[0]
            if text_hash in blobs:
                attach(connection, number, blobs[text_hash])
            else:
                connection.execute("INSERT INTO pending VALUES (?)", (number,))
            gained.append(number)
        lost = [number for numbers in old.values() for number in numbers]
        connection.executemany("DELETE FROM passages WHERE id = ?", [(number,) for number in lost])
        return lost, gained

    def recut(self, cuts: Sequence[Recut], vectors: Mapping[bytes, Vectors]) -> Change:
        """Put other passages of the same texts in the place of those that documents have, and of their blocks.

        A passage of which as much is encoded as before keeps its id. Raises InvalidVectors.
        """
        lost: list[int] = []
        gained: list[int] = []
        blobs = self._blobs(vectors)
        sql = """SELECT path, kind, title, language, metadata, lines, date, content_hash, recipe, indexed
                 FROM documents WHERE id = ?"""
        with self.transaction() as connection:
            for cut in cuts:
                facts = (*connection.execute(sql, (cut.document_id,)).fetchone(), len(cut.passages))
                values = (len(cut.passages), checksum(facts), cut.document_id)
                connection.execute("UPDATE documents SET passages = ?, checksum = ? WHERE id = ?", values)
                gone, new = self._passages(connection, cut.document_id, held(connection, cut.document_id), cut, blobs)
                remember(connection, cut.document_id, cut.blocks)
                lost += gone
                gained += new
            advance(connection)
        return _change(lost, gained, sum(text_hash not in blobs for cut in cuts for text_hash in cut.hashes))

    def fill(self, vectors: Mapping[bytes, Vectors]) -> Change:
        """Give their vectors, by text hash, to the passages that wait for them. Raises InvalidVectors."""
        filled: list[int] = []
        blobs = self._blobs(vectors)
        sql = "SELECT p.id FROM passages p JOIN pending w ON w.passage_id = p.id WHERE p.text_hash = ?"
        with self.transaction() as connection:
            for text_hash, blob in blobs.items():
                for (number,) in connection.execute(sql, (text_hash,)).fetchall():
                    attach(connection, number, blob)
                    connection.execute("DELETE FROM pending WHERE passage_id = ?", (number,))
                    filled.append(number)
            advance(connection)
        return _change([], filled)

    def remove(self, paths: Iterable[str]) -> Change:
        """Remove documents with all that belongs to them; a path that is not there is passed over."""
        lost: list[int] = []
        with self.transaction() as connection:
            for path in paths:
                data = path_bytes(path)
                row = connection.execute("SELECT id FROM documents WHERE path = CAST(? AS TEXT)", (data,)).fetchone()
                if row:
                    lost += [number for (number,) in connection.execute("SELECT id FROM passages WHERE document_id = ?", row)]
                    connection.execute("DELETE FROM documents WHERE id = ?", row)
                connection.execute("DELETE FROM failures WHERE path = CAST(? AS TEXT)", (data,))
            advance(connection, documents=True)
        return _change(lost, [])

    def discard(self, documents: Iterable[int]) -> None:
        """Remove documents by id, whatever they are."""
        with self.transaction() as connection:
            connection.executemany("DELETE FROM documents WHERE id = ?", [(number,) for number in documents])
            advance(connection, documents=True)

    def unfill(self, ids: Ids) -> None:
        """Take their vectors from passages, which then wait for others."""
        rows = [(number,) for number in ids.tolist()]
        with self.transaction() as connection:
            connection.executemany("DELETE FROM vectors WHERE passage_id = ?", rows)
            connection.executemany("INSERT OR IGNORE INTO pending VALUES (?)", rows)
            advance(connection)

    def compact(self) -> None:
        """Give back to the disk what holds nothing, and leave nothing in the journal. Raises SpaceLocked while others read."""
        with translated(self._path):
            self._connection.execute("VACUUM")
        self.settle()

    def settle(self) -> None:
        """Have the file hold everything by itself, and its journal nothing. Raises SpaceLocked while others read."""
        with translated(self._path):
            if self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                raise SpaceLocked("Another process is reading this space.", "Try again when it is done.")

    def touch(self, stamps: Iterable[tuple[str, Stamp]]) -> None:
        """Remember new stamps of files whose content is the same."""
        with self.transaction() as connection:
            connection.executemany(
                "UPDATE documents SET size = ?, mtime_ns = ?, ctime_ns = ?, inode = ? WHERE path = CAST(? AS TEXT)",
                [(*stamp_values(stamp), path_bytes(path)) for path, stamp in stamps],
            )

    def fail(self, failures: Iterable[tuple[Failure, Stamp | None, str]]) -> None:
        """Remember files that gave no passages, with the recipe that failed."""
        with self.transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO failures VALUES (CAST(? AS TEXT), ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (path_bytes(failure.path), failure.outcome, failure.reason, *stamp_values(stamp), recipe, time.time())
                    for failure, stamp, recipe in failures
                ],
            )

    def sign(self, name: str, generation: int, digest: str, identity: str) -> None:
        """Remember which generation a derived file was made from, and what it looks like."""
        with self.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO derived VALUES (?, ?, ?, ?)", (name, generation, digest, identity))

    def unsign(self, name: str) -> None:
        """Forget that there was a derived file."""
        with self.transaction() as connection:
            connection.execute("DELETE FROM derived WHERE name = ?", (name,))


def modernise(folder: Path) -> None:
    """Bring the store in a folder to the newest schema, after a backup; a newer or a damaged one is left alone."""
    path = folder / STORE
    try:
        with translated(str(path)), closing(connect(path, writable=False)) as connection:
            number = check_schema(connection, str(path))
    except SpaceDamaged:
        return
    if number < SCHEMA:
        with WriterLock(folder / LOCK):
            # The number of dimensions is not known yet, and not needed.
            WritableStore.open(path, 0, "float16").close()


def _change(lost: list[int], gained: list[int], waiting: int = 0) -> Change:
    return Change(np.array(lost, dtype=np.int64), np.array(gained, dtype=np.int64), waiting)

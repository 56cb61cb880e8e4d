"""Looking for damage in a store: every row against its checksum, every passage against its document.

SQLite's own check sees the structure of the file, not a flipped bit in what it holds.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from semspace.arrays import Ids
from semspace.errors import SpaceDamaged
from semspace.records import Passage
from semspace.store.reading import Store
from semspace.store.rows import checksum, text_hash, to_skips, vector_checksum


def file_problems(store: Store) -> list[str]:
    """Return what SQLite's own checks complain of; nothing where the file is sound."""
    structure = [str(row[0]) for row in store.query("PRAGMA integrity_check(20)") if row[0] != "ok"]
    references = [f"a row of {row[0]} refers to nothing" for row in store.query("PRAGMA foreign_key_check")]
    return structure + references


def damaged_texts(store: Store) -> Ids:
    """Return the ids of documents whose text is missing or has another checksum."""
    found = [number for number, text, crc in _texts(store) if text is None or _crc(text) != crc]
    return np.array(found, dtype=np.int64)


def damaged_documents(store: Store) -> Ids:
    """Return the ids of documents of which a fact (path, title ...) is not what was stored, or a passage is lost."""
    sql = """SELECT id, checksum, path, kind, title, language, metadata, lines, date, content_hash, recipe, indexed,
                    passages
             FROM documents WHERE id > ? ORDER BY id LIMIT 5000"""
    short = "SELECT id FROM documents d WHERE passages != (SELECT count(*) FROM passages p WHERE p.document_id = d.id)"
    held = np.array(store.query("SELECT document_id FROM blocks"), dtype=np.int64).ravel()
    sound = np.array([number for number, _ in store.blocks()], dtype=np.int64)
    counts = np.array(store.query(short), dtype=np.int64).ravel()
    return np.union1d(np.union1d(_failing(store, sql), np.setdiff1d(held, sound)), counts)


def damaged_passages(store: Store) -> Ids:
    """Return the ids of passages of which a fact is not what was stored, or that are no slice of their document."""
    sql = """SELECT id, checksum, document_id, start, stop, start_line, end_line, page, heading, context, skips,
                    text_hash
             FROM passages WHERE id > ? ORDER BY id LIMIT 5000"""
    found = _failing(store, sql).tolist()
    for document, text, _ in _texts(store):
        slices = "SELECT id, start, stop, context, skips, text_hash FROM passages WHERE document_id = ?"
        for number, start, stop, context, skips, stored in store.query(slices, (document,)):
            if text is None or not _is_slice(text, start, stop, context, skips, stored):
                found.append(number)
    return np.unique(np.array(found, dtype=np.int64))


def _failing(store: Store, sql: str) -> Ids:
    """Return the ids of the rows (id, checksum, values ...) that do not have their checksum."""
    return np.array([row[0] for row in _all(store, sql) if checksum(row[2:]) != row[1]], dtype=np.int64)


def _all(store: Store, sql: str) -> Iterator[tuple[Any, ...]]:
    """Yield all rows of a query that goes on after an id. Raises SpaceDamaged where the ids do not grow."""
    last = 0
    while rows := store.query(sql, (last,)):
        if not isinstance(rows[-1][0], int) or rows[-1][0] <= last:
            raise SpaceDamaged("The rows of a table are out of order.", "Index its folders into a new space.")
        last = rows[-1][0]
        yield from rows


def damaged_vectors(store: Store) -> Ids:
    """Return the ids of passages whose vector is missing without waiting, damaged, not finite, or not of unit length."""
    sql = """SELECT p.id, v.vector, v.checksum FROM passages p LEFT JOIN vectors v ON v.passage_id = p.id
             WHERE p.id > ? AND p.id NOT IN (SELECT passage_id FROM pending) ORDER BY p.id LIMIT 5000"""
    found = [number for number, vector, crc in _all(store, sql) if not _is_vector(store, number, vector, crc)]
    return np.array(found, dtype=np.int64)


def _is_vector(store: Store, number: int, vector: Any, crc: Any) -> bool:
    if (
        not isinstance(vector, bytes)
        or vector_checksum(number, vector) != crc
        or len(vector) != store.dim * store.dtype.itemsize
    ):
        return False
    length = float(np.linalg.norm(np.frombuffer(vector, dtype=store.dtype).astype(np.float64)))
    return abs(length - 1) < 1e-2


def _is_slice(text: str, start: Any, stop: Any, context: Any, skips: Any, stored: Any) -> bool:
    if not (isinstance(start, int) and isinstance(stop, int) and 0 <= start < stop <= len(text)):
        return False
    try:
        passage = Passage(start, stop, text[start:stop], context=context, skips=to_skips(skips))
        return bool(text_hash(passage.encoded) == stored)
    except (TypeError, ValueError):
        return False


def _texts(store: Store) -> Iterator[tuple[Any, ...]]:
    sql = """SELECT d.id, t.text, t.checksum FROM documents d LEFT JOIN texts t ON t.document_id = d.id
             WHERE d.id > ? ORDER BY d.id LIMIT 100"""
    yield from _all(store, sql)


def _crc(text: str) -> int:
    return zlib.crc32(text.encode("utf-8", "surrogateescape"))

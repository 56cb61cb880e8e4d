"""Out of a store that SQLite cannot read whole, a new one with every row that can still be read.

Tables are read by ranges of row ids; a range that fails is halved until the rows that cannot be read stand alone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from semspace.errors import SpaceDamaged
from semspace.records import VectorType
from semspace.store.connection import connect
from semspace.store.writing import WritableStore

TABLES = ("meta", "documents", "texts", "passages", "vectors", "failures")
"""In the order in which one refers to another. What waits for a vector, and what is derived, is found out anew."""


PATIENCE = 20_000
"""Reads of a table that may fail before the rest of it is given up."""


@dataclass(frozen=True, slots=True)
class Salvage:
    """Rows that were kept and row ids that could not be read, by table."""

    kept: dict[str, int]
    lost: dict[str, int]


def salvage(old: Path, new: Path, dim: int, dtype: VectorType) -> Salvage:
    """Make a store out of what can be read of another; rows that refer to lost ones are left out. Raises SpaceDamaged."""
    kept, lost = dict.fromkeys(TABLES, 0), dict.fromkeys(TABLES, 0)
    store = WritableStore.create(new, dim, dtype)
    with closing(store), closing(connect(old, writable=False)) as source, store.transaction() as target:
        target.execute("PRAGMA defer_foreign_keys = ON")
        for table in TABLES:
            for row in _rows(source, table, lost):
                marks = ",".join("?" * len(row))
                target.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", _bindable(row))  # noqa: S608  # our own names
                kept[table] += 1
        _drop_orphans(target)
    if not kept["documents"]:
        raise SpaceDamaged("Nothing of the store can be read.", "Index its folders again into a new space.")
    return Salvage(kept, lost)


def _rows(source: sqlite3.Connection, table: str, lost: dict[str, int]) -> Iterator[tuple[Any, ...]]:
    if table == "meta":
        yield from _read(source, "SELECT * FROM meta", ()) or []
        return
    bounds = _read(source, f"SELECT min(rowid), max(rowid) FROM {table}", ())  # noqa: S608
    low, high = bounds[0] if bounds and bounds[0][0] is not None else (1, 2**31)
    ranges, failed = [(low, high)], 0
    while ranges and failed < PATIENCE:
        low, high = ranges.pop()
        found = _read(source, f"SELECT * FROM {table} WHERE rowid BETWEEN ? AND ?", (low, high))  # noqa: S608
        if found is not None:
            yield from found
            continue
        failed += 1
        if low == high:
            lost[table] += 1
        else:
            middle = (low + high) // 2
            ranges += [(middle + 1, high), (low, middle)]


def _read(source: sqlite3.Connection, sql: str, parameters: tuple[int, ...]) -> list[tuple[Any, ...]] | None:
    try:
        return source.execute(sql, parameters).fetchall()
    except sqlite3.DatabaseError:
        return None


def _bindable(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a row whose texts SQLite takes; a name that is not UTF-8 goes back as its bytes."""
    return tuple(
        value.encode("utf-8", "surrogateescape").decode("utf-8", "replace") if isinstance(value, str) else value
        for value in row
    )


def _drop_orphans(target: sqlite3.Connection) -> None:
    target.execute("DELETE FROM texts WHERE document_id NOT IN (SELECT id FROM documents)")
    target.execute("DELETE FROM passages WHERE document_id NOT IN (SELECT id FROM documents)")
    target.execute("DELETE FROM vectors WHERE passage_id NOT IN (SELECT id FROM passages)")
    target.execute("INSERT INTO pending SELECT id FROM passages WHERE id NOT IN (SELECT passage_id FROM vectors)")

"""Out of a store that SQLite cannot read whole, a new one with every row that can still be read.

Tables are copied by ranges of row ids; a range that fails is halved until the rows that cannot be read stand alone.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from semspace.errors import SpaceDamaged
from semspace.records import VectorType
from semspace.store.connection import check_schema, connect, translated, unless_refused
from semspace.store.writing import WritableStore

TABLES = ("documents", "texts", "passages", "vectors", "blocks", "failures")
"""In the order in which one refers to another. What waits for a vector, and what is derived, is found out anew."""

PATIENCE = 20_000
"""Reads of a table that may fail before the rest of it is given up."""

LARGEST = 2**31


def sound(path: Path) -> bool:
    """Tell whether SQLite can read a store whole, and every row refers to one that is there."""
    try:
        with closing(connect(path, writable=False)) as connection:
            check_schema(connection, str(path))
            whole = connection.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok"
            return whole and connection.execute("PRAGMA foreign_key_check").fetchone() is None
    except SpaceDamaged:
        return False
    except sqlite3.DatabaseError as error:
        unless_refused(error, path)
        return False


def salvage(old: Path, new: Path, dim: int, dtype: VectorType) -> dict[str, int]:
    """Make a store out of what can be read of another, and return how many rows were kept, by table.

    Rows that refer to lost ones are left out. A store of which nothing can be read gives an empty one.
    """
    kept = dict.fromkeys(TABLES, 0)
    with closing(WritableStore.create(new, dim, dtype)) as store, translated(str(new)):
        target = store._connection
        target.execute("PRAGMA foreign_keys = OFF")
        try:
            # What is no store at all cannot even be attached.
            target.execute("ATTACH ? AS old", (f"{old.absolute().as_uri()}?mode=rw",))
            for table in TABLES:
                kept[table] = _copy(target, table, old)
            target.execute("INSERT OR REPLACE INTO meta SELECT * FROM old.meta")
        except sqlite3.DatabaseError as error:
            unless_refused(error, old)
        with suppress(sqlite3.DatabaseError):
            target.execute("DETACH old")
        with store.transaction():
            _drop_orphans(target)
        store.settle()
    return kept


def _copy(target: sqlite3.Connection, table: str, old: Path) -> int:
    """Copy what can be read of a table; SQLite does it alone, so that every value keeps its type."""
    low, high = 1, LARGEST
    try:
        found = target.execute(f"SELECT min(rowid), max(rowid) FROM old.{table}").fetchone()  # noqa: S608  # our own names
        low, high = (found[0], min(found[1], LARGEST)) if found[0] is not None else (1, 0)
    except sqlite3.DatabaseError as error:
        unless_refused(error, old)
    ranges, failed, kept = [(low, high)] if low <= high else [], 0, 0
    while ranges and failed < PATIENCE:
        low, high = ranges.pop()
        try:
            sql = f"INSERT OR IGNORE INTO main.{table} SELECT * FROM old.{table} WHERE rowid BETWEEN ? AND ?"  # noqa: S608
            kept += target.execute(sql, (low, high)).rowcount
        except sqlite3.DatabaseError as error:
            unless_refused(error, old)
            failed += 1
            if low < high:
                middle = (low + high) // 2
                ranges += [(middle + 1, high), (low, middle)]
    return kept


def _drop_orphans(target: sqlite3.Connection) -> None:
    target.execute("DELETE FROM texts WHERE document_id NOT IN (SELECT id FROM documents)")
    target.execute("DELETE FROM blocks WHERE document_id NOT IN (SELECT id FROM documents)")
    target.execute("DELETE FROM passages WHERE document_id NOT IN (SELECT id FROM documents)")
    target.execute("DELETE FROM vectors WHERE passage_id NOT IN (SELECT id FROM passages)")
    target.execute("INSERT INTO pending SELECT id FROM passages WHERE id NOT IN (SELECT passage_id FROM vectors)")

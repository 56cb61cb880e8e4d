"""What is known of passages that another machine stores, to be filtered as a store does: by the same statements."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any, Self

from semspace.arrays import Ids
from semspace.records import Filter
from semspace.store.connection import path_bytes, understood
from semspace.store.filters import select
from semspace.store.rows import metadata_json

_TABLES = """
CREATE TABLE documents (id INTEGER PRIMARY KEY, path TEXT, kind TEXT, title TEXT, language TEXT, metadata TEXT, date REAL,
                        size INTEGER, mtime_ns INTEGER);
CREATE TABLE passages (id INTEGER PRIMARY KEY, document_id INTEGER, page INTEGER);
"""


class Catalog:
    """Facts of passages, in memory."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    def of(cls, rows: Iterable[tuple[int, int, Mapping[str, Any]]]) -> Self:
        """Take the id of each passage, that of its document, and what an engine knows of it."""
        connection = sqlite3.connect(":memory:")
        connection.executescript(_TABLES)
        for passage, document, facts in rows:
            language, date, size, mtime = facts["document"]
            known = (facts["kind"], facts["title"], language, metadata_json(facts["metadata"]), date, size, mtime)
            connection.execute(
                "INSERT OR IGNORE INTO documents VALUES (?, CAST(? AS TEXT), ?, ?, ?, ?, ?, ?, ?)",
                (document, path_bytes(facts["path"]), *known),
            )
            connection.execute("INSERT INTO passages VALUES (?, ?, ?)", (passage, document, facts["page"]))
        return cls(connection)

    def ids(self, chosen: Filter) -> Ids:
        """Return the ids of the passages that a filter lets through, in order. Raises InvalidFilter."""
        with understood(":memory:"):
            return select(self._connection, chosen)

    def close(self) -> None:
        """Let go of it."""
        self._connection.close()

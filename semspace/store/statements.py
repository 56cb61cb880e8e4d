"""Statements that several transactions have in common, and the values of their rows."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from semspace.records import Passage, Stamp
from semspace.store.rows import Blocks, blocks_checksum, vector_checksum

NO_STAMP = (None, None, None, None)

SURVEYED = "surveyed"
"""The setting that says that boilerplate was looked for among all documents as they are: a change of any removes it."""


def held(connection: sqlite3.Connection, document_id: int) -> dict[bytes, list[int]]:
    """Return the passages of a document by text hash, the last first."""
    held = defaultdict(list)
    sql = "SELECT text_hash, id FROM passages WHERE document_id = ? ORDER BY start DESC"
    for text_hash, number in connection.execute(sql, (document_id,)):
        held[text_hash].append(number)
    return held


def remember(connection: sqlite3.Connection, document_id: int, blocks: Blocks) -> None:
    """Write which blocks a document holds."""
    values = (document_id, blocks_checksum(document_id, blocks), blocks.rest, blocks.marks, blocks.left_out)
    connection.execute("INSERT OR REPLACE INTO blocks VALUES (?, ?, ?, ?, ?)", values)


def attach(connection: sqlite3.Connection, passage_id: int, blob: bytes) -> None:
    """Give a passage its vector."""
    connection.execute("INSERT INTO vectors VALUES (?, ?, ?)", (passage_id, vector_checksum(passage_id, blob), blob))


def passage_values(passage: Passage) -> tuple[Any, ...]:
    """Return what a row says of a passage."""
    heading = json.dumps(passage.heading, ensure_ascii=False)
    skips = json.dumps(passage.skips) if passage.skips else ""
    return passage.start, passage.end, passage.start_line, passage.end_line, passage.page, heading, passage.context, skips


def stamp_values(stamp: Stamp | None) -> Sequence[int | None]:
    """Return what a row says of a stamp."""
    return (stamp.size, stamp.mtime_ns, stamp.ctime_ns, stamp.inode) if stamp else NO_STAMP


def advance(connection: sqlite3.Connection, *, documents: bool = False) -> None:
    """Count a transaction that changes passages, or which documents there are."""
    connection.execute(
        """INSERT INTO meta VALUES ('generation', '1')
           ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT)"""
    )
    if documents:
        connection.execute("DELETE FROM meta WHERE key = ?", (SURVEYED,))

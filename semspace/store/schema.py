"""The tables of a store, as migrations with recorded names. Only creating and upgrading a store import this."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from semspace.store.connection import SCHEMA, sync

# sqlite-utils takes pandas where it is installed: half a second, and threads, for tables that nobody asks for here.
_without = "pandas" not in sys.modules
if _without:
    sys.modules["pandas"] = None  # type: ignore[assignment]
from sqlite_utils import Database, Migrations  # noqa: E402

if _without:
    del sys.modules["pandas"]

migrations = Migrations("semspace")


@migrations()  # type: ignore[untyped-decorator]
def m001_documents_passages_vectors(db: Database) -> None:
    """Make the tables of the first release."""
    for statement in _FIRST.split(";"):
        if statement.strip():
            db.execute(statement)


_FIRST = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE documents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path TEXT NOT NULL UNIQUE,          -- absolute, or text:KEY for a text that a program added
    kind TEXT NOT NULL,
    title TEXT,
    language TEXT,
    metadata TEXT NOT NULL,             -- JSON
    lines INTEGER NOT NULL,             -- 1 where line n of the text is line n of the file
    date REAL,                          -- seconds since 1970: what the document says, else mtime
    size INTEGER, mtime_ns INTEGER, ctime_ns INTEGER, inode INTEGER,
    content_hash BLOB NOT NULL,         -- of the file's bytes
    recipe TEXT NOT NULL,               -- reader and chunker that made the passages
    indexed REAL NOT NULL,
    passages INTEGER NOT NULL,          -- how many it was cut into
    checksum INTEGER NOT NULL           -- CRC-32 of what is above, without what tells whether the file changed
);

CREATE TABLE texts (
    document_id INTEGER PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE,
    checksum INTEGER NOT NULL,          -- CRC-32 of the text in UTF-8
    text TEXT NOT NULL
);

CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,   -- also the label in both indexes
    document_id INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    start INTEGER NOT NULL, stop INTEGER NOT NULL,      -- characters of the text
    start_line INTEGER, end_line INTEGER, page INTEGER,
    heading TEXT NOT NULL,              -- JSON array, outermost first
    context TEXT NOT NULL,
    skips TEXT NOT NULL,                -- JSON array of spans of the slice that are not encoded, or nothing
    text_hash BLOB NOT NULL,            -- of what is encoded: context and text without what is skipped
    checksum INTEGER NOT NULL           -- CRC-32 of what is above
);
CREATE INDEX passages_document ON passages (document_id);
CREATE INDEX passages_hash ON passages (text_hash);

CREATE TABLE vectors (
    passage_id INTEGER PRIMARY KEY REFERENCES passages (id) ON DELETE CASCADE,
    checksum INTEGER NOT NULL,          -- CRC-32 of the bytes, begun with passage_id
    vector BLOB NOT NULL
);

CREATE TABLE pending (                  -- passages without a vector yet: stored, found by their words, to be encoded
    passage_id INTEGER PRIMARY KEY REFERENCES passages (id) ON DELETE CASCADE
);

CREATE TABLE blocks (                   -- what boilerplate is found by: a row for each document that was a file
    document_id INTEGER PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE,
    checksum INTEGER NOT NULL,          -- CRC-32 of document_id and what is below
    rest INTEGER NOT NULL,              -- mark of what is not counted: documents with equal marks have equal texts
    marks BLOB NOT NULL,                -- of blocks of the text: 64 bits each, little-endian
    left_out BLOB NOT NULL              -- marks of the blocks that are boilerplate
);

CREATE TABLE failures (
    path TEXT PRIMARY KEY,
    outcome TEXT NOT NULL,              -- failed or skipped
    reason TEXT NOT NULL,
    size INTEGER, mtime_ns INTEGER, ctime_ns INTEGER, inode INTEGER,
    recipe TEXT NOT NULL,
    seen REAL NOT NULL
);

CREATE TABLE derived (
    name TEXT PRIMARY KEY,
    generation INTEGER NOT NULL,        -- of the store that the file was made from
    digest TEXT NOT NULL,               -- of the file's bytes
    identity TEXT NOT NULL              -- inode, size, mtime, ctime when the digest was last verified
) WITHOUT ROWID;
"""


def upgrade(connection: sqlite3.Connection) -> None:
    """Bring a store to the newest schema in one transaction; what is applied already is not applied again."""
    database = Database(connection)
    with database.atomic():
        migrations.apply(database)
        connection.execute(f"PRAGMA user_version = {SCHEMA}")


def back_up(connection: sqlite3.Connection, target: Path) -> None:
    """Copy a store, as it is now, into a file that appears whole or not at all."""
    target.parent.mkdir(mode=0o700, exist_ok=True)
    temporary = target.with_name(f"{target.name}.new")
    temporary.unlink(missing_ok=True)
    temporary.touch(mode=0o600)
    with closing(sqlite3.connect(temporary)) as copy:
        connection.backup(copy)
    sync(temporary)
    temporary.replace(target)
    sync(target.parent)

"""Connections to a store: how SQLite is set, and how paths become TEXT."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from semspace.errors import FormatTooNew, SpaceDamaged, SpaceLocked

STORE = "store.db"

BACKUP = "backup"
"""The folder, in that of the space, of what a migration changed."""

QUARANTINE = "quarantine"
"""The folder, in that of the space, of what was damaged."""

SHAPES = "shapes"
"""Below it a view keeps what the next one starts from; it can be deleted at any time."""

TEXT_PREFIX = "text:"
"""How the path of a text begins that a program added."""

SCHEMA = 1
"""Number of the newest schema (`PRAGMA user_version`)."""

BUSY_SECONDS = 10.0


def connect(path: Path | str, *, writable: bool) -> sqlite3.Connection:
    """Open a store. `":memory:"` is a store that is never on disk. Raises SpaceDamaged."""
    if path == ":memory:":
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    else:
        mode = "mode=rw" if writable else _reading(Path(path))
        uri = f"{Path(path).absolute().as_uri()}?{mode}"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=BUSY_SECONDS, check_same_thread=False)
    # A name that is not UTF-8 is kept byte for byte.
    connection.text_factory = _decode
    with translated(str(path)):
        connection.execute("PRAGMA foreign_keys = ON")
        if writable:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA secure_delete = ON")
    return connection


def _reading(path: Path) -> str:
    """Return how to open a file to read: where nobody may write, SQLite must not look for its journal's index."""
    journal = path.with_name(f"{path.name}-wal")
    if os.access(path.parent, os.W_OK) or path.with_name(f"{path.name}-shm").exists():
        return "mode=ro"
    if journal.exists() and journal.stat().st_size:
        raise SpaceDamaged(
            f"{path} was not closed, and its folder cannot be written to.", "Make the folder writable once, or copy it."
        )
    return "mode=ro&immutable=1"


def sync(path: Path) -> None:
    """Have the disk keep what was written to a file, or to a folder's list of names."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _decode(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def path_bytes(path: str) -> bytes:
    """Return a path as the bytes that are stored: bind them as `CAST(? AS TEXT)`, since a name need not be UTF-8."""
    return os.fsencode(path)


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Turn what SQLite raises into errors for a person."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "locked" in str(error) or "busy" in str(error):
            raise SpaceLocked("Another process is writing to this space.", "Try again in a moment.") from error
        if (code := _refused(error, where)) is not None:
            raise OSError(code, os.strerror(code), where) from error
        raise _damaged(where, error) from error
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # the second where a name in its message is damaged
        raise _damaged(where, error) from error


def unless_refused(error: sqlite3.DatabaseError, where: Path) -> None:
    """Raise OSError where the system refused something: what SQLite could not do then says nothing about the rows."""
    if (code := _refused(error, str(where))) is not None:
        raise OSError(code, os.strerror(code), str(where)) from error


def _refused(error: sqlite3.DatabaseError, where: str) -> int | None:
    """Return the system's error where it refused something to SQLite: that says nothing about the store."""
    number = error.sqlite_errorcode
    if number & 0xFF == sqlite3.SQLITE_CANTOPEN and Path(where).is_file():
        return errno.EIO
    return _REFUSED.get(number, _REFUSED.get(number & 0xFF))


_REFUSED = {sqlite3.SQLITE_FULL: errno.ENOSPC, sqlite3.SQLITE_READONLY: errno.EROFS} | dict.fromkeys(
    (
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_IOERR_FSYNC,
        sqlite3.SQLITE_IOERR_DIR_FSYNC,
        sqlite3.SQLITE_IOERR_TRUNCATE,
        sqlite3.SQLITE_IOERR_DELETE,
        sqlite3.SQLITE_IOERR_SHMOPEN,
        sqlite3.SQLITE_IOERR_SHMSIZE,
        sqlite3.SQLITE_IOERR_SHMMAP,
        sqlite3.SQLITE_IOERR_LOCK,
    ),
    errno.EIO,
)


@contextmanager
def understood(where: str) -> Iterator[None]:
    """Turn what is raised by values of other types than those that were stored, as a flipped bit gives them, into errors."""
    try:
        with translated(where):
            yield
    except (TypeError, ValueError) as error:
        raise _damaged(where, error) from error


def _damaged(where: str, error: Exception) -> SpaceDamaged:
    return SpaceDamaged(
        f"The store {where} cannot be used: {error}.",
        "semspace repair keeps what can be kept, and says what cannot.",
    )


def check_schema(connection: sqlite3.Connection, path: str) -> int:
    """Return the schema's number. Raises FormatTooNew, SpaceDamaged."""
    with translated(path):
        number = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if number and number <= SCHEMA:
            connection.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone()
    if number > SCHEMA:
        raise FormatTooNew(
            f"The store {path} has format {number}; this semspace knows formats up to {SCHEMA}.", "Upgrade semspace."
        )
    if number == 0:
        raise SpaceDamaged(f"{path} is not a store of semspace.", "Index the folder into a new space.")
    return number

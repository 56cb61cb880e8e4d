"""This release as a later one: its stores have more than those of today, and older ones are migrated when they are opened.

What is changed is this process; it has to be one that ends with the case.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

from semspace.store import STORE, connection, modernise, schema, writing

Migration = Callable[[Any], None]


def _column(db: Any) -> None:
    db.execute("ALTER TABLE documents ADD COLUMN later TEXT")
    db.execute("UPDATE documents SET later = upper(kind)")


def _table(db: Any) -> None:
    db.execute("CREATE TABLE lengths (document_id INTEGER PRIMARY KEY REFERENCES documents ON DELETE CASCADE, length INTEGER)")
    db.execute("INSERT INTO lengths SELECT document_id, length(text) FROM texts")


def _anew(db: Any) -> None:
    db.execute("CREATE TABLE failures_later AS SELECT * FROM failures")
    db.execute("DROP TABLE failures")
    db.execute("ALTER TABLE failures_later RENAME TO failures")
    db.execute("CREATE UNIQUE INDEX failures_path ON failures (path)")


MIGRATIONS: tuple[Migration, ...] = (_column, _table, _anew)


@cache
def become(count: int) -> None:
    """Make this process one of the release that is so many formats later, three at most."""
    for number, migration in enumerate(MIGRATIONS[:count]):
        schema.migrations(name=f"m9{number}_{migration.__name__}")(migration)
    newest = connection.SCHEMA + count
    for module in (connection, schema, writing):
        vars(module)["SCHEMA"] = newest


def migrate(folder: str, count: int, last: int | None = None) -> int:
    """Bring a space up to date with a later release, and return how many steps that took; SIGKILL at the `last` one.

    A step is a statement of SQL, or something that happens to a file of the space.
    """
    become(count)
    steps = [0]

    def step(*_: object) -> None:
        steps[0] += 1
        if steps[0] == last:
            os.kill(os.getpid(), signal.SIGKILL)

    def heard(event: str, arguments: tuple[object, ...]) -> None:
        if event.split(".", maxsplit=1)[0] in {"open", "os", "sqlite3"} and any(folder in str(one) for one in arguments):
            step()

    really = connection.connect

    def watched(path: Path | str, *, writable: bool) -> sqlite3.Connection:
        made = really(path, writable=writable)
        made.set_trace_callback(step)
        return made

    vars(writing)["connect"] = watched
    sys.addaudithook(heard)
    try:
        modernise(Path(folder))
    finally:
        vars(writing)["connect"] = really
    return steps[0]


def number_of(folder: str | Path, *more: str) -> int:
    """Return the number of a store's format."""
    with closing(sqlite3.connect(f"{Path(folder, *more, STORE).as_uri()}?mode=ro", uri=True)) as store:
        return int(store.execute("PRAGMA user_version").fetchone()[0])

"""What the system refuses to SQLite is no damage: a store that cannot be opened just now is not taken for an empty one."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from semspace.store.connection import unless_refused


def refusal(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("unable to open database file")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize("code", [sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR_SHMOPEN, sqlite3.SQLITE_FULL])
def test_a_file_that_is_there_and_cannot_be_opened_is_the_systems_doing(code: int, tmp_path: Path) -> None:
    store = tmp_path / "store.db"
    store.touch()
    with pytest.raises(OSError, match=r"store\.db"):
        unless_refused(refusal(code), store)


def test_rows_that_cannot_be_read_are_the_stores(tmp_path: Path) -> None:
    store = tmp_path / "store.db"
    store.touch()
    unless_refused(refusal(sqlite3.SQLITE_CORRUPT), store)
    unless_refused(refusal(sqlite3.SQLITE_NOTADB), store)
    unless_refused(refusal(sqlite3.SQLITE_CANTOPEN), tmp_path / "nowhere.db")

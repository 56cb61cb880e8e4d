"""Filters -> the passages that they let through."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from semspace.arrays import Ids
from semspace.errors import InvalidInput
from semspace.records import Filter
from semspace.store.connection import path_bytes
from semspace.store.where import SHOWN, parse

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


def select(connection: sqlite3.Connection, chosen: Filter) -> Ids:
    """Return the ids of the passages that a filter lets through, in order. Raises InvalidFilter, InvalidInput."""
    conditions, parameters = _conditions(chosen)
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    # Names and values are parameters; the text of a condition is ours.
    sql = f"SELECT p.id, p.document_id FROM passages p JOIN documents d ON d.id = p.document_id {where} ORDER BY p.id"  # noqa: S608
    if not conditions:
        sql = "SELECT id, document_id FROM passages ORDER BY id"
    rows = connection.execute(sql, parameters).fetchall()
    pairs = np.array(rows, dtype=np.int64).reshape(-1, 2)
    if chosen.include or chosen.exclude:
        pairs = pairs[np.isin(pairs[:, 1], _matching(connection, chosen))]
    return pairs[:, 0].copy()


def _conditions(chosen: Filter) -> tuple[list[str], list[Any]]:
    conditions, parameters = [], list[Any]()
    if chosen.where is not None:
        condition = parse(chosen.where)
        conditions.append(condition.sql)
        parameters += condition.parameters
    if chosen.paths:
        one = "(d.path = CAST(? AS TEXT) OR (d.path >= CAST(? AS TEXT) AND d.path < CAST(? AS TEXT)))"
        conditions.append("(" + " OR ".join([one] * len(chosen.paths)) + ")")
        for path in chosen.paths:
            whole = path_bytes(path.rstrip("/"))
            # "0" is the character after "/": everything below the folder, nothing beside it.
            parameters += [whole or b"/", whole + b"/", whole + b"0"]
    if chosen.ids is not None:
        conditions.append("p.id IN (SELECT value FROM json_each(?))")
        parameters.append(json.dumps(chosen.ids))
    if chosen.since is not None:
        conditions.append("d.date >= ?")
        parameters.append(chosen.since)
    if chosen.until is not None:
        conditions.append("d.date < ?")
        parameters.append(chosen.until)
    return conditions, parameters


def _matching(connection: sqlite3.Connection, chosen: Filter) -> Ids:
    include, exclude = _globs(chosen.include), _globs(chosen.exclude)
    documents = connection.execute("SELECT id, path FROM documents").fetchall()
    kept = [
        number
        for number, path in documents
        if (not chosen.include or include.match_file(path)) and not exclude.match_file(path)
    ]
    return np.array(kept, dtype=np.int64)


def _globs(lines: Sequence[str]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    from semspace.globs import glob

    compiled = []
    for line in lines:
        try:
            compiled.append(glob(line))
        except ValueError as error:
            raise InvalidInput(
                f"{line[:SHOWN]!r} is no glob.", "Write it as in a .gitignore: *.md, notes/, /a/**/b.txt"
            ) from error
    # The other engines that pathspec may find are not for these expressions.
    return GitIgnoreSpec(compiled, backend="simple")

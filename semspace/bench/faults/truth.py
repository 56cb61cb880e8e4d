"""What a store holds, read without semspace, and whether that is what was there before a fault or after it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from semspace.store import STORE

Contents = dict[str, dict[str, Any]]
"""Path of a document -> its text and its passages: [start, stop, hash, vector or None]."""


def contents(folder: Path, name: str = STORE) -> Contents:
    """Return what the store in a folder holds; nothing where there is none, or none of its tables."""
    path = folder / name
    if not path.is_file():
        return {}
    found: Contents = {}
    mode = "mode=ro" if name == STORE else "immutable=1"
    with closing(sqlite3.connect(f"{path.as_uri()}?{mode}", uri=True)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'vectors'").fetchall():
            return {}
        for document, text in connection.execute(
            "SELECT path, text FROM documents LEFT JOIN texts ON document_id = id"
        ).fetchall():
            found[document] = {"text": text, "passages": []}
        sql = """SELECT d.path, p.start, p.stop, hex(p.text_hash), hex(v.vector), w.passage_id IS NOT NULL
                 FROM passages p JOIN documents d ON d.id = p.document_id LEFT JOIN vectors v ON v.passage_id = p.id
                 LEFT JOIN pending w ON w.passage_id = p.id ORDER BY d.path, p.start, p.id"""
        for document, start, stop, text_hash, vector, waiting in connection.execute(sql):
            # A passage that has a vector and waits, or has none and does not wait, is neither here nor there.
            state = vector if bool(vector) != bool(waiting) else "astray"
            found[document]["passages"].append([start, stop, text_hash, state or None])
    return found


def compare(now: Contents, before: Contents, after: Contents, *, waiting: bool = False) -> tuple[str | None, int]:
    """Return what is wrong with a store in which some documents are as before a command and some as after it, and bytes lost.

    A new document may wait for its vectors; one that is replaced (unless `waiting` ones are too) has them at each moment.
    """
    problem, lost = None, 0
    for path in {*now, *before, *after}:
        old, new, one = before.get(path), after.get(path), now.get(path)
        if one in (old, new) or (one and new and (waiting or not old) and _filled(one, new) == new):
            continue
        what = "is gone" if one is None else "is neither the old version nor the new one, whole"
        problem = f"{path} {what}"
        lost += len((old or {"text": ""})["text"].encode())
    return problem, lost


def _filled(one: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Return a document with the vectors that it waits for."""
    if len(one["passages"]) != len(new["passages"]):
        return one
    passages = [[*have[:3], have[3] or want[3]] for have, want in zip(one["passages"], new["passages"], strict=True)]
    return {**one, "passages": passages}


def encoded(now: Contents) -> set[str]:
    """Return the hashes of the texts that have a vector."""
    return {text_hash for one in now.values() for *_, text_hash, vector in one["passages"] if vector}


def wanting(now: Contents, after: Contents) -> int:
    """Return how many texts at most have to be encoded to come from one state to another."""
    everything = {text_hash for some in (now, after) for one in some.values() for *_, text_hash, _ in one["passages"]}
    return len(everything - encoded(now))

"""Is anything left of a text? Every byte of a space is compared with every line of what was forgotten."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt

from semspace.store import STORE, Store

LEAST = 16
"""Bytes that a piece of a text must have to say whose it is."""

WORD = 8
"""Bytes that are compared at once; what follows is only looked at where these are equal."""

BLOCK = 1 << 24

_KEPT: dict[tuple[int, int], int] = {}
"""Device and inode of a file of SQLite's that was looked at -> its descriptor, for good."""


def pieces(store: Store, paths: Iterable[str]) -> set[bytes]:
    """Return what would give documents away: the lines of their texts and contexts, their metadata, their vectors."""
    found: set[bytes] = set()
    for path in paths:
        ids = store.passages_of(path)
        rows = store.rows(ids).values()
        # The whole text, not its passages: boilerplate is in none of them.
        for number in {row.document_id for row in rows}:
            found.update(line.strip().encode("utf-8", "surrogateescape") for line in store.text(number).splitlines())
        for row in rows:
            lines = [*row.passage.context.splitlines(), row.title or ""]
            lines += [value for value in row.metadata.values() if isinstance(value, str)]
            found.update(line.strip().encode("utf-8", "surrogateescape") for line in lines)
        vectors = store.stored_vectors(store.with_vector(np.array(ids, dtype=np.int64)))
        found.update(vector.astype(store.dtype).tobytes() for vector in vectors)
    return {piece for piece in found if len(piece) >= LEAST}


def unshared(store: Store, found: Iterable[bytes]) -> set[bytes]:
    """Return those pieces that no text in the store holds: what others say too may stay."""
    sql = """SELECT 1 FROM texts WHERE instr(CAST(text AS BLOB), :piece)
             UNION ALL SELECT 1 FROM documents WHERE instr(CAST(title AS BLOB), :piece) OR instr(CAST(metadata AS BLOB), :piece)
             UNION ALL SELECT 1 FROM vectors WHERE vector = :piece LIMIT 1"""
    return {piece for piece in found if not store.query(sql, {"piece": piece})}


def traces(folder: Path, wanted: Iterable[bytes]) -> Iterator[tuple[Path, int, set[bytes]]]:
    """Yield for every file below a folder its size and the pieces that are in it."""
    by_word: dict[int, list[bytes]] = defaultdict(list)
    for piece in wanted:
        by_word[int.from_bytes(piece[:WORD], "little")].append(piece)
    words = np.array(sorted(by_word), dtype=np.uint64)
    longest = max((len(piece) for pieces in by_word.values() for piece in pieces), default=WORD)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path, path.stat().st_size, set(_in_file(path, words, by_word, longest))


def counted(folder: Path, found: Iterable[tuple[Path, int, set[bytes]]], left: set[bytes]) -> dict[str, int]:
    """Return how many pieces of `left` are in each file that holds any, by its name in the folder."""
    counts = Counter({str(path.relative_to(folder)): len(held & left) for path, _, held in found})
    return dict(+counts)


def _in_file(path: Path, words: npt.NDArray[np.uint64], by_word: dict[int, list[bytes]], longest: int) -> Iterator[bytes]:
    with _opened(path) as descriptor:
        kept, place = b"", 0
        while block := os.pread(descriptor, BLOCK, place):
            data, place = kept + block, place + len(block)
            yield from _in_block(data, words, by_word)
            # A piece may lie across two blocks.
            kept = data[-(longest - 1) :]


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """Open a file to read; one of SQLite's is never closed again.

    Closing any descriptor of a file drops all locks that this process holds on it, those of SQLite's open connections
    too: others would then take its journal from under them.
    """
    if not path.name.startswith(STORE):
        with path.open("rb") as file:
            yield file.fileno()
        return
    found = path.stat()
    inode = found.st_dev, found.st_ino
    if inode not in _KEPT:
        _KEPT[inode] = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    yield _KEPT[inode]


def _in_block(data: bytes, words: npt.NDArray[np.uint64], by_word: dict[int, list[bytes]]) -> Iterator[bytes]:
    for offset in range(WORD):
        count = (len(data) - offset) // WORD
        if count <= 0 or not len(words):
            return
        seen = np.frombuffer(data, dtype="<u8", count=count, offset=offset)
        places = np.minimum(np.searchsorted(words, seen), len(words) - 1)
        for place in np.flatnonzero(words[places] == seen).tolist():
            start = place * WORD + offset
            yield from (piece for piece in by_word[int(seen[place])] if data.startswith(piece, start))

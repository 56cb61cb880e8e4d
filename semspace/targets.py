"""What `similar`, `neighbors` and `compare` are asked about: a passage, a line of a file, a file, or words."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from semspace.arrays import Ids, Vectors
from semspace.encoders import Encoder
from semspace.errors import InvalidInput, PassageNotFound, PathNotFound
from semspace.paths import absolute
from semspace.records import Comparison
from semspace.search import mean_vector
from semspace.store import Store

_ID = re.compile(r"#?(\d{1,18})")
_LINE = re.compile(r"(.+):(\d{1,9})")


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A point of the space, shape (1, dim), what it is called, and the passages of the space that it is made of."""

    label: str
    vector: Vectors
    ids: Ids


def of_text(text: str, encoder: Encoder) -> Target:
    """Return the point of some words."""
    if not text.strip():
        raise InvalidInput("The text is empty.", "Give at least one word.")
    return Target(text, encoder.encode([text], "query"), np.empty(0, dtype=np.int64))


def point(target: str | None, text: str | None, store: Store, encoder: Callable[[], Encoder]) -> Target:
    """Return the point of a target or of some words, whichever is given. Raises InvalidInput where both or none is."""
    if (target is None) == (text is None):
        raise InvalidInput("Give a target or --text, one of them.", "A target is #ID, FILE or FILE:LINE.")
    return of_text(text, encoder()) if text is not None else resolve(str(target), store, encoder)


def compare(first: str, second: str, store: Store | None, encoder: Callable[[], Encoder], *, files: bool = True) -> Comparison:
    """Return the cosine similarity of two texts, files or passages (`#ID`); without `files` a file's name is words."""
    one, other = (anything(side, store, encoder, files=files) for side in (first, second))
    return Comparison(one.label, other.label, float(one.vector[0] @ other.vector[0]))


def meant(side: str, store: Store, encoder: Callable[[], Encoder]) -> Vectors:
    """Return the vector, shape (1, dim), of a passage (`#ID`), of a file where there is one, else of the words themselves."""
    return anything(side, store, encoder).vector


def anything(side: str, store: Store | None, encoder: Callable[[], Encoder], *, files: bool = True) -> Target:
    """Return the point of a passage, of a file where there is one, else of the words themselves."""
    if store is not None and side.startswith("#") and _ID.fullmatch(side):
        return resolve(side, store, encoder)
    if files and (path := _file(side)):
        return of_file(path, encoder())
    if not side.strip():
        raise InvalidInput("The text is empty.", "Give at least one word.")
    # Both sides play the same role, so that a text is as near to itself as can be.
    return Target(side, encoder().encode([side], "passage"), np.empty(0, dtype=np.int64))


def _file(side: str) -> str | None:
    """Return the path of the file that some words name, None where they name none: they are words then."""
    try:
        path = absolute(side)
        return path if os.path.isfile(path) else None  # noqa: PTH113  # Path raises where a name is too long
    except InvalidInput:
        return None


def resolve(target: str, store: Store, encoder: Callable[[], Encoder]) -> Target:
    """Return the point that `#ID`, `FILE:LINE` or `FILE` means. Raises PassageNotFound, PathNotFound."""
    if match := _ID.fullmatch(target):
        row = store.row(int(match[1]))
        return _stored(f"#{row.id}", [row.id], store)
    path = absolute(target)
    if not os.path.lexists(path) and (match := _LINE.fullmatch(target)):
        return _at_line(absolute(match[1]), int(match[2]), target, store)
    ids = store.passages_of(os.path.realpath(path)) or store.passages_of(path)
    if ids:
        return _stored(target, ids, store)
    return of_file(path, encoder())


def of_file(path: str, encoder: Encoder) -> Target:
    """Return the point of a file that no space holds: the mean of its passages."""
    # A search about a stored passage needs neither readers nor chunking.
    from semspace.chunking import Chunker
    from semspace.intake import Intake
    from semspace.readers import Reader

    if not os.path.isfile(path):  # noqa: PTH113  # Path raises where a name is too long
        raise PathNotFound(f"There is no file {path}.", "A target is #ID, FILE, FILE:LINE, or --text WORDS.")
    with Reader() as reader:
        document = reader.parse(reader.load(os.path.realpath(path)))
    cut = Intake(Chunker(encoder.tokenizer_json, encoder.capacity("passage"))).cut(document)
    if not cut.passages:
        raise InvalidInput(f"{path} holds no text.", "Name a file with words in it.")
    vectors = encoder.encode([passage.text for passage in cut.passages], "passage")
    return Target(path, mean_vector(vectors), np.empty(0, dtype=np.int64))


def passage_at(target: str, store: Store) -> int:
    """Return the id of the passage that `#ID`, `FILE:LINE` or `FILE` (its first passage) means."""
    if match := _ID.fullmatch(target):
        return store.row(int(match[1])).id
    path = absolute(target)
    ids = store.passages_of(path)
    if ids:
        return ids[0]
    if match := _LINE.fullmatch(target):
        return int(_at_line(absolute(match[1]), int(match[2]), target, store).ids[0])
    raise PassageNotFound(f"No passage of this space is called {target}.", "A target is #ID, FILE or FILE:LINE.")


def _at_line(path: str, line: int, label: str, store: Store) -> Target:
    rows = store.rows(store.passages_of(path))
    if not rows:
        raise PathNotFound(f"{path} is not in this space.", "Index it first: semspace index PATH")
    within = [row for row in rows.values() if (row.passage.start_line or 0) <= line <= (row.passage.end_line or 0)]
    if not within:
        # A blank line, or a format without lines: the last passage that begins before it.
        before = [row for row in rows.values() if row.passage.start_line is not None and row.passage.start_line <= line]
        if not before:
            raise PassageNotFound(f"{label} is not within a passage.", "Name a line with text, or the file alone.")
        within = [max(before, key=lambda row: row.passage.start)]
    return _stored(label, [within[0].id], store)


def _stored(label: str, ids: list[int], store: Store) -> Target:
    wanted = np.array(ids, dtype=np.int64)
    return Target(label, mean_vector(store.vectors(wanted)), wanted)

"""What a space should hold and answer, by a dict and by comparing every vector: anything else raises Astray."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from semspace.arrays import Vectors
from semspace.bench.faults.walk import Walk
from semspace.lexical import terms
from semspace.lexical.words import analyzer
from semspace.records import Hits, Mode
from semspace.space import Space
from semspace.store import Row

CLOSE = 3e-3
"""How far scores may be from those of vectors that were never rounded to half precision."""

Passes = Callable[[Row], bool]


class Astray(AssertionError):
    """Raised where a space holds or answers what it should not."""


def want(true: bool, what: str) -> None:
    """Raise Astray with what is wrong, unless it is true."""
    if not true:
        raise Astray(what)


def agree(walk: Walk) -> None:
    """Compare the space with the dicts: documents, passages, both indexes, as both readers see them."""
    expected, held = walk.expected(), walk.held()
    for path in expected.keys() | held.keys():
        want(held.get(path) == expected.get(path), f"{path} holds {held.get(path)!r:.80}, not {expected.get(path)!r:.80}")
    rows = rows_of(walk.space)
    for path, text in expected.items():
        _is_cut(
            text, sorted((row.passage.start, row.passage.end, row.passage.text) for row in rows.values() if row.path == path)
        )
    for space in (walk.space, walk.other):
        encoded, ids = space._store.encoded_ids().tolist(), space._store.ids().tolist()
        want(sorted(rows) == ids, "the second reader sees other passages")
        want(space._vectors.get().ids().tolist() == encoded, "the vector index holds other passages than the store")
        want(space._words.get().ids().tolist() == ids, "the lexical index holds other passages than the store")


def rows_of(space: Space) -> dict[int, Row]:
    """Return all passages of a space."""
    return space._store.rows(space._store.ids().tolist())


def _is_cut(text: str, parts: list[tuple[int, int, str]]) -> None:
    """Want passages to be slices that together hold every character that is not blank, none twice."""
    end = 0
    for start, stop, piece in parts:
        want(text[start:stop] == piece, f"{piece!r:.80} is no slice of its document")
        want(start >= end and not text[end:start].strip(), "passages overlap or leave something out")
        end = stop
    want(not text[end:].strip(), "the end of a document is in no passage")


def answers(walk: Walk, space: Space, query: str, mode: Mode, hits: Hits, k: int, passes: Passes) -> None:
    """Compare hits with what each passage scores."""
    rows = {number: row for number, row in rows_of(walk.space).items() if passes(row)}
    encoded = [number for number in space._store.encoded_ids().tolist() if number in rows]
    found = [hit.id for hit in hits]
    wanted = set(terms(query))
    worded = {number for number, row in rows.items() if wanted & set(analyzer().analyze(row.passage.encoded))}
    nearest = _cosines(walk, walk.encoder.encode([query], "query")[0], rows, encoded)
    same(hits, rows, nearest)
    if mode == "semantic":
        best(hits, list(nearest.values()), k)
    elif mode == "lexical":
        want(set(found) <= worded and len(found) == min(k, len(worded)), f"{query!r} is found in {found}, not in {worded}")
    else:
        either = worded | set(encoded)
        want(set(found) <= either and len(found) == min(k, len(either)), f"hybrid finds {found} of {sorted(either)}")


def near(walk: Walk, number: int, hits: Hits, k: int) -> None:
    """Compare the passages nearest to one with what each of them scores."""
    rows = rows_of(walk.space)
    others = [other for other in walk.space._store.encoded_ids().tolist() if other != number]
    scores = _cosines(walk, walk.vector(rows[number].passage.encoded), rows, others)
    same(hits, rows, scores)
    best(hits, list(scores.values()), k)


def _cosines(walk: Walk, vector: Vectors, rows: dict[int, Row], ids: list[int]) -> dict[int, float]:
    return {number: float(walk.vector(rows[number].passage.encoded) @ vector) for number in ids}


def same(hits: Hits, rows: dict[int, Row], scores: dict[int, float]) -> None:
    """Want each hit once, in order, with the text and the similarity that its passage has."""
    want(len({hit.id for hit in hits}) == len(hits), "a passage is found twice")
    want([hit.rank for hit in hits] == list(range(1, len(hits) + 1)), "hits are not in order")
    for hit in hits:
        row = rows.get(hit.id)
        want(row is not None and hit.text == row.passage.text, f"hit #{hit.id} has a text that the space does not hold")
        if hit.similarity is not None and hit.id in scores:
            want(
                abs(hit.similarity - scores[hit.id]) < CLOSE, f"hit #{hit.id} is {scores[hit.id]} similar, not {hit.similarity}"
            )


def best(hits: Hits, scores: list[float], k: int) -> None:
    """Want the scores to be the k best there are."""
    wanted = np.sort(np.array(scores))[::-1][:k]
    found = np.array([hit.score for hit in hits])
    fits = len(found) == len(wanted) and (not len(found) or float(np.abs(found - wanted).max()) < CLOSE)
    want(fits, f"scores are {found.round(4).tolist()}, not {wanted.round(4).tolist()}")

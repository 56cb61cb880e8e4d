"""A query and its vector -> the passages that may answer it, each with both of its scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from semspace.arrays import Ids, Ranking, Vectors
from semspace.calibration import SLOPE, combine
from semspace.derived import DerivedVectors, DerivedWords
from semspace.erased import ErasedVectors
from semspace.feedback import HEARD, guessed
from semspace.lexical import Asked
from semspace.ranking import Candidates, Floats
from semspace.records import Mode
from semspace.store import Store

DEPTH = 200
"""Candidates taken from each side at least."""


def echoed(found: Candidates, store: Store, weight: float, instead: Mapping[int, Vectors] | None = None) -> Candidates:
    """Return candidates that know how near each is to what probably answers, by `weight` of the lexical side.

    What is not among the best, or waits for its vector, has the least of the others. `instead` are vectors, shape (dim,), that
    count for some ids.
    """
    scores, known = combine(found.dense, found.lexical, weight), instead or {}
    best = found.ranked(scores).top(HEARD)
    best = best.among(store.with_vector(np.sort(best.ids)))
    if not len(best):
        return found
    rows = np.searchsorted(found.ids, best.ids)
    vectors = [known.get(number, vector) for number, vector in zip(best.ids.tolist(), store.vectors(best.ids), strict=True)]
    near = guessed(scores[rows], np.array(vectors), SLOPE)
    echo = np.full(len(found), near.min())
    echo[rows] = near
    return replace(found, echo=echo)


class Finder:
    """Finds candidates in one space. What has to hold for an answer goes into both indexes as ids, before top-k."""

    def __init__(self, store: Store, vectors: DerivedVectors | ErasedVectors, words: DerivedWords) -> None:
        """Take the store and its two indexes."""
        self._store = store
        self._vectors = vectors
        self._words = words

    def find(self, asked: Asked, vector: Vectors | None, mode: Mode, depth: int, among: Ids | None) -> Candidates:
        """Return the best `depth` passages of each side that the mode asks, with their cosines and shares of the words."""
        depth, dense = max(depth, DEPTH), Ranking.empty()
        if vector is not None and mode != "lexical":
            dense = self._vectors.search(vector, depth, self._allowed(asked, among))[0]
        return self._joined(asked, vector, dense, mode, depth, among)

    def find_each(self, queries: Sequence[str], vectors: Vectors) -> list[Candidates]:
        """Return the candidates of both sides for plain words and their vectors, shape (n, dim), each as `find` would."""
        nearest = self._vectors.search(vectors, DEPTH)
        return [
            self._joined(Asked(query), vectors[row : row + 1], nearest[row], "hybrid", DEPTH, None)
            for row, query in enumerate(queries)
        ]

    def _joined(
        self, asked: Asked, vector: Vectors | None, dense: Ranking, mode: Mode, depth: int, among: Ids | None
    ) -> Candidates:
        """Add to the nearest passages those that hold the words, and score each by both sides."""
        lexical = Ranking.empty() if mode == "semantic" else self._words.get().search(asked, depth, among)
        ids = np.union1d(dense.ids, lexical.ids)
        cosines = self._cosines(ids, dense, vector)
        shares = self._words.get().shares(asked, ids) if mode != "semantic" else np.zeros(len(ids))
        return Candidates(ids, cosines, shares, depth)

    def _allowed(self, asked: Asked, among: Ids | None) -> Ids | None:
        """Narrow the passages that may answer to those that hold what has to be there, and not what must not."""
        if not asked.constrained:
            return among
        words = self._words.get()
        allowed = words.holding(asked.required, every=True) if asked.required else self._store.ids()
        if asked.excluded:
            allowed = np.setdiff1d(allowed, words.holding(asked.excluded, every=False))
        return allowed if among is None else np.intersect1d(allowed, among)

    def _cosines(self, ids: Ids, dense: Ranking, vector: Vectors | None) -> Floats:
        """Return the cosine of each candidate; one that still waits for its vector has the lowest that was found."""
        cosines = np.full(len(ids), float(dense.scores.min(initial=1.0)) if len(dense) else 0.0)
        cosines[np.searchsorted(ids, dense.ids)] = dense.scores
        if vector is not None and len(dense):
            others = self._store.with_vector(np.setdiff1d(ids, dense.ids))
            cosines[np.searchsorted(ids, others)] = self._store.vectors(others) @ vector[0]
        return cosines

"""The k nearest of many vectors, exactly while that takes seconds, by an IVF index beyond."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from semspace.arrays import Ids, Vectors
from semspace.sentences.distinct import Progress, tell
from semspace.sentences.sieve import Scores
from semspace.vectors import VectorIndex, engine

COMPARED = 10_000_000_000
"""Up to so many comparisons are made one by one: 100,000 against 100,000, some 40 seconds on two cores."""

Near = tuple[Scores, Ids]

BLOCK = 1_024
SEED = 1


def nearest(queries: Vectors, among: Vectors, k: int, progress: Progress | None = None, what: str = "comparing") -> Near:
    """Return similarities and rows of the k nearest to each query, best first; shape (queries, min(k, n)).

    Beyond 1e10 comparisons some neighbour may be missed; where there are too few, a row is -1 and its similarity -1.
    """
    parts = [(scores, rows) for _, scores, rows in neighbors(queries, among, k, progress, what)]
    if not parts:
        return np.empty((len(queries), 0), dtype=np.float32), np.empty((len(queries), 0), dtype=np.int64)
    return np.concatenate([scores for scores, _ in parts]), np.concatenate([rows for _, rows in parts])


def neighbors(
    queries: Vectors, among: Vectors, k: int, progress: Progress | None = None, what: str = "comparing"
) -> Iterator[tuple[int, Scores, Ids]]:
    """Return the same block by block, each with its first query."""
    if not len(queries) or not len(among):
        return
    index = fitting("flat" if is_exact(queries, among) else "ivf", among)
    index.add(np.arange(len(among), dtype=np.int64), among)
    # The nearest of all may be far: it takes more lists to find it than it takes to find a near-duplicate.
    index.effort *= 2
    for begin in range(0, len(queries), BLOCK):
        tell(progress, what, begin, len(queries))
        block = queries[begin : begin + BLOCK]
        scores = np.full((len(block), min(k, len(among))), -1.0, dtype=np.float32)
        rows = np.full(scores.shape, -1, dtype=np.int64)
        for row, found in enumerate(index.search(block, k)):
            rows[row, : len(found)], scores[row, : len(found)] = found.ids, found.scores
        yield begin, np.clip(scores, -1.0, 1.0), rows


def is_exact(queries: Vectors, among: Vectors) -> bool:
    """Tell whether no neighbour is missed."""
    return len(queries) * len(among) <= COMPARED


def fitting(kind: str, vectors: Vectors) -> VectorIndex:
    """Return an empty index of a kind whose lists fit some vectors; the same vectors give the same one."""
    make = engine(kind)
    size = make.sample_size(len(vectors))
    chosen = np.sort(np.random.default_rng(SEED).choice(len(vectors), size, replace=False))
    return make.create(vectors.shape[1], vectors[chosen])

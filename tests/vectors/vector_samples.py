"""Vectors to index, and the one oracle of every index: numpy, by brute force."""

from __future__ import annotations

import numpy as np
import pytest

from semspace.arrays import Ids, Ranking, Vectors, unit
from semspace.vectors import VectorIndex

DIM = 64

SCORES = {"flat": 1e-6, "ivf": 2e-3, "rabitq": 1e-6, "lite": 1e-5, "server": 1e-5, "cluster": 1e-5}
"""How near scores have to be: `ivf` rounds to float16, the candidates of `rabitq` are scored again."""

FOUND = {"flat": 1.0, "ivf": 0.99, "rabitq": 0.75, "lite": 0.99, "server": 0.99, "cluster": 0.99}
"""Share of the right answers that has to be there, where the vectors have no structure at all: one bit a number is little."""


def some_vectors(count: int, seed: int = 1) -> Vectors:
    return unit(np.random.default_rng(seed).normal(size=(count, DIM))) if count else np.empty((0, DIM), dtype=np.float32)


def some_ids(count: int) -> Ids:
    return np.arange(count, dtype=np.int64) * 7 + 1_000_000_000_000


def clustered(count: int, dim: int, seed: int = 1) -> Vectors:
    """Draw vectors around 200 centres."""
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(0).normal(size=(200, dim))
    return unit(centres[random.integers(0, 200, count)] + 0.6 * random.normal(size=(count, dim)))


def brute_force(queries: Vectors, ids: Ids, vectors: Vectors, k: int, among: Ids | None = None) -> list[Ranking]:
    kept = np.isin(ids, among) if among is not None else np.ones(len(ids), dtype=bool)
    return [Ranking.of(ids[kept], vectors[kept] @ query).top(k) for query in queries]


def answers(
    index: VectorIndex, queries: Vectors, k: int, ids: Ids, vectors: Vectors, among: Ids | None = None
) -> list[Ranking]:
    """Search, and score candidates again where the index says that it has to be done."""
    found = index.search(queries, max(k, k * index.rerank), among)
    if not index.rerank:
        return found
    return [
        Ranking.of(one.ids, vectors[np.searchsorted(ids, one.ids)] @ query).top(k)
        for one, query in zip(found, queries, strict=True)
    ]


def recall(found: list[Ranking], expected: list[Ranking]) -> float:
    shares = [len(np.intersect1d(one.ids, other.ids)) / max(1, len(other)) for one, other in zip(found, expected, strict=True)]
    return float(np.mean([1.0 if not len(other) else share for share, other in zip(shares, expected, strict=True)]))


def assert_same(kind: str, found: list[Ranking], expected: list[Ranking]) -> None:
    assert [len(one) for one in found] == [len(other) for other in expected]
    assert recall(found, expected) >= FOUND[kind]
    for one, other in zip(found, expected, strict=True):
        right = dict(zip(other.ids.tolist(), other.scores.tolist(), strict=True))
        for number, score in zip(one.ids.tolist(), one.scores.tolist(), strict=True):
            assert score == pytest.approx(right.get(number, score), abs=SCORES[kind])
        if kind == "flat":
            assert one.ids.tolist() == other.ids.tolist()

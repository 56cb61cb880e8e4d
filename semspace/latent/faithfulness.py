"""How far a map can be believed: whose neighbours it shows, and whose it does not.

Trustworthiness and continuity: Venna, Kaski: Neighborhood preservation in nonlinear projection methods (2001). Shares of
neighbours kept: Lee, Verleysen: Quality assessment of dimensionality reduction (2009), there Q_NX. Triplets: Wang et al.:
Understanding how dimension reduction tools work (2021).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from semspace.arrays import Floats32, Ids, Vectors
from semspace.latent.graph import Graph, Rows, ordered
from semspace.latent.moments import Floats

NEAR, WIDE = 15, 50

SAMPLE = 2_000
"""Points for which what takes comparing with all is measured; each is compared with all all the same."""

COMPARED = 100_000_000
LEAST = 200

TRIPLETS = 20
"""Pairs of others that each of them is compared with."""

_CELLS = 4_000_000

Scores = npt.NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Faithfulness:
    """What a map keeps of a space, all between 0 and 1; larger is better but for `misplaced`.

    `kept_15` and `kept_50`: the share of true neighbours that are neighbours on the map. `trustworthiness`: neighbours on the
    map are neighbours; `continuity`: neighbours are neighbours on the map; both at 15. `triplets`: of two random others the
    nearer is nearer on the map, 0.5 by chance. `misplaced`: the share of points that keep no neighbour. `sample` is how many
    """

    kept_15: float
    kept_50: float
    trustworthiness: float
    continuity: float
    triplets: float
    misplaced: float
    sample: int


UNKNOWN = Faithfulness(0.0, 0.0, 0.5, 0.5, 0.5, 1.0, 0)
"""Of a map that was not measured: what chance gives."""


def kept(graph: Graph, positions: Floats32) -> Floats32:
    """Return for each point the share of its neighbours in the graph that are its k nearest on the map, (n,)."""
    if not graph.k:
        return np.ones(len(graph), np.float32)
    return _shared(graph.neighbors, on_map(positions, graph.k))


def kept_among(graph: Graph, positions: Floats32, placed: Floats32) -> Floats32:
    """Return the same for points placed among others, (m,): neighbours and their positions, (n, 2), are those of the others."""
    from scipy.spatial import KDTree

    if not graph.k or not len(graph):
        return np.ones(len(graph), np.float32)
    drawn = KDTree(positions).query(placed, list(range(1, graph.k + 1)), workers=-1)[1].astype(np.int32)
    return _shared(graph.neighbors, drawn)


def _shared(neighbors: Rows, drawn: Rows) -> Floats32:
    shares = np.empty(len(neighbors), np.float32)
    for start in range(0, len(neighbors), 16_384):
        part = slice(start, start + 16_384)
        same = neighbors[part, :, None] == drawn[part, None, :]
        shares[part] = same.any(axis=2).mean(axis=1)
    return shares


def on_map(positions: Floats32, k: int) -> Rows:
    """Return the rows of the k nearest points on the map of each, (n, k), never itself."""
    from scipy.spatial import KDTree

    gaps, rows = KDTree(positions).query(positions, k + 1, workers=-1)
    gaps[rows == np.arange(len(rows))[:, None]] = np.inf
    return ordered(rows, -gaps, k)[0]


def faithfulness(vectors: Vectors, positions: Floats32, *, seed: int = 0) -> Faithfulness:
    """Measure a map, (n, 2), of vectors, (n, dim).

    Up to 2,000 points are all looked at, of more so many, of very many fewer, that are drawn by chance.
    """
    n = len(vectors)
    if n < 4:
        return Faithfulness(1.0, 1.0, 1.0, 1.0, 1.0, 0.0, n)
    rng = np.random.default_rng(seed)
    size = min(n, int(np.clip(COMPARED // n, LEAST, SAMPLE)))
    chosen = np.sort(rng.choice(n, size, replace=False))
    near, wide = min(NEAR, (n - 1) // 2), min(WIDE, n - 1)
    batch = max(8, _CELLS // n)
    sums = np.zeros(6)
    for start in range(0, size, batch):
        rows = chosen[start : start + batch]
        others = rng.integers(0, n, (len(rows), TRIPLETS, 2))
        sums += _measured(*_scores(vectors, positions, rows), rows, near, wide, others)
    # As many ranks as can be lost.
    whole = size * near * (2.0 * n - 3.0 * near - 1.0) / 2
    intruders, missing, kept_near, kept_wide, none, agreed = (float(value) for value in sums)
    return Faithfulness(
        kept_15=kept_near / size,
        kept_50=kept_wide / size,
        trustworthiness=1 - intruders / whole,
        continuity=1 - missing / whole,
        triplets=agreed / size,
        misplaced=none / size,
        sample=size,
    )


def _scores(vectors: Vectors, positions: Floats32, rows: Ids) -> tuple[Floats32, Floats]:
    """Return how near some rows are to all: in the space, and on the map; never to themselves."""
    true = vectors[rows] @ vectors.T
    places = positions.astype(np.float64)
    drawn, up = (np.subtract.outer(places[rows, axis], places[:, axis]) for axis in (0, 1))
    drawn *= drawn
    up *= up
    drawn += up
    np.negative(drawn, out=drawn)
    own = (np.arange(len(rows)), rows)
    true[own], drawn[own] = -np.inf, -np.inf
    return true, drawn


def _measured(true: Floats32, drawn: Floats, rows: Ids, near: int, wide: int, others: Ids) -> Floats:
    """Return of some rows: ranks lost on either side, shares kept of few and of many, how many keep none, triplets in order."""
    best_true, best_drawn = _best(true, wide), _best(drawn, wide)
    few_true, few_drawn = best_true[:, :near], best_drawn[:, :near]
    same = few_true[:, :, None] == few_drawn[:, None, :]
    intruders, missing = _lost(true, few_drawn, same.any(axis=1)), _lost(drawn, few_true, same.any(axis=2))
    few = same.any(axis=2).mean(axis=1)
    many = (best_true[:, :, None] == best_drawn[:, None, :]).any(axis=2).mean(axis=1)
    here = np.arange(len(rows))[:, None]
    first, second = others[:, :, 0], others[:, :, 1]
    valid = (first != rows[:, None]) & (second != rows[:, None]) & (first != second)
    agree = (true[here, first] > true[here, second]) == (drawn[here, first] > drawn[here, second])
    triplets = (agree & valid).sum(axis=1) / np.maximum(valid.sum(axis=1), 1)
    return np.array([intruders, missing, few.sum(), many.sum(), (few == 0).sum(), triplets.sum()])


def _best(scores: Scores, k: int) -> Ids:
    """Return the columns of the k largest of each row, the largest first."""
    found = np.argpartition(-scores, k - 1, axis=1)[:, :k]
    order = np.argsort(-np.take_along_axis(scores, found, axis=1), axis=1, kind="stable")
    best: Ids = np.take_along_axis(found, order, axis=1)
    return best


def _lost(scores: Scores, columns: Ids, shared: npt.NDArray[np.bool_]) -> int:
    """Return how many ranks, in all, some columns of each row lie behind the largest of as many; `shared` ones are these."""
    lost = 0
    for row, place in np.argwhere(~shared).tolist():
        # Counted line by line: booleans in one piece are counted ten times faster than along an axis.
        rank = 1 + np.count_nonzero(scores[row] > scores[row, columns[row, place]])
        lost += max(rank - columns.shape[1], 0)
    return lost

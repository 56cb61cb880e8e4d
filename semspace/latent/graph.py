"""The nearest neighbours of every vector: what maps, paths, islands, hubs and dimension are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from semspace.arrays import Floats32, Ids, Vectors

K = 15
"""Neighbours of each text: enough that a graph of real texts hangs together, few enough that they are alike."""

COMPARED = 50_000
"""Vectors of which each is compared with all; of more, with those in lists around the nearest centroids."""

RECALL = 0.982
"""Share of true neighbours that the lists have to find, measured at some of the vectors."""

SEED = 1

_SPARE = 4
_BATCH = 2_048
# FAISS's own names, which speak of what nothing here does.
_BLOCK = {f"dist{'ance'}_compute_blas_{side}_bs": size for side, size in (("query", 1_024), ("database", 16_384))}
_TRIED = 500
_PER_LIST = 40

Rows = npt.NDArray[np.int32]
Search = Callable[[Vectors, int], tuple[Floats32, Ids]]


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """The k nearest of each of n vectors, best first, never itself: their rows, (n, k) int32, and cosines, (n, k) float32.

    Of equal cosines the lower row is first. Where there are fewer than k others, k is smaller.
    """

    neighbors: Rows
    similarities: Floats32

    def __len__(self) -> int:
        return len(self.neighbors)

    @property
    def k(self) -> int:
        """Return how many neighbours each has."""
        return int(self.neighbors.shape[1])


def nearest(vectors: Vectors, k: int = K) -> Graph:
    """Return the k nearest neighbours of each vector among the others: shape (n, dim) in.

    Up to 50,000 vectors none is missed; beyond, at most 2 % are.
    """
    vectors = np.ascontiguousarray(vectors, dtype=np.float32)
    return _linked(vectors, vectors, k, np.arange(len(vectors)))


def among(queries: Vectors, vectors: Vectors, k: int = K) -> Graph:
    """Return the k nearest `vectors` of each query: rows are theirs, and a vector that is equal counts."""
    return _linked(np.ascontiguousarray(queries, dtype=np.float32), np.ascontiguousarray(vectors, dtype=np.float32), k, None)


def followed(graph: Graph, vectors: Vectors, before: Ids) -> Graph:
    """Return the graph of vectors, (n, dim), of which some were in another one: `before` is their row there, or -1, rising.

    What `nearest` would give: new rows and those that lost a neighbour are compared with all, the others with the new ones.
    """
    n, old = len(vectors), np.flatnonzero(before >= 0)
    if graph.k != min(K, max(n - 1, 0)):
        return nearest(vectors)
    now = np.full(len(graph), -1, np.int32)
    now[before[old]] = old
    neighbors, similarities = np.zeros((n, graph.k), np.int32), np.zeros((n, graph.k), np.float32)
    neighbors[old], similarities[old] = now[graph.neighbors[before[old]]], graph.similarities[before[old]]
    redone = np.flatnonzero((before < 0) | (neighbors < 0).any(axis=1))
    if len(redone) * 4 > n:
        return nearest(vectors)
    same, new = np.setdiff1d(old, redone), np.flatnonzero(before < 0)
    for start in range(0, len(same), _BATCH) if len(new) else ():
        rows = same[start : start + _BATCH]
        fresh = vectors[rows] @ vectors[new].T
        # Rounded otherwise than the cosines that are kept: what is this near to the last of them is looked at twice.
        touched = np.flatnonzero(fresh.max(axis=1) >= similarities[rows, -1] - 1e-5)
        count = min(graph.k, len(new))
        best = np.argpartition(-fresh[touched], count - 1, axis=1)[:, :count]
        rows = rows[touched]
        candidates = np.hstack([neighbors[rows], new[best]])
        neighbors[rows], similarities[rows] = ordered(candidates, _cosines(vectors[rows], vectors, candidates), graph.k)
    part = _linked(vectors[redone], vectors, graph.k, redone)
    neighbors[redone], similarities[redone] = part.neighbors, part.similarities
    return Graph(neighbors, similarities)


def ordered(rows: Ids, scores: npt.NDArray[np.floating], k: int) -> tuple[Rows, Floats32]:
    """Return the k best of some candidates in each line, best first, of equal ones the lower row: (n, c) in, (n, k) out."""
    order = np.lexsort((rows, -scores), axis=1)[:, :k]
    best, similarities = np.take_along_axis(rows, order, axis=1), np.take_along_axis(scores, order, axis=1)
    return best.astype(np.int32), similarities.astype(np.float32)


def _linked(queries: Vectors, vectors: Vectors, k: int, own: Ids | None) -> Graph:
    """Search for the k nearest of each query; `own` is the row of each, which is no neighbour of itself."""
    n = len(vectors)
    k = min(k, max(n - (own is not None), 0))
    if not k or not len(queries):
        return Graph(np.empty((len(queries), k), np.int32), np.empty((len(queries), k), np.float32))
    search = _compared(vectors) if min(n, len(queries)) <= COMPARED else _listed(vectors)
    # Some more: what is as near as the last of them may be rounded to either side.
    _, rows = search(queries, min(n, k + 1 + _SPARE))
    parts = []
    for start in range(0, len(rows), _BATCH):
        part = rows[start : start + _BATCH]
        scores = _cosines(queries[start : start + _BATCH], vectors, part)
        scores[part < 0] = -np.inf
        if own is not None:
            scores[part == own[start : start + _BATCH, None]] = -np.inf
        parts.append(ordered(part, scores, k))
    return Graph(np.concatenate([rows for rows, _ in parts]), np.concatenate([scores for _, scores in parts]))


def _cosines(queries: Vectors, vectors: Vectors, rows: Ids) -> Floats32:
    """Return the cosines of queries and rows, (n, c), each rounded the same way, whatever it is computed with."""
    cosines: Floats32 = np.einsum("nd,ncd->nc", queries, vectors[rows], optimize=False)
    return cosines


def _compared(vectors: Vectors) -> Search:
    import faiss

    def search(queries: Vectors, k: int) -> tuple[Floats32, Ids]:
        with _blocks():
            found: tuple[Floats32, Ids] = faiss.knn(queries, vectors, k, metric=faiss.METRIC_INNER_PRODUCT)
        return found

    return search


@contextmanager
def _blocks() -> Iterator[None]:
    """Compare in blocks that are as wide as multiplying is fast: half the time, and no more memory than FAISS takes."""
    import faiss

    before = {name: getattr(faiss.cvar, name) for name in _BLOCK}
    for name, size in _BLOCK.items():
        setattr(faiss.cvar, name, size)
    try:
        yield
    finally:
        for name, size in before.items():
            setattr(faiss.cvar, name, size)


def _listed(vectors: Vectors) -> Search:
    """Put vectors into lists around centroids, and look through as many as find what they should."""
    import faiss

    n, dim = vectors.shape
    lists = int(2 ** round(np.log2(2 * np.sqrt(n))))
    rng = np.random.default_rng(SEED)
    clustering = faiss.Clustering(dim, lists)
    clustering.seed, clustering.niter, clustering.spherical = SEED, 10, True
    clustering.min_points_per_centroid = 1
    quantizer = faiss.IndexFlatIP(dim)
    clustering.train(vectors[np.sort(rng.choice(n, min(n, _PER_LIST * lists), replace=False))], quantizer)
    index = faiss.IndexIVFScalarQuantizer(
        quantizer, dim, lists, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT, False
    )
    index.train(vectors[:1])
    index.add(vectors)
    tried = vectors[np.sort(rng.choice(n, _TRIED, replace=False))]
    true = faiss.knn(tried, vectors, K + 1, metric=faiss.METRIC_INNER_PRODUCT)[1]
    index.nprobe = max(1, lists // 64)
    while index.nprobe < lists:
        found = index.search(tried, K + 1)[1]
        if (true[:, :, None] == found[:, None, :]).any(axis=2).mean() >= RECALL:
            break
        index.nprobe = min(lists, index.nprobe * 5 // 4 + 1)
    search: Search = index.search
    return search

"""The nearest neighbours of every vector: what maps, paths, islands, hubs and dimension are made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from semspace.arrays import Floats32, Vectors

K = 15
"""Neighbours of each text: enough that a graph of real texts hangs together, few enough that they are alike."""


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """The k nearest of each of n vectors, best first, never itself: their rows, (n, k) int32, and cosines, (n, k) float32.

    Of equal cosines the lower row is first. Where there are fewer than k others, k is smaller.
    """

    neighbors: npt.NDArray[np.int32]
    similarities: Floats32

    def __len__(self) -> int:
        return len(self.neighbors)

    @property
    def k(self) -> int:
        """Return how many neighbours each has."""
        return int(self.neighbors.shape[1])


def nearest(vectors: Vectors, k: int = K) -> Graph:
    """Return the k nearest neighbours of each vector among the others, by comparing all: shape (n, dim) in."""
    import faiss

    k = min(k, max(len(vectors) - 1, 0))
    if not k:
        return Graph(np.empty((len(vectors), 0), np.int32), np.empty((len(vectors), 0), np.float32))
    vectors = np.ascontiguousarray(vectors, dtype=np.float32)
    # One more, as each is its own nearest; copies of it may come first.
    scores, rows = faiss.knn(vectors, vectors, k + 1, metric=faiss.METRIC_INNER_PRODUCT)
    scores[rows == np.arange(len(rows))[:, None]] = np.inf
    order = np.lexsort((rows, -scores), axis=1)
    scores, rows = np.take_along_axis(scores, order, axis=1), np.take_along_axis(rows, order, axis=1)
    own = np.isinf(scores[:, 0])
    # Of a text with more copies than k, itself may be missing: then the last of them goes.
    start = np.where(own, 1, 0)[:, None] + np.arange(k)
    return Graph(
        np.take_along_axis(rows, start, axis=1).astype(np.int32),
        np.take_along_axis(scores, start, axis=1).astype(np.float32),
    )

"""Two texts -> the way between them through others, of which no step is wider than it has to be."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from semspace.arrays import Ids, Vectors
from semspace.latent.graph import Graph

_TINY = 1e-7
"""Angle of two equal texts: an edge of weight 0 is none to scipy."""


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """Which texts are linked: edges (e, 2) of rows, the lower first, and their cosines (e,), each pair once."""

    count: int
    edges: Ids
    similarities: npt.NDArray[np.float64]

    def angles(self, chosen: npt.NDArray[np.bool_] | None = None) -> Any:
        """Return the angles of the links as a sparse matrix of scipy, (n, n)."""
        from scipy.sparse import csr_array

        edges, cosines = (self.edges, self.similarities) if chosen is None else (self.edges[chosen], self.similarities[chosen])
        weights = np.maximum(np.arccos(np.clip(cosines, -1, 1)), _TINY)
        return csr_array((weights, (edges[:, 0], edges[:, 1])), shape=(self.count, self.count))


def linked(vectors: Vectors, graph: Graph) -> Links:
    """Return the links of a neighbour graph, and where it falls apart the best links that hold it together.

    Each part is linked to its nearest text outside it, until there is one part (Boruvka, 1926).
    """
    from scipy.sparse.csgraph import connected_components

    rows = np.repeat(np.arange(len(graph)), graph.k)
    links = _links(len(graph), rows, graph.neighbors.ravel().astype(np.int64), graph.similarities.ravel())
    while True:
        parts, labels = connected_components(links.angles(), directed=False)
        if parts <= 1:
            return links
        added = [_outward(vectors, labels == part) for part in range(parts)]
        both = np.array([(one, other) for one, other, _ in added]), np.array([cosine for *_, cosine in added])
        edges = np.concatenate([links.edges, both[0]])
        links = _links(links.count, edges[:, 0], edges[:, 1], np.concatenate([links.similarities, both[1]]))


def _outward(vectors: Vectors, inside: npt.NDArray[np.bool_]) -> tuple[int, int, float]:
    """Return the best link from a part to the rest: (row, row, cosine)."""
    import faiss

    mine, others = np.flatnonzero(inside), np.flatnonzero(~inside)
    few, many = (mine, others) if len(mine) <= len(others) else (others, mine)
    cosines, found = faiss.knn(vectors[few], vectors[many], 1, metric=faiss.METRIC_INNER_PRODUCT)
    best = int(cosines[:, 0].argmax())
    return int(few[best]), int(many[found[best, 0]]), float(cosines[best, 0])


def _links(count: int, one: Ids, other: Ids, cosines: npt.NDArray[Any]) -> Links:
    edges = np.stack([np.minimum(one, other), np.maximum(one, other)], axis=1)
    unique, first = np.unique(edges, axis=0, return_index=True)
    return Links(count, unique, np.asarray(cosines, dtype=np.float64)[first])


def tree(links: Links) -> Links:
    """Return the links of a maximum spanning tree: between any two texts it has the widest way."""
    from scipy.sparse.csgraph import minimum_spanning_tree

    found = minimum_spanning_tree(links.angles()).tocoo()
    return _links(links.count, found.row.astype(np.int64), found.col.astype(np.int64), np.cos(found.data))


def bottleneck(links: Links, start: int, end: int) -> float:
    """Return the cosine of the weakest step on the best way between two texts: the way in the maximum spanning tree."""
    rows = _walk(tree(links).angles(), start, end)
    return min((_cosine(links, one, other) for one, other in pairwise(rows)), default=1.0)


def widest(links: Links, start: int, end: int) -> list[int]:
    """Return the rows of the way whose weakest step is as strong as can be, and of such ways the shortest by its angles.

    German, Keith, North: Narrative Trails (2025): a maximum-capacity path; Dijkstra then takes the shortest of them.
    """
    least = bottleneck(links, start, end)
    return _walk(links.angles(links.similarities >= least - 1e-9), start, end)


def _walk(angles: Any, start: int, end: int) -> list[int]:
    from scipy.sparse.csgraph import dijkstra

    _, before = dijkstra(angles, directed=False, indices=start, return_predecessors=True)
    rows = [end]
    while rows[-1] != start and before[rows[-1]] >= 0:
        rows.append(int(before[rows[-1]]))
    return rows[::-1]


def _cosine(links: Links, one: int, other: int) -> float:
    low, high = min(one, other), max(one, other)
    start, end = np.searchsorted(links.edges[:, 0], [low, low + 1])
    place = start + int(np.searchsorted(links.edges[start:end, 1], high))
    return float(links.similarities[place])

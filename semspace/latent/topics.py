"""Vectors -> a tree of topics in which every text has a place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from semspace.arrays import Floats32, Ids, Vectors

MOST = 2_000
"""Groups of texts that are joined at most; so many texts are joined one by one."""

ROUNDS = 12
"""Rounds of k-means: what changes after them is less than what other seeds change."""

Labels = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class TopicTree:
    """Small groups of like texts, joined two by two.

    `places`, (n,), is the group of each text; `centers`, (m, dim), the unit centres of the groups; `joins`, (m - 1, 4), the
    linkage as scipy has it: two nodes, the height of their join, texts below. Nodes below m are groups, m + i is join i.
    """

    places: Labels
    centers: Vectors
    joins: npt.NDArray[np.float64]

    def cut(self, count: int) -> Labels:
        """Return the topic of each text, (n,), where there are `count` topics (fewer where there are fewer groups).

        Topics are numbered by their size, the largest is 0; of equal ones that of the earliest text is first.
        """
        return renumbered(self._under(self._heads(self.root, count))[self.places])

    @property
    def root(self) -> int:
        """Return the node that holds all."""
        return max(2 * len(self.centers) - 2, 0)

    def split(self, node: int, count: int) -> list[int]:
        """Return the `count` nodes into which a node falls first, as its joins are undone from the top."""
        return self._heads(node, count)

    def members(self, node: int) -> Ids:
        """Return the rows of the texts below a node, in order."""
        return np.flatnonzero(self._under([node])[self.places] == 0)

    def _heads(self, node: int, count: int) -> list[int]:
        groups, heads = len(self.centers), [node]
        while len(heads) < count and max(heads) >= max(groups, 1):
            # Joins are in the order of their heights: the highest node was joined last.
            highest = max(heads)
            heads.remove(highest)
            heads += [int(side) for side in self.joins[highest - groups, :2]]
        return heads

    def _under(self, heads: list[int]) -> Labels:
        """Return for each group the place of its head in the list, -1 where it is below none."""
        groups = len(self.centers)
        owner = np.full(max(2 * groups - 1, 1), -1, dtype=np.int64)
        owner[heads] = np.arange(len(heads))
        for join in range(groups - 2, -1, -1):
            if owner[groups + join] >= 0:
                owner[self.joins[join, :2].astype(np.int64)] = owner[groups + join]
        return owner[:groups]


def grow(vectors: Vectors, most: int = MOST) -> TopicTree:
    """Join like texts into groups and groups into topics: shape (n, dim), unit rows, in.

    Texts up to `most` are joined as they are; of more, spherical k-means makes groups first (Dhillon, Modha: Concept
    Decompositions for Large Sparse Text Data Using Clustering, 2001), then those are joined by Ward's criterion (1963).
    k-means begins with the texts whose vectors have the smallest hash: the same texts begin the same way, and a few more
    change few of its seeds.
    """
    from scipy.cluster.hierarchy import linkage

    count = len(vectors)
    if count <= most:
        places, centers = np.arange(count), vectors
    else:
        places, centers = _grouped(vectors, groups_of(count, most))
    if len(centers) < 2:
        return TopicTree(places, centers, np.empty((0, 4)))
    return TopicTree(places, centers, linkage(centers.astype(np.float64), "ward"))


def groups_of(count: int, most: int = MOST) -> int:
    """Return how many groups so many texts make: about 4 roots, in steps of a quarter, so that a few more texts change none."""
    steps = np.floor(np.log(4 * np.sqrt(max(count, 1))) / np.log(1.25))
    return int(min(np.round(1.25**steps), most))


def seeds(vectors: Vectors, count: int) -> Ids:
    """Return the rows of the vectors with the smallest hash, no two of equal ones: a sample that few changes change little."""
    bits = np.ascontiguousarray(vectors).view(np.uint32).astype(np.uint64)
    weights = np.random.default_rng(7).integers(1, 2**63, bits.shape[1], dtype=np.uint64) | np.uint64(1)
    mixed = bits @ weights
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(32)
    _, first = np.unique(mixed, return_index=True)
    return np.sort(first[:count])


def _grouped(vectors: Vectors, groups: int) -> tuple[Labels, Vectors]:
    import faiss

    first = seeds(vectors, groups)
    with one_thread():
        means = faiss.Kmeans(
            vectors.shape[1], len(first), niter=ROUNDS, spherical=True, seed=7, min_points_per_centroid=1,
            max_points_per_centroid=128,
        )  # fmt: skip
        means.train(vectors, init_centroids=np.ascontiguousarray(vectors[first]))
        centers: Vectors = np.asarray(means.centroids)
        places = assign(vectors, centers)
    # A group that nobody is in has no place in the tree.
    held, places = np.unique(places, return_inverse=True)
    return places.astype(np.int64), np.ascontiguousarray(centers[held])


def assign(vectors: Vectors, centers: Floats32) -> Labels:
    """Return the row of the nearest of some centres for each vector, (n,)."""
    import faiss

    _, found = faiss.knn(np.ascontiguousarray(vectors), np.ascontiguousarray(centers), 1, metric=faiss.METRIC_INNER_PRODUCT)
    places: Labels = found[:, 0].astype(np.int64)
    return places


@contextmanager
def one_thread() -> Iterator[None]:
    """Let FAISS add numbers up in one order only: results are then the same bit for bit."""
    import faiss

    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)


def renumbered(labels: Labels) -> Labels:
    """Return labels by falling size; of equal sizes, that of the earliest text is first."""
    _, first, inverse, sizes = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    place = np.empty(len(sizes), dtype=np.int64)
    place[np.lexsort((first, -sizes))] = np.arange(len(sizes))
    return place[inverse]

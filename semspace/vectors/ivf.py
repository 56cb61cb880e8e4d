"""Approximate search by FAISS: vectors lie in lists around centroids, and only the nearest lists are looked through.

`ivf` keeps vectors as float16, 2 bytes a number. `rabitq` keeps the sign of each number after its centroid is taken away:
Gao, Long: RaBitQ (2024); its scores are estimates, so that the best candidates are to be scored again.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from pathlib import Path
from typing import Any, ClassVar, Self

import faiss
import numpy as np

from semspace.arrays import Ids, Vectors
from semspace.errors import InvalidVectors
from semspace.vectors.index import FaissIndex, read, selector

PER_LIST = 40
"""Vectors that a centroid is learnt from."""

SEED = 1
ROUNDS = 10

FEW = 20_000
SHARE = 0.05
"""A filter that leaves fewer, or a smaller share, is looked for in every list: what it leaves may lie anywhere."""

QUERY_BITS = 8


class ListIndex(FaissIndex):
    """Vectors in lists. `effort` is the number of lists that are looked through (nprobe)."""

    exact: ClassVar[bool] = False
    rerank: ClassVar[int] = 0

    @classmethod
    def create(cls, dim: int, sample: Vectors | None = None) -> Self:
        """Return an empty index whose lists fit a sample; without one there is a single list, and nothing is missed."""
        centroids = np.zeros((1, dim), dtype=np.float32)
        if sample is not None and len(sample) >= 2 * PER_LIST:
            centroids = _centroids(sample)
        quantizer: Any = faiss.IndexFlatIP(dim)
        quantizer.add(centroids)
        index = cls._empty(quantizer, dim, len(centroids))
        index.train(np.eye(1, dim, dtype=np.float32))
        # The quantizer lives as long as the index that points to it.
        index.own_fields = True
        quantizer.this.disown()
        made = cls(index, dim)
        made.effort = max(1, len(centroids) // 16)
        return made

    @classmethod
    def sample_size(cls, count: int) -> int:
        """Return how many vectors to learn from: 40 for each of about twice the square root lists, a power of two."""
        if count < 2 * PER_LIST:
            return 0
        lists = int(2 ** round(math.log2(2 * math.sqrt(count))))
        return min(count, PER_LIST * lists)

    @classmethod
    @abstractmethod
    def _empty(cls, quantizer: Any, dim: int, lists: int) -> Any: ...

    @classmethod
    @abstractmethod
    def _fits(cls, index: Any) -> bool: ...

    @classmethod
    def load(cls, path: Path, dim: int, *, writable: bool = True) -> Self:
        """Return the index in a file whose checksum has been verified. Raises InvalidVectors."""
        index = read(path, writable=writable)
        if not cls._fits(index) or index.d != dim or index.metric_type != faiss.METRIC_INNER_PRODUCT:
            raise InvalidVectors(f"{path.name} is not an index of this kind with {dim} dimensions.")
        return cls(index, dim, mapped=not writable)

    @property
    def lists(self) -> int:
        """Return the number of lists."""
        return int(self._index.nlist)

    @property
    def effort(self) -> int:
        """Return how many lists are looked through."""
        return int(self._index.nprobe)

    @effort.setter
    def effort(self, probes: int) -> None:
        """Set how many lists are looked through."""
        self._index.nprobe = max(1, min(probes, self.lists))

    def efforts(self) -> list[int]:
        """Return 1, 2, 3, 4, 6, 8, 12, 16 ... and the number of lists."""
        steps = {value for power in range(32) for value in (2**power, 3 * 2**power) if value < self.lists}
        return [*sorted(steps), self.lists]

    def ids(self) -> Ids:
        """Return all ids, in order."""
        lists = self._index.invlists
        sizes = [lists.list_size(number) for number in range(self.lists)]
        parts = [faiss.rev_swig_ptr(lists.get_ids(number), size).copy() for number, size in enumerate(sizes) if size]
        return np.sort(np.concatenate(parts)) if parts else np.empty(0, dtype=np.int64)

    def _nearest(self, rows: Vectors, k: int, among: Ids | None) -> tuple[Vectors, Ids]:
        """Look through more lists than usual where many are asked for or few are let through, until there are k."""
        probes = self._probes(k, among)
        chosen = None if among is None else selector(among)
        while True:
            scores, ids = self._index.search(rows, k, params=self._parameters(probes, chosen))
            if probes >= self.lists or (ids >= 0).all():
                return scores, ids
            probes = min(self.lists, 4 * probes)

    def _probes(self, k: int, among: Ids | None) -> int:
        count = len(self) if among is None else len(among)
        if among is not None and (count <= FEW or count <= SHARE * len(self)):
            return self.lists
        wanted = max(self.effort * len(self) / count, 4 * k * self.lists / count)
        return min(self.lists, math.ceil(wanted))

    def _parameters(self, probes: int, chosen: Any) -> Any:
        return faiss.SearchParametersIVF(nprobe=probes, sel=chosen)  # type: ignore[call-arg]


class IvfIndex(ListIndex):
    """Lists of vectors in float16: their scores are as good as the store's."""

    @classmethod
    def _empty(cls, quantizer: Any, dim: int, lists: int) -> Any:
        kind = faiss.ScalarQuantizer.QT_fp16
        return faiss.IndexIVFScalarQuantizer(quantizer, dim, lists, kind, faiss.METRIC_INNER_PRODUCT, False)

    @classmethod
    def _fits(cls, index: Any) -> bool:
        return isinstance(index, faiss.IndexIVFScalarQuantizer)


class RabitqIndex(ListIndex):
    """Lists of signs, one bit a number: a tenth of the size, and scores that are estimates."""

    rerank: ClassVar[int] = 20

    @classmethod
    def _empty(cls, quantizer: Any, dim: int, lists: int) -> Any:
        return faiss.IndexIVFRaBitQ(quantizer, dim, lists, faiss.METRIC_INNER_PRODUCT)

    @classmethod
    def _fits(cls, index: Any) -> bool:
        return isinstance(index, faiss.IndexIVFRaBitQ)

    def _parameters(self, probes: int, chosen: Any) -> Any:
        # An exact query takes a hundred times as long and finds the same candidates.
        return faiss.IVFRaBitQSearchParameters(nprobe=probes, sel=chosen, qb=QUERY_BITS)  # type: ignore[call-arg]


def _centroids(sample: Vectors) -> Vectors:
    """Return k-means centroids on the unit sphere; the same sample gives the same ones."""
    lists = max(1, len(sample) // PER_LIST)
    clustering = faiss.Clustering(sample.shape[1], lists)
    clustering.seed, clustering.niter, clustering.spherical = SEED, ROUNDS, True
    clustering.min_points_per_centroid, clustering.max_points_per_centroid = 1, 2 * PER_LIST
    clustering.train(sample, faiss.IndexFlatIP(sample.shape[1]))
    return faiss.vector_to_array(clustering.centroids).reshape(lists, -1)

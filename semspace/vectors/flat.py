"""Exact search by FAISS: every vector is compared."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar, Self

import faiss
import numpy as np

from semspace.arrays import Ids, Vectors
from semspace.errors import InvalidVectors
from semspace.vectors.index import FaissIndex, read, selector

PART = 10_000
"""Vectors that are worth a thread: comparing them with a query takes a millisecond, starting a thread a tenth of that."""


class FlatIndex(FaissIndex):
    """Vectors in float32 with their ids, compared one by one: exact, and fast up to some 20,000."""

    rerank: ClassVar[int] = 0
    exact: ClassVar[bool] = True
    effort = 0

    @classmethod
    def create(cls, dim: int, sample: Vectors | None = None) -> Self:  # noqa: ARG003  # it has no shape to learn
        """Return an empty index of vectors with `dim` numbers."""
        return cls(faiss.IndexIDMap(faiss.IndexFlatIP(dim)), dim)

    @classmethod
    def sample_size(cls, count: int) -> int:  # noqa: ARG003
        """Return 0: there is nothing to learn."""
        return 0

    @classmethod
    def load(cls, path: Path, dim: int, *, writable: bool = True) -> Self:
        """Return the index in a file whose checksum has been verified. Raises InvalidVectors."""
        index = read(path, writable=writable)
        fits = isinstance(index, faiss.IndexIDMap) and index.d == dim
        if not fits or index.metric_type != faiss.METRIC_INNER_PRODUCT:
            raise InvalidVectors(f"{path.name} is not an exact index of {dim} dimensions.")
        return cls(index, dim, mapped=not writable)

    def ids(self) -> Ids:
        """Return all ids, in order."""
        return np.sort(faiss.vector_to_array(self._index.id_map))

    def efforts(self) -> list[int]:
        """Return the one there is."""
        return [0]

    def _nearest(self, rows: Vectors, k: int, among: Ids | None) -> tuple[Vectors, Ids]:
        parts = min(faiss.omp_get_max_threads(), len(self) // PART)
        if among is None and len(rows) == 1 and parts > 1:
            return self._in_parts(rows, k, parts)
        parameters = None if among is None else faiss.SearchParameters(sel=selector(among))  # type: ignore[call-arg]
        found: tuple[Vectors, Ids] = self._index.search(rows, k, params=parameters)
        return found

    def _in_parts(self, row: Vectors, k: int, parts: int) -> tuple[Vectors, Ids]:
        """Search as FAISS does, which takes several threads for several queries, and one for one."""
        held: Any = faiss.downcast_index(self._index.index)
        vectors = faiss.rev_swig_ptr(held.get_xb(), held.ntotal * held.d).reshape(-1, held.d)
        ends = [len(vectors) * part // parts for part in range(parts + 1)]

        def nearest(begin: int, end: int) -> tuple[Vectors, Ids]:
            scores, places = faiss.knn(row, vectors[begin:end], min(k, end - begin), metric=faiss.METRIC_INNER_PRODUCT)
            return scores, places + begin

        with ThreadPoolExecutor(parts) as threads:
            found = [*threads.map(nearest, ends, ends[1:])]
        scores, places = np.hstack([one for one, _ in found]), np.hstack([one for _, one in found])
        best = np.argsort(-scores[0], kind="stable")[:k]
        return scores[:, best], faiss.vector_to_array(self._index.id_map)[places[:, best]]

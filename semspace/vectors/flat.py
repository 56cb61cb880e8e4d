"""Exact search by FAISS: every vector is compared."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Self

import faiss
import numpy as np

from semspace.arrays import Ids, Vectors
from semspace.errors import InvalidVectors
from semspace.vectors.index import FaissIndex, read, selector


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
        parameters = None if among is None else faiss.SearchParameters(sel=selector(among))  # type: ignore[call-arg]
        found: tuple[Vectors, Ids] = self._index.search(rows, k, params=parameters)
        return found

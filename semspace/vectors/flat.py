"""Exact search by FAISS: every vector is compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import faiss
import numpy as np

from semspace.arrays import Ids, Ranking, Vectors, check
from semspace.errors import InvalidVectors


class FlatIndex:
    """Vectors in float32 with their ids, compared one by one: exact, and fast up to some 100,000."""

    def __init__(self, index: Any, dim: int) -> None:
        self._index = index
        self._dim = dim

    @classmethod
    def create(cls, dim: int) -> Self:
        """Return an empty index of vectors with `dim` numbers."""
        return cls(faiss.IndexIDMap2(faiss.IndexFlatIP(dim)), dim)

    @classmethod
    def load(cls, path: Path, dim: int) -> Self:
        """Return the index in a file whose checksum has been verified. Raises InvalidVectors."""
        index = faiss.read_index(str(path))
        fits = isinstance(index, faiss.IndexIDMap2) and index.d == dim
        if not fits or index.metric_type != faiss.METRIC_INNER_PRODUCT:
            raise InvalidVectors(f"{path.name} is not an exact index of {dim} dimensions.")
        return cls(index, dim)

    def save(self, path: Path) -> None:
        """Write the index to a file."""
        faiss.write_index(self._index, str(path))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def ids(self) -> Ids:
        """Return all ids, in order."""
        return np.sort(faiss.vector_to_array(self._index.id_map))

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Add vectors, shape (n, dim), of unit length. Raises InvalidVectors."""
        rows = check(vectors, self._dim)
        if len(ids) != len(rows) or len(np.unique(ids)) != len(ids) or np.isin(ids, self.ids()).any():
            raise InvalidVectors("Every vector needs an id of its own that is not in the index yet.")
        if len(ids):
            self._index.add_with_ids(rows, np.ascontiguousarray(ids, dtype=np.int64))

    def remove(self, ids: Ids) -> None:
        """Remove vectors; an id that is not there is passed over."""
        if len(ids):
            self._index.remove_ids(np.ascontiguousarray(ids, dtype=np.int64))

    def search(self, queries: Vectors, k: int, among: Ids | None = None) -> list[Ranking]:
        """Return for each query the min(k, n) nearest of all ids, or of those in `among`."""
        rows = check(queries, self._dim)
        count = min(k, len(self))
        if count < 1 or not len(rows):
            return [Ranking.empty() for _ in rows]
        parameters = None
        if among is not None:
            selector = faiss.IDSelectorBatch(np.ascontiguousarray(among, dtype=np.int64))
            parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        scores, ids = self._index.search(rows, count, params=parameters)
        # FAISS fills up with id -1 where fewer match than were asked for.
        return [Ranking.of(i[i >= 0], s[i >= 0]) for i, s in zip(ids, scores, strict=True)]

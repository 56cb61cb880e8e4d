"""What the indexes of FAISS share: files, ids, and sets of ids."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from semspace.arrays import Ids, Ranking, Vectors, check
from semspace.errors import InvalidVectors

SPARSE = 64
"""Ids up to so many times their number are a bitmap; a set of fewer is hashed."""


class FaissIndex(ABC):
    """An index of FAISS over unit vectors with ids of ours."""

    def __init__(self, index: Any, dim: int, *, mapped: bool = False) -> None:
        self._index = index
        self._dim = dim
        self._mapped = mapped
        self._newest: int | None = None

    def save(self, path: Path) -> None:
        """Write the index to a file. Raises OSError."""
        # FAISS's own writer tells nobody when the last bytes could not be written.
        with path.open("wb") as file:
            faiss.write_index(self._index, faiss.PyCallbackIOWriter(file.write))  # type: ignore[attr-defined]

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @abstractmethod
    def ids(self) -> Ids:
        """Return all ids, in order."""

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Add vectors, shape (n, dim), of unit length. Raises InvalidVectors."""
        rows = check(vectors, self._dim)
        if len(ids) != len(rows) or len(np.unique(ids)) != len(ids) or (len(ids) and ids.min() < 0) or self._any_known(ids):
            raise InvalidVectors("Every vector needs an id of its own that is not in the index yet.")
        if len(ids):
            self._own()
            self._index.add_with_ids(rows, np.ascontiguousarray(ids, dtype=np.int64))
            self._newest = max(self._newest or 0, int(ids.max()))

    def _any_known(self, ids: Ids) -> bool:
        """Tell whether an id is there already; ids only grow, so that most often the newest one tells."""
        if self._newest is None:
            held = self.ids()
            self._newest = int(held[-1]) if len(held) else -1
        return bool(len(ids)) and int(ids.min()) <= self._newest and bool(np.isin(ids, self.ids()).any())

    def remove(self, ids: Ids) -> None:
        """Remove vectors; an id that is not there is passed over."""
        if len(ids) and len(self):
            self._own()
            self._index.remove_ids(selector(ids))

    def _own(self) -> None:
        """Take an index that is mapped from its file into memory: FAISS ends the process when such a one is changed."""
        if self._mapped:
            self._index = faiss.deserialize_index(faiss.serialize_index(self._index))
            self._mapped = False

    def search(self, queries: Vectors, k: int, among: Ids | None = None) -> list[Ranking]:
        """Return for each query the min(k, n) nearest of all ids, or of those in `among`."""
        rows = check(queries, self._dim)
        count = min(k, len(self), len(self) if among is None else len(among))
        if count < 1 or not len(rows):
            return [Ranking.empty() for _ in rows]
        scores, ids = self._nearest(rows, count, among)
        # FAISS fills up with id -1 where fewer match than were asked for.
        return [Ranking.of(i[i >= 0], s[i >= 0]) for i, s in zip(ids, scores, strict=True)]

    @abstractmethod
    def _nearest(self, rows: Vectors, k: int, among: Ids | None) -> tuple[Vectors, Ids]:
        """Return scores and ids, shape (n, k)."""


def read(path: Path, *, writable: bool) -> Any:
    """Return the index in a file. One that is only read stays there: what is touched comes into memory, and no more."""
    return faiss.read_index(str(path), 0 if writable else faiss.IO_FLAG_MMAP_IFC)


def selector(ids: Ids) -> Any:
    """Return a set of ids as FAISS tests it: a bitmap where ids are dense, since it is made in no time."""
    wanted = np.ascontiguousarray(ids, dtype=np.int64)
    if len(wanted) and wanted.min() >= 0 and wanted.max() < SPARSE * len(wanted):
        bits = np.zeros(int(wanted.max()) + 1, dtype=bool)
        bits[wanted] = True
        return faiss.IDSelectorBitmap(np.packbits(bits, bitorder="little"))  # type: ignore[call-arg, arg-type]
    return faiss.IDSelectorBatch(wanted)

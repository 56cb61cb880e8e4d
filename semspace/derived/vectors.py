"""The vector index of a space."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

import numpy as np

from semspace import settings
from semspace.arrays import Ids, Ranking, Vectors
from semspace.derived.file import Derived, batches, replacement
from semspace.errors import PassageNotFound, SemspaceError
from semspace.store import STORE, Store, WritableStore
from semspace.vectors import FileIndex, engine

FEW = 1_000
"""A filter that leaves no more is answered by comparing each of them: an approximate index could miss some."""

DEEP = 1_000
"""Candidates that are scored again at most, unless more hits are asked for."""

SEED = 1


class DerivedVectors(Derived[FileIndex]):
    """The vector index of a space, in `vectors.faiss`. `effort` is how hard an index that is built looks (None: its own)."""

    name = "vectors"
    patience = 30.0
    follows_in_memory = True

    def __init__(self, folder: Path | None, store: Store, kind: str, effort: int | None = None) -> None:
        super().__init__(folder, store)
        self._kind = kind
        self._effort = effort

    def search(self, queries: Vectors, k: int, among: Ids | None = None) -> list[Ranking]:
        """Return for each query the k nearest passages, or of those in `among`, scored by their true vectors."""
        index = self.get()
        if among is not None and len(among) <= FEW and not index.exact:
            return [self._scored(query, among).top(k) for query in queries]
        depth = max(k, min(k * index.rerank, DEEP))
        found = index.search(queries, depth, among)
        if not index.rerank:
            return found
        return [self._scored(query, ranking.ids).top(k) for query, ranking in zip(queries, found, strict=True)]

    def _scored(self, query: Vectors, ids: Ids) -> Ranking:
        """Rank passages by their stored vectors; one that has none (yet, or any more) is left out."""
        try:
            vectors = self.store.vectors(ids)
        except PassageNotFound:
            ids = self.store.with_vector(ids)
            vectors = self.store.vectors(ids)
        return Ranking.of(ids, vectors @ query)

    def adopt(self, kind: str, index: FileIndex) -> int:
        """Take an index that was built of this store in place of the own one; return its bytes. The caller holds the lock."""
        assert isinstance(self.store, WritableStore)
        self._kind, self._effort, self._index = kind, index.effort, index
        self._generation = self.store.generation
        if self.folder is None:
            return 0
        self._write(index, self.store)
        return self._path.stat().st_size

    def behind(self) -> bool:
        """Tell whether the file is not that of the store as it is now."""
        return not self._signed()

    def due(self) -> bool:
        """Tell whether it is time that the file follows a run that goes on."""
        return time.monotonic() > self._due

    def _renew(self) -> None:
        # Settings that cannot be read are somebody else's business: here those that the space was opened with hold on.
        with suppress(SemspaceError):
            if text := self.store.setting(settings.KEY):
                chosen = settings.decode(text, STORE)
                self._kind, self._effort = chosen.index_kind, chosen.effort

    def _wanted(self) -> Ids:
        return self.store.encoded_ids()

    def _twin(self, store: WritableStore) -> DerivedVectors:
        return DerivedVectors(self.folder, store, self._kind, self._effort)

    @property
    def _path(self) -> Path:
        assert self.folder is not None
        return self.folder / "vectors.faiss"

    def _files(self) -> list[Path]:
        return [self._path] if self._path.is_file() and not self._path.is_symlink() else []

    def _load(self) -> FileIndex:
        return engine(self._kind).load(self._path, self.store.dim, writable=isinstance(self.store, WritableStore))

    def _empty(self, folder: Path | None) -> FileIndex:  # noqa: ARG002  # it is written when it is saved
        kind = engine(self._kind)
        index = kind.create(self.store.dim, self._sample(kind))
        if self._effort is not None:
            index.effort = self._effort
        return index

    def _sample(self, kind: type[FileIndex]) -> Vectors | None:
        """Return some vectors, spread over the space by chance, the same on every run; None where none are needed."""
        ids = self._wanted()
        size = kind.sample_size(len(ids))
        if not size:
            return None
        chosen = np.sort(np.random.default_rng(SEED).choice(ids, size, replace=False))
        sample = np.empty((size, self.store.dim), dtype=np.float32)
        start = 0
        for part in batches(chosen):
            sample[start : start + len(part)] = self.store.vectors(part)
            start += len(part)
        return sample

    def _follow(self, index: FileIndex, removed: Ids, added: Ids) -> None:
        index.remove(removed)
        for part in batches(added):
            index.add(part, self.store.vectors(part))

    def _write(self, index: FileIndex, store: WritableStore) -> None:
        with replacement(self._path) as temporary:
            index.save(temporary)
        store.sign(self.name, self._generation, self._digest(), self._identity())

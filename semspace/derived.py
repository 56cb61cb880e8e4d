"""The two indexes of a space, kept in step with its store.

A derived file is trusted when its checksum is the one that the store remembers; while inode, size, mtime and ctime are
those of the last verification it is not hashed again. A file of an older generation is brought up to date by the
difference of two sets of ids; a damaged or missing one is rebuilt. None of it encodes anything.

Whoever holds the space's lock also writes what was mended; a reader that cannot get the lock mends in memory.
"""

from __future__ import annotations

import os
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np

from semspace.arrays import Ids
from semspace.errors import SemspaceError, SpaceLocked
from semspace.lexical import LexicalIndex
from semspace.store import LOCK, STORE, Store, WritableStore, WriterLock
from semspace.vectors import VectorIndex, engine

BATCH = 10_000
"""Passages read from the store at a time."""

Index = TypeVar("Index", VectorIndex, LexicalIndex)


class Derived(ABC, Generic[Index]):
    """One index of a space: `get` gives it in step with the store. `folder` is None for a space that is never on disk."""

    name: str

    def __init__(self, folder: Path | None, store: Store) -> None:
        self.folder = folder
        self.store = store
        self._index: Index | None = None
        self._generation = -1

    def get(self) -> Index:
        """Return the index, holding the passages of the store."""
        if self._index is None or self._generation != self.store.generation:
            self._index = self._open()
        return self._index

    def close(self) -> None:
        """Let go of the index, and of the file that it may have mapped into memory."""
        self._index = None

    def advance(self, removed: Ids, added: Ids, before: int) -> None:
        """Follow one change of the store from generation `before`, in memory where the index is a file."""
        if self._index is None or self._generation != before:
            self._index = None
            return
        self._follow(self._index, removed, added)
        self._generation = self.store.generation

    def save(self, store: WritableStore) -> None:
        """Bring the file up to date; the caller holds the lock."""
        self.store = store
        if self.folder is not None and not self._signed():
            self._write(self.get(), store)

    def _open(self) -> Index:
        if self.folder is None:
            return self._rebuilt(None)
        if isinstance(self.store, WritableStore):
            return self._loaded_in_step(writable=True)
        if not self._signed():
            self._mend()
        return self._loaded_in_step(writable=False)

    def _mend(self) -> None:
        """Write what a crash or damage left undone, if nobody else is writing and we may."""
        assert self.folder is not None
        lock = WriterLock(self.folder / LOCK)
        try:
            with lock:
                store = WritableStore.open(self.folder / STORE, self.store.dim, self.store.vector_type)
                try:
                    twin = self._twin(store)
                    twin.save(store)
                finally:
                    store.close()
        except (SpaceLocked, OSError, SemspaceError):
            # A reader then answers from what it can load or rebuild in memory.
            return

    def _loaded_in_step(self, *, writable: bool) -> Index:
        generation = self.store.generation
        index = self._verified()
        if index is None:
            index = self._rebuilt(self.folder if writable else None)
        elif self._receipt_generation() != generation and (writable or self.follows_in_memory):
            wanted, held = self.store.ids(), index.ids()
            self._follow(index, np.setdiff1d(held, wanted), np.setdiff1d(wanted, held))
        self._generation = generation
        return index

    def _verified(self) -> Index | None:
        """Load the file if its checksum is the one that the store remembers."""
        receipt = self.store.receipt(self.name)
        if receipt is None or not self._files():
            return None
        _, digest, identity = receipt
        try:
            if identity != self._identity() and digest != self._digest() and not self._busy():
                return None
            return self._load()
        except (SemspaceError, OSError, ValueError, RuntimeError):
            return None

    def _signed(self) -> bool:
        receipt = self.store.receipt(self.name)
        return receipt is not None and receipt[0] == self.store.generation and receipt[2] == self._identity()

    def _receipt_generation(self) -> int:
        receipt = self.store.receipt(self.name)
        return receipt[0] if receipt else -1

    def _rebuilt(self, folder: Path | None) -> Index:
        index = self._empty(folder)
        self._follow(index, np.empty(0, dtype=np.int64), self.store.ids())
        self._generation = self.store.generation
        return index

    def _identity(self) -> str:
        """Return inode, size, mtime and ctime of the files, as one short text."""
        stats = [(path.name, path.stat()) for path in self._files()]
        parts = [f"{name}:{s.st_ino}:{s.st_size}:{s.st_mtime_ns}:{s.st_ctime_ns}" for name, s in stats]
        return parts[0] if len(parts) == 1 else sha256("\n".join(parts).encode()).hexdigest()

    def _digest(self) -> str:
        whole = sha256()
        for path in self._files():
            with path.open("rb") as file:
                digest = sha256()
                while block := file.read(1 << 20):
                    digest.update(block)
            whole.update(f"{path.name}:{digest.hexdigest()}\n".encode())
        return whole.hexdigest()

    follows_in_memory: bool

    def _busy(self) -> bool:
        """Tell whether the file may be trusted although it is not what the store remembers: never, for a file of FAISS."""
        return False

    @abstractmethod
    def _twin(self, store: WritableStore) -> Derived[Index]: ...

    @abstractmethod
    def _files(self) -> list[Path]: ...

    @abstractmethod
    def _load(self) -> Index: ...

    @abstractmethod
    def _empty(self, folder: Path | None) -> Index: ...

    @abstractmethod
    def _follow(self, index: Index, removed: Ids, added: Ids) -> None: ...

    @abstractmethod
    def _write(self, index: Index, store: WritableStore) -> None: ...


class DerivedVectors(Derived[VectorIndex]):
    """The vector index of a space, in `vectors.faiss`."""

    name = "vectors"
    follows_in_memory = True

    def __init__(self, folder: Path | None, store: Store, kind: str) -> None:
        super().__init__(folder, store)
        self._kind = kind

    def _twin(self, store: WritableStore) -> DerivedVectors:
        return DerivedVectors(self.folder, store, self._kind)

    @property
    def _path(self) -> Path:
        assert self.folder is not None
        return self.folder / "vectors.faiss"

    def _files(self) -> list[Path]:
        return [self._path] if self._path.is_file() else []

    def _load(self) -> VectorIndex:
        return engine(self._kind).load(self._path, self.store.dim)

    def _empty(self, folder: Path | None) -> VectorIndex:  # noqa: ARG002  # it is written when it is saved
        return engine(self._kind).create(self.store.dim)

    def _follow(self, index: VectorIndex, removed: Ids, added: Ids) -> None:
        index.remove(removed)
        for part in _batches(added):
            index.add(part, self.store.vectors(part))

    def _write(self, index: VectorIndex, store: WritableStore) -> None:
        temporary = self._path.with_name(f"{self._path.name}.new")
        index.save(temporary)
        temporary.chmod(0o600)
        _sync(temporary)
        temporary.replace(self._path)
        _sync(self._path.parent)
        store.sign(self.name, self._generation, self._digest(), self._identity())


class DerivedWords(Derived[LexicalIndex]):
    """The lexical index of a space, in the folder `lexical`."""

    name = "lexical"
    follows_in_memory = False

    def _twin(self, store: WritableStore) -> DerivedWords:
        return DerivedWords(self.folder, store)

    @property
    def _path(self) -> Path:
        assert self.folder is not None
        return self.folder / "lexical"

    def _files(self) -> list[Path]:
        if not self._path.is_dir():
            return []
        return sorted(path for path in self._path.iterdir() if not path.name.endswith(".lock"))

    def _busy(self) -> bool:
        # While a writer is at work its commits are ahead of what the store remembers; tantivy's own are atomic.
        assert self.folder is not None
        lock = WriterLock(self.folder / LOCK)
        if isinstance(self.store, WritableStore):
            return False
        try:
            free = lock.acquire()
        except OSError:
            return False
        lock.release()
        return not free

    def _load(self) -> LexicalIndex:
        return LexicalIndex(self._path)

    def _empty(self, folder: Path | None) -> LexicalIndex:
        if folder is None:
            return LexicalIndex(None)
        shutil.rmtree(self._path, ignore_errors=True)
        return LexicalIndex(self._path)

    def _follow(self, index: LexicalIndex, removed: Ids, added: Ids) -> None:
        index.update(removed, self._texts(added))

    def _texts(self, ids: Ids) -> Iterator[tuple[int, str, str]]:
        for part in _batches(ids):
            for number, row in self.store.rows(part.tolist()).items():
                yield number, row.passage.context, row.passage.text

    def _write(self, index: LexicalIndex, store: WritableStore) -> None:  # noqa: ARG002  # tantivy wrote it at its commit
        store.sign(self.name, self._generation, self._digest(), self._identity())


def _batches(ids: Ids) -> Iterator[Ids]:
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""One derived file: trusted by its checksum, brought up to date, rebuilt, replaced in one step."""

from __future__ import annotations

import os
import time
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
from semspace.vectors import VectorIndex

BATCH = 10_000
"""Passages read from the store at a time."""

PATIENCE_SHARE = 0.2
"""Share of a run's time by which that grows."""

Index = TypeVar("Index", VectorIndex, LexicalIndex)


class Derived(ABC, Generic[Index]):
    """One index of a space: `get` gives it in step with the store. `folder` is None for a space that is never on disk."""

    name: str
    patience: float
    """Seconds for which a run of `index` may leave the file behind the store."""

    def __init__(self, folder: Path | None, store: Store) -> None:
        self.folder = folder
        self.store = store
        self._index: Index | None = None
        self._generation = -1
        self._opened = time.monotonic()
        self._due = self._opened + self.patience

    def get(self) -> Index:
        """Return the index, holding the passages of the store."""
        if self._index is None or self._generation != self.store.generation:
            self._index = self._open()
        return self._index

    def intact(self) -> Index | None:
        """Return the index as its file has it, hashed now: None where it is missing, damaged or of another generation."""
        receipt = self.store.receipt(self.name)
        if receipt is None or not self._files() or receipt[0] != self.store.generation or receipt[1] != self._digest():
            return None
        return self._verified()

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

    def save_if_due(self) -> None:
        """Bring the file up to date if it has not been for a while: the longer a run, the longer the while."""
        now = time.monotonic()
        if isinstance(self.store, WritableStore) and now > self._due:
            self.save(self.store)
            self._due = time.monotonic() + max(self.patience, PATIENCE_SHARE * (time.monotonic() - self._opened))

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
            wanted, held = self._wanted(), index.ids()
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
        self._follow(index, np.empty(0, dtype=np.int64), self._wanted())
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
    def _wanted(self) -> Ids:
        """Return the ids of the passages that belong into the index."""

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


def batches(ids: Ids) -> Iterator[Ids]:
    """Cut ids into parts of a size that fits in memory."""
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))


def sync(path: Path) -> None:
    """Have the disk keep what was written to a file, or to a folder's list of names."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

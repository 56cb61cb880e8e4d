"""One index in a file: brought up to date, rebuilt, replaced in one step."""

from __future__ import annotations

import errno
import shutil
import time
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np

from semspace.arrays import Ids
from semspace.derived.receipts import TRIES, Receipted
from semspace.errors import SemspaceError
from semspace.lexical import LexicalIndex
from semspace.store import LOCK, STORE, Store, WritableStore, WriterLock, sync
from semspace.tokenstore import TokenIndex
from semspace.vectors import FileIndex

BATCH = 10_000
"""Passages read from the store at a time."""

PATIENCE_SHARE = 0.2
"""Share of a run's time by which that grows."""

Index = TypeVar("Index", FileIndex, LexicalIndex, TokenIndex)


class Derived(Receipted[Index], Generic[Index]):
    """One index of a space: `get` gives it in step with the store. `folder` is None for a space that is never on disk."""

    patience: float
    """Seconds for which a run of `index` may leave the file behind the store."""

    def __init__(self, folder: Path | None, store: Store) -> None:
        super().__init__(folder, store)
        self._index: Index | None = None
        self._generation = -1
        self._unsaved = False
        self._opened = time.monotonic()
        self._due = self._opened + self.patience

    def get(self) -> Index:
        """Return the index, holding the passages of the store."""
        if self._index is None or not self.current():
            self._index = self._open()
        return self._index

    def current(self) -> bool:
        """Tell whether the index in memory is that of the store as it is now, and of the file that the store knows now."""
        if self._index is None or self._generation != self.store.generation:
            return False
        own = self.folder is None or isinstance(self.store, WritableStore)
        return own or self._receipt == self.store.receipt(self.name)

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
        if self.folder is not None and (self._unsaved or not self._signed()):
            self._write(self.get(), store)
            self._unsaved = False

    def _open(self) -> Index:
        if self.folder is None:
            return self._rebuilt(None)
        if isinstance(self.store, WritableStore):
            return self._in_step(self._verified(), writable=True)
        self._renew()
        index = self._verified() if self._signed() else None
        if index is None:
            self._mend()
            index = self._verified()
        return self._in_step(index, writable=False)

    def _renew(self) -> None:
        """Learn from the store what another process may have changed about the index."""

    def _mend(self) -> None:
        """Write what a crash or damage left undone, if nobody else is writing and we may."""
        assert self.folder is not None
        lock = WriterLock(self.folder / LOCK)
        # A reader that may not write, or not now, answers from what it can load or rebuild in memory.
        with suppress(OSError, SemspaceError):
            # A space that was just deleted is left alone: the lock would be made anew.
            if (self.folder / STORE).exists() and lock.acquire():
                try:
                    with closing(WritableStore.open(self.folder / STORE, self.store.dim, self.store.vector_type)) as store:
                        twin = self._twin(store)
                        # A file that has its checksum but cannot be loaded is only noticed so, and written anew.
                        twin.get()
                        twin.save(store)
                finally:
                    lock.release()

    def _in_step(self, index: Index | None, *, writable: bool) -> Index:
        """Bring what was loaded in step with the store, or build it anew."""
        generation = self.store.generation
        if index is None:
            return self._rebuilt(self.folder if writable else None)
        if self._made_of() != generation and (writable or self.follows_in_memory):
            wanted, held = self._wanted(), index.ids()
            self._follow(index, np.setdiff1d(held, wanted), np.setdiff1d(wanted, held))
        self._generation = generation
        return index

    def _made_of(self) -> int:
        """Return the generation that the file was made of which was loaded; -1 where a newer one has taken its place."""
        receipt = self.store.receipt(self.name)
        return receipt[0] if receipt is not None and receipt == self._receipt else -1

    def _rebuilt(self, folder: Path | None) -> Index:
        index = self._empty(folder)
        self._follow(index, np.empty(0, dtype=np.int64), self._wanted())
        self._generation = self.store.generation
        self._unsaved = folder is not None
        return index

    follows_in_memory: bool

    @abstractmethod
    def _wanted(self) -> Ids:
        """Return the ids of the passages that belong into the index."""

    @abstractmethod
    def _twin(self, store: WritableStore) -> Derived[Index]: ...

    @abstractmethod
    def _empty(self, folder: Path | None) -> Index: ...

    @abstractmethod
    def _follow(self, index: Index, removed: Ids, added: Ids) -> None: ...

    @abstractmethod
    def _write(self, index: Index, store: WritableStore) -> None: ...


def discard(path: Path) -> None:
    """Remove whatever is there, a link and not what it leads to."""
    if not path.is_dir() or path.is_symlink():
        path.unlink(missing_ok=True)
        return
    for left in reversed(range(TRIES)):
        try:
            shutil.rmtree(path)
            return
        except OSError as error:
            # A thread of tantivy's own may still tidy its folder, after the writer that it belongs to is done.
            if error.errno != errno.ENOTEMPTY or not left:
                raise


@contextmanager
def replacement(path: Path) -> Iterator[Path]:
    """Give an empty file that nobody else can read: written, it takes the place of whatever there is, in one step.

    When it has, it is on the disk. What is left of one that could not be written is removed by the next who writes.
    """
    temporary = path.with_name(f"{path.name}.new")
    discard(temporary)
    temporary.touch(mode=0o600)
    yield temporary
    sync(temporary)
    if not path.is_file() or path.is_symlink():
        discard(path)
    temporary.replace(path)
    sync(path.parent)


def batches(ids: Ids) -> Iterator[Ids]:
    """Cut ids into parts of a size that fits in memory."""
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))

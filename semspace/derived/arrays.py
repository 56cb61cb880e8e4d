"""Arrays that are made from a space, in one file: trusted by its checksum, replaced in one step."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from semspace.derived.file import discard, replacement
from semspace.derived.receipts import UNREADABLE, Receipted
from semspace.errors import SemspaceError
from semspace.store import LOCK, STORE, Store, WritableStore, WriterLock

Arrays = Mapping[str, npt.NDArray[Any]]

SUFFIX = ".npz"


class DerivedArrays(Receipted[Arrays]):
    """Named arrays in the file `NAME.npz` of a space. What they hold, and how it follows the store, is for who made them."""

    def __init__(self, folder: Path | None, store: Store, name: str) -> None:
        super().__init__(folder, store)
        self.name = name

    def get(self) -> Arrays | None:
        """Return the arrays as they were kept; None where there are none, or the file is not what was written."""
        return None if self.folder is None else self._verified()

    def present(self) -> bool:
        """Tell whether there is a file, whatever it is."""
        return self.folder is not None and os.path.lexists(self._path)

    def fresh(self) -> bool:
        """Tell whether the file is that of the store as it is now."""
        return self.folder is not None and self._signed()

    def examined(self) -> Arrays | None:
        """Return the arrays of a file that was hashed now, of whatever time; None where it is not what was written."""
        receipt = self.store.receipt(self.name)
        with suppress(*UNREADABLE):
            if receipt is not None and self._files() and receipt[1] == self._digest():
                return self._load()
        return None

    def drop(self) -> None:
        """Remove the file."""
        discard(self._path)

    def keep(self, arrays: Arrays) -> bool:
        """Write arrays in the place of those that are kept, and tell whether that was done.

        Without the lock, and where another process has it, nothing is written: they are then made again when they are asked
        for. Nothing of it is ever fatal: the disk may be full, the folder not ours.
        """
        if self.folder is None or not (self.folder / STORE).exists():
            return False
        with suppress(OSError, SemspaceError):
            if isinstance(self.store, WritableStore):
                self._write(arrays, self.store)
                return True
            return self._locked(arrays)
        return False

    def _locked(self, arrays: Arrays) -> bool:
        folder = self._path.parent
        lock = WriterLock(folder / LOCK)
        if not lock.acquire():
            return False
        try:
            with closing(WritableStore.open(folder / STORE, self.store.dim, self.store.vector_type)) as store:
                self._write(arrays, store)
        finally:
            lock.release()
        return True

    def _write(self, arrays: Arrays, store: WritableStore) -> None:
        with replacement(self._path) as temporary, temporary.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
        # The generation that was seen when they were made, not what the store may be by now.
        store.sign(self.name, self.store.generation, self._digest(), self._identity())

    @property
    def _path(self) -> Path:
        if self.folder is None:
            raise FileNotFoundError(self.name)
        return self.folder / f"{self.name}{SUFFIX}"

    def _files(self) -> list[Path]:
        return [self._path] if self._path.is_file() and not self._path.is_symlink() else []

    def _load(self) -> Arrays:
        # Opened here: where it is no archive, numpy leaves it open.
        with self._path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            held = {name: file[name] for name in file.files}
        # A member that is no array comes as bytes.
        if not all(isinstance(rows, np.ndarray) for rows in held.values()):
            raise ValueError("it holds what is no array")
        return held


def kept_in(folder: Path) -> list[str]:
    """Return the names of the kept arrays of a space."""
    found = [path for pattern in ("graph*", "map.*") for path in folder.glob(f"{pattern}{SUFFIX}")]
    return sorted(path.name.removesuffix(SUFFIX) for path in found)

"""Files that are made from the store: each is trusted by its checksum, which the store remembers."""

from __future__ import annotations

import struct
import zlib
from abc import ABC, abstractmethod
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from tokenize import TokenError
from typing import Generic, TypeVar
from zipfile import BadZipFile

from semspace.errors import SemspaceError
from semspace.store import Store

TRIES = 3
"""Looks at a file that another process may just be replacing."""

UNREADABLE = (
    *(SemspaceError, OSError, ValueError, RuntimeError, LookupError, TypeError, AttributeError, EOFError, MemoryError),
    *(BadZipFile, zlib.error, struct.error, SyntaxError, TokenError),  # of an archive, and of numpy's headers
)
"""What is raised by a file that is not what it was: what reads it first, and how, depends on where it is damaged."""

Held = TypeVar("Held")


class Receipted(ABC, Generic[Held]):
    """What one or more files hold, by the receipt of the store: `folder` is None for a space that is never on disk."""

    name: str

    def __init__(self, folder: Path | None, store: Store) -> None:
        self.folder = folder
        self.store = store
        self._receipt: tuple[int, str, str] | None = None

    def intact(self) -> Held | None:
        """Return the index as its file has it, hashed now: None where it is missing, damaged or of another generation."""
        receipt = self.store.receipt(self.name)
        if receipt is None or receipt[0] != self.store.generation:
            return None
        # A file that is damaged need not even be one that can be read.
        with suppress(*UNREADABLE):
            if self._files() and receipt[1] == self._digest():
                return self._verified()
        return None

    def _verified(self) -> Held | None:
        """Load the file if its checksum is the one that the store remembers."""
        for _ in range(TRIES):
            self._receipt = receipt = self.store.receipt(self.name)
            if receipt is None:
                return None
            _, digest, identity = receipt
            try:
                if not self._files():
                    return None
                if identity == self._identity() or digest == self._digest() or self._busy():
                    return self._load()
            except UNREADABLE:
                pass
            if receipt == self.store.receipt(self.name):
                return None
            # Another process has just replaced the file, and signed it meanwhile.
        return None

    def _signed(self) -> bool:
        receipt = self.store.receipt(self.name)
        try:
            return receipt is not None and receipt[0] == self.store.generation and receipt[2] == self._identity()
        except OSError:  # a file goes while another process writes
            return False

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

    def _busy(self) -> bool:
        """Tell whether the file may be trusted although it is not what the store remembers: never, for a file of FAISS."""
        return False

    @abstractmethod
    def _files(self) -> list[Path]: ...

    @abstractmethod
    def _load(self) -> Held: ...

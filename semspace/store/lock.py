"""One writer at a time: a lock that the kernel drops when its holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from semspace.errors import SpaceLocked

LOCK = "lock"

GRACE = 1.0
"""Seconds for which a writer tries: a search that mends an index holds the lock for a moment."""

PAUSE = 0.05


class WriterLock:
    """An advisory lock on a file (flock). Use it as a context manager.

    `waiting(holder's process id)` is called once if the lock is held: then it is waited for, however long that takes.
    Raises SpaceLocked where another process holds it, and nothing said to wait.
    """

    def __init__(self, path: Path, waiting: Callable[[str], None] | None = None) -> None:
        self._path = path
        self._waiting = waiting
        self._descriptor = -1

    def acquire(self) -> bool:
        """Take the lock if it is free."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        if not self._is_the_one(descriptor):
            # Whoever deletes a space takes the file away: the lock of a file that is gone keeps nobody out.
            os.close(descriptor)
            return self.acquire()
        self._descriptor = descriptor
        # Who holds it is only told to those who wait: a full disk, on which that cannot be written, can still be tidied.
        with suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        return True

    def _is_the_one(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.fstat(descriptor), self._path.stat())
        except FileNotFoundError:
            return False

    def release(self) -> None:
        """Give the lock back."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def holder(self) -> str:
        """Return the process id of who holds the lock, or held it last."""
        return self._path.read_text(encoding="ascii", errors="replace").strip() or "unknown"

    def __enter__(self) -> Self:
        until = time.monotonic() + GRACE
        told = False
        while not self.acquire():
            if self._waiting and not told:
                self._waiting(self.holder())
                told = True
            if not self._waiting and time.monotonic() > until:
                raise SpaceLocked(
                    f"Another process (pid {self.holder()}) is writing to {self._path.parent.name}.",
                    "Wait until it is done, or let semspace index --wait do so.",
                )
            time.sleep(PAUSE)
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.release()

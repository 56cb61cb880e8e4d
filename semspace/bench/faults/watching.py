"""What a run may not do, watched from outside: read a secret, ask a server, leave files or processes, take much memory."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from semspace.bench.faults.hostile import CANARY, Outside

MEMORY = 512 << 20
"""Bytes of memory that a run may take beyond what it had."""

CHILD = 1 << 30
"""Bytes of memory that the process that parses may take."""

_EVENT = struct.Struct("iIII")
_ACCESS, _MODIFY, _CREATE, _DELETE = 0x1, 0x2, 0x100, 0x200
_NOT_BLOCKING = 0o4000
_RESET_PEAK = "5"


class Secrets:
    """A folder that nobody may read, and a server that nobody may ask."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        for name in ("secret.txt", "secret.md", "evil.dtd", "evil.xml"):
            (folder / name).write_text(f"{CANARY} {name}\n")
        self._library = ctypes.CDLL(None, use_errno=True)
        self._events = self._library.inotify_init1(_NOT_BLOCKING) if sys.platform == "linux" else -1
        if self._events >= 0:
            self._library.inotify_add_watch(self._events, os.fsencode(folder), _ACCESS | _MODIFY | _CREATE | _DELETE)
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.setblocking(False)
        self.outside = Outside(folder, f"http://127.0.0.1:{self._server.getsockname()[1]}/")

    def close(self) -> None:
        """Watch no longer."""
        self._server.close()
        if self._events >= 0:
            os.close(self._events)

    def forget(self) -> None:
        """Begin anew: what was done so far is not the fault of a run."""
        list(self._touched())

    def problem(self) -> str | None:
        """Return what was read or asked since then."""
        if touched := sorted(set(self._touched())):
            return f"{', '.join(touched)} outside of the root was touched"
        with suppress(BlockingIOError):
            self._server.accept()[0].close()
            return "a server was asked"
        return None

    def _touched(self) -> Iterator[str]:
        if self._events < 0:
            return
        with suppress(BlockingIOError):
            while block := os.read(self._events, 1 << 16):
                while block:
                    _, mask, _, size = _EVENT.unpack_from(block)
                    name = block[_EVENT.size : _EVENT.size + size].rstrip(b"\0")
                    block = block[_EVENT.size + size :]
                    if name:  # of the folder itself a walk may see that it is one
                        yield f"{os.fsdecode(name)} ({mask:#x})"


class Use:
    """How much memory and computing a run takes, and what it leaves behind."""

    def __init__(self) -> None:
        self.before = self.after = self.children = 0
        self.seconds = 0.0

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Measure what is done within."""
        import resource

        with suppress(OSError):
            Path("/proc/self/clear_refs").write_text(_RESET_PEAK)
        self.before, started = _status("VmRSS:"), _computed()
        yield
        self.seconds = _computed() - started
        self.after = _status("VmHWM:")
        self.children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10

    def problem(self) -> str | None:
        """Return what was too much."""
        if self.after - self.before > MEMORY:
            return f"{(self.after - self.before) >> 20:,} MB of memory were taken"
        if self.children > CHILD:
            return f"the process that parses took {self.children >> 20:,} MB"
        if left := list(_children()):
            return f"processes were left: {', '.join(left)}"
        return None


def _computed() -> float:
    """Return the seconds that this process and its children have computed: a busy machine does not count."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def _status(name: str) -> int:
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith(name)), 0)


def _children() -> Iterator[str]:
    for path in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):  # a thread that has ended meanwhile
            yield from path.read_text().split()


def told(folder: Path) -> str | None:
    """Return in which files of a folder the secret stands."""
    secret = CANARY.encode()
    found = [path.name for path in sorted(folder.rglob("*")) if path.is_file() and secret in path.read_bytes()]
    return f"the secret stands in {', '.join(found)}" if found else None

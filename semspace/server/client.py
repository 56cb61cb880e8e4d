"""Asking whoever has a space open, through the socket in its folder; nobody is asked whom the kernel calls another user.

Whatever is wrong with the other end (nobody there, a stranger, another version, no answer in time) gives None: the space is
then opened here, and the answer is the same. Imports nothing heavy.
"""

from __future__ import annotations

import os
import socket
import stat
import struct
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from semspace.server import wire

GREETED = 0.3
"""Seconds for a greeting: who is there says so at once, however busy."""

ANSWERED = 4.0
"""Seconds for an answer; to open a space takes less."""


def ask(folder: Path, message: Mapping[str, Any], seconds: float = ANSWERED) -> dict[str, Any] | None:
    """Return what the server of a space answers, None where there is none that can be trusted and is well."""
    try:
        with _connected(folder) as (link, _):
            return _exchanged(link, message, seconds)
    except (OSError, ValueError):
        return None


def server_of(folder: Path) -> int | None:
    """Return the process that listens on a space's socket, as the kernel tells; None where nobody does."""
    try:
        with _connected(folder) as (_, process):
            return process
    except OSError:
        return None


@contextmanager
def _connected(folder: Path) -> Iterator[tuple[socket.socket, int]]:
    """Connect to the socket of a space, and give it with the process behind it. Raises OSError."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    place = os.open(folder, flags)
    try:
        _own(os.fstat(place), 0o022)
        found = os.stat(wire.SOCKET, dir_fd=place, follow_symlinks=False)
        if not stat.S_ISSOCK(found.st_mode):
            raise PermissionError("no socket")
        _own(found, 0o077)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            link.settimeout(GREETED)
            link.connect(within(place, folder, wire.SOCKET))
            yield link, _peer(link)
    finally:
        os.close(place)


def _own(found: os.stat_result, others: int) -> None:
    """Raise PermissionError for what belongs to somebody else, or what others have a right to that they should not have."""
    if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & others:
        raise PermissionError("not ours alone")


def within(place: int, folder: Path, name: str) -> str:
    """Return the shortest name of a socket in an open folder: the system takes a hundred bytes, and a path may be longer."""
    short = f"/proc/self/fd/{place}"
    return f"{short}/{name}" if os.path.isdir(short) else str(folder / name)  # noqa: PTH112  # no Path on the way of a search


def _peer(link: socket.socket) -> int:
    """Return the process at the other end. Raises PermissionError where it is another user's."""
    process, user = credentials(link)
    if user != os.geteuid():
        raise PermissionError("another user's")
    return process


def credentials(link: socket.socket) -> tuple[int, int]:
    """Return the (process, user) at the other end of a socket, as the kernel tells. Raises PermissionError if it cannot."""
    if not hasattr(socket, "SO_PEERCRED"):
        raise PermissionError("this system does not tell who listens")
    row = link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    process, user, _ = struct.unpack("3i", row)
    return process, user


def _exchanged(link: socket.socket, message: Mapping[str, Any], seconds: float) -> dict[str, Any]:
    """Send a message and return the answer. Raises OSError, ValueError."""
    greeting = _read(link, len(wire.GREETING), time.monotonic() + GREETED)
    if greeting != wire.GREETING:
        raise ValueError("a stranger")
    until = time.monotonic() + seconds
    link.settimeout(seconds)
    link.sendall(wire.line(message))
    return wire.message(_read(link, wire.LONGEST, until))


def _read(link: socket.socket, most: int, until: float) -> bytes:
    """Read up to the end of a line. Raises TimeoutError, ValueError."""
    found = bytearray()
    while not found.endswith(b"\n"):
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        link.settimeout(left)
        part = link.recv(min(1 << 16, most - len(found)))
        if not part:
            raise ValueError("cut off")
        found += part
        if len(found) >= most and not found.endswith(b"\n"):
            raise ValueError("too long")
    return bytes(found)

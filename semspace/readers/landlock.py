"""Linux's Landlock: a process gives up the files of this machine, for good and without any privilege."""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_VERSION = 1
_PATH_BENEATH = 1
_NO_NEW_PRIVILEGES = 38
_READ = (1 << 2) | (1 << 3)
"""Reading files and listing folders; running and changing them is what remains forbidden."""
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""Version of the interface -> how many rights on files it knows."""
_CONNECT_AND_BIND = 3
_SCOPES = 3
"""Abstract sockets and signals that lead out."""
_LIBRARIES = (
    "/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64", "/nix/store", "/gnu/store", "/home/linuxbrew/.linuxbrew",
    "/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo",
)  # fmt: skip


def give_up_files(kept: Iterable[str] = ()) -> bool:
    """Let this process read nothing but `kept` and what Python imports, write and run nothing, connect to nothing.

    Tell whether the kernel grants it.
    """
    if sys.platform != "linux":
        return False
    library = ctypes.CDLL(None, use_errno=True)
    version = library.syscall(_CREATE, None, 0, _VERSION)
    if version < 1:
        return False
    rights = (1 << _RIGHTS.get(version, 16)) - 1
    attributes = [rights, *([_CONNECT_AND_BIND] if version >= 4 else []), *([_SCOPES] if version >= 6 else [])]
    packed = struct.pack(f"={len(attributes)}Q", *attributes)
    rules = library.syscall(_CREATE, packed, len(packed), 0)
    if rules < 0:
        return False
    try:
        for place in {*kept, *_imported()}:
            _allow(library, rules, place)
        library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        return bool(library.syscall(_RESTRICT, rules, 0) == 0)
    finally:
        os.close(rules)


def _imported() -> Iterator[str]:
    """Yield where modules and the libraries that they need may lie: beside those that are there already, too."""
    yield from (entry for entry in sys.path if entry)
    yield from (sys.prefix, sys.base_prefix, str(Path(__file__).parents[1]), *_LIBRARIES)
    with suppress(OSError):
        for line in Path("/proc/self/maps").read_text().splitlines():
            place = line.partition("/")[2]
            if ".so" in place:
                yield "/" + place.rpartition("/")[0]


def _allow(library: ctypes.CDLL, rules: int, place: str) -> None:
    with suppress(OSError):
        descriptor = os.open(place, os.O_PATH | os.O_CLOEXEC)
        try:
            allowed = _READ if os.path.isdir(place) else _READ & ~(1 << 3)  # noqa: PTH112 - as it stands in sys.path
            library.syscall(_ADD, rules, _PATH_BENEATH, struct.pack("=Qi", allowed, descriptor), 0)
        finally:
            os.close(descriptor)

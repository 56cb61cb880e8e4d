"""A search on a throw-away space in a process that has no network: `python -m semspace.rehearsal ENCODER MODELS`.

Prints JSON: what was found, in what time, and whether the system itself took the network away.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

SAMPLES = Path(__file__).parent / "samples"
SHARE = "gardening"
QUERY = "why do my tomatoes split"
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000


class Reached(Exception):
    """Something reached for the network."""


def rehearse(encoder: str, models: Path) -> dict[str, Any]:
    """Index some sample texts and search them; call it in a process that then ends, since it has no network from now on."""
    isolated = _isolate()
    sys.addaudithook(_forbid)
    # After the hook: what they import is watched too.
    from semspace.space import Space

    with TemporaryDirectory(prefix="semspace-doctor-") as folder:
        started = time.perf_counter()
        with Space.create(Path(folder) / "space", encoder, models=models) as space:
            report = space.index([SAMPLES / SHARE])
        indexed = time.perf_counter()
        with Space.open(Path(folder) / "space", models=models) as space:
            hits = space.search(QUERY, 1)
        found = Path(str(hits[0].path)).name if hits else None
        seconds = {"index": round(indexed - started, 3), "search": round(time.perf_counter() - indexed, 3)}
    return {"found": found, "passages": report.passages, "seconds": seconds, "isolated": isolated}


def _isolate() -> bool:
    """Move this process into a network namespace of its own, in which there is nothing, where the system lets it."""
    if sys.platform != "linux":
        return False
    user, group = os.getuid(), os.getgid()
    library = ctypes.CDLL(None, use_errno=True)
    if library.unshare(_CLONE_NEWNET) == 0:
        return True
    if library.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) != 0:
        return False
    # In a namespace of users without a map everybody is nobody, and nobody may write a file.
    for name, line in (("uid_map", f"{user} {user} 1"), ("setgroups", "deny"), ("gid_map", f"{group} {group} 1")):
        Path("/proc/self", name).write_text(line, encoding="ascii")
    return True


def _forbid(event: str, arguments: tuple[Any, ...]) -> None:
    if event.startswith("socket.") and event != "socket.__new__":
        raise Reached(f"{event}{arguments!r}")


if __name__ == "__main__":
    print(json.dumps(rehearse(sys.argv[1], Path(sys.argv[2]))))  # noqa: T201  # its whole purpose

"""Run a command and write its wall time and peak memory: `launcher.py RESULT COMMAND...`, by path, without the package.

Linux counts as a child's peak memory that of its parent too, at the moment of the start: a parent of a few MB adds nothing.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path


def main(result: str, command: list[str]) -> int:
    """Run the command with this process's streams; return its exit code."""
    started = time.perf_counter()
    child = os.posix_spawn(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - started
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    cpu = usage.ru_utime + usage.ru_stime
    Path(result).write_text(json.dumps({"seconds": seconds, "peak": peak, "cpu": cpu}), encoding="utf-8")
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))

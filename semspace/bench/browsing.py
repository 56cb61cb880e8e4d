"""The full-screen application, driven in a terminal of its own: how soon it is there, and how soon a key is answered."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from statistics import median

import numpy as np

from semspace.bench import spaces
from semspace.bench.figures import Figure, Result
from semspace.bench.material import glosses
from semspace.bench.setting import Setting

PASSAGES = 100_000
ROWS, COLUMNS = 40, 120
STARTS = 5

PAUSE = 0.15
"""Seconds between two keys, as a fast typist has them."""

_LOOK = 0.1
"""Seconds between two looks whether it is still there."""

_READY = re.compile(rb"Type to search")
_ANSWERED = re.compile(rb"\xb7 \d+ ms|nothing looks like an answer")


class Driven:
    """semspace browse in a pseudo-terminal."""

    def __init__(self, arguments: Sequence[str], environ: dict[str, str] | None = None) -> None:
        """Start it."""
        self.started = time.perf_counter()
        # This process keeps the program's side open too: what was written there last is lost to nobody when the program ends.
        self._terminal, self._side = pty.openpty()
        fcntl.ioctl(self._side, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        # A process of many threads does not fork: between fork and exec a lock may be held for ever.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "semspace", "browse", *arguments],
            env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(environ or {})},
            stdin=self._side,
            stdout=self._side,
            stderr=self._side,
            start_new_session=True,
        )
        self.written = b""

    def press(self, keys: bytes) -> float:
        """Type something, and return when."""
        self.written = b""
        os.write(self._terminal, keys)
        return time.perf_counter()

    def until(self, wanted: re.Pattern[bytes], seconds: float = 60.0) -> float:
        """Wait until it has written something, and return when. Raises RuntimeError."""
        end = time.perf_counter() + seconds
        while not wanted.search(self.written):
            ended = self._process.poll() is not None
            if not self._read(min(_LOOK, end - time.perf_counter())) and (ended or time.perf_counter() > end):
                raise RuntimeError(f"The screen never showed {wanted.pattern!r}: {self.written[-2000:]!r}")
        return time.perf_counter()

    def rest(self, seconds: float) -> None:
        """Let it write for so long."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self._read(left)

    def end(self) -> int:
        """Leave it by its own key, and return its exit code."""
        os.write(self._terminal, b"\x03")
        return self.wait(20.0)

    def wait(self, seconds: float) -> int:
        """Wait for its own end, and return its exit code. Raises RuntimeError where it does not end."""
        end = time.perf_counter() + seconds
        while self._process.poll() is None:
            self._read(_LOOK)
            if time.perf_counter() > end:
                self._process.kill()
                self._process.wait()
                raise RuntimeError("The screen does not end.")
        while self._read(0):
            pass
        os.close(self._terminal)
        os.close(self._side)
        return self._process.returncode

    def _read(self, seconds: float) -> bool:
        if not select.select([self._terminal], [], [], max(seconds, 0))[0]:
            return False
        self.written += os.read(self._terminal, 1 << 16)
        return True


def browsing(setting: Setting) -> Result:
    """Open a large space on the screen some times, then type queries, key by key."""
    built = spaces.drawn(setting, setting.size(PASSAGES, 100))
    queries = glosses(setting).queries[: setting.size(8, 2)]
    arguments = ["--index", built.name, *setting.place()]
    setting.say("opening the screen")
    first, keys = list[float](), list[float]()
    for _ in range(setting.size(STARTS, 1)):
        driven = Driven(arguments)
        first.append(driven.until(_READY) - driven.started)
        driven.rest(1.0)
        driven.end()
    setting.say("typing")
    driven = Driven(arguments)
    driven.until(_READY)
    driven.rest(3.0)
    for query in queries:
        for letter in query[:20].strip().encode("ascii", "replace"):
            pressed = driven.press(bytes([letter]))
            keys.append(driven.until(_ANSWERED) - pressed)
            driven.rest(PAUSE)
        driven.press(b"\x15")
        driven.rest(PAUSE)
    driven.end()
    return Result(
        [
            Figure("first screen of browse, median", median(first), "s", "at most", 0.7),
            Figure("a key answered, median", 1000 * median(keys), "ms", "at most", 50.0),
            Figure("the same, 95 % are faster than", 1000 * float(np.quantile(keys, 0.95)), "ms"),
            Figure("keys", len(keys)),
            Figure("passages", built.passages),
        ]
    )

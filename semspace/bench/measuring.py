"""Time and memory of processes and calls, and how they grow."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from semspace.encoders.batching import cores

LAUNCHER = Path(__file__).with_name("launcher.py")
MB = 1e6


@dataclass(frozen=True, slots=True)
class Run:
    """A process that has ended: seconds on the wall, bytes of memory at its peak, what it wrote."""

    seconds: float
    peak: float
    cpu: float
    out: str

    @property
    def said(self) -> Any:
        """Return the last line that it wrote, as JSON."""
        return json.loads(self.out.strip().splitlines()[-1])


def python(*arguments: str, codes: Sequence[int] = (0,)) -> Run:
    """Run this Python in a new process, and measure it from without. Raises RuntimeError where its exit code is another."""
    with TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        command = [sys.executable, "-I", "-S", str(LAUNCHER), str(result), sys.executable, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode not in codes:
            raise RuntimeError(
                f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stdout[-500:]}{done.stderr[-2000:]}"
            )
        return Run(**json.loads(result.read_text(encoding="utf-8")), out=done.stdout)


def semspace(*arguments: str, codes: Sequence[int] = (0, 1)) -> Run:
    """Run one command of semspace in a new process."""
    return python("-m", "semspace", *arguments, codes=codes)


def in_turn(first: Callable[[], Run], second: Callable[[], Run], times: int) -> tuple[list[Run], list[Run]]:
    """Run two things in turn, after one run of each that does not count: what drifts then drifts for both."""
    first(), second()
    pairs = [(first(), second()) for _ in range(times)]
    return [one for one, _ in pairs], [two for _, two in pairs]


def ratio(ones: Sequence[float], others: Sequence[float]) -> float:
    """Return the median of the ratios of what ran side by side."""
    return median(one / other for one, other in zip(ones, others, strict=True))


def timed(call: Callable[[], object]) -> float:
    """Return the seconds that a call takes."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """Return b of value = a * size^b, by least squares on logarithms."""
    slope = np.polyfit(np.log(np.asarray(sizes)), np.log(np.asarray(values)), 1)[0]
    return float(slope)


def machine() -> str:
    """Return what this machine is, as far as it bears on figures."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = f"{platform.system()}, Python {platform.python_version()}"
    return f"{_processor()}, {cores()} cores, {memory:.0f} GiB, {versions}"


def _processor() -> str:
    try:
        described = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in described.splitlines() if line.startswith("model name")]
    flags = next((line.split() for line in described.splitlines() if line.startswith("flags")), [])
    fast = [flag for flag in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if flag in flags]
    return f"{names[0] if names else platform.machine()} ({', '.join(fast)})" if fast else (names or [platform.machine()])[0]

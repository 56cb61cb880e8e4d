"""What the machine computes with: cores, instruction sets, memory, as far as they bear on encoding."""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

USEFUL = ("avx2", "fma", "avx512f", "avx_vnni", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8", "asimd", "i8mm", "bf16")
"""As /proc/cpuinfo calls what makes encoding faster."""

GPU = Path("/proc/driver/nvidia/version")


@dataclass(frozen=True, slots=True)
class Processor:
    """Cores that this process may use, instruction sets that matter, bytes of memory in all and free."""

    name: str
    cores: float
    sets: tuple[str, ...]
    memory: int
    free_memory: int
    gpu: bool

    @classmethod
    def here(cls) -> Self:
        """Describe this machine, and the limits that were put on this process."""
        name, sets = _described()
        memory, free = _memory()
        return cls(name, _cores(), sets, memory, free, GPU.exists())


@cache
def _described() -> tuple[str, tuple[str, ...]]:
    told: dict[str, str] = {}
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition(":")
            told.setdefault(key.strip().lower(), value.strip())
    flags = set((told.get("flags") or told.get("features") or "").split())
    return told.get("model name") or platform.processor() or platform.machine(), tuple(one for one in USEFUL if one in flags)


def _cores() -> float:
    cores: float = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with suppress(OSError, ValueError):
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        cores = min(cores, int(quota) / int(period))
    return cores


def _memory() -> tuple[int, int]:
    """Return bytes of memory in all, and of those that are free."""
    told: dict[str, int] = {}
    with suppress(OSError, ValueError):
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            key, value = line.split(":")
            told[key] = int(value.split()[0]) * 1024
    whole = told.get("MemTotal") or os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    free = told.get("MemAvailable", whole)
    with suppress(OSError, ValueError):
        most = int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii"))
        used = int(Path("/sys/fs/cgroup/memory.current").read_text(encoding="ascii"))
        whole, free = min(whole, most), min(free, max(0, most - used))
    return whole, free

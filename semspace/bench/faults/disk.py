"""A disk that is really full, at each size between too small for anything and large enough: a tmpfs that is made smaller."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from semspace.bench.faults import Impossible, Tally, Trial, scenes, verdict
from semspace.bench.faults.hands import Verdict, hands, judged, told
from semspace.bench.faults.warm import Warm

COMMANDS = ("edit", "create", "add_texts", "tune", "forget", "compact")
ROOM = 64 << 20
PAGE = 4_096
GROWTH = 16 * PAGE
"""Bytes by which a space may differ after the same failure once more."""


def full_disk(trial: Trial) -> list[Tally]:
    """Run commands on disks of so many sizes; judge each space while the disk is full, and when there is room again."""
    tally = Tally("a full disk, really", "commands on a tmpfs of each size from too small to large enough")
    names = COMMANDS[: max(1, trial.cases // 2)]
    each = -(-trial.cases // len(names))
    with tmpfs(trial.work / "disk") as disk, hands(trial.work, names, count=1) as one:
        for name in names:
            place, warm = str(trial.work / name), one.warms[0]
            enough = _enough(warm, disk, place)
            for step in range(each):
                found = _fill(warm, disk, place, enough * step // each)
                tally.case(found.problem, lost=found.lost)
    tally.note = f"{each} sizes for each of {len(names)} commands"
    return [tally]


@contextmanager
def tmpfs(place: Path) -> Iterator[Path]:
    """Mount a small file system of its own, and take it away afterwards. Raises Impossible."""
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={ROOM},mode=0700", "none", str(place)]
    try:
        mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise Impossible("there is no mount(8)") from None
    if mounted.returncode:
        raise Impossible(f"mounting a tmpfs: {mounted.stderr.strip() or 'it needs root'}")
    try:
        yield place
    finally:
        if subprocess.run(["umount", str(place)], capture_output=True, check=False).returncode:
            subprocess.run(["umount", "--lazy", str(place)], capture_output=True, check=False)


def _resize(disk: Path, size: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", str(disk)], check=True, capture_output=True)


def _used(disk: Path) -> int:
    stats = os.statvfs(disk)
    return (stats.f_blocks - stats.f_bfree) * stats.f_frsize


def _start(disk: Path, place: str, free: int) -> str:
    """Put the space of a scene on the disk, and leave so many bytes free."""
    _resize(disk, ROOM)
    home = scenes.fresh(place, "case", disk)
    # A tmpfs of no size at all has no limit.
    _resize(disk, max(PAGE, _used(disk) + free // PAGE * PAGE))
    return home


def _enough(warm: Warm, disk: Path, place: str) -> int:
    """Return how many free bytes are enough for a command."""
    free = 16 * PAGE
    while warm.call(scenes.act, place, _start(disk, place, free), Path(place).name).value["code"]:
        free *= 2
    return free


def _fill(warm: Warm, disk: Path, place: str, free: int) -> Verdict:
    name = Path(place).name
    home = _start(disk, place, free)
    story = f"{name} with {free // PAGE} pages free"
    outcome = warm.call(scenes.act, place, home, name)
    problem = told(outcome, name)
    done = problem is None and outcome.value["code"] == 0
    if not problem and not done:
        problem = _while_full(warm, disk, place, home)
    _resize(disk, ROOM)
    return Verdict(f"{story}: {problem}") if problem else judged(warm, place, home, story, done=done)


def _while_full(warm: Warm, disk: Path, place: str, home: str) -> str | None:
    """Return what is wrong on a disk that is full: nothing may grow, and what was committed must be found."""
    name, used = Path(place).name, _used(disk)
    outcome = warm.call(scenes.act, place, home, name)
    if (problem := told(outcome, name)) or (outcome.value["code"] and _used(disk) > used + GROWTH):
        return problem or f"it has grown from {used} to {_used(disk)} bytes by the same failure"
    if name == "create":
        return None
    served = warm.call(verdict.serves, place, home)
    return served.value if served.ended == "returned" else f"a search {served.ended}"

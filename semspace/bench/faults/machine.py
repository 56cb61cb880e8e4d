"""A space beside a dict of what it should hold: operations drawn by chance, and after each of them both must agree."""

from __future__ import annotations

import faulthandler
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import ClassVar

from semspace.bench.faults import Tally, Trial
from semspace.bench.faults.batches import Verdict, tallies
from semspace.bench.faults.operations import OFTEN, OPERATIONS
from semspace.bench.faults.oracle import agree
from semspace.bench.faults.walk import Walk

STEPS = 30
MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of our own is made in it

STORY = "story"
"""The file to which a walk tells what it does."""

FEW = 10
"""Walks in one process: a process that is killed or hangs costs no more."""


class Walks:
    """Walks of 30 operations, each from its own seed."""

    name: ClassVar[str] = "operations in any order"
    how: ClassVar[str] = f"walks of {STEPS} operations against a dict and exact search"
    size: ClassVar[int] = FEW

    def __init__(self, work: Path, models: Path, seed: int) -> None:  # noqa: ARG002
        self._models = models
        self._seed = seed
        self.doing = ""

    def prepare(self, folder: Path) -> None:  # noqa: ARG002
        """Let a process that dies say where."""
        faulthandler.enable()

    def run(self, folder: Path, number: int) -> Verdict:
        """Walk, and remember the story."""
        story: list[str] = []

        def tell(operation: str) -> None:
            story.append(operation)
            # For the case that the process does not live to tell it.
            (folder.parent / STORY).write_text(f"walk {number}: {'; '.join(story)}", encoding="utf-8")

        try:
            walk(folder / f"walk-{number}", self._models, f"{self._seed}/{number}", tell)
        finally:
            self.doing = "; ".join(story)
        return Verdict(self.name)


def walk(base: Path, models: Path, seed: str, tell: Callable[[str], None], steps: int = STEPS) -> None:
    """Take so many operations drawn from a seed, and tell the story. Raises Astray, and whatever a space should not raise."""
    random = Random(seed)
    walked = Walk(base, models)
    try:
        agree(walked)
        for _ in range(steps):
            tell(name := random.choice([*sorted(OPERATIONS), *OFTEN]))
            if chosen := OPERATIONS[name](walked, random):
                tell(f"({chosen})")
            agree(walked)
    finally:
        walked.close()
        shutil.rmtree(base, ignore_errors=True)


def machine(given: Trial) -> list[Tally]:
    """Walk once for each case."""
    with memory(given.models) as (work, models):
        return tallies(Walks, replace(given, work=work, models=models))


@contextmanager
def memory(models: Path) -> Iterator[tuple[Path, Path]]:
    """Give a folder that is not on a disk, where there is such, and a copy of a folder of encoders.

    A process that is killed loses there what it loses on a disk, in a tenth of the time.
    """
    base = Path(tempfile.mkdtemp(prefix="semspace-machine-", dir=MEMORY if MEMORY.is_dir() else None))
    try:
        shutil.copytree(models, base / "models")
        # Somebody without rights is to come that far.
        for folder in (base, base / "models"):
            folder.chmod(0o755)
        (base / "work").mkdir()
        yield base / "work", base / "models"
    finally:
        shutil.rmtree(base, ignore_errors=True)

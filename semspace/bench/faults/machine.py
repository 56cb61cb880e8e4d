"""A space beside a dict of what it should hold: operations drawn by chance, and after each of them both must agree.

`python -m semspace.bench.faults.machine --seconds 3600 --seed 1 --to FILE` walks for so long, one walk after the other, and
keeps in FILE how far it is; started again with the same file it goes on, and it ends by itself.
"""

from __future__ import annotations

import faulthandler
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import ClassVar

import click

from semspace.bench.faults import Tally, Trial
from semspace.bench.faults.batches import Verdict, run, tallies
from semspace.bench.faults.operations import OFTEN, OPERATIONS
from semspace.bench.faults.oracle import agree
from semspace.bench.faults.running import trial
from semspace.bench.faults.walk import Walk
from semspace.bench.faults.warm import LIMIT, Warm

STEPS = 30
MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of our own is made in it

STORY = "story"
"""The file to which a walk tells what it does."""

ENOUGH = 20
"""Walks that went wrong, after which it is no use to go on."""

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


def last(seconds: float, seed: int, to: Path, say: Callable[[str], None]) -> int:
    """Walk for so many seconds of work, going on from what a file says; return how many walks went wrong.

    The file is JSON: seed, walks, operations, seconds, problems. It is replaced after every few walks.
    """
    done = json.loads(to.read_text(encoding="utf-8")) if to.exists() else {}
    if not done:
        done = {"seed": seed, "walks": 0, "operations": 0, "seconds": 0.0, "problems": []}
    with trial(0) as one, memory(one.models) as (work, models), Warm() as warm:
        given = [f"{Walks.__module__}:{Walks.__name__}", str(work), str(models), done["seed"]]
        warm.learn(run, *given, [])
        while done["seconds"] < seconds and len(done["problems"]) < ENOUGH:
            _further(warm, given, done, work / STORY)
            _keep(to, done)
            say(f"{done['walks']:,} walks, {done['operations']:,} operations, {done['seconds']:.0f} s")
    return len(done["problems"])


def _further(warm: Warm, given: list[object], done: dict[str, object], story: Path) -> None:
    started = time.perf_counter()
    first = int(str(done["walks"]))
    outcome = warm.call(run, *given, [*range(first, first + FEW)], limit=4 * LIMIT)
    found = outcome.value if outcome.ended == "returned" else []
    problems = [row["problem"] for row in found if row["problem"]]
    if outcome.ended != "returned":
        problems.append(f"seed {given[-1]}, {story.read_text(encoding='utf-8')}: the process {outcome.ended}")
    sound = FEW - len(problems) if outcome.ended == "returned" else 0
    done["walks"] = first + FEW
    done["operations"] = int(str(done["operations"])) + STEPS * sound
    done["seconds"] = float(str(done["seconds"])) + time.perf_counter() - started
    done["problems"] = [*done["problems"], *problems]  # type: ignore[misc]


def _keep(to: Path, done: dict[str, object]) -> None:
    temporary = to.with_name(f"{to.name}.new")
    temporary.write_text(json.dumps(done, indent=2) + "\n", encoding="utf-8")
    temporary.replace(to)


@click.command()
@click.option("--seconds", type=float, default=3600.0, help="How long.")
@click.option("--seed", type=int, default=1, help="Of a new file.")
@click.option("--to", type=click.Path(path_type=Path), required=True, help="Where progress and the count are kept.")
def main(seconds: float, seed: int, to: Path) -> None:
    """Walk for so long, and end with 1 if anything went wrong."""
    raise SystemExit(1 if last(seconds, seed, to, lambda text: click.echo(text, err=True)) else 0)


if __name__ == "__main__":
    # Under its own name: a process that is warm imports it by that.
    from semspace.bench.faults.machine import main as command

    command()

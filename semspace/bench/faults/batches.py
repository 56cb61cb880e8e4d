"""Cases run some after another in a forked child, with a limit on memory and time: whatever ends the child is counted.

What a child does not live to tell is asked again, one case for each child, until it is known which case it was.
"""

from __future__ import annotations

import os
import resource
import shutil
import traceback
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, Protocol

from semspace.bench.faults import Tally, Trial
from semspace.bench.faults.warm import LIMIT, Warm

MEMORY = 4 << 30
"""Bytes of address space that a child may take."""

PROCESSES = 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one case: which fault it was one of, what went wrong, and how many bytes of texts were lost."""

    fault: str
    problem: str | None = None
    lost: int = 0


class Cases(Protocol):
    """Cases of one kind, made in a child of (work, models, seed); `size` of them run in one child.

    Where there is a `doing`, it says what is done in the case that runs, for who reads of a problem. `threaded` says that what
    they import starts threads: then each child imports for itself, since what has threads cannot be forked.
    """

    name: ClassVar[str]
    how: ClassVar[str]
    size: ClassVar[int]

    def __init__(self, work: Path, models: Path, seed: int) -> None: ...

    def prepare(self, folder: Path) -> None:
        """Make an empty folder ready for cases."""

    def run(self, folder: Path, number: int) -> Verdict:
        """Run one case, and leave the folder ready for the next."""


def tallies(kind: type[Cases], trial: Trial) -> list[Tally]:
    """Run all cases of a trial, and count."""
    found: dict[str, Tally] = {}
    parts = [range(first, min(first + kind.size, trial.cases)) for first in range(0, trial.cases, kind.size)]
    with ThreadPoolExecutor(PROCESSES) as pool:
        shares = [pool.submit(_share, kind, trial, parts[turn::PROCESSES]) for turn in range(PROCESSES)]
        for verdict in [verdict for share in shares for verdict in share.result()]:
            found.setdefault(verdict.fault, Tally(verdict.fault, kind.how)).case(verdict.problem, lost=verdict.lost)
    assert sum(tally.cases for tally in found.values()) == trial.cases
    return [found[name] for name in sorted(found)]


def _share(kind: type[Cases], trial: Trial, parts: Sequence[range]) -> list[Verdict]:
    place = f"{kind.__module__}:{kind.__qualname__}"
    given = [place, str(trial.work), str(trial.models), trial.seed]
    with Warm() as warm:
        if not getattr(kind, "threaded", False):
            warm.learn(run, *given, [])
        return [verdict for part in parts for verdict in _batch(warm, kind, given, list(part))]


def _batch(warm: Warm, kind: type[Cases], given: list[Any], numbers: list[int]) -> list[Verdict]:
    outcome = warm.call(run, *given, numbers, limit=LIMIT * (1 + len(numbers)))
    if outcome.ended == "returned":
        return [Verdict(**row) for row in outcome.value]
    if len(numbers) > 1:
        return [verdict for number in numbers for verdict in _batch(warm, kind, given, [number])]
    how = "does not end" if outcome.ended == "late" else "crashes"
    return [Verdict(kind.name, f"seed {given[-1]}, case {numbers[0]}: the process {how}")]


def run(place: str, work: str, models: str, seed: int, numbers: Sequence[int]) -> list[dict[str, Any]]:
    """Run some cases in this process, and return what became of each."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.RLIM_INFINITY))
    module, _, name = place.partition(":")
    cases: Cases = getattr(import_module(module), name)(Path(work), Path(models), seed)
    folder = Path(work) / f"batch-{os.getpid()}"
    _fresh(cases, folder)
    found = [asdict(_judged(cases, folder, number, seed)) for number in numbers]
    shutil.rmtree(folder)
    return found


def _fresh(cases: Cases, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    cases.prepare(folder)


def _judged(cases: Cases, folder: Path, number: int, seed: int) -> Verdict:
    try:
        verdict = cases.run(folder, number)
    except BaseException as error:  # noqa: BLE001  # a panic of a library in Rust is no Exception
        where = traceback.extract_tb(error.__traceback__)[-1]
        said = f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"
        verdict = Verdict(cases.name, said)
    if verdict.problem is None:
        return verdict
    _fresh(cases, folder)
    doing = f", {cases.doing}" if hasattr(cases, "doing") else ""
    return Verdict(verdict.fault, f"seed {seed}, case {number}{doing}: {verdict.problem}", verdict.lost)

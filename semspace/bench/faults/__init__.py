"""Faults that are really injected and inputs that are really tried, counted.

A fault is a function that takes a Trial and returns Tallies: it injects a fault so many times, and looks each time whether
everything that was committed is there and every answer is true. The tests run the same functions with few cases.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path


class Impossible(Exception):
    """Raised by a fault that cannot be injected here; the message says what is lacking."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What a fault is given: an empty folder, a folder of encoders that holds `tiny.NAME`, how many cases, a seed."""

    work: Path
    models: Path
    cases: int
    seed: int
    say: Callable[[str], None]


@dataclass(slots=True)
class Tally:
    """What became of the cases of one fault; `lost` counts bytes of committed texts that were gone afterwards."""

    fault: str
    how: str
    cases: int = 0
    survived: int = 0
    lost: int = 0
    problems: list[str] = field(default_factory=list)
    note: str = ""

    def case(self, problem: str | None = None, *, lost: int = 0) -> None:
        """Count one case; a problem says, for who repeats it, which case it was and what went wrong."""
        self.cases += 1
        self.lost += lost
        if problem is None:
            self.survived += 1
        else:
            self.problems.append(problem)


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault by the place of its function, the rows of the test matrix that it covers, and its numbers of cases."""

    place: str
    quick: int
    whole: int
    long: int

    def run(self, trial: Trial) -> list[Tally]:
        """Inject it. Raises Impossible."""
        module, _, attribute = self.place.partition(":")
        found: list[Tally] = getattr(import_module(module), attribute)(trial)
        return found


FAULTS: dict[str, Fault] = {
    "crashes": Fault("semspace.bench.faults.crashes:crashes", 25, 500, 5_000),
    "syscalls": Fault("semspace.bench.faults.syscalls:syscalls", 60, 20_000, 100_000),
    "disk": Fault("semspace.bench.faults.disk:full_disk", 8, 48, 240),
}
"""Name -> where its function is, and how many cases the tests, the bench and a night run."""

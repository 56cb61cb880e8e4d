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
    """A fault by the place of its function, `module:function` or `module:function:argument`, and its numbers of cases."""

    place: str
    quick: int
    whole: int
    long: int

    def run(self, trial: Trial) -> list[Tally]:
        """Inject it. Raises Impossible."""
        module, attribute, *argument = self.place.split(":")
        found: list[Tally] = getattr(import_module(module), attribute)(trial, *argument)
        return found


WRITES = ("rm", "deletion", "add_texts", "forget", "compact", "tune", "delete", "migrate", "repair", "edit", "create")
"""What is done to a space while its system calls fail, each a fault of its own: some have thousands of calls."""


FAULTS: dict[str, Fault] = {
    "crashes": Fault("semspace.bench.faults.crashes:crashes", 16, 500, 5_000),
    "disk": Fault("semspace.bench.faults.disk:full_disk", 6, 48, 240),
    "power": Fault("semspace.bench.faults.power:power", 12, 400, 5_000),
    "searchers": Fault("semspace.bench.faults.concurrency:searchers", 320, 20_000, 400_000),
    "stops": Fault("semspace.bench.faults.concurrency:stops", 4, 100, 2_000),
    "writers": Fault("semspace.bench.faults.writers:writers", 3, 40, 600),
    "births": Fault("semspace.bench.faults.writers:births", 4, 100, 2_000),
    "threads": Fault("semspace.bench.faults.threads:threads", 240, 4_000, 100_000),
    "forks": Fault("semspace.bench.faults.threads:forks", 8, 100, 1_000),
    "interrupts": Fault("semspace.bench.faults.threads:interrupts", 8, 200, 2_000),
    "machine": Fault("semspace.bench.faults.machine:machine", 12, 500, 50_000),
    "terminal": Fault("semspace.bench.faults.terminal:terminal", 200, 6_000, 50_000),
    "views": Fault("semspace.bench.faults.views:views", 150, 4_000, 50_000),
    "queries": Fault("semspace.bench.faults.queries:queries", 400, 10_000, 100_000),
    "vectors": Fault("semspace.bench.faults.vectors:vectors", 120, 2_000, 20_000),
    "clock": Fault("semspace.bench.faults.clock:clock", 6, 60, 400),
    "names": Fault("semspace.bench.faults.odd_names:names", 62, 600, 20_000),
    "documents": Fault("semspace.bench.faults.documents:documents", 40, 630, 3_000),
    "wording": Fault("semspace.bench.faults.wording:wording", 600, 4_000, 200_000),
    "moving": Fault("semspace.bench.faults.moving:moving", 4, 60, 1_000),
    "mounts": Fault("semspace.bench.faults.mounts:mounts", 13, 39, 130),
    "weights": Fault("semspace.bench.faults.weights:weights", 8, 47, 47),
    "damage": Fault("semspace.bench.faults.damage:derived", 60, 5_000, 50_000),
    "maps": Fault("semspace.bench.faults.maps:maps", 20, 500, 5_000),
    "tokens": Fault("semspace.bench.faults.token_files:token_files", 20, 500, 5_000),
    "databases": Fault("semspace.bench.faults.databases:databases", 14, 500, 2_000),
    "encoders": Fault("semspace.bench.faults.encoders:encoders", 25, 500, 5_000),
    "generations": Fault("semspace.bench.faults.generations:generations", 10, 60, 400),
    "permissions": Fault("semspace.bench.faults.permissions:permissions", 14, 60, 200),
    "memory": Fault("semspace.bench.faults.memory:memory", 8, 60, 400),
    "releases": Fault("semspace.bench.faults.releases:releases", 16, 240, 2_000),
    "fuzzing": Fault("semspace.bench.faults.fuzzing:fuzzing", 2, 20, 3_600),
    "web": Fault("semspace.bench.faults.web:web", 120, 600, 3_000),
    "agents": Fault("semspace.bench.faults.agents:agents", 25, 100, 100),
    "hostile-spaces": Fault("semspace.bench.faults.hostile_spaces:hostile_spaces", 16, 80, 600),
    "engine": Fault("semspace.bench.faults.engine:engine", 4, 12, 200),
    "bulk": Fault("semspace.bench.faults.bulk:bulk", 6, 20, 500),
    **{f"syscalls of {one}": Fault(f"semspace.bench.faults.syscalls:syscalls:{one}", 4, 20_000, 100_000) for one in WRITES},
}
"""Name -> where its function is, and how many cases the tests, the bench and a night run: of fuzzing, seconds a target."""

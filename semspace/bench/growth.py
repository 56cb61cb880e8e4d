"""How time and memory grow with the number of passages, and what that means for more of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from statistics import median
from typing import Any

from semspace.bench import spaces
from semspace.bench.figures import Absent, Figure, Result, Table
from semspace.bench.material import glosses
from semspace.bench.measuring import Run, exponent, python
from semspace.bench.report import number
from semspace.bench.searching import search
from semspace.bench.setting import Setting

SIZES = (1_000, 10_000, 100_000, 1_000_000)
QUICK = (50, 100, 200)
PLANNED = (10_000_000, 100_000_000)
TIMES = 3


@dataclass(frozen=True, slots=True)
class Step:
    """What one size costs: seconds and bytes of memory, and bytes on disk."""

    passages: int
    index: float
    index_memory: float
    search: float
    search_memory: float
    update: float
    update_memory: float
    disk: float


def growth(setting: Setting) -> Result:
    """Index, search and update spaces of growing size, each in a new process; what encoding takes is not in it."""
    steps = [_step(setting, size) for size in (QUICK if setting.quick else SIZES)]
    sizes = [step.passages for step in steps]
    figures = [
        Figure(f"{kind.name.replace('_', ', ')}: exponent", exponent(sizes, [getattr(step, kind.name) for step in steps]))
        for kind in fields(Step)[1:]
    ]
    columns = ("passages", "index, s", "MB", "search, s", "MB", "update, s", "MB", "disk, MB")
    title = "Growth: indexing without encoding, a cold search, and replacing one document of ten passages"
    return Result(figures, [Table(title, columns, [_row(step) for step in steps])], {"steps": [asdict(step) for step in steps]})


def _step(setting: Setting, size: int) -> Step:
    built = spaces.drawn(setting, size)
    query = glosses(setting).queries[0]
    setting.say(f"searching and updating {size:,} passages")
    search(setting, built.name, query)
    found = [search(setting, built.name, query) for _ in range(TIMES)]
    updated = [_replaced(setting, built.name, row) for row in range(TIMES)]
    disk = spaces.size(setting.home / built.name)
    return Step(built.passages, built.seconds, built.peak, *_costs(found), *_costs(updated), float(disk))


def _replaced(setting: Setting, name: str, row: int) -> Run:
    text = glosses(setting).paragraph(10**9 + row)
    return python("-m", "semspace.bench.child", "replace", setting.packed(), name, str(row), text)


def _costs(runs: list[Run]) -> tuple[float, float]:
    return median(run.seconds for run in runs), median(run.peak for run in runs)


def _row(step: Step) -> list[str]:
    cells = [number(step.passages)]
    for kind in fields(Step)[1:]:
        value = getattr(step, kind.name)
        cells.append(number(value / 1e6 if "memory" in kind.name or kind.name == "disk" else value))
    return cells


def plan(setting: Setting) -> Result:
    """Reckon what 10 and 100 million passages cost on one machine, from what was measured. Raises Absent."""
    lacking = [name for name in ("encoding", "growth") if name not in setting.results]
    if lacking:
        raise Absent(f"it reckons with the figures of {' and '.join(lacking)}")
    measured = setting.results["encoding"].facts
    steps = [Step(**step) for step in setting.results["growth"].facts["steps"]]
    rows = [_planned(count, steps, measured) for count in PLANNED]
    columns = ("passages", "encoding, h", "indexing, h", "disk, GB", "memory of indexing, GB", "cold search, s", "update, s")
    title = "Plan: reckoned from the largest size and the last step's growth, on this machine"
    return Result([], [Table(title, columns, rows)])


def _planned(count: int, steps: list[Step], measured: Any) -> list[str]:
    def at(kind: str) -> float:
        """Follow the line through the last two sizes, and never below what the last one costs."""
        before, last = (getattr(step, kind) for step in steps[-2:])
        slope = max(0.0, exponent([step.passages for step in steps[-2:]], [before, last]))
        return float(last * (count / steps[-1].passages) ** slope)

    encoding = count * measured["tokens_per_passage"] / measured["tokens_per_second"] / 3600
    values = (count, encoding, at("index") / 3600, at("disk") / 1e9, at("index_memory") / 1e9, at("search"), at("update"))
    return [number(value) for value in values]

"""What was measured: figures with the bar that each is held against, kept by bench in one JSON file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

Sense = Literal["at least", "at most", "under"]


class Absent(Exception):
    """Raised by a bench that cannot run here; the message says what it lacks."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: larger or smaller is better as `sense` says; without a limit it is reported and not judged."""

    what: str
    value: float
    unit: str = ""
    sense: Sense | None = None
    limit: float | None = None
    note: str = ""

    @property
    def holds(self) -> bool | None:
        """Tell whether the figure is on the right side of its bar; None where it has none."""
        if self.sense is None or self.limit is None:
            return None
        value = float(self.value)  # numpy's numbers answer with a truth of their own
        if self.sense == "at least":
            return value >= self.limit
        return value <= self.limit if self.sense == "at most" else value < self.limit


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that belong together; every cell is text already."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Result:
    """What one bench found, on which machine and when; `facts` are numbers that other benches plan with."""

    figures: Sequence[Figure]
    tables: Sequence[Table] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    machine: str = ""
    date: str = ""


def read(path: Path) -> dict[str, Result]:
    """Return the results in a file, by bench; nothing where there is no file yet."""
    if not path.is_file():
        return {}
    return {name: _decoded(row) for name, row in json.loads(path.read_text(encoding="utf-8")).items()}


def merge(path: Path, name: str, result: Result, order: Sequence[str]) -> None:
    """Put a bench's result in the place of its last one; the file keeps the order of the benches."""
    results = {**read(path), name: result}
    ordered = {key: _encoded(results[key]) for key in [*order, *sorted(results.keys() - set(order))] if key in results}
    temporary = path.with_name(f"{path.name}.new")
    temporary.write_text(json.dumps(ordered, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    temporary.replace(path)


def _encoded(result: Result) -> dict[str, Any]:
    row = asdict(result)
    for plain, figure in zip(row["figures"], result.figures, strict=True):
        # For whoever reads the file with another program.
        plain["holds"] = figure.holds
    return row


def _decoded(row: Mapping[str, Any]) -> Result:
    figures = [Figure(**{key: value for key, value in figure.items() if key != "holds"}) for figure in row["figures"]]
    return Result(figures, [Table(**table) for table in row["tables"]], row["facts"], row["machine"], row["date"])

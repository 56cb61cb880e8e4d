"""Figures -> the README's tables, and lines of a terminal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from semspace.bench.figures import Figure, Result, Table, read

APART = {"engines"}
"""Benches whose tables stand on a page of the README of their own."""


def figures(path: str) -> str:
    """Return the file's figures as Markdown, with the machine and the day of each."""
    results = read(Path(path))
    if not results:
        return "Nothing was measured yet: `scripts/bench` does."
    rows = [
        (name, figure.what, amount(figure), bar(figure) or "-", {True: "yes", False: "**no**", None: "-"}[figure.holds])
        for name, result in results.items()
        for figure in result.figures
    ]
    parts = [markdown(Table("", ("bench", "what", "measured", "bar", "holds"), rows)), *_occasions(results)]
    parts += [part for name, result in results.items() if name not in APART for part in _titled(result)]
    return "\n\n".join(parts)


def tables(path: str, name: str) -> str:
    """Return the tables of one bench as Markdown, with the machine and the day."""
    result = read(Path(path)).get(name)
    if result is None:
        return f"Nothing was measured yet: `scripts/bench {name}` does."
    return "\n\n".join([*_titled(result), *_occasions({name: result})])


def _titled(result: Result) -> list[str]:
    return [part for table in result.tables for part in (f"**{table.title}**", markdown(table))]


def markdown(table: Table) -> str:
    """Return a table as Markdown."""
    lines = [table.columns, ["---"] * len(table.columns), *table.rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)


def lines(result: Result) -> Iterator[str]:
    """Yield a result as lines for a terminal."""
    for figure in result.figures:
        mark = {True: "holds", False: "FALLS SHORT", None: ""}[figure.holds]
        note = f"  ({figure.note})" if figure.note else ""
        against = f"{bar(figure)}: {mark}" if mark else ""
        yield f"  {figure.what:<58} {amount(figure):>14}  {against}{note}".rstrip()
    for table in result.tables:
        yield f"  {table.title}"
        yield from _columns([table.columns, *table.rows])


def _columns(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return ("    " + "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def amount(figure: Figure) -> str:
    """Return a figure's value with its unit."""
    return f"{number(figure.value)} {figure.unit}".rstrip()


def bar(figure: Figure) -> str:
    """Return what a figure is held against; nothing where it is not."""
    return f"{figure.sense} {number(figure.limit)}" if figure.sense and figure.limit is not None else ""


def number(value: float) -> str:
    """Return a number with as many digits as say something."""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    if 0.9 <= abs(value) < 1:
        return f"{value:.5f}".rstrip("0").rstrip(".")
    return f"{value:.3g}"


def _occasions(results: Mapping[str, Result]) -> list[str]:
    days = defaultdict(list)
    for name, result in results.items():
        days[result.machine, result.date].append(name)
    if len(days) == 1:
        return [f"Measured on {date}: {machine}." for machine, date in days]
    return [f"Measured on {date} ({', '.join(names)}): {machine}." for (machine, date), names in days.items()]

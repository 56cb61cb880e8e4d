"""A comparison of ways to search -> tables and a verdict for a person, and what a program reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from semspace.records import Contest, Difference, Measured
from semspace.ui.reports import plural
from semspace.ui.safe import safe_text

NAME = 34
"""Columns of a name: beside it the figures have to fit on a terminal of 80."""


def contest(done: Contest) -> dict[str, Any]:
    """Return a comparison as a program reads it: every way to search, best first, and the difference of every pair."""
    fields = {name: getattr(done, name) for name in ("about", "documents", "queries", "k", "verdict")}
    rows = [
        {"name": one.name, **asdict(one.alternative), **dict(one.means), "ci95": one.ci95, **_cost(one)}
        for one in done.measured
    ]
    kinds = [asdict(kind) for kind in done.kinds]
    return {
        **fields,
        "results": rows,
        "differences": [asdict(one) for one in done.differences],
        "kinds": kinds,
        "notes": done.notes,
    }


def _cost(one: Measured) -> dict[str, float | int | None]:
    return {"ms": one.ms, "index_seconds": one.seconds, "passages": one.passages}


@dataclass(frozen=True, slots=True)
class ContestView:
    """Ways to search with their figures and costs, what each loses to the best, and what follows."""

    contest: Contest

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw what was asked of what, two or three tables, the verdict, the notes."""
        done = self.contest
        queries = "1 query" if done.queries == 1 else f"{done.queries:,} queries"
        yield _text(f"{done.about}: {plural(done.documents, 'document')}, {queries}")
        yield _figures(done)
        if done.kinds:
            yield ""
            yield from _kinds(done)
        if done.differences:
            yield ""
            yield _text(f"nDCG@{done.k} against {done.measured[0].name}, query by query", "key")
            yield _losses(done)
        yield ""
        yield _text(f"{done.verdict[:1].upper()}{done.verdict[1:]}", "title")
        yield from (_text(note, "quiet") for note in done.notes)


def _figures(done: Contest) -> Table:
    names = [f"nDCG@{done.k}", "recall@100", f"MRR@{done.k}"]
    indexed = any(one.seconds is not None for one in done.measured)
    table = _table("", [*names, "a query", *(["indexing", "passages"] if indexed else [])])
    for one in done.measured:
        means = [_mean(mean, one.ci95[name]) for name, mean in one.means.items()]
        index = [_seconds(one.seconds), f"{one.passages:,}"] if indexed else []
        table.add_row(_text(one.name, "title"), *means, "-" if one.ms is None else f"{one.ms:,.0f} ms", *index)
    return table


def _mean(mean: float, interval: tuple[float, float]) -> str:
    low, high = interval
    return f"{mean:.3f} ±{(high - low) / 2:.3f}".replace("±0.", "±.")


def _seconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:,.0f} s"


def _kinds(done: Contest) -> Iterator[Table | Text]:
    yield _text(f"nDCG@{done.k} by kind of query", "key")
    table = _table("", [kind.kind for kind in done.kinds])
    for one in done.measured:
        table.add_row(_text(one.name, "title"), *(f"{kind.ndcg[one.name]:.3f}" for kind in done.kinds))
    yield table
    for kind in done.kinds:
        yield _text(f"{kind.kind} ({kind.queries:,}) helps {kind.favours}", "quiet")


def _losses(done: Contest) -> Table:
    best = done.measured[0].name
    table = _table("", ["difference", "95 %", "better", "worse", "same", "p"])
    for one in done.measured[1:]:
        table.add_row(_text(one.name, "title"), *_loss(_between(done.differences, best, one.name)))
    return table


def _between(differences: Sequence[Difference], best: str, other: str) -> Difference:
    return next(one for one in differences if (one.first, one.second) == (best, other))


def _loss(one: Difference) -> tuple[str, ...]:
    """Return a difference as seen from the one that lost."""
    low, high = one.ci95
    p = "<.001" if one.adjusted < 0.001 else f"{one.adjusted:.3f}".lstrip("0").rstrip("0") if one.adjusted < 1 else "1"
    counts = (f"{one.losses:,}", f"{one.wins:,}", f"{one.ties:,}")
    return f"{-one.mean:+.3f}", f"{-high:+.3f} to {-low:+.3f}", *counts, p


def _table(first: str, others: Sequence[str]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="key")
    table.add_column(_text(first), overflow="fold", max_width=NAME)
    for name in others:
        table.add_column(_text(name), justify="right", no_wrap=True)
    return table


def _text(value: str, style: str = "") -> Text:
    return Text(safe_text(value, one_line=True), style)

"""Spaces, encoders, measurements and single passages -> tables."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console, ConsoleOptions, RenderResult
from rich.filesize import decimal
from rich.segment import Segment, Segments
from rich.table import Table
from rich.text import Text

from semspace.errors import SemspaceError
from semspace.records import Evaluation, Hit, ModeResult, Status
from semspace.ui.formats import plain
from semspace.ui.hits import Shape, passage
from semspace.ui.paths import ANYWHERE, Stand, place, seen_from
from semspace.ui.reports import facts, moment, plural
from semspace.ui.safe import safe_text

VALUE = 200
"""Characters of a metadata value that are shown."""


def _cell(value: str, style: str = "") -> Text:
    return Text(safe_text(value, one_line=True), style)


def _table(*columns: str, right: Sequence[str] = ()) -> Table:
    """Return a table without lines; every row is one line."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="key")
    for name in columns:
        justify = "right" if name in right else "left"
        table.add_column(name, justify=justify, overflow="ellipsis", no_wrap=True)  # type: ignore[arg-type]
    return table


@dataclass(frozen=True, slots=True)
class SpaceList:
    """The spaces in a home; one that cannot be opened says why."""

    spaces: Mapping[str, Status | SemspaceError]
    stand: Stand = ANYWHERE

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw a row for each space."""
        columns = ("name", "documents", "passages", "model", "size", "updated")
        table = _table(*columns, right=("documents", "passages", "size"))
        roots, damaged = list[list[str]](), list[Text]()
        for name, found in self.spaces.items():
            if isinstance(found, SemspaceError):
                damaged.append(_cell(name, "bad").append(": ").append(safe_text(found.message), "default"))
                continue
            counts = f"{found.documents:,}", f"{found.passages:,}"
            cells = (*counts, found.model, decimal(sum(found.bytes.values())), moment(found.updated))
            table.add_row(_cell(name, "title"), *(_cell(cell) for cell in cells))
            roots.append([seen_from(root, self.stand) for root in found.roots])
        drawn = console.render_lines(table, options, pad=False) if roots else []
        # The header stands above the first row; what a space follows has a line of its own, as it may be long.
        for line, followed in zip(drawn, [[], *roots], strict=True) if drawn else ():
            yield Segments([*line, Segment.line()])
            yield from (Text("  ").append(safe_text(root, one_line=True), "quiet") for root in followed)
        yield from damaged


@dataclass(frozen=True, slots=True)
class ModelList:
    """The encoders on this machine."""

    cards: Sequence[Mapping[str, Any]]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw a row for each encoder."""
        table = _table(
            "name", "dimensions", "tokens", "runs as", "size", "worst cosine",
            right=("dimensions", "tokens", "size", "worst cosine"),
        )  # fmt: skip
        for card in self.cards:
            worst = card["worst_cosine"]
            numbers = str(card["dim"] or "-"), str(card["max_tokens"])
            cells = (*numbers, _runs_as(card["kind"]), decimal(card["bytes"]), f"{worst:.6f}" if worst is not None else "-")
            table.add_row(_cell(card["name"], "title"), *(_cell(cell) for cell in cells))
        if self.cards:
            yield table


def _runs_as(kind: object) -> str:
    """Say what a model is used as: a cross-encoder reranks, all others encode."""
    return "reranker" if kind == "cross-encoder" else str(kind)


@dataclass(frozen=True, slots=True)
class ModelView:
    """What is known about an encoder."""

    card: Mapping[str, Any]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw a row for each fact."""
        yield facts(_card_rows(self.card))


def _card_rows(card: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    reranks = card["kind"] == "cross-encoder"
    yield "name", card["name"]
    yield "tokens", f"{card['max_tokens']} at most{', of query and passage together' if reranks else ''}"
    if reranks:
        yield "scores", f"{card['activation'] or 'log-odds'}, of a pair of texts"
    else:
        yield "dimensions", str(card["dim"])
        yield "pooling", f"{card['pooling']}, {'normalised' if card['normalised'] else 'not normalised'}"
        yield "prompts", "\n".join(f"{role}: {text!r}" for role, text in card["prompts"].items() if text) or "none"
    yield "runs as", f"{_runs_as(card['kind'])} ({card['note']})" if card["note"] else _runs_as(card["kind"])
    yield "source", card["source"]
    yield "fingerprint", card["fingerprint"]
    yield "size", decimal(card["bytes"])
    yield "made", moment(card["created"])
    if reranks:
        yield "worst error", f"{card['worst_error']:.1e} to sentence-transformers, on sample pairs"
        return
    worst = card["worst_cosine"]
    yield "worst cosine", "not measured" if worst is None else f"{worst:.6f} to sentence-transformers, on sample texts"


@dataclass(frozen=True, slots=True)
class EvaluationTable:
    """The quality of each mode, with 95 % intervals."""

    evaluation: Evaluation

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw a line about the collection, and a row for each mode."""
        done = self.evaluation
        about = f"{done.dataset}: {plural(done.documents, 'document')}, {plural(done.queries, 'query')}, {done.model}"
        again = f", read again by {done.rerank}" if done.rerank != "none" else ""
        yield _cell(about.replace("querys", "queries") + again)
        k = done.results[0].k if done.results else 10
        measures = (f"nDCG@{k}", "recall@100", f"MRR@{k}")
        table = _table("mode", *measures)
        for result in done.results:
            table.add_row(_cell(result.mode, "title"), *(_cell(figure) for figure in _figures(result)))
        yield table


def _figures(result: ModeResult) -> Iterator[str]:
    for name, mean in ((f"ndcg@{result.k}", result.ndcg), ("recall@100", result.recall), (f"mrr@{result.k}", result.mrr)):
        low, high = result.ci95[name]
        yield f"{mean:.4f} ± {(high - low) / 2:.4f}"


@dataclass(frozen=True, slots=True)
class PassageView:
    """One passage: where it is from, what its document says about itself, and all of its text."""

    hit: Hit
    stand: Stand = ANYWHERE

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw the place, the facts, the text."""
        head = place(self.hit, console, self.stand, options.max_width - 16)
        yield head.append(f"  #{self.hit.id}", "quiet")
        about = {"title": self.hit.title, "heading": " > ".join(self.hit.heading), **self.hit.metadata}
        rows = [(str(name), _value(value)) for name, value in about.items() if value not in (None, "", [], {})]
        if rows:
            yield facts(rows)
        yield ""
        yield from passage(self.hit, console, options.max_width, Shape(full=True, stand=self.stand))


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(plain(value), ensure_ascii=False)
    text = " ".join(text.split())
    return text if len(text) <= VALUE else text[:VALUE].rstrip() + "…"

"""Hits -> what a person sees of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from semspace.records import Evidence, Hit, Hits
from semspace.ui.console import on_terminal
from semspace.ui.excerpt import Row, most_telling, rows
from semspace.ui.paths import ANYWHERE, Stand, place
from semspace.ui.safe import safe_text


@dataclass(frozen=True, slots=True)
class Shape:
    """How much of each hit is shown: the whole passage or its most telling lines, with line numbers or without."""

    full: bool = False
    numbers: bool = False
    stand: Stand = ANYWHERE


PLAIN = Shape()


@dataclass(frozen=True, slots=True)
class HitList:
    """Hits, best first, under a header that only a terminal gets."""

    hits: Hits
    shape: Shape = PLAIN

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw a header, then each hit with a blank line before it."""
        if on_terminal(console):
            yield header(self.hits)
        margin = len(str(len(self.hits)))
        for hit in self.hits:
            if on_terminal(console) or hit.rank > 1:
                yield ""
            yield from lines(hit, console, options.max_width, self.shape, margin)


def header(hits: Hits) -> Text:
    """Return one line about a search: how many hits, in which mode, of which space, how fast."""
    count = f"{len(hits)} hit" if len(hits) == 1 else f"{len(hits)} hits"
    name = safe_text(hits.space, one_line=True)
    again = f" · reranked by {safe_text(hits.reranker, one_line=True)}" if hits.reranker else ""
    return Text(f"{count} · {hits.mode} · {name}{again} · {hits.took_ms:.0f} ms", "quiet", no_wrap=True, overflow="ellipsis")


def lines(hit: Hit, console: Console, width: int, shape: Shape, margin: int = 1) -> Iterator[Text]:
    """Draw a hit: place, score and id; heading; passage."""
    indent = " " * (margin + 2)
    tail = Text().append(f"  {hit.score:.3f}", "score").append(f"  #{hit.id}", "quiet")
    head = Text(no_wrap=True, overflow="ignore").append(f"{hit.rank:>{margin}}", "rank").append("  ")
    head.append_text(place(hit, console, shape.stand, width - len(indent) - tail.cell_len)).append_text(tail)
    yield head
    heading = safe_text(" > ".join(hit.heading) or hit.title or "", one_line=True)
    if heading:
        yield Text(indent).append(_last(heading, width - len(indent)), "heading")
    yield from passage(hit, console, width, shape, indent)
    if hit.evidence:
        yield Text(indent).append(why(hit.evidence, hit.relevance), "hint")


def why(evidence: Evidence, relevance: float | None) -> str:
    """Say what speaks for a hit, side by side."""
    parts = []
    if evidence.cosine is not None:
        parts.append(f"meaning {evidence.cosine:.3f} (no. {evidence.cosine_rank})")
    words = ", ".join(f"{safe_text(word, one_line=True)} {part:.2f}" for word, part in evidence.words)
    place = f" (no. {evidence.share_rank})" if evidence.share_rank else ""
    parts.append(f"words {evidence.share:.2f} x {evidence.weight:.2f}{place}" + (f": {words}" if words else ""))
    if evidence.echo is not None:
        parts.append(f"near the best {evidence.echo:.3f}")
    if evidence.interaction is not None:
        parts.append(f"tokens {evidence.interaction:.3f}")
    if evidence.pair is not None:
        parts.append(f"{safe_text(evidence.reranker or '', one_line=True)} {evidence.pair:.3f}")
    if relevance is not None:
        parts.append(f"relevance {relevance:.2f}")
    return " · ".join(parts)


def passage(hit: Hit, console: Console, width: int, shape: Shape, indent: str = "") -> Iterator[Text]:
    """Draw the passage of a hit, whole or in part, with line numbers where it has any."""
    first = None if hit.start_line is None else hit.start_line - hit.before.count("\n")
    last = 0 if first is None else first + (hit.before + hit.text + hit.after).count("\n")
    gutter = len(str(last)) if shape.numbers and first is not None else 0
    room = max(width - len(indent) - (gutter + 2 if gutter else 0) - 2, 10)
    found = rows(hit, console, room, reflow=not gutter)
    chosen, before, after = (found, False, False) if shape.full else most_telling(found)
    for number, row in enumerate(chosen):
        text = Text(indent, no_wrap=True, overflow="ignore")
        if gutter:
            text.append(f"{_number(row, first):>{gutter}}  ", "line")
        if before and number == 0:
            text.append("… ", "quiet")
        text.append_text(row.text)
        if after and number == len(chosen) - 1:
            text.append(" …", "quiet")
        yield text


def _number(row: Row, first: int | None) -> str:
    return "" if row.number is None or first is None else str(row.number + first)


def _last(text: str, width: int) -> str:
    """Return the end of a text that is too long: the innermost heading tells most."""
    if cell_len(text) <= width:
        return text
    return "…" + set_cell_size(text[::-1], max(width - 1, 1)).rstrip()[::-1]

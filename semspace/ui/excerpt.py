"""A passage -> the few lines of it that tell most: the sentence that answers, bright, and the words that carry the match."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from unicodedata import category

from rich.console import Console
from rich.text import Text

from semspace.boundaries import runs_on
from semspace.records import Hit
from semspace.ui.safe import safe_text

MARKS = 64
"""Marks of one character that are looked at."""

LINES = 6

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Row:
    """A line on the screen: a source line or, where that is too long, a part of one. `number` is None on its later parts."""

    text: Text
    number: int | None
    words: frozenset[str]
    answers: bool = False


def rows(hit: Hit, console: Console, width: int, *, reflow: bool = False) -> list[Row]:
    """Return a passage, with the lines around it, as rows of at most `width` cells. `number` counts lines from 0.

    With `reflow` paragraphs that are wider than that are broken anew, and numbers mean nothing.
    """
    found = list[Row]()
    whole = hit.before + hit.text + hit.after
    if reflow:
        whole = reflowed(whole, width)
    parts = _styled(hit)
    offset = 0
    for number, line in enumerate(whole.split("\n")):
        text = Text(no_wrap=False, overflow="fold")
        for piece, style in _pieces(line, offset, parts):
            text.append(safe_text(piece), style)
        first = True
        for row in text.wrap(console, width):
            row.rstrip()
            answers = any(span.style == "answer" for span in row.spans)
            found.append(Row(row, number if first else None, _words(row), answers))
            first = False
        offset += len(line) + 1
    return _trimmed(found)


def reflowed(text: str, width: int) -> str:
    """Join the lines of paragraphs that were broken for a wider page; every other character keeps its place."""
    lines = text.split("\n")
    if max(map(len, lines)) <= width:
        return text
    joined = [lines[0]]
    for line, after in pairwise(lines):
        joined.append(" " if runs_on(line, after) else "\n")
        joined.append(after)
    return "".join(joined)


def _styled(hit: Hit) -> list[tuple[Span, str]]:
    """Return which parts of a passage, with the lines around it, are drawn how; of two, the first counts."""
    start = len(hit.before)
    end = start + len(hit.text)
    marked = [(one, other) for one, other, _ in hit.marks] or hit.matches
    parts = [((one + start, other + start), "match") for one, other in marked]
    if hit.answer is not None:
        parts.append(((hit.answer[0] + start, hit.answer[1] + start), "answer"))
        start = end
    return [*parts, ((0, start), "quiet"), ((end, end + len(hit.after)), "quiet")]


def _pieces(line: str, offset: int, parts: Sequence[tuple[Span, str]]) -> Iterator[tuple[str, str]]:
    """Cut a line where the way it is drawn changes."""
    end = offset + len(line)
    near = [
        ((_begin(line, one - offset) + offset, _begin(line, other - offset) + offset), style)
        for (one, other), style in parts
        if one < end and other > offset
    ]
    edges = sorted({offset, end, *(cut for span, _ in near for cut in span if offset < cut < end)})
    for start, stop in pairwise(edges):
        style = next((style for (one, other), style in near if one <= start and stop <= other), "")
        yield line[start - offset : stop - offset], style


def _begin(line: str, place: int) -> int:
    """Return where the character begins that a place stands in: what is made safe piece by piece keeps its marks together."""
    first = place
    while 0 < first < len(line) and first > place - MARKS and category(line[first])[0] == "M":
        first -= 1
    return first


def _words(row: Text) -> frozenset[str]:
    return frozenset(row.plain[span.start : span.end].casefold() for span in row.spans if span.style == "match")


def _trimmed(found: Sequence[Row]) -> list[Row]:
    """Leave out blank rows at both ends, and all but the first of several in a row."""
    kept = list[Row]()
    for row in found:
        if row.text.plain.strip() or (kept and kept[-1].text.plain.strip()):
            kept.append(row)
    while kept and not kept[-1].text.plain.strip():
        kept.pop()
    return kept


def most_telling(found: Sequence[Row], size: int = LINES) -> tuple[list[Row], bool, bool]:
    """Return the rows in a row that hold the answer and most of the words that matched; were some cut before, after?"""
    if len(found) <= size:
        return list(found), False, False
    # Where room is short, blank lines have none.
    found = [row for row in found if row.text.plain.strip()]
    size = min(size, len(found))
    starts = range(len(found) - size + 1)
    values = [_value(found[start : start + size]) for start in starts]
    best = [start for start in starts if values[start] == max(values)]
    # The beginning reads best; else the matches stand in the middle.
    start = best[0] if best[0] == 0 else best[len(best) // 2]
    return list(found[start : start + size]), start > 0, start + size < len(found)


def _value(window: Sequence[Row]) -> tuple[int, int, int]:
    words = [word for row in window for word in row.words]
    return sum(row.answers for row in window), len(set(words)), len(words)

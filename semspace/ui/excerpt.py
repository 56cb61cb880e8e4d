"""A passage -> the few lines of it that tell most, with the words that matched."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rich.console import Console
from rich.text import Text

from semspace.records import Hit
from semspace.ui.safe import safe_text

LINES = 6
FULL = 60
"""From so many characters on, a line may have been broken because it was full."""

_PROSE = re.compile(r"[^\W\d_]+[ ,.;'\u2019-]|[(\"*_`\u201c\u2018]\w")


@dataclass(frozen=True, slots=True)
class Row:
    """A line on the screen: a source line or, where that is too long, a part of one. `number` is None on its later parts."""

    text: Text
    number: int | None
    words: frozenset[str]


def rows(hit: Hit, console: Console, width: int, *, reflow: bool = False) -> list[Row]:
    """Return a passage, with the lines around it, as rows of at most `width` cells. `number` counts lines from 0.

    With `reflow` paragraphs that are wider than that are broken anew, and numbers mean nothing.
    """
    found = list[Row]()
    whole = hit.before + hit.text + hit.after
    if reflow:
        whole = reflowed(whole, width)
    inner = (len(hit.before), len(hit.before) + len(hit.text))
    matches = [(start + inner[0], end + inner[0]) for start, end in hit.matches]
    offset = 0
    for number, line in enumerate(whole.split("\n")):
        parts = list(_pieces(line, offset, matches, inner))
        text = Text(no_wrap=False, overflow="fold")
        for piece, style in parts:
            text.append(safe_text(piece), style)
        first = True
        for row in text.wrap(console, width):
            row.rstrip()
            found.append(Row(row, number if first else None, _words(row)))
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
        # A line of prose that was broken because it was full, and one that goes on with it.
        runs_on = len(line) >= FULL and line.count(" ") >= FULL // 10 and _PROSE.match(after) and not line.endswith("  ")
        joined.append(" " if runs_on else "\n")
        joined.append(after)
    return "".join(joined)


def _pieces(line: str, offset: int, matches: Sequence[tuple[int, int]], inner: tuple[int, int]) -> Iterator[tuple[str, str]]:
    """Cut a line where a match or the passage begins or ends."""
    end = offset + len(line)
    cuts = {offset, end, *(cut for pair in (*matches, inner) for cut in pair if offset < cut < end)}
    edges = sorted(cuts)
    for start, stop in pairwise(edges):
        matched = any(one <= start and stop <= other for one, other in matches)
        outside = stop <= inner[0] or start >= inner[1]
        yield line[start - offset : stop - offset], "match" if matched else "quiet" if outside else ""


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
    """Return the rows in a row that hold most of the words that matched, and whether some were cut before and after."""
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


def _value(window: Iterable[Row]) -> tuple[int, int]:
    words = [word for row in window for word in row.words]
    return len(set(words)), len(words)

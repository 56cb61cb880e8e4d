"""Blocks of text that recur over many documents: templates, licence headers, navigation, footers.

A block is a paragraph: lines without a blank one between them (a line without any letter or figure counts as blank). At the
head of a document a comment is a block of its own, and so are single lines at the head and the tail. What a person wrote
recurs too, but in few documents: `needed` says from how many on a block is nobody's text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import pairwise
from math import ceil, sqrt

import numpy as np
import numpy.typing as npt

from semspace.records import Passage

LEAST = 20
"""Bytes of a block at least: "See also" and "Example:" recur in texts that differ."""

LINE = 60
"""Bytes of a line that is a block although it is neither a paragraph nor part of a comment: an item of a list is shorter."""

EDGE = 12
"""Lines at the head and at the tail of a document that may be blocks of their own."""

COUNTED = 48
"""Blocks of a document that are counted, half of them from its head and half from its tail."""

FEWEST, MANY = 5, 10
"""Documents that hold a block at least, of any number, and of 20 or more."""

SLOTS = 1 << 22
"""Slots by which blocks are counted first: those that share one with few others are not looked at again."""

BATCH = 10_000
"""Documents whose blocks are counted at a time."""

_PARAGRAPH = re.compile(r"^[^\n]*\w[^\n]*(?:\n[^\n]*\w[^\n]*)*", re.MULTILINE)
_WORD = re.compile(r"\w")
_WORDLESS = re.compile(r"(?:[^\w\n]*(?:\n|\Z))*")
_COMMENT = re.compile(r"[ \t]*(?:#|//|/\*|\*|--|;|%|<!--|\"\"\"|'''|(?:rem|dnl|REM)\b)")
_CLOSED = ("-->", "*/")
_YEARS = re.compile(r"\b(?:19|20)\d\d(?:\s*[-\u2013,]\s*(?:(?:19|20)\d\d|present))*\b")
_MARKS = frozenset("# ## ### // /// //! /* /** * */ **/ ** -- --- ; ;; ;;; % %% <!-- --> \"\"\" ''' rem REM dnl".split())  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a text; `mark` is equal where its words are. `lines` are those of it that are blocks of their own.

    The last bit of a mark is set for such a line, and for nothing else.
    """

    start: int
    end: int
    mark: int
    short: bool
    lines: tuple[Block, ...] = ()


def blocks(text: str) -> list[Block]:
    """Return the blocks of a text in order, short ones too; those of equal texts are equal."""
    spans = [match.span() for match in _PARAGRAPH.finditer(text)]
    if not spans:
        return []
    spans[:1] = _comments(text, *spans[0])
    found = [_block(text, start, end) for start, end in spans]
    last = tuple(_lines(text, found[-1], tail=True))
    found[0] = replace(found[0], lines=tuple(_lines(text, found[0], tail=False)))
    found[-1] = replace(found[-1], lines=tuple(dict.fromkeys((*found[-1].lines, *last))))
    return found


def _block(text: str, start: int, end: int, *, line: bool = False) -> Block:
    normal = _normal(text[start:end])
    mark = int.from_bytes(blake2b(normal, digest_size=8).digest(), "little", signed=True)
    return Block(start, end, mark | 1 if line else mark & ~1, len(normal) < LEAST)


def _normal(text: str) -> bytes:
    """Return the words of a block: without the marks of comments, and with no years where it claims a copyright."""
    normal = " ".join([word for word in text.split() if word not in _MARKS])
    if "opyright" in normal or "OPYRIGHT" in normal or "©" in normal or "(c)" in normal or "(C)" in normal:
        normal = _YEARS.sub("0", normal)
    return normal.encode("utf-8", "surrogatepass")


def _comments(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Cut a paragraph where a comment begins or ends; only its first lines are looked at."""
    cuts, before, opened, closed = [start], False, False, False
    for number, (first, stop) in enumerate(_line_spans(text, start, end)):
        if number > 4 * EDGE:
            break
        line = text[first:stop].rstrip()
        inside = opened or _COMMENT.match(line) is not None
        if number and (inside != before or closed):
            cuts.append(first)
        opened = (opened or "<!--" in line or "/*" in line) and not any(mark in line for mark in _CLOSED)
        before, closed = inside, line.endswith(_CLOSED)
    # The end of a line is no part of the block before it.
    return [(a, b - (b < end)) for a, b in zip(cuts, [*cuts[1:], end], strict=True)]


def _line_spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end:
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop
        yield start, stop
        start = stop + 1


def _lines(text: str, block: Block, *, tail: bool) -> Iterator[Block]:
    """Yield the lines at an edge of a block that are blocks of their own; none where it has one line only."""
    start, end = block.start, block.end
    for _ in range(EDGE):
        # Only the edge is looked at: a paragraph may be a table of a million lines.
        if tail:
            end = text.rfind("\n", block.start, end)
        else:
            start = text.find("\n", start + 1, block.end)
        if min(start, end) < 0:
            break
    first, stop = (max(end + 1, block.start), block.end) if tail else (block.start, start if start >= 0 else block.end)
    if (first, stop) != (block.start, block.end) or "\n" in text[first:stop]:
        for one, other in _line_spans(text, first, stop):
            if other - one >= LINE or (other - one > LEAST // 4 and _COMMENT.match(text, one, other)):
                line = _block(text, one, other, line=True)
                if not line.short:
                    yield line


def counted(found: Sequence[Block], headings: Collection[int]) -> tuple[bytes, int]:
    """Return the marks by which a document is counted, packed, and one mark for all the rest of it.

    `headings` are where headings begin: they tell what a passage is about, however often they recur. Documents with equal
    marks and an equal rest have equal texts.
    """
    marks = list[int]()
    rest = blake2b(digest_size=8)
    for block in found:
        if block.short or block.start in headings:
            rest.update(block.mark.to_bytes(8, "little", signed=True))
        else:
            marks += (block.mark, *(line.mark for line in block.lines))
    if len(marks) > COUNTED:
        rest.update(pack(marks))
        marks = marks[: COUNTED // 2] + marks[-COUNTED // 2 :]
    return pack(marks), int.from_bytes(rest.digest(), "little", signed=True)


def pack(marks: Iterable[int]) -> bytes:
    """Return marks as a store keeps them, each once."""
    return np.array(list(dict.fromkeys(marks)), dtype="<i8").tobytes()


def unpack(data: bytes) -> list[int]:
    """Return marks out of what a store keeps."""
    marks: list[int] = np.frombuffer(data, dtype="<i8").tolist()
    return marks


def needed(documents: int) -> int:
    """Return in how many of some documents a block has to be to be boilerplate.

    The more there are, the oftener something recurs by chance: the square root of their number; half of a few.
    """
    return max(FEWEST, min(MANY, ceil(documents / 2)), ceil(sqrt(documents)))


def recurring(documents: Callable[[], Iterable[tuple[bytes, int]]], known: Collection[int] = ()) -> frozenset[int]:
    """Return the marks that recur over documents, each given by what `counted` says; those with equal texts count once.

    A mark in `known` stays while it is in half as many documents as another needs, so that none comes and goes. `documents`
    is asked up to three times.
    """
    slots = np.zeros(SLOTS, dtype=np.int32)
    number = 0
    for size, marks in _batches(documents()):
        number += size
        np.add.at(slots, marks % SLOTS, 1)
    least = needed(number)
    stays = ceil(least / 2) if known else least
    counts: Counter[int] = Counter()
    for _, marks in _batches(documents()):
        counts.update(marks[slots[marks % SLOTS] >= stays].tolist())
    kept = frozenset(known)
    found = {mark for mark, count in counts.items() if count >= (stays if mark in kept else least)}
    lines = np.array([mark for mark in found if mark & 1], dtype=np.int64)
    whole = np.array([mark for mark in found if not mark & 1], dtype=np.int64)
    if len(lines):
        # A line of a paragraph that is boilerplate itself says nothing.
        alone: Counter[int] = Counter()
        for _, marks in _batches(documents()):
            alone.update(marks[np.isin(marks, lines) & ~np.isin(_owners(marks), whole)].tolist())
        found = {mark for mark in found if not mark & 1 or alone[mark] >= (stays if mark in kept else least)}
    return frozenset(found)


def _owners(marks: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return for each mark that of the paragraph before it, or its own."""
    places = np.where(marks & 1, 0, np.arange(len(marks)))
    return marks[np.maximum.accumulate(places)]


def _batches(documents: Iterable[tuple[bytes, int]]) -> Iterator[tuple[int, npt.NDArray[np.int64]]]:
    """Yield how many different documents, and all their marks."""
    seen: set[int] = set()
    batch: list[bytes] = []
    for marks, rest in documents:
        if (text := hash((marks, rest))) not in seen:
            seen.add(text)
            batch.append(marks)
        if len(batch) == BATCH:
            yield len(batch), np.frombuffer(b"".join(batch), dtype="<i8")
            batch = []
    yield len(batch), np.frombuffer(b"".join(batch), dtype="<i8")


def leave_out(
    text: str, passages: Sequence[Passage], found: Sequence[Block], known: Collection[int]
) -> tuple[list[Passage], bytes]:
    """Return what is left of a document's passages without some known blocks, and which of those it holds, packed.

    A block at an edge of a passage is no part of it any more, one within it is skipped; a passage of which nothing is left
    goes. A document of which nothing would be left keeps all: a licence is the text of the file LICENSE.
    """
    held = [mark for block in found for mark in (block.mark, *(line.mark for line in block.lines)) if mark in known]
    if not held:
        return list(passages), b""
    spans = list(_widened(text, _spans(text, found, known)))
    left = [rest for passage in passages if (rest := _without(text, passage, spans))]
    return left or list(passages), pack(held)


def _spans(text: str, found: Sequence[Block], known: Collection[int]) -> Iterator[tuple[int, int]]:
    for block in found:
        if block.mark in known and not block.short:
            yield block.start, block.end
            continue
        end = None
        for line in block.lines:
            if line.mark in known:
                # A few words between two lines of a licence are its own.
                near = end is not None and len(text[end : line.start].strip().encode()) < LEAST
                yield (end if near and end is not None else line.start), line.end
                end = line.end


def _widened(text: str, spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Join spans with what has no words between them, before the first and after each, blank lines and closing marks."""
    begin = end = 0
    for start, stop in spans:
        if _WORD.search(text, end, start):
            if end > begin:
                yield begin, end
            begin = start
        match = _WORDLESS.match(text, stop)
        end = match.end() if match else stop
    yield begin, end


def _without(text: str, passage: Passage, spans: Sequence[tuple[int, int]]) -> Passage | None:
    """Return what is left of a passage, None where that is nothing or its own heading alone."""
    cuts = [(max(a, passage.start), min(b, passage.end)) for a, b in spans if a < passage.end and b > passage.start]
    if not cuts:
        return passage
    edges = [passage.start, *(edge for cut in cuts for edge in cut), passage.end]
    kept = [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if _WORD.search(text, a, b)]
    said = "".join(text[a:b] for a, b in kept).strip()
    if not kept or said.strip("#=* ") in passage.heading:
        return None
    start = kept[0][0] + len(text[slice(*kept[0])]) - len(text[slice(*kept[0])].lstrip())
    end = kept[-1][0] + len(text[slice(*kept[-1])].rstrip())
    inner = tuple((a - start, b - start) for (_, a), (b, _) in pairwise(kept))
    return replace(
        passage,
        start=start,
        end=end,
        text=text[start:end],
        start_line=_later(passage.start_line, text.count("\n", passage.start, start)),
        end_line=_later(passage.end_line, -text.count("\n", end, passage.end)),
        skips=inner,
    )


def _later(line: int | None, by: int) -> int | None:
    return None if line is None else line + by

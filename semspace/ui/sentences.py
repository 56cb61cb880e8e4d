"""Sentences, pairs and groups -> lines for the shell, and what programs read. Lines count from 1 here, as in editors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from semspace.records.lines import Group, Line, Overlap, Pair

COLUMNS = (1, 2, 3)
"""What only the first list says, what only the second says, what both say."""


def line(one: Line) -> dict[str, Any]:
    """Return a sentence with its place."""
    return {"line": one.index + 1, "text": one.text, "similarity": one.similarity}


def pair(one: Pair) -> dict[str, Any]:
    """Return a pair."""
    sides = {name: {"line": side.index + 1, "text": side.text} for name, side in (("first", one.first), ("second", one.second))}
    return {"score": one.score, "similarity": one.similarity, **sides}


def group(one: Group) -> dict[str, Any]:
    """Return a group: its first sentence, how many there are, and the others."""
    return {**line(one.first), "similarity": None, "count": one.count, "others": [line(other) for other in one.others]}


def overlap(found: Overlap, columns: Sequence[int] = COLUMNS) -> list[dict[str, Any]]:
    """Return the sentences of some columns; one that both lists hold comes with its partner."""
    return [
        {"column": column, **line(one), "partner": None if partner is None else line(partner)}
        for column, one, partner in _in_order(found)
        if column in columns
    ]


def overlap_lines(found: Overlap, columns: Sequence[int] = COLUMNS) -> Iterator[str]:
    """Return sentences after as many tabs as there are shown columns before theirs."""
    tabs = {column: "\t" * place for place, column in enumerate(columns)}
    return (f"{tabs[column]}{one.text}" for column, one, _ in _in_order(found) if column in columns)


def pair_lines(found: Iterable[Pair], *, stacked: bool = False) -> Iterator[str]:
    """Return `score TAB first TAB second` of each pair; `stacked`, for a person, the second stands under the first."""
    for one in found:
        score = f"{one.score:.4f}"
        if stacked:
            yield f"{score}  {one.first.text}"
            yield f"{' ' * len(score)}  {one.second.text}"
        else:
            yield f"{score}\t{one.first.text}\t{one.second.text}"


def line_lines(found: Iterable[Line], *, scores: bool = False) -> Iterator[str]:
    """Return sentences, after their similarity if that is wanted; it is empty where there is none."""
    for one in found:
        score = "" if one.similarity is None else f"{one.similarity:.4f}"
        yield f"{score}\t{one.text}" if scores else one.text


def group_lines(found: Iterable[Group], *, counts: bool = False) -> Iterator[str]:
    """Return the first sentence of each group, after its size in seven columns if that is wanted: as uniq -c does."""
    return (f"{one.count:7d} {one.first.text}" if counts else one.first.text for one in found)


def _in_order(found: Overlap) -> Iterator[tuple[int, Line, Line | None]]:
    """Return what the first list holds in its order, then what only the second holds in its own."""
    first: list[tuple[int, Line, Line | None]] = [(1, one, None) for one in found.first]
    shared = ((3, Line(one.first.index, one.first.text, one.similarity), one.second) for one in found.both)
    yield from sorted([*first, *shared], key=lambda entry: entry[1].index)
    yield from ((2, one, None) for one in found.second)

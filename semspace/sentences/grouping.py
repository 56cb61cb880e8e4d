"""Sentences -> groups that say the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from semspace.arrays import Ids, Vectors
from semspace.encoders import Encoder
from semspace.records.lines import Group, Line
from semspace.sentences.distinct import BLANK, Distinct, Progress, check_threshold, tell, vectors
from semspace.sentences.nearest import fitting
from semspace.sentences.sieve import EXACT, Scores, Sieve, similarities

DUPLICATE = 0.9
"""Pairs that are so near by the default encoder are given 4.4 of 5 by people, on average (STS benchmark)."""

BLOCK = 1_024
NEVER = -2.0


class _Kept(Protocol):
    """The sentences kept so far."""

    def nearest(self, rows: slice) -> tuple[Scores, Ids]:
        """Return similarity and row of the nearest one to each row; what is too far is NEVER near."""

    def add(self, rows: Ids) -> None:
        """Keep some more."""


def uniq(
    lines: Sequence[str],
    *,
    threshold: float = DUPLICATE,
    encoder: Encoder | str | None = None,
    progress: Progress | None = None,
) -> list[Group]:
    """Return groups of near-duplicates, each headed by its first sentence, in the order of those.

    A sentence is kept unless one that was kept before it is at least as similar as the threshold; it then belongs to the
    nearest such. So no two heads are that similar, and every member is that similar to its head. Equal sentences are one
    group whatever the threshold, blank ones too. Exact up to 200,000 different sentences; beyond, the heads are looked
    through by an IVF index, so that a near-duplicate may be missed.
    `encoder` is an open encoder, or the name of one; None is the default one. Raises InvalidInput, ModelNotFound.
    """
    check_threshold(threshold)
    told = Distinct.of(lines)
    found = vectors(told.texts, encoder, progress)
    exact = len(told) <= EXACT
    heads, scores = _heads(found, _Sieved(found, threshold) if exact else _Listed(found, threshold), threshold, progress)
    return _groups(told, heads, scores)


def _heads(found: Vectors, kept: _Kept, threshold: float, progress: Progress | None) -> tuple[Ids, Scores]:
    """Return for every row that of its group's head, which may be itself, and their similarity."""
    heads = np.arange(len(found), dtype=np.int64)
    scores = np.ones(len(found), dtype=np.float32)
    for begin in range(0, len(found), BLOCK):
        tell(progress, "comparing", begin**2, len(found) ** 2)
        rows = slice(begin, begin + BLOCK)
        near, head = kept.nearest(rows)
        inner = found[rows] @ found[rows].T
        new = _chosen(inner, near < threshold, threshold)
        if len(new):
            # A new head heads only what comes after it.
            later = np.where(new[None, :] < np.arange(len(inner))[:, None], inner[:, new], np.float32(NEVER))
            here, which = later.max(axis=1), later.argmax(axis=1)
            closer = here > near
            near[closer], head[closer] = here[closer], begin + new[which[closer]]
        member = near >= threshold
        member[new] = False
        heads[rows] = np.where(member, head, heads[rows])
        scores[rows] = np.where(member, near, 1.0)
        kept.add(begin + new)
    return heads, np.clip(scores, -1.0, 1.0)


def _chosen(inner: Vectors, free: np.ndarray[tuple[int], np.dtype[np.bool_]], threshold: float) -> Ids:
    """Return the rows that become heads: each free one that no earlier one of them is near."""
    chosen = []
    free = free.copy()
    for row in range(len(free)):
        if free[row]:
            chosen.append(row)
            free &= inner[row] < threshold
    return np.array(chosen, dtype=np.int64)


class _Sieved:
    """Kept sentences that are all looked at."""

    def __init__(self, found: Vectors, threshold: float) -> None:
        self._sieve = Sieve(found)
        self._threshold = threshold
        self._rows = np.empty(len(found), dtype=np.int64)
        self._short = np.empty_like(self._sieve.short)
        self._count = 0

    def nearest(self, rows: slice) -> tuple[Scores, Ids]:
        size = len(self._sieve.vectors[rows])
        near, head = np.full(size, NEVER, dtype=np.float32), np.full(size, -1, dtype=np.int64)
        for begin in range(0, self._count, 4 * BLOCK):
            part = slice(begin, min(begin + 4 * BLOCK, self._count))
            ones, others, scores = self._sieve.near(rows, self._rows[part], self._threshold, self._short[part])
            order = np.lexsort((-others, scores))
            ones, others, scores = ones[order], others[order], scores[order]
            # Of several assignments to one place the last counts: the nearest, and of equal ones the earliest.
            best, found = near.copy(), head.copy()
            best[ones], found[ones] = scores, self._rows[part][others]
            closer = best > near
            near[closer], head[closer] = best[closer], found[closer]
        return near, head

    def add(self, rows: Ids) -> None:
        end = self._count + len(rows)
        self._rows[self._count : end], self._short[self._count : end] = rows, self._sieve.short[rows]
        self._count = end


class _Listed:
    """Kept sentences in the lists of an IVF index, of which the nearest are looked through."""

    def __init__(self, found: Vectors, threshold: float) -> None:
        self._found = found
        self._threshold = threshold
        self._index = fitting("ivf", found)

    def nearest(self, rows: slice) -> tuple[Scores, Ids]:
        found = self._index.search(self._found[rows], 1)
        head = np.array([one.ids[0] if len(one) else -1 for one in found], dtype=np.int64)
        own = np.arange(len(self._found))[rows]
        near = np.where(head >= 0, similarities(self._found, self._found, own, head), NEVER).astype(np.float32)
        return np.where(near >= self._threshold, near, np.float32(NEVER)), head

    def add(self, rows: Ids) -> None:
        self._index.add(rows, self._found[rows])


def _groups(told: Distinct, heads: Ids, scores: Scores) -> list[Group]:
    """Return groups of what was given: equal sentences go with the one that was compared."""
    others: dict[int, list[Line]] = {}
    first: dict[int, Line] = {}
    for place, row in enumerate(told.rows.tolist()):
        head = BLANK if row == BLANK else int(heads[row])
        if head not in first:
            first[head], others[head] = Line(place, told.given[place]), []
        else:
            similarity = 1.0 if row in {BLANK, head} else float(scores[row])
            others[head].append(Line(place, told.given[place], similarity))
    return [Group(line, tuple(others[head])) for head, line in first.items()]

"""Sentences -> the pairs that say the same: paraphrase mining."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from semspace.arrays import Vectors
from semspace.encoders import Encoder
from semspace.errors import InvalidInput
from semspace.records.lines import Pair, Pairs
from semspace.sentences.distinct import Distinct, Progress, check_threshold, tell, vectors
from semspace.sentences.nearest import neighbors
from semspace.sentences.sieve import EXACT, Found, Sieve, similarities

PARAPHRASE = 0.8
"""Pairs that are so near by the default encoder are given 4.0 of 5 by people: mostly equivalent (STS benchmark)."""

MAX_PAIRS = 100_000
NEIGHBORS = 100
"""Where there are too many to look at all pairs, the nearest so many of each sentence."""

ROUNDED = 0.01
"""What the scores of that index may be off."""

ROWS, COLUMNS = 1_024, 4_096
NONE = (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))


def pairs(
    lines: Sequence[str],
    *,
    threshold: float = PARAPHRASE,
    max_pairs: int = MAX_PAIRS,
    encoder: Encoder | str | None = None,
    progress: Progress | None = None,
) -> Pairs:
    """Return the pairs of different sentences whose cosine similarity reaches a threshold, best first.

    Never more than `max_pairs`, the best of them; `capped` then says so. Equal sentences are one, which stands where it first
    does. Exact up to 200,000 different sentences; beyond, among the 100 nearest of each, found by an IVF index.
    `encoder` is an open encoder, or the name of one; None is the default one. Raises InvalidInput, ModelNotFound.
    """
    check_threshold(threshold)
    if max_pairs < 1:
        raise InvalidInput(f"At least one pair has to be wanted, not {max_pairs}.")
    told = Distinct.of(lines)
    best = _Best(max_pairs, threshold)
    found = vectors(told.texts, encoder, progress)
    exact = len(told) <= EXACT
    for part in _all(found, best, progress) if exact else _likely(found, best, progress):
        best.take(part)
    return Pairs(
        (Pair(told.line(one), told.line(other), score, score) for one, other, score in best.ranked()),
        capped=best.capped,
        exact=exact,
    )


class _Best:
    """The best pairs so far; `floor` is what a pair has to reach to be one of them."""

    def __init__(self, size: int, threshold: float) -> None:
        self.floor = threshold
        self.capped = False
        self._size = size
        self._held: list[Found] = []
        self._count = 0

    def take(self, part: Found) -> None:
        """Take pairs of which some may be among the best."""
        self._held.append(part)
        self._count += len(part[2])
        if self._count > 2 * self._size:
            self._prune()

    def ranked(self) -> Iterator[tuple[int, int, float]]:
        """Return pairs, best first, those of equal similarity as they stand."""
        self._prune()
        ones, others, scores = self._held[0]
        order = np.lexsort((others, ones, -scores))
        score = np.clip(scores[order], -1.0, 1.0).tolist()
        return zip(ones[order].tolist(), others[order].tolist(), score, strict=True)

    def _prune(self) -> None:
        ones, others, scores = self._together()
        if len(scores) > self._size:
            best = np.argpartition(-scores, self._size - 1)[: self._size]
            ones, others, scores = ones[best], others[best], scores[best]
            # Of pairs that are equally near, those that came first stay: a crowd of equal ones then costs little.
            self.floor, self.capped = float(np.nextafter(scores.min(), np.float32(2))), True
        self._held, self._count = [(ones, others, scores)], len(scores)

    def _together(self) -> Found:
        """Return what is held, each pair once."""
        if not self._held:
            return NONE
        ones, others = (np.concatenate([part[side] for part in self._held]) for side in (0, 1))
        _, once = np.unique(ones << 32 | others, return_index=True)
        return ones[once], others[once], np.concatenate([part[2] for part in self._held])[once]


def _all(found: Vectors, best: _Best, progress: Progress | None) -> Iterator[Found]:
    """Return all pairs that reach the floor, which rises meanwhile, a tile of the matrix at a time."""
    sieve = Sieve(found)
    for top in range(0, len(found), ROWS):
        # What is left of a triangle shrinks as the square.
        left = len(found) - top
        tell(progress, "comparing", len(found) ** 2 - left**2, len(found) ** 2)
        for start in range(top, len(found), COLUMNS):
            ones, others, scores = sieve.near(slice(top, top + ROWS), slice(start, start + COLUMNS), best.floor)
            ones, others = ones + top, others + start
            upper = ones < others
            yield ones[upper], others[upper], scores[upper]


def _likely(found: Vectors, best: _Best, progress: Progress | None) -> Iterator[Found]:
    """Return the pairs of each sentence with its nearest that reach the floor."""
    for begin, scores, rows in neighbors(found, found, NEIGHBORS + 1, progress):
        own, place = np.nonzero((rows >= 0) & (scores >= best.floor - ROUNDED))
        ones, others = own + begin, rows[own, place]
        ones, others = np.minimum(ones, others), np.maximum(ones, others)
        score = similarities(found, found, ones, others)
        sure = (ones < others) & (score >= best.floor)
        yield ones[sure], others[sure], score[sure]

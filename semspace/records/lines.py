"""What verbs over sentences give."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence among those given: `index` is its place, from 0; `similarity` its cosine to what it was compared with."""

    index: int
    text: str
    similarity: float | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sentences that were found to belong together. `score` ranks: their cosine `similarity`, or a margin."""

    first: Line
    second: Line
    score: float
    similarity: float


class Pairs(list[Pair]):
    """Pairs, best first. `capped`: more reach the threshold, and these are the best; `exact`: none can have been missed."""

    def __init__(self, pairs: Iterable[Pair], *, capped: bool = False, exact: bool = True) -> None:
        super().__init__(pairs)
        self.capped = capped
        self.exact = exact


@dataclass(frozen=True, slots=True)
class Group:
    """Sentences that say the same: the first of them, and the others with their similarity to it."""

    first: Line
    others: tuple[Line, ...] = ()

    @property
    def count(self) -> int:
        """Return how many there are."""
        return 1 + len(self.others)


@dataclass(frozen=True, slots=True)
class Overlap:
    """What only the first of two lists says, what only the second does, and what both say."""

    first: tuple[Line, ...]
    second: tuple[Line, ...]
    both: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """How far a computation over sentences is: `done` of `total` parts of what it is doing."""

    what: str
    done: int
    total: int

"""What a search, a neighbourhood and a comparison give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from semspace.records.kinds import Mode


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that answers. `score` ranks, `similarity` is the cosine to the query; larger is nearer in both.

    `path` is absolute, None for a text that came from a program; `key` is then the id that the program gave.
    `matches` are the (start, end) offsets in `text` of the words that the query shares with it.
    """

    rank: int
    id: int
    score: float
    similarity: float | None
    path: str | None
    start_line: int | None
    end_line: int | None
    page: int | None
    heading: tuple[str, ...]
    text: str
    metadata: Mapping[str, Any]
    key: str | None = None
    title: str | None = None
    matches: tuple[tuple[int, int], ...] = ()
    before: str = ""
    after: str = ""


class Hits(list[Hit]):
    """Hits, best first, with what was asked and of whom.

    `coverage` is the share of the space's passages that have a vector already; the others are found by their words only.
    """

    def __init__(
        self,
        hits: Iterable[Hit],
        *,
        query: str,
        space: str,
        mode: Mode,
        model: str,
        took_ms: float = 0.0,
        coverage: float = 1.0,
    ) -> None:
        super().__init__(hits)
        self.query = query
        self.space = space
        self.mode = mode
        self.model = model
        self.took_ms = took_ms
        self.coverage = coverage


@dataclass(frozen=True, slots=True)
class Neighborhood:
    """A passage, its nearest passages, and theirs; `similarity` is the cosine to the passage one level up."""

    hit: Hit
    near: tuple[Neighborhood, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two texts and their cosine similarity, in [-1, 1]."""

    first: str
    second: str
    similarity: float

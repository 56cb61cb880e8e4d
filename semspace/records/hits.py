"""What a search, a neighbourhood and a comparison give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from semspace.records.kinds import Mode

Verdict = Literal["found", "nothing"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a hit: each side's score with its place among the candidates, and what words and order gave.

    `cosine` and `share` (of the query's words: 0 nothing, about 1 all) are added up, the share times `weight`. `words` are
    the query's words in the passage, each with its part of the share. In hybrid search `echo` is added, too: how near the
    passage is to what probably answers, by the best candidates, times its weight. Where the best were read again, none is;
    `interaction` is then the late interaction of tokens, or `pair` the score that the cross-encoder `reranker` gave to query
    and passage.
    """

    cosine: float | None
    cosine_rank: int | None
    share: float
    share_rank: int | None
    weight: float
    words: tuple[tuple[str, float], ...] = ()
    interaction: float | None = None
    pair: float | None = None
    reranker: str | None = None
    echo: float | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that answers. `score` ranks, `similarity` is the cosine to the query; larger is nearer in both.

    `path` is absolute, None for a text that came from a program; `key` is then the id that the program gave.
    `matches` are the (start, end) offsets in `text` of the words that the query shares with it. `relevance`, in [0, 1], says
    how much it looks like an answer in this space: at 0.5 and above it is taken for one; None where nothing can be said.
    `answer` is the (start, end) in `text` of the sentence that answers best, `marks` are (start, end, strength) of the words
    that carry the match by their meaning: 1 for those of `matches`, else the cosine to the nearest word of the query.
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
    relevance: float | None = None
    evidence: Evidence | None = None
    answer: tuple[int, int] | None = None
    marks: tuple[tuple[int, int, float], ...] = ()


class Hits(list[Hit]):
    """Hits, best first, with what was asked and of whom.

    `coverage` is the share of the space's passages that have a vector already; the others are found by their words only.
    `verdict` is "nothing" where even the best passage, `nearest`, does not look like an answer: there are then no hits, unless
    all were asked for. `judged` says what that was learned from: the space's own passages, foreign questions alone
    ("background": it has too few texts), or nothing yet. `reranker` is who put the best into their order: a cross-encoder's
    name, "tokens" for the encoder's own, or nobody. `excluded` are words that
    the query seems to mean to leave out, which no encoder understands.
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
        verdict: Verdict = "found",
        nearest: Hit | None = None,
        judged: str = "nothing",
        reranker: str | None = None,
        excluded: str | None = None,
    ) -> None:
        super().__init__(hits)
        self.query = query
        self.space = space
        self.mode = mode
        self.model = model
        self.took_ms = took_ms
        self.coverage = coverage
        self.verdict = verdict
        self.nearest = nearest
        self.judged = judged
        self.reranker = reranker
        self.excluded = excluded


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

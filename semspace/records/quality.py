"""How good the answers are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from semspace.records.kinds import Mode


@dataclass(frozen=True, slots=True)
class ModeResult:
    """Quality of one mode: nDCG@k, recall@100 and MRR@k, means over queries, each with its 95 % bootstrap interval."""

    mode: Mode
    k: int
    ndcg: float
    recall: float
    mrr: float
    ci95: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Quality of an encoder on judged queries; `rerank` is who read the best again: none, tokens, or a reranker's name."""

    dataset: str
    documents: int
    queries: int
    model: str
    results: tuple[ModeResult, ...]
    rerank: str = "none"


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to search: a mode, a reranker ("none", "tokens"), an encoder, and how documents are cut.

    `chunk` is "usual", "whole" (each document is one passage), or the most tokens of a passage. `model` None is the default
    encoder, or that of the space.
    """

    mode: Mode = "hybrid"
    rerank: str = "none"
    model: str | None = None
    chunk: str = "usual"


@dataclass(frozen=True, slots=True)
class Measured:
    """What one way to search achieved: means over queries by measure, each with its 95 % bootstrap interval.

    `ms` is the median time of a query, None where nobody took it; `seconds` what indexing took, None where the space was
    there already; `passages` how many it searched.
    """

    name: str
    alternative: Alternative
    means: Mapping[str, float]
    ci95: Mapping[str, tuple[float, float]]
    ms: float | None
    seconds: float | None
    passages: int


@dataclass(frozen=True, slots=True)
class Difference:
    """nDCG of one way to search minus that of another, over the same queries: `first` has the larger mean.

    `ci95` is its paired bootstrap interval, `p` that of the randomisation test, `adjusted` the same after Holm's correction
    for all pairs that were compared. `first` did better for `wins` queries, worse for `losses`, the same for `ties`.
    """

    first: str
    second: str
    mean: float
    ci95: tuple[float, float]
    p: float
    adjusted: float
    wins: int
    losses: int
    ties: int


@dataclass(frozen=True, slots=True)
class KindResult:
    """Queries of one kind: what they are, whom they favour, and the mean nDCG of each way to search."""

    kind: str
    favours: str
    queries: int
    ndcg: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Contest:
    """Ways to search, measured by the same queries, best first, with every paired difference and a verdict in words."""

    about: str
    documents: int
    queries: int
    k: int
    measured: tuple[Measured, ...]
    differences: tuple[Difference, ...]
    verdict: str
    kinds: tuple[KindResult, ...] = ()
    notes: tuple[str, ...] = ()

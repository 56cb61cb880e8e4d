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
    """Quality of an encoder on judged queries."""

    dataset: str
    documents: int
    queries: int
    model: str
    results: tuple[ModeResult, ...]

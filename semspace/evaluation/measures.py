"""A ranking and its judgements -> nDCG, recall, MRR; figures of queries -> the interval of their mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

RECALL_DEPTH = 100
RESAMPLES = 2_000
SEED = 7

Floats = npt.NDArray[np.float64]


def measures(k: int) -> tuple[str, str, str]:
    """Return the names of what is measured, in the order of `figures`."""
    return f"ndcg@{k}", f"recall@{RECALL_DEPTH}", f"mrr@{k}"


def figures(ranked: Sequence[str], relevance: Mapping[str, int], k: int) -> tuple[float, float, float]:
    """Return nDCG@k, recall@100 and MRR@k of one query."""
    return ndcg(ranked, relevance, k), recall(ranked, relevance), mrr(ranked, relevance, k)


def ndcg(ranked: Sequence[str], relevance: Mapping[str, int], k: int) -> float:
    """Return nDCG@k in [0, 1], with linear gain as trec_eval has it.

    Järvelin, Kekäläinen: Cumulated gain-based evaluation of IR techniques (2002).
    """
    discounts = 1 / np.log2(np.arange(2, k + 2))
    gains = np.array([max(relevance.get(document, 0), 0) for document in ranked[:k]], dtype=np.float64)
    best = np.array(sorted((value for value in relevance.values() if value > 0), reverse=True)[:k], dtype=np.float64)
    return float(gains @ discounts[: len(gains)] / (best @ discounts[: len(best)])) if len(best) else 0.0


def recall(ranked: Sequence[str], relevance: Mapping[str, int], depth: int = RECALL_DEPTH) -> float:
    """Return the share of the relevant documents among the first `depth`."""
    relevant = {document for document, value in relevance.items() if value > 0}
    return len(relevant.intersection(ranked[:depth])) / len(relevant) if relevant else 0.0


def mrr(ranked: Sequence[str], relevance: Mapping[str, int], k: int) -> float:
    """Return the reciprocal rank of the first relevant document, 0 if it is not among the first k."""
    return next((1 / rank for rank, document in enumerate(ranked[:k], 1) if relevance.get(document, 0) > 0), 0.0)


def interval(values: Floats, level: float = 0.95) -> tuple[float, float]:
    """Return the bootstrap interval of a mean over queries, by percentiles of seeded resamples.

    Efron, Tibshirani: An Introduction to the Bootstrap (1993).
    """
    rng = np.random.default_rng(SEED)
    means = values[rng.integers(0, len(values), (RESAMPLES, len(values)))].mean(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)

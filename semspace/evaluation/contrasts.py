"""The same queries asked in several ways -> what can be said of the differences.

Smucker, Allan, Carterette: A Comparison of Statistical Significance Tests for Information Retrieval Evaluation (2007);
Sakai: Evaluating Evaluation Metrics based on the Bootstrap (2006).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from semspace.evaluation.measures import Floats
from semspace.records import Difference

RESAMPLES = 10_000
SEED = 7

SAME = 1e-9
"""Figures of a query that differ by less are the same."""

AT_ONCE = 2_000_000
"""Numbers drawn at a time: many queries then take no more memory than few."""


def differences(names: Sequence[str], scores: Floats, seed: int = SEED) -> tuple[Difference, ...]:
    """Compare every pair of ways to search, shape (ways, queries); of a pair the one with the larger mean comes first.

    Every pair is compared, so that whatever is said of the one that turned out best has been corrected for the choice.
    """
    pairs = []
    for one, two in combinations(range(len(names)), 2):
        first, second = (one, two) if scores[one].mean() >= scores[two].mean() else (two, one)
        pairs.append((first, second, scores[first] - scores[second]))
    found = [(*pair, randomised(pair[2], seed)) for pair in pairs]
    adjusted = holm([p for *_, p in found])
    return tuple(
        Difference(
            names[first],
            names[second],
            mean=float(gaps.mean()),
            ci95=paired_interval(gaps, seed=seed),
            p=p,
            adjusted=corrected,
            wins=int((gaps > SAME).sum()),
            losses=int((gaps < -SAME).sum()),
            ties=int((np.abs(gaps) <= SAME).sum()),
        )
        for (first, second, gaps, p), corrected in zip(found, adjusted, strict=True)
    )


def paired_interval(gaps: Floats, level: float = 0.95, seed: int = SEED) -> tuple[float, float]:
    """Return the paired bootstrap interval of a mean difference; `gaps` holds that of each query, shape (queries,).

    Queries are drawn again with both of their figures: what makes a query hard is in both, and falls out.
    """
    rng = np.random.default_rng(seed)
    means = [gaps[rng.integers(0, len(gaps), (count, len(gaps)))].mean(axis=1) for count in _portions(len(gaps))]
    low, high = np.quantile(np.concatenate(means), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def randomised(gaps: Floats, seed: int = SEED) -> float:
    """Return the two-sided p of Fisher's randomisation test: how often as great a mean comes of signs drawn by chance.

    If two ways to search do not differ, each query's difference could as well have had the other sign. With few queries it
    stays large, as it must: two queries never give less than one half.
    """
    rng, beyond, seen = np.random.default_rng(seed), 0, abs(float(gaps.mean()))
    for count in _portions(len(gaps)):
        signs = rng.integers(0, 2, (count, len(gaps)), dtype=np.int8) * np.int8(2) - np.int8(1)
        beyond += int((np.abs(signs @ gaps / len(gaps)) >= seen - SAME).sum())
    return (1 + beyond) / (1 + RESAMPLES)


def holm(ps: Sequence[float]) -> list[float]:
    """Return p values corrected for their number, each in its place.

    Holm: A Simple Sequentially Rejective Multiple Test Procedure (1979).
    """
    corrected, least = [0.0] * len(ps), 0.0
    for place, row in enumerate(sorted(range(len(ps)), key=lambda row: ps[row])):
        least = max(least, min(1.0, (len(ps) - place) * ps[row]))
        corrected[row] = least
    return corrected


def _portions(queries: int) -> list[int]:
    most = max(1, AT_ONCE // queries)
    return [min(most, RESAMPLES - start) for start in range(0, RESAMPLES, most)]

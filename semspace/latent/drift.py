"""Two sets of vectors -> whether they can be told apart, by what, and which of the new ones are new.

Lopez-Paz, Oquab: Revisiting Classifier Two-Sample Tests (2017), with a linear classifier, held out by groups: passages of one
file never stand on both sides, as they know each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from semspace.arrays import Floats32, Vectors
from semspace.latent.moments import Floats, Moments

FOLDS = 5
NULLS = 9
"""Splits of the same texts by chance: the least share of them that can be as good is a tenth."""

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Separability:
    """How well a linear classifier tells two sets apart on texts that it has not seen: the area under its curve, 0.5 by chance.

    `null` and `spread` are mean and deviation of that area where the same texts are split by chance.
    """

    auc: float
    null: float
    spread: float


def area(scores: Floats, positive: Flags) -> float:
    """Return the probability that a positive one has the higher score, half for equals: Mann, Whitney (1947)."""
    from scipy.stats import rankdata

    count = int(positive.sum())
    others = len(scores) - count
    if not count or not others:
        return 0.5
    ranks = rankdata(scores)
    return float((ranks[positive].sum() - count * (count + 1) / 2) / (count * others))


def separability(vectors: Vectors, new: Flags, groups: Ints, seed: int = 0, nulls: int = NULLS) -> Separability:
    """Tell vectors, (n, dim), marked as `new` from the others; `groups`, (n,), are their files. Of few it is 0.5."""
    random = np.random.default_rng(seed)
    every, places = np.unique(groups, return_inverse=True)
    folds = (random.permutation(len(every)) % min(FOLDS, max(len(every), 1)))[places]
    # Whole groups change sides: as many of them as are new now, mostly.
    share = np.bincount(places, new) / np.bincount(places)
    drawn = [_held_out(vectors, random.permutation(share)[places] > 0.5, folds) for _ in range(nulls)]
    return Separability(_held_out(vectors, new, folds), float(np.mean(drawn or [0.5])), float(np.std(drawn or [0])))


def _held_out(vectors: Vectors, new: Flags, folds: Ints) -> float:
    """Return the mean area over the folds, each scored by what the others taught, weighted by the pairs that it holds."""
    areas, pairs = [], []
    for fold in range(int(folds.max(initial=0)) + 1):
        held = folds == fold
        known = new[~held]
        if known.all() or not known.any():
            continue
        scores = vectors[held] @ direction(vectors[~held], known)
        areas.append(area(scores, new[held]))
        pairs.append(float(new[held].sum()) * float((~new[held]).sum()))
    return float(np.average(areas, weights=pairs)) if sum(pairs) else 0.5


def direction(vectors: Vectors, new: Flags) -> Floats32:
    """Return the direction, (dim,), that tells two sets apart best: Fisher's, with a ridge."""
    sides = [Moments.of(vectors[side]) for side in (new, ~new)]
    within = sum(one.count * one.covariance for one in sides) / len(vectors)
    pooled = Moments(len(vectors), sides[0].mean, np.asarray(within))
    found: Floats32 = np.linalg.solve(pooled.ridged(), sides[0].mean - sides[1].mean).astype(np.float32)
    return found


def proportions(before: Floats, after: Floats, count_before: int, count_after: int) -> Floats:
    """Return p-values, with the sign of the change, of counts that rose or fell, each out of some texts: Fisher's exact test.

    The mid-p value, twice the lesser tail (Lancaster: Significance Tests in Discrete Distributions, 1961): also of few texts.
    """
    from scipy.stats import hypergeom

    known = hypergeom(count_before + count_after, (before + after).astype(np.int64), count_after)
    return _two_sided(known, after)


def changes(lost: Floats, gained: Floats) -> Floats:
    """Return p-values, with the sign of the change, of texts that lost or gained something: McNemar's test (1947), mid-p."""
    from scipy.stats import binom

    return _two_sided(binom((lost + gained).astype(np.int64), 0.5), gained)


def _two_sided(known: Any, found: Floats) -> Floats:
    same = known.pmf(found) / 2
    above, below = known.sf(found) + same, known.cdf(found - 1) + same
    p: Floats = np.minimum(2 * np.minimum(above, below), 1)
    return np.where(above <= below, p, -p)


def deviations(signed: Floats) -> Floats:
    """Return how many standard deviations p-values with a sign amount to."""
    from scipy.special import ndtri

    z: Floats = -np.sign(signed) * ndtri(np.maximum(np.abs(signed), 1e-300) / 2)
    return z


def corrected(p: Floats) -> Floats:
    """Return p-values corrected for their number, so that a share of them is false: Benjamini, Hochberg (1995)."""
    order = np.argsort(p, kind="stable")
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    found = np.empty(len(p))
    found[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1)
    return found


def nearest_before(old: Vectors, new: Vectors) -> Floats32:
    """Return for each new vector the cosine to the nearest old one, (n,)."""
    import faiss

    if not len(old) or not len(new):
        return np.zeros(len(new), np.float32)
    scores, _ = faiss.knn(np.ascontiguousarray(new), np.ascontiguousarray(old), 1, metric=faiss.METRIC_INNER_PRODUCT)
    found: Floats32 = scores[:, 0]
    return found

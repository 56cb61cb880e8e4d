"""Two encoders' vectors of the same texts -> how far they agree on neighbours, and what a linear map between them loses.

A map is taught by some texts and judged by others. Schönemann: A generalized solution of the orthogonal Procrustes problem
(1966); Hoerl, Kennard: Ridge Regression (1970). For moving from encoder to encoder: Drift-Adapter (arXiv 2509.23471, 2025).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from semspace.arrays import Vectors, unit
from semspace.latent.graph import nearest
from semspace.latent.moments import Floats

K = 10

PENALTIES = (0.001, 0.01, 0.03, 0.1, 0.3, 1.0)
"""Of ridge regression, as shares of the mean variance: the best for a fifth of what teaches is taken."""


@dataclass(frozen=True, slots=True, eq=False)
class LinearMap:
    """What leads from one encoder's vectors to those of another: (x - mean) @ weights + target, of shape (dim, other dim)."""

    mean: Floats
    weights: Floats
    target: Floats

    def apply(self, vectors: Vectors) -> Vectors:
        """Return vectors of the first encoder among those of the other, of unit length."""
        return unit((vectors.astype(np.float64) - self.mean) @ self.weights + self.target)


def overlap(one: Vectors, other: Vectors, k: int = K) -> Floats:
    """Return for each text what share of its k nearest by one encoder are among them by the other, (n,)."""
    first, second = (nearest(vectors, k).neighbors for vectors in (one, other))
    if not first.shape[1]:
        return np.zeros(len(one))
    found: Floats = (first[:, :, None] == second[:, None, :]).any(axis=2).mean(axis=1)
    return found


def procrustes(one: Vectors, other: Vectors) -> LinearMap:
    """Return the map that only turns and mirrors (and drops or adds dimensions), with the least squared error."""
    mean, target = one.mean(axis=0, dtype=np.float64), other.mean(axis=0, dtype=np.float64)
    left, _, right = np.linalg.svd((one - mean).T @ (other - target), full_matrices=False)
    return LinearMap(mean, left @ right, target)


def ridge(one: Vectors, other: Vectors, penalty: float) -> LinearMap:
    """Return the map of least squared error and size; `penalty` is a share of the mean variance of a dimension."""
    mean, target = one.mean(axis=0, dtype=np.float64), other.mean(axis=0, dtype=np.float64)
    centred = one - mean
    gram = centred.T @ centred
    size = penalty * float(np.trace(gram)) / len(gram)
    weights: Floats = np.linalg.solve(gram + max(size, 1e-12) * np.eye(len(gram)), centred.T @ (other - target))
    return LinearMap(mean, weights, target)


def best_ridge(one: Vectors, other: Vectors) -> LinearMap:
    """Return the map by the penalty that suits texts which did not teach; they are in no order."""
    known = len(one) - max(len(one) // 5, 1)

    def agrees(penalty: float) -> float:
        made = ridge(one[:known], other[:known], penalty).apply(one[known:])
        return float((made * other[known:]).sum(axis=1).mean())

    return ridge(one, other, max(PENALTIES, key=agrees))


def recall(mapped: Vectors, other: Vectors, k: int = K) -> float:
    """Return the share of a text's k nearest by the other encoder that it finds among mapped vectors, itself left out."""
    k = min(k, len(other) - 1)
    if k < 1:
        return 0.0
    scores = other @ mapped.T
    np.fill_diagonal(scores, -np.inf)
    found = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return float((found[:, :, None] == nearest(other, k).neighbors[:, None, :]).any(axis=2).mean())

"""The mean and the covariance of a space: what whitening, factors and erasure start from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from semspace.arrays import Vectors

Floats = npt.NDArray[np.float64]

_BATCH = 16_384


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Of `count` vectors: their mean, (dim,), and covariance, (dim, dim), both float64; divided by n, not n - 1."""

    count: int
    mean: Floats
    covariance: Floats

    @classmethod
    def of(cls, vectors: Vectors) -> Self:
        """Return those of some vectors, shape (n, dim), in one pass and little memory."""
        count, dim = vectors.shape
        total, products = np.zeros(dim), np.zeros((dim, dim))
        for start in range(0, count, _BATCH):
            part = vectors[start : start + _BATCH].astype(np.float64)
            total += part.sum(axis=0)
            products += part.T @ part
        mean = total / max(count, 1)
        return cls(count, mean, products / max(count, 1) - np.outer(mean, mean))

    def ridged(self, share: float = 0.05) -> Floats:
        """Return the covariance with a share of its mean variance added to the diagonal, so that it can be inverted.

        Ledoit, Wolf: A well-conditioned estimator for large-dimensional covariance matrices (2004), with a fixed shrinkage.
        """
        dim = len(self.mean)
        ridged: Floats = self.covariance + share * np.trace(self.covariance) / dim * np.eye(dim)
        return ridged

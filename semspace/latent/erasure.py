"""Vectors and a label of each -> vectors in which no linear classifier sees the label, moved as little as can be.

Belrose and others: LEACE, Perfect Linear Concept Erasure in Closed Form (2023).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from semspace.arrays import Vectors, unit
from semspace.latent.moments import Floats, Moments

RIDGE = 0.05
"""Share of the mean variance that is added to each direction."""


@dataclass(frozen=True, slots=True, eq=False)
class Eraser:
    """What takes a label out of vectors: x - (x - mean) @ down @ up, of shapes (dim, rank) and (rank, dim)."""

    mean: Floats
    down: Floats
    up: Floats

    @property
    def taken(self) -> Floats:
        """Return what is taken out as one matrix, (dim, dim)."""
        whole: Floats = self.down @ self.up
        return whole

    @classmethod
    def fit(cls, vectors: Vectors, labels: npt.NDArray[np.int64]) -> Eraser:
        """Return the one for labels, (n,): numbers of classes."""
        moments = Moments.of(vectors)
        known = np.unique(labels)
        classes = (labels[:, None] == known).astype(np.float64)
        centred = vectors.astype(np.float64) - moments.mean
        crossed = centred.T @ (classes - classes.mean(axis=0)) / max(len(vectors), 1)
        # With a ridge the label still goes wholly, whatever whitens.
        values, directions = np.linalg.eigh(moments.ridged(RIDGE) + 1e-12 * np.eye(len(moments.mean)))
        whitening, back = (directions * values**power @ directions.T for power in (-0.5, 0.5))
        left, strengths, _ = np.linalg.svd(whitening @ crossed, full_matrices=False)
        basis = left[:, strengths > 1e-9 * max(float(strengths.max(initial=0.0)), 1e-300)]
        # r(x) = x - W^+ P W (x - mean), here for rows.
        return cls(moments.mean, whitening @ basis, (back @ basis).T)

    def apply(self, vectors: Vectors) -> Floats:
        """Return vectors without the label, (n, dim), not of unit length."""
        given = vectors.astype(np.float64)
        erased: Floats = given - (given - self.mean) @ self.down @ self.up
        return erased

    def units(self, vectors: Vectors) -> Vectors:
        """Return them scaled to unit length: what is searched. A little of the label comes back with the lengths."""
        return unit(self.apply(vectors)) if len(vectors) else vectors

    def seeking(self, queries: Vectors) -> Vectors:
        """Return for queries, (n, dim), the vectors that rank texts as the queries rank texts without the label.

        But for their lengths: (x - (x - mean) @ down @ up) @ query is x @ (query - down @ up @ query), and a constant.
        """
        wanted = queries.astype(np.float64)
        return unit(wanted - wanted @ self.up.T @ self.down.T)

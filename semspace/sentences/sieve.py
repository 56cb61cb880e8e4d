"""All pairs of vectors that are near, exactly, without comparing all pairs in full.

The inner product of two unit vectors is that of their first coordinates in any orthonormal basis and, by Cauchy and Schwarz,
at most the product of what is left of their lengths. Vectors are turned so that the first third of the coordinates holds most
of them, and the rest's length is one coordinate more: one product of small matrices then bounds every similarity from above,
and only what may be near is compared in full.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from semspace.arrays import Ids, Vectors

Scores = npt.NDArray[np.float32]
Found = tuple[Ids, Ids, Scores]
"""Rows, columns, similarities."""

EXACT = 200_000
"""Up to so many vectors all pairs are looked at: a minute or two on two cores."""

SHARE = 3
SMALL = 48
"""Vectors of so few dimensions are compared in full at once."""

SAMPLE = 16_384
DENSE = 64
"""Where more than one of so many may be near, a full product is cheaper than to look at them one by one."""

SLACK = 1e-4
AT_ONCE = 65_536
SEED = 1


class Sieve:
    """Vectors with the short ones that bound their similarities from above."""

    def __init__(self, vectors: Vectors) -> None:
        """Take unit vectors, shape (n, dim)."""
        self.vectors = vectors
        self.short = _short(vectors) if vectors.shape[1] > SMALL else vectors

    def near(self, rows: slice | Ids, columns: slice | Ids, floor: float, short: Vectors | None = None) -> Found:
        """Return all pairs of a row and a column (counted from the first of each) whose similarity reaches `floor`.

        `short` may hold the short vectors of the columns where a caller has them in one piece.
        """
        bounds = self.short[rows] @ (self.short[columns] if short is None else short).T
        maybe = np.flatnonzero(bounds >= floor - SLACK)
        width = bounds.shape[1]
        if self.short is not self.vectors and len(maybe) * DENSE <= bounds.size:
            return self._checked(rows, columns, maybe, width, floor)
        if self.short is not self.vectors:
            bounds = self.vectors[rows] @ self.vectors[columns].T
        sure = np.flatnonzero(bounds >= floor)
        return sure // width, sure % width, bounds.ravel()[sure]

    def _checked(self, rows: slice | Ids, columns: slice | Ids, maybe: Ids, width: int, floor: float) -> Found:
        """Return those of some pairs that are as near as they may be."""
        firsts, seconds = maybe // width, maybe % width
        numbers = np.arange(len(self.vectors))
        scores = similarities(self.vectors, self.vectors, numbers[rows][firsts], numbers[columns][seconds])
        sure = scores >= floor
        return firsts[sure], seconds[sure], scores[sure]


def similarities(left: Vectors, right: Vectors, ones: Ids, others: Ids) -> Scores:
    """Return the similarity of each row of `left` to its row of `right`; a few at once, so that many take little memory."""
    scores = np.empty(len(ones), dtype=np.float32)
    for begin in range(0, len(ones), AT_ONCE):
        part = slice(begin, begin + AT_ONCE)
        scores[part] = np.einsum("ij,ij->i", left[ones[part]], right[others[part]])
    return scores


def _short(vectors: Vectors) -> Vectors:
    """Return the leading coordinates of vectors along their principal directions, and the length of what is left."""
    keep = vectors.shape[1] // SHARE
    sample = vectors
    if len(vectors) > SAMPLE:
        sample = vectors[np.sort(np.random.default_rng(SEED).choice(len(vectors), SAMPLE, replace=False))]
    _, directions = np.linalg.eigh(sample.T @ sample)
    short = np.empty((len(vectors), keep + 1), dtype=np.float32)
    short[:, :keep] = vectors @ directions[:, ::-1][:, :keep]
    short[:, keep] = np.sqrt(np.maximum(0.0, 1.0 - np.einsum("ij,ij->i", short[:, :keep], short[:, :keep])))
    return short

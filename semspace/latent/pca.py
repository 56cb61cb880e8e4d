"""Principal components: the directions along which a space varies most.

Pearson: On lines and planes of closest fit to systems of points in space (1901).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from semspace.arrays import Floats32, Vectors
from semspace.latent.moments import Floats, Moments


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """The first m principal components of a space: rows of `axes`, (m, dim), by falling variance.

    `variances` are those along each, divided by n as the covariance is; `explained` their shares of the whole. The number of
    an axis that is furthest from zero is positive, so that the same space gives the same signs.
    """

    mean: Floats
    axes: Floats
    variances: Floats
    explained: Floats

    def project(self, vectors: Vectors) -> Floats32:
        """Return coordinates along the axes, shape (n, m)."""
        shift = self.mean @ self.axes.T
        coordinates: Floats32 = (vectors @ self.axes.T.astype(np.float32)) - shift.astype(np.float32)
        return coordinates


def pca(moments: Moments, count: int = 2) -> Components:
    """Return the first `count` components, fewer where the space has fewer dimensions."""
    variances, axes = np.linalg.eigh(moments.covariance)
    order = np.argsort(-variances, kind="stable")[:count]
    chosen = axes[:, order].T
    peaks = np.abs(chosen).argmax(axis=1)
    chosen = chosen * np.where(chosen[np.arange(len(chosen)), peaks] < 0, -1.0, 1.0)[:, None]
    kept = np.maximum(variances[order], 0)
    whole = np.trace(moments.covariance)
    return Components(moments.mean, np.ascontiguousarray(chosen), kept, kept / whole if whole > 0 else np.zeros(len(kept)))

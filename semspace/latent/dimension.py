"""How many directions texts really vary in, near to each of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from semspace.arrays import Vectors
from semspace.latent.graph import Graph

_TINY = 1e-6

Floats = npt.NDArray[np.float64]


def chords(vectors: Vectors, graph: Graph, batch: int = 4_096) -> Floats:
    """Return how far each text is from its neighbours, (n, k), in a straight line: cosines near 1 are too round."""
    found = np.empty(graph.neighbors.shape)
    for start in range(0, len(vectors), batch):
        rows = slice(start, start + batch)
        found[rows] = np.linalg.norm(vectors[graph.neighbors[rows]] - vectors[rows, None], axis=2)
    return found


def two_nn(radii: Floats) -> float:
    """Return the intrinsic dimension by the first two neighbours; texts with a copy do not count.

    `radii`, (n, k), are those of `chords`. Facco et al.: Estimating the intrinsic dimension of datasets by a minimal
    neighborhood information (2017), in its maximum-likelihood form.
    """
    kept = radii[radii[:, 0] > _TINY]
    logs = np.log(kept[:, 1] / kept[:, 0])
    return float((len(logs) - 1) / logs.sum()) if len(logs) > 1 and logs.sum() > 0 else float("nan")


def likelihood(radii: Floats) -> float:
    """Return the intrinsic dimension by all k neighbours: local estimates, of which the harmonic mean is taken.

    Levina, Bickel: Maximum Likelihood Estimation of Intrinsic Dimension (2004), with the mean of MacKay and Ghahramani (2005).
    """
    kept = radii[radii[:, 0] > _TINY]
    if not len(kept) or kept.shape[1] < 3:
        return float("nan")
    inverse = np.log(kept[:, -1:] / kept[:, :-1]).sum(axis=1) / (kept.shape[1] - 2)
    return float(1 / inverse.mean()) if inverse.mean() > 0 else float("nan")

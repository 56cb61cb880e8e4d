"""A map laid over an older one: turned, mirrored, scaled and moved, so that what both show stays where it was.

Schönemann: A generalized solution of the orthogonal Procrustes problem (1966); Gower: Generalized Procrustes analysis (1975).
"""

from __future__ import annotations

import numpy as np

from semspace.arrays import Floats32


def align(positions: Floats32, old: Floats32, shared: Floats32) -> Floats32:
    """Return `positions`, (n, 2), moved as a whole so that `shared` of them, (m, 2), lie as near as can be to `old`, (m, 2).

    Squared gaps are least. The scale stays: a map that grew is not shrunk. With fewer than two shared points nothing moves.
    """
    if len(shared) < 2:
        return positions
    center, target = shared.mean(axis=0, dtype=np.float64), old.mean(axis=0, dtype=np.float64)
    left, _, right = np.linalg.svd((shared - center).T @ (old - target))
    aligned: Floats32 = ((positions - center) @ (left @ right) + target).astype(np.float32)
    return aligned

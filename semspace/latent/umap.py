"""A map by UMAP, where the package is installed, to compare with: McInnes, Healy, Melville (2018)."""

from __future__ import annotations

import numpy as np

from semspace.arrays import Floats32, Vectors
from semspace.errors import MissingDependency


def umap(vectors: Vectors, seed: int = 0) -> Floats32:
    """Return positions, (n, 2), by umap-learn with its own settings, in one thread: only so is it the same every time.

    Raises MissingDependency.
    """
    try:
        import umap as learned
    except ImportError as error:
        raise MissingDependency(
            "A map by UMAP needs the package umap-learn, which is not installed.",
            "pip install 'semspace[umap]', or leave --method out: t-SNE with --spread 4 is much like it.",
        ) from error
    if len(vectors) < 4:
        return np.zeros((len(vectors), 2), np.float32)
    model = learned.UMAP(n_neighbors=min(15, len(vectors) - 1), metric="cosine", random_state=seed, n_jobs=1)
    return np.ascontiguousarray(model.fit_transform(vectors), dtype=np.float32)

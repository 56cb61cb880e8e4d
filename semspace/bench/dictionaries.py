"""Sparse features: what eight of 512 leave over beside principal axes, and how many of them another seed finds again."""

from __future__ import annotations

import numpy as np

from semspace.arrays import Vectors, unit
from semspace.bench.figures import Figure, Result
from semspace.bench.material import glosses
from semspace.bench.setting import Setting
from semspace.latent.bottleneck import unexplained
from semspace.latent.dictionary import ACTIVE, ATOMS, MATCHED, learn, matched
from semspace.latent.moments import Moments
from semspace.latent.pca import pca

TEXTS = 20_000
AXES = 64
HELD_OUT = 0.1
SEED = 3


def dictionaries(setting: Setting) -> Result:
    """Learn two dictionaries of nine tenths of some glosses, and rebuild the others by them."""
    held = glosses(setting).vectors
    rows = np.random.default_rng(SEED).permutation(len(held))[: setting.size(TEXTS, 400)]
    vectors = unit(held[np.sort(rows)])
    out = np.arange(len(vectors)) % round(1 / HELD_OUT) == 0
    known, new = np.ascontiguousarray(vectors[~out]), np.ascontiguousarray(vectors[out])
    atoms, width = setting.size(ATOMS, 32), min(AXES, vectors.shape[1] // 4)
    setting.say(f"learning {atoms} features of {len(known):,} texts, twice")
    one, other = (learn(known, atoms, ACTIVE, seed=seed) for seed in (0, 1))
    left, axes_left = one.unexplained(new), _left_by_axes(known, new, width)
    again = float((matched(one, other) >= MATCHED).mean())
    # Directions of the same spread but of no texts: what two dictionaries share without anything to find.
    noise = _noise(known)
    chance = float((matched(learn(noise, atoms, ACTIVE, seed=0), learn(noise, atoms, ACTIVE, seed=1)) >= MATCHED).mean())
    return Result(
        [
            Figure(f"{ACTIVE} of {atoms} features: unexplained variance, held out", left, "", "at most", axes_left),
            Figure(f"PCA with {width} axes: unexplained variance, held out", axes_left),
            Figure("features that another seed finds again", again, "", "at least", 0.6, f"cosine from {MATCHED}"),
            Figure("the same of noise with the same covariance", chance, "", "under", again),
        ]
    )


def _left_by_axes(known: Vectors, new: Vectors, count: int) -> float:
    found = pca(Moments.of(known), count)
    rebuilt = found.project(new) @ found.axes.astype(np.float32) + found.mean.astype(np.float32)
    return unexplained(new, rebuilt)


def _noise(vectors: Vectors) -> Vectors:
    """Return as many vectors that vary as these do, with nothing else in them."""
    moments = Moments.of(vectors)
    values, directions = np.linalg.eigh(moments.covariance)
    drawn = np.random.default_rng(SEED).standard_normal(vectors.shape) * np.sqrt(np.maximum(values, 0))
    return unit(drawn @ directions.T + moments.mean)

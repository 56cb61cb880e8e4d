"""What is defined exactly, against scikit-learn and brute force: axes, trustworthiness, dimension, widest ways."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from semspace.arrays import Vectors, unit
from semspace.bench.figures import Figure, Result
from semspace.bench.material import glosses
from semspace.bench.setting import Setting
from semspace.latent.dimension import chords, likelihood, two_nn
from semspace.latent.factors import axes, factor_analysis, independent, varimax
from semspace.latent.faithfulness import NEAR, faithfulness
from semspace.latent.graph import nearest
from semspace.latent.moments import Moments
from semspace.latent.path import Links, bottleneck, linked, widest
from semspace.latent.pca import pca

SAME = 1e-5
TEXTS, AXES = 1_500, 8
PATIENCE = 2_000
GAUSSIANS = 4_000
GRAPHS, SMALL = 40, 8
SEED = 3

Floats = npt.NDArray[np.float64]


def equal(setting: Setting) -> Result:
    """Compare what has one right answer with that answer."""
    held = glosses(setting).vectors
    vectors = unit(held[np.linspace(0, len(held) - 1, min(setting.size(TEXTS, 300), len(held))).astype(int)])
    figures: list[Figure] = []
    if find_spec("sklearn"):
        figures += _components(vectors, min(AXES, vectors.shape[1] // 4))
        figures.append(_trust(vectors))
    else:
        setting.say("skipped: scikit-learn, which axes and trustworthiness are compared with, is not installed")
    return Result([*figures, *_dimensions(), *_ways()])


def _components(vectors: Vectors, count: int) -> Iterator[Figure]:
    from sklearn.decomposition import PCA, FastICA
    from sklearn.decomposition._factor_analysis import _ortho_rotation

    given = vectors.astype(np.float64)
    theirs = PCA(count, svd_solver="full").fit(given)
    gaps = [_apart(found.axes, theirs.components_) for found in (axes(vectors, count, "pca"), pca(Moments.of(vectors), count))]
    yield Figure("PCA: axes that differ from scikit-learn's, at most by", max(gaps), "", "at most", SAME)
    shares = np.abs(axes(vectors, count, "pca").explained - theirs.explained_variance_ratio_).max()
    yield Figure("PCA: explained shares, at most by", float(shares), "", "at most", SAME)
    white = theirs.transform(given) / np.sqrt(theirs.explained_variance_ * (len(given) - 1) / len(given))
    turned = _ortho_rotation(white, method="varimax", tol=1e-14, max_iter=PATIENCE)
    gap = _apart((white @ varimax(white, PATIENCE, 0.0)).T, turned if len(turned) == count else turned.T)
    yield Figure("components turned by varimax, at most by", gap, "", "at most", SAME)
    yield _factors(given, count)
    # Both begin at the same turn: that ICA ends at one of several places is no difference of programs.
    begin = np.random.default_rng(0).standard_normal((count, count)).T
    with warnings.catch_warnings():
        # Of texts without independent sources it comes to no end; then the figure says so.
        warnings.simplefilter("ignore")
        fast = FastICA(whiten=False, tol=1e-12, max_iter=PATIENCE, w_init=begin).fit_transform(white)
    gap = _apart((white @ independent(white, 0, PATIENCE, 1e-13)).T, fast.T)
    yield Figure("ICA: up to sign and order, at most by", gap, "", "at most", SAME)


def _factors(given: Floats, count: int) -> Figure:
    from sklearn.decomposition import FactorAnalysis

    theirs = FactorAnalysis(count, rotation="varimax", svd_method="lapack", tol=1e-2, max_iter=PATIENCE).fit(given)
    loadings, noise = factor_analysis(Moments.of(given.astype(np.float32)), count, PATIENCE, 1e-2)
    turned = loadings @ varimax(loadings, 100, 1e-6)
    gaps = [_apart(turned.T, theirs.components_), float(np.abs(noise / theirs.noise_variance_ - 1).max())]
    return Figure("factor analysis turned by varimax: axes and noise, at most by", max(gaps), "", "at most", SAME)


def _apart(ours: Any, theirs: Any) -> float:
    """Return how far any axis of unit length is from its like among the others, whatever their order and signs."""
    one, other = (np.asarray(side) / np.linalg.norm(side, axis=1, keepdims=True) for side in (ours, theirs))
    cosines = one @ other.T
    like = np.abs(cosines).argmax(axis=1)
    signs = np.sign(cosines[np.arange(len(one)), like])[:, None]
    return float(np.linalg.norm(one - signs * other[like], axis=1).max())


def _trust(vectors: Vectors) -> Figure:
    from sklearn.manifold import trustworthiness

    positions = pca(Moments.of(vectors)).project(vectors)
    near = min(NEAR, (len(vectors) - 1) // 2)
    theirs = trustworthiness(vectors.astype(np.float64), positions.astype(np.float64), n_neighbors=near)
    gap = abs(faithfulness(vectors, positions).trustworthiness - theirs)
    return Figure("trustworthiness of a map, differs by", gap, "", "at most", SAME)


def _dimensions() -> Iterator[Figure]:
    """Yield how wrong the dimension of Gaussians is that lie in 384 dimensions."""
    for dim in (5, 10):
        rng = np.random.default_rng(SEED)
        frame = np.linalg.qr(rng.standard_normal((384, dim + 1)))[0].T
        vectors = unit(frame[0] + 0.1 * rng.standard_normal((GAUSSIANS, dim)) @ frame[1:])
        radii = chords(vectors, nearest(vectors))
        for name, found in (("TwoNN", two_nn(radii)), ("maximum likelihood", likelihood(radii))):
            what = f"intrinsic dimension of Gaussians of dimension {dim}, {name}: off by"
            yield Figure(what, abs(found / dim - 1), "", "at most", 0.15, f"{found:.2f}")


def _ways() -> Iterator[Figure]:
    """Yield how far the weakest step is from that of the best of all ways, tried one after the other."""
    gaps, walked = [], []
    for seed in range(GRAPHS):
        rng = np.random.default_rng(seed)
        vectors = unit(rng.standard_normal((SMALL, 3)))
        links = linked(vectors, nearest(vectors, 2))
        start, end = map(int, rng.choice(SMALL, 2, replace=False))
        best = _tried(links, start, end)
        gaps.append(abs(bottleneck(links, start, end) - best))
        rows = widest(links, start, end)
        steps = [float(vectors[one] @ vectors[other]) for one, other in pairwise(rows)]
        walked.append(abs(min(steps) - best))
    yield Figure(f"path: bottleneck against all ways of {GRAPHS} graphs, at most by", max(gaps), "", "at most", SAME)
    yield Figure("path: weakest step of the way itself, at most by", max(walked), "", "at most", SAME)


def _tried(links: Links, start: int, end: int) -> float:
    """Return the strongest weakest step of all ways that pass no text twice."""
    near: dict[int, list[tuple[int, float]]] = {row: [] for row in range(links.count)}
    for (one, other), cosine in zip(links.edges.tolist(), links.similarities.tolist(), strict=True):
        near[one].append((other, cosine))
        near[other].append((one, cosine))
    best = -1.0
    open_ways: list[tuple[tuple[int, ...], float]] = [((start,), 1.0)]
    while open_ways:
        way, weakest = open_ways.pop()
        if way[-1] == end:
            best = max(best, weakest)
            continue
        open_ways += [((*way, row), min(weakest, cosine)) for row, cosine in near[way[-1]] if row not in way]
    return best

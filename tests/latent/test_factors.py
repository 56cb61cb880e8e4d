"""Axes are those of scikit-learn, and of independent sources up to sign and order."""

from __future__ import annotations

import numpy as np
import pytest

from semspace.arrays import unit
from semspace.latent.factors import KINDS, Kind, axes, factor_analysis, independent, stability, varimax
from semspace.latent.moments import Floats, Moments

VECTORS = unit(np.random.default_rng(0).laplace(size=(900, 20)) * np.linspace(2, 0.3, 20) + 0.5)


def white(places: Floats) -> Floats:
    values, directions = np.linalg.eigh(np.cov(places.T, bias=True))
    found: Floats = (places - places.mean(axis=0)) @ (directions / np.sqrt(values))
    return found


def alike(one: Floats, other: Floats) -> Floats:
    """Return the best absolute cosine of each row to a row of the other."""
    first, second = (side / np.linalg.norm(side, axis=1, keepdims=True) for side in (one, other))
    found: Floats = np.abs(first @ second.T).max(axis=1)
    return found


def test_principal_components_are_scikit_learns() -> None:
    decomposition = pytest.importorskip("sklearn.decomposition", reason="scikit-learn is not installed")
    theirs = decomposition.PCA(6, svd_solver="full").fit(VECTORS.astype(np.float64))
    ours = axes(VECTORS, 6, "pca")
    assert alike(ours.axes, theirs.components_) == pytest.approx(np.ones(6), abs=1e-5)
    assert ours.explained == pytest.approx(theirs.explained_variance_ratio_, abs=1e-5)


def test_varimax_is_scikit_learns() -> None:
    module = pytest.importorskip("sklearn.decomposition._factor_analysis", reason="scikit-learn is not installed")
    places = white(VECTORS[:, :5].astype(np.float64))
    theirs = module._ortho_rotation(places, method="varimax", tol=1e-12, max_iter=2_000)
    ours = places @ varimax(places, 2_000, 1e-14)
    theirs = theirs.T if theirs.shape != ours.shape else theirs
    cosines = np.abs(ours.T @ theirs) / len(places)
    assert cosines.max(axis=1) == pytest.approx(np.ones(5), abs=1e-4)


@pytest.mark.parametrize("count", [1, 4])
def test_factors_are_those_of_scikit_learn(count: int) -> None:
    decomposition = pytest.importorskip("sklearn.decomposition", reason="scikit-learn is not installed")
    rng = np.random.default_rng(6)
    common = rng.laplace(size=(900, count)) @ rng.standard_normal((count, 20))
    # Both begin with the same noise where all variances are below 1.
    vectors = ((common + rng.standard_normal((900, 20)) * np.linspace(2, 0.3, 20)) / 100).astype(np.float32)
    analysis = decomposition.FactorAnalysis(count, rotation="varimax", svd_method="lapack", tol=1e-3, max_iter=5_000)
    theirs = analysis.fit(vectors.astype(np.float64))
    loadings, noise = factor_analysis(Moments.of(vectors), count, 5_000, 1e-3)
    turned = loadings @ varimax(loadings, 100, 1e-6)
    assert noise == pytest.approx(theirs.noise_variance_, rel=1e-5)
    assert alike(turned.T, theirs.components_) == pytest.approx(np.ones(count), abs=1e-5)
    lengths = np.sort(np.linalg.norm(turned, axis=0))
    assert lengths == pytest.approx(np.sort(np.linalg.norm(theirs.components_, axis=1)), rel=1e-5)


def test_factor_analysis_finds_what_dimensions_have_in_common_and_not_the_noisiest_of_them() -> None:
    """One dimension is all noise, and the noisiest: principal components take it for the first axis, factors do not."""
    rng = np.random.default_rng(5)
    common = np.linalg.qr(rng.standard_normal((8, 2)))[0]
    made = rng.standard_normal((5_000, 2)) @ common.T + rng.standard_normal((5_000, 8)) * np.r_[np.full(7, 0.3), 3.0]
    vectors = made.astype(np.float32)
    found, components = axes(vectors, 2, "fa"), axes(vectors, 2, "pca")
    assert np.abs(components.axes[:, 7]).max() > 0.99
    assert np.linalg.norm(unit(found.axes[:, :7]) @ np.linalg.qr(common[:7])[0], axis=1).min() > 0.99
    loadings, noise = factor_analysis(Moments.of(vectors), 2)
    assert loadings @ loadings.T + np.diag(noise) == pytest.approx(np.cov(made.T, bias=True), abs=0.1)
    assert noise == pytest.approx(np.r_[np.full(7, 0.09), 9.0], rel=0.1)


def test_independent_components_are_scikit_learns_up_to_sign_and_order() -> None:
    decomposition = pytest.importorskip("sklearn.decomposition", reason="scikit-learn is not installed")
    places = white(np.random.default_rng(3).laplace(size=(4_000, 5)) @ np.random.default_rng(4).standard_normal((5, 5)))
    theirs = decomposition.FastICA(whiten=False, tol=1e-10, max_iter=2_000, random_state=0).fit_transform(places)
    ours = places @ independent(places, 0, 2_000, 1e-12)
    cosines = np.abs(ours.T @ theirs) / len(places)
    assert cosines.max(axis=1) == pytest.approx(np.ones(5), abs=1e-5)


def test_mixed_sources_are_parted_again() -> None:
    rng = np.random.default_rng(1)
    time = np.arange(4_000)
    sources = np.c_[np.sign(np.sin(time / 17)), (time % 53) / 53, rng.laplace(size=4_000)]
    found = (places := white(sources @ rng.standard_normal((3, 3)))) @ independent(places)
    both = np.abs(np.corrcoef(found.T, sources.T)[:3, 3:])
    # Amari, Cichocki, Yang: A New Learning Algorithm for Blind Signal Separation (1996).
    sides = [(both.sum(axis=side) / both.max(axis=side) - 1).sum() for side in (0, 1)]
    assert sum(sides) / (2 * 3 * 2) < 0.05


@pytest.mark.parametrize("kind", KINDS)
def test_places_have_variance_one_do_not_correlate_and_lean_to_the_right(kind: Kind) -> None:
    found = axes(VECTORS, 5, kind)
    places = found.places(VECTORS)
    known = np.cov(places.T, bias=True)
    # What a vector says of one factor it may say of another, too.
    assert (np.diag(known) if kind == "fa" else known) == pytest.approx(1 if kind == "fa" else np.eye(5), abs=1e-4)
    assert ((places**3).sum(axis=0) >= 0).all()
    assert (np.diff(found.explained) <= 1e-12).all()
    assert found.axes.tobytes() == axes(VECTORS, 5, kind).axes.tobytes()


def test_however_turned_the_axes_explain_the_same_in_all() -> None:
    turned: tuple[Kind, ...] = ("pca", "varimax", "ica")
    sums = [axes(VECTORS, 5, kind).explained.sum() for kind in turned]
    # Factors leave out what is the noise of one dimension.
    assert axes(VECTORS, 5, "fa").explained.sum() < sums[0]
    assert sums == pytest.approx([sums[0]] * 3, abs=1e-9)


def test_axes_of_structure_are_stable_and_those_of_noise_are_not() -> None:
    noise = unit(np.random.default_rng(2).standard_normal((900, 20)))
    steps = unit(np.random.default_rng(2).standard_normal((900, 20)) * np.r_[4, 2.8, 2, np.full(17, 0.5)])
    made, found = (stability(vectors, axes(vectors, 3, "pca"), "pca") for vectors in (steps, noise))
    assert made.min() > 0.9 > 0.8 > found.min()


def test_there_are_no_more_axes_than_dimensions_that_vary() -> None:
    flat = unit(np.c_[np.random.default_rng(0).standard_normal((50, 3)), np.zeros((50, 5))])
    assert len(axes(flat, 10, "varimax").axes) == 3

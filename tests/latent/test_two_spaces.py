"""Two encoders agree as far as their neighbours do; a map between them is judged by texts that taught it nothing."""

from __future__ import annotations

import numpy as np
import pytest

from semspace.arrays import Vectors, unit
from semspace.latent.comparing import best_ridge, overlap, procrustes, recall, ridge
from semspace.views.encoders import mapping

RANDOM = np.random.default_rng(5)


def texts(count: int, dim: int = 16, spread: float = 0.4) -> Vectors:
    centers = RANDOM.standard_normal((20, dim))
    return unit(centers[RANDOM.integers(0, 20, count)] + spread * RANDOM.standard_normal((count, dim)))


def turned(vectors: Vectors) -> Vectors:
    rotation, _ = np.linalg.qr(RANDOM.standard_normal((vectors.shape[1],) * 2))
    return unit(vectors @ rotation)


def test_a_turned_copy_has_the_same_neighbours_and_is_found_by_a_rotation() -> None:
    one = texts(400)
    other = turned(one)
    assert overlap(one, other).mean() > 0.99
    assert procrustes(one[:200], other[:200]).apply(one[200:]) == pytest.approx(other[200:], abs=1e-4)
    found = mapping(one, other)
    assert found.orthogonal > 0.99
    assert (found.taught, found.held_out) == (200, 200)


def test_vectors_that_have_nothing_to_do_with_each_other_agree_by_chance() -> None:
    one, other = texts(600), texts(600)
    assert overlap(one, other).mean() == pytest.approx(10 / 599, abs=0.01)
    found = mapping(one, other)
    assert max(found.orthogonal, found.ridge) < 0.1


def test_a_stretched_copy_is_found_by_regression_better_than_by_a_rotation() -> None:
    one = texts(1_200, spread=1.0)
    other = unit(
        one @ (RANDOM.standard_normal((16, 16)) * np.linspace(2, 0.2, 16)) + 0.01 * RANDOM.standard_normal((1_200, 16))
    )
    found = mapping(one, other)
    assert found.ridge > 0.8
    assert found.ridge > found.orthogonal + 0.1
    assert found.ridge > found.unmapped


def test_encoders_of_different_dimensions_are_mapped_onto_each_other() -> None:
    one = texts(600, 24)
    other = unit(one[:, :12] + 0.0)
    for first, second in ((one, other), (other, one)):
        made = procrustes(first[:300], second[:300])
        assert made.apply(first[300:]).shape == (300, second.shape[1])
        assert recall(best_ridge(first[:300], second[:300]).apply(first[300:]), second[300:]) > 0.3


def test_a_rotation_is_that_of_scipy() -> None:
    linalg = pytest.importorskip("scipy.linalg", reason="scipy is the referee")
    one, other = texts(300).astype(np.float64), texts(300).astype(np.float64)
    made = procrustes(one.astype(np.float32), other.astype(np.float32))
    expected, _ = linalg.orthogonal_procrustes(one - one.mean(axis=0), other - other.mean(axis=0))
    assert made.weights == pytest.approx(expected, abs=1e-4)
    assert made.weights @ made.weights.T == pytest.approx(np.eye(16), abs=1e-9)


def test_a_regression_is_that_of_scikit_learn() -> None:
    linear = pytest.importorskip("sklearn.linear_model", reason="scikit-learn is the referee")
    one, other = texts(300), texts(300)
    gram = (one - one.mean(axis=0)).T @ (one - one.mean(axis=0))
    expected = linear.Ridge(alpha=0.1 * float(np.trace(gram)) / 16).fit(one, other)
    made = ridge(one, other, 0.1)
    assert made.weights == pytest.approx(expected.coef_.T, abs=1e-4)


def test_recall_counts_the_true_nearest_but_for_the_text_itself() -> None:
    other = texts(100)
    assert recall(other, other) == pytest.approx(1.0)
    assert recall(other[:1], other[:1]) == 0.0
    assert recall(other[RANDOM.permutation(100)], other) < 0.4

"""Directions: recommendation, axes, and what between two texts is."""

from __future__ import annotations

import numpy as np
import pytest

from semspace.arrays import Vectors, unit
from semspace.latent.directions import (
    axis,
    halfway,
    held_out,
    leverage,
    next_to_judge,
    preference,
    strength,
    whitened_difference,
)
from semspace.latent.moments import Moments


def texts(count: int = 3_000, dim: int = 40, seed: int = 5) -> tuple[Vectors, np.ndarray]:
    """Make texts of many spread directions, of which a tenth is liked: they differ in a direction of little variance."""
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((count, dim)) * np.r_[3.0, 2.5, 2.0, np.ones(dim - 4), 0.3]
    liked = np.arange(count) % 10 == 0
    vectors[liked, -1] += 1.5
    return unit(vectors), liked


def precision(scores: np.ndarray, wanted: np.ndarray, free: np.ndarray, k: int = 20) -> float:
    return float(wanted[free][np.argsort(-scores[free])[:k]].mean())


def test_five_likes_find_more_of_what_is_liked_than_their_centre_or_rocchio_does() -> None:
    vectors, liked = texts()
    moments, rng = Moments.of(vectors), np.random.default_rng(0)
    found = []
    for _ in range(20):
        likes = rng.choice(np.flatnonzero(liked), 5, replace=False)
        free = ~np.isin(np.arange(len(vectors)), likes)
        ours = vectors @ whitened_difference(vectors[likes], vectors[:0], moments)
        center = vectors @ vectors[likes].mean(axis=0)
        away = vectors @ (
            0.75 * vectors[likes].mean(axis=0) - 0.15 * vectors[rng.choice(np.flatnonzero(~liked), 5)].mean(axis=0)
        )
        found.append([precision(scores, liked, free) for scores in (ours, center, away)])
    ours, center, rocchio = np.mean(found, axis=0)
    assert ours > center + 0.1
    assert ours > rocchio + 0.1


def test_a_taste_is_half_way_from_the_centre_to_what_sets_it_apart_and_dislikes_turn_both() -> None:
    vectors, liked = texts()
    moments = Moments.of(vectors)
    likes, dislikes = vectors[liked][:3], vectors[~liked][:2]
    for others in (vectors[:0], dislikes):
        found, apart = preference(likes, others, moments), whitened_difference(likes, others, moments)
        rocchio = likes.mean(axis=0) - 0.2 * (others.mean(axis=0) if len(others) else 0)
        assert found @ apart == pytest.approx(float(found @ rocchio / np.linalg.norm(rocchio)), abs=1e-6)
    assert dislikes.mean(axis=0) @ preference(likes, dislikes, moments) < dislikes.mean(axis=0) @ preference(
        likes, vectors[:0], moments
    )


def test_the_direction_is_that_of_a_linear_discriminant() -> None:
    analysis = pytest.importorskip("sklearn.discriminant_analysis", reason="scikit-learn is not installed")
    rng = np.random.default_rng(1)
    spread = np.diag(np.linspace(0.7, 1.5, 6))
    low, high = (rng.standard_normal((4_000, 6)) @ spread + shift for shift in (0.0, np.arange(6) / 4))
    both = np.concatenate([low, high]).astype(np.float32)
    theirs = analysis.LinearDiscriminantAnalysis(solver="lsqr").fit(both, np.repeat([0, 1], 4_000)).coef_[0]
    ours = np.linalg.solve(Moments.of(both).covariance, high.mean(axis=0) - low.mean(axis=0))
    assert ours @ theirs / np.linalg.norm(ours) / np.linalg.norm(theirs) > 0.9999
    line = axis(low.astype(np.float32), high.astype(np.float32), Moments.of(both))
    assert line @ theirs / np.linalg.norm(theirs) > 0.95, "with a ridge it is nearly that"


def test_a_dislike_moves_the_taste_away_from_it() -> None:
    vectors, liked = texts()
    moments = Moments.of(vectors)
    likes, dislike = vectors[liked][:3], vectors[~liked][:1]
    before, after = (whitened_difference(likes, others, moments) for others in (vectors[:0], dislike))
    assert dislike[0] @ after < dislike[0] @ before


def test_the_text_to_judge_next_is_near_the_border_and_teaches_most() -> None:
    scores = np.linspace(-3, 3, 601)
    informative = np.random.default_rng(2).random(601)
    informative[0] = 9
    chosen = next_to_judge(scores, 1.0, informative)
    near = np.argsort(np.abs(scores - 1.0))[:30]
    assert chosen == near[informative[near].argmax()]


def test_leverage_is_greatest_for_what_is_unlike_all_others() -> None:
    vectors, _ = texts(500)
    odd = np.zeros((1, vectors.shape[1]), np.float32)
    odd[0, -1] = 1
    both = np.concatenate([vectors, odd])
    assert leverage(both, Moments.of(vectors)).argmax() == 500


def test_planted_poles_hold_out_and_shuffled_ones_do_not() -> None:
    rng, (vectors, _) = np.random.default_rng(3), texts()
    moments = Moments.of(vectors)
    shift = np.zeros(40)
    shift[7] = 1.5
    low, high = (unit(0.5 * rng.standard_normal((8, 40)) + side * shift) for side in (-1, 1))
    right, tried = held_out(low, high, moments)
    assert (tried, right >= 15) == (16, True)
    shares = []
    for _ in range(40):
        mixed = unit(rng.standard_normal((16, 40)))
        shares.append(np.divide(*held_out(mixed[:8], mixed[8:], moments)))
    assert np.mean(shares) == pytest.approx(0.5, abs=0.1)


def test_poles_of_one_text_each_are_not_tested() -> None:
    vectors, _ = texts(100)
    assert held_out(vectors[:1], vectors[1:2], Moments.of(vectors)) == (0, 0)
    assert held_out(vectors[:1], vectors[1:4], Moments.of(vectors))[1] == 3


def test_an_axis_of_much_variance_is_stronger_than_random_ones_and_one_of_little_is_not() -> None:
    vectors, _ = texts()
    moments, wide, narrow = Moments.of(vectors), np.eye(40)[0], np.eye(40)[39]
    assert strength(vectors, wide, (1, 1), moments) > 0.95
    assert strength(vectors, narrow, (1, 1), moments) < 0.05
    assert strength(vectors, wide, (1, 1), moments) == strength(vectors, wide, (1, 1), moments)


def test_half_way_is_as_near_to_both_ends() -> None:
    one, other = unit(np.random.default_rng(4).standard_normal((2, 12)))
    point = halfway(one, other)
    assert point @ one == pytest.approx(float(point @ other), abs=1e-6)
    assert halfway(one, other, 0.0) == pytest.approx(one, abs=1e-6)
    assert halfway(one, other, 1.0) == pytest.approx(other, abs=1e-6)
    quarter = np.arccos(halfway(one, other, 0.25) @ one) / np.arccos(one @ other)
    assert quarter == pytest.approx(0.25, abs=1e-3)
    assert halfway(one, one).tolist() == one.tolist()
    assert halfway(one, -one, 0.2).tolist() == one.tolist()

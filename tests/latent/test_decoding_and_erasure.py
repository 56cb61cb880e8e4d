"""A point is rebuilt from what it was made of; what was erased is gone, and no more than that."""

from __future__ import annotations

import numpy as np
import pytest

from semspace.arrays import unit
from semspace.latent.decoding import rebuild
from semspace.latent.drift import separability
from semspace.latent.erasure import Eraser

RANDOM = np.random.default_rng(0)
PHRASES = unit(RANDOM.standard_normal((300, 48)))


def test_a_sum_of_phrases_is_read_as_these_phrases() -> None:
    point = unit(0.7 * PHRASES[[4]] + 0.5 * PHRASES[[77]] + 0.3 * PHRASES[[201]])
    found = rebuild(point, PHRASES)
    assert [place for place, _ in found.parts][:3] == [4, 77, 201]
    assert found.cosine == pytest.approx(1, abs=1e-3)
    weights = [weight for _, weight in found.parts]
    assert weights == sorted(weights, reverse=True)
    assert min(weights) > 0


def test_more_phrases_come_nearer_and_one_alone_is_the_nearest() -> None:
    point = unit(RANDOM.standard_normal((1, 48)))
    reached = [rebuild(point, PHRASES, most, gain=0).cosine for most in range(1, 6)]
    assert reached == sorted(reached)
    assert reached[0] == pytest.approx(float((PHRASES @ point[0]).max()), abs=1e-6)
    assert rebuild(point, PHRASES[:0]).parts == ()
    assert rebuild(unit(-PHRASES[[0]]), PHRASES[:1]).parts == (), "no phrase points there"


def test_no_label_is_left_in_the_mean_of_any_class() -> None:
    labels = RANDOM.integers(0, 3, 900)
    vectors = unit(RANDOM.standard_normal((900, 24)) + 2 * RANDOM.standard_normal((3, 24))[labels])
    erased = Eraser.fit(vectors, labels).apply(vectors)
    classes = (labels[:, None] == np.arange(3)).astype(float)
    crossed = (erased - erased.mean(axis=0)).T @ (classes - classes.mean(axis=0)) / 900
    assert np.abs(crossed).max() < 1e-9
    means = [erased[labels == number].mean(axis=0) for number in range(3)]
    assert np.abs(means[0] - means[1]).max() < 1e-6


def test_erasing_twice_is_erasing_once_and_takes_a_rank_for_each_difference() -> None:
    labels = RANDOM.integers(0, 3, 900)
    vectors = unit(RANDOM.standard_normal((900, 24)) + RANDOM.standard_normal((3, 24))[labels])
    eraser = Eraser.fit(vectors, labels)
    assert eraser.taken @ eraser.taken == pytest.approx(eraser.taken, abs=1e-8)
    assert np.linalg.matrix_rank(eraser.taken, tol=1e-6) == 2
    once = eraser.apply(vectors)
    assert eraser.apply(once.astype(np.float32)) == pytest.approx(once, abs=1e-5)


def test_a_classifier_that_told_sources_apart_cannot_on_texts_that_were_held_out() -> None:
    source = np.arange(2_000) % 2
    vectors = unit(
        RANDOM.standard_normal((2_000, 24)) * np.linspace(2, 0.5, 24) + 0.6 * source[:, None] * RANDOM.standard_normal(24)
    )
    eraser = Eraser.fit(vectors[:1_000], source[:1_000])
    held, new = vectors[1_000:], source[1_000:] == 1
    erased = eraser.apply(held).astype(np.float32)
    sides = (held, erased, eraser.units(held))
    before, after, searched = (separability(some, new, np.arange(1_000), nulls=1).auc for some in sides)
    assert before > 0.7
    assert after < 0.6
    # The lengths tell a little: how spread out each source is.
    assert searched < before - 0.05
    # What has nothing to do with it stays: neighbours are mostly the same.
    near = [np.argsort(-(some @ some.T), axis=1)[:, 1:11] for some in (held, eraser.units(held))]
    kept = np.mean([len(set(one) & set(other)) / 10 for one, other in zip(*near, strict=True)])
    assert kept > 0.6


def test_labels_that_tell_nothing_take_nothing() -> None:
    vectors = unit(RANDOM.standard_normal((100, 8)))
    assert Eraser.fit(vectors, np.zeros(100, np.int64)).apply(vectors) == pytest.approx(vectors, abs=1e-6)

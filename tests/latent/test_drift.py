"""Two sets of texts are told apart where they differ, and not where they do not."""

from __future__ import annotations

import numpy as np
import pytest

from semspace.arrays import unit
from semspace.latent.drift import area, changes, corrected, deviations, nearest_before, proportions, separability

RANDOM = np.random.default_rng(0)
VECTORS = unit(RANDOM.standard_normal((2_000, 32)) + 0.5 * RANDOM.standard_normal((20, 32))[np.arange(2_000) % 20])
GROUPS = np.arange(2_000)


def test_halves_of_the_same_texts_cannot_be_told_apart() -> None:
    for seed in range(3):
        new = np.random.default_rng(seed).random(2_000) < 0.5
        found = separability(VECTORS, new, GROUPS, seed, nulls=5)
        assert found.auc == pytest.approx(0.5, abs=0.03)
        assert found.null == pytest.approx(0.5, abs=0.03)


def test_what_is_new_in_a_part_of_the_texts_is_found() -> None:
    new = np.arange(2_000) % 2 == 1
    moved = VECTORS.copy()
    moved[np.flatnonzero(new)[::5]] = unit(moved[np.flatnonzero(new)[::5]] + 2 * unit(np.ones((1, 32))))
    found = separability(moved, new, GROUPS, nulls=5)
    assert found.auc > found.null + 5 * found.spread > 0.5


def test_passages_of_one_file_are_no_witness_for_each_other() -> None:
    """Each file has a place of its own: by file nothing can be told, though by passage everything could."""
    files = unit(np.random.default_rng(1).standard_normal((60, 32)))
    groups = np.repeat(np.arange(60), 20)
    vectors = unit(files[groups] + 0.05 * np.random.default_rng(2).standard_normal((1_200, 32)))
    new = np.random.default_rng(3).permutation(np.arange(60) % 2 == 1)[groups]
    assert separability(vectors, new, np.arange(1_200), nulls=1).auc > 0.8
    assert separability(vectors, new, groups, nulls=1).auc < 0.65


def test_the_area_is_scikit_learns() -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
    scores, positive = RANDOM.integers(0, 9, 300).astype(np.float64), RANDOM.random(300) < 0.3
    assert area(scores, positive) == pytest.approx(metrics.roc_auc_score(positive, scores))


def test_corrected_values_are_scipys_and_keep_false_finds_few() -> None:
    from scipy.stats import false_discovery_control

    p = np.random.default_rng(1).random(200) ** 2
    assert corrected(p) == pytest.approx(false_discovery_control(p))
    shares = np.random.default_rng(2).random((20, 400)) * 0.1
    before, after = (np.random.default_rng(seed).binomial(1_000, shares) for seed in (3, 4))
    found = [(corrected(np.abs(proportions(b, a, 1_000, 1_000))) < 0.05).mean() for b, a in zip(before, after, strict=True)]
    assert np.mean(found) < 0.01


def test_proportions_are_tested_as_scipy_does_and_of_many_as_by_chi_square() -> None:
    from scipy.stats import chi2_contingency, hypergeom

    signed = proportions(np.array([1_200]), np.array([1_400]), 40_000, 41_000)
    expected = chi2_contingency([[1_200, 38_800], [1_400, 39_600]], correction=False)
    assert signed[0] == pytest.approx(expected.pvalue, rel=0.02)
    assert deviations(signed)[0] ** 2 == pytest.approx(expected.statistic, rel=0.02)
    assert proportions(np.array([40]), np.array([12]), 500, 400)[0] < 0, "it fell"
    (few,) = proportions(np.array([3]), np.array([1]), 649, 1)
    assert few == pytest.approx(hypergeom.pmf(1, 650, 4, 1)), "one file that has what three of many have is no proof"


def test_what_as_many_lost_as_gained_did_not_change() -> None:
    from scipy.stats import binomtest

    same, grew, shrank = changes(np.array([9, 1, 12]), np.array([9, 12, 1]))
    assert abs(same) == pytest.approx(1, abs=1e-6)
    exact = binomtest(12, 13).pvalue
    assert 0 < grew < exact
    assert grew == pytest.approx(exact - 13 / 2**13), "half of what is as extreme counts"
    assert shrank == pytest.approx(-grew)


def test_what_was_there_before_is_not_new() -> None:
    assert nearest_before(VECTORS[:50], VECTORS[10:20]) == pytest.approx(np.ones(10), abs=1e-5)
    assert nearest_before(VECTORS[:0], VECTORS[:3]).tolist() == [0, 0, 0]

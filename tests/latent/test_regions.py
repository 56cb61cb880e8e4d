"""Regions of a map are its hills."""

from __future__ import annotations

import numpy as np
import pytest

from semspace.latent.agreement import adjusted_rand
from semspace.latent.regions import regions


def hills(centers: list[tuple[float, float]], counts: list[int], spread: float = 0.4) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    points = np.concatenate(
        [center + spread * rng.standard_normal((count, 2)) for center, count in zip(np.array(centers), counts, strict=True)]
    )
    return points, np.repeat(np.arange(len(counts)), counts)


def test_planted_hills_are_regions_with_their_peaks() -> None:
    centers = [(0.0, 0.0), (5.0, 0.0), (0.0, 6.0), (6.0, 6.0)]
    points, labels = hills(centers, [900, 500, 300, 200])
    found = regions(points)
    placed = found.labels >= 0
    assert placed.mean() > 0.95
    assert adjusted_rand(labels[placed], found.labels[placed]) > 0.98
    assert found.peaks == pytest.approx(np.array(centers), abs=0.6)
    assert np.bincount(found.labels[placed]).tolist() == sorted(np.bincount(found.labels[placed]), reverse=True)


def test_one_hill_is_one_region() -> None:
    assert len(regions(hills([(0.0, 0.0)], [5_000])[0], blur=4).peaks) == 1


def test_a_higher_pass_is_needed_to_join_the_more_hills_are_kept() -> None:
    points, _ = hills([(0.0, 0.0), (1.5, 0.0)], [1_500, 1_500], 0.5)
    counts = [len(regions(points, blur=3, keep=keep).peaks) for keep in (0.05, 0.99)]
    assert counts[0] == 1
    assert counts[0] < counts[1]


def test_regions_do_not_depend_on_the_order_of_the_points() -> None:
    points, _ = hills([(0.0, 0.0), (4.0, 1.0)], [400, 200])
    order = np.random.default_rng(2).permutation(600)
    np.testing.assert_array_equal(regions(points).labels[order], regions(points[order]).labels)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_points_have_regions(count: int) -> None:
    found = regions(np.arange(2.0 * count).reshape(count, 2))
    assert len(found.labels) == count
    assert (found.labels >= 0).all()

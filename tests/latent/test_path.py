"""Ways between texts: no other has a stronger weakest step, and of those none is shorter."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from semspace.arrays import unit
from semspace.latent.graph import nearest
from semspace.latent.path import Links, bottleneck, linked, tree, widest


def brute_force(links: Links, start: int, end: int) -> tuple[float, float]:
    """Return the best weakest cosine over all simple ways, and the least sum of angles of those that have it."""
    cosines = {(int(a), int(b)): float(c) for (a, b), c in zip(links.edges, links.similarities, strict=True)}
    cosines |= {(b, a): c for (a, b), c in cosines.items()}
    found: list[tuple[float, float]] = []

    def go(row: int, seen: tuple[int, ...], weakest: float, angle: float) -> None:
        if row == end:
            found.append((weakest, angle))
            return
        for (one, other), cosine in cosines.items():
            if one == row and other not in seen:
                go(other, (*seen, other), min(weakest, cosine), angle + float(np.arccos(np.clip(cosine, -1, 1))))

    go(start, (start,), 1.0, 0.0)
    best = max(weakest for weakest, _ in found)
    return best, min(angle for weakest, angle in found if weakest >= best - 1e-9)


@pytest.mark.parametrize("seed", range(12))
def test_the_weakest_step_and_the_length_are_those_of_trying_all_ways(seed: int) -> None:
    vectors = unit(np.random.default_rng(seed).standard_normal((9, 4)))
    links = linked(vectors, nearest(vectors, 3))
    for start, end in ((0, 8), (1, 5), (7, 2)):
        best, shortest = brute_force(links, start, end)
        rows = widest(links, start, end)
        steps = [float(vectors[a] @ vectors[b]) for a, b in pairwise(rows)]
        assert (rows[0], rows[-1]) == (start, end)
        assert min(steps) == pytest.approx(best, abs=1e-5) == pytest.approx(bottleneck(links, start, end), abs=1e-5)
        assert sum(np.arccos(np.clip(steps, -1, 1))) == pytest.approx(shortest, abs=1e-3)


def test_parts_that_do_not_hang_together_are_joined_by_their_best_link() -> None:
    rng = np.random.default_rng(1)
    centers = unit(rng.standard_normal((3, 10)))
    vectors = unit(np.repeat(centers, 20, axis=0) + 0.03 * rng.standard_normal((60, 10)))
    links = linked(vectors, nearest(vectors, 5))
    rows = widest(links, 0, 59)
    assert (rows[0], rows[-1]) == (0, 59)
    cosines = vectors.astype(np.float64) @ vectors.T
    weakest = min(cosines[a, b] for a, b in pairwise(rows))
    between = [cosines[20 * i : 20 * i + 20, 20 * j : 20 * j + 20].max() for i, j in ((0, 1), (1, 2), (0, 2))]
    assert weakest == pytest.approx(max(between[2], min(between[0], between[1])), abs=1e-5)


def test_the_tree_has_a_link_less_than_texts() -> None:
    vectors = unit(np.random.default_rng(2).standard_normal((50, 6)))
    assert len(tree(linked(vectors, nearest(vectors))).edges) == 49


def test_copies_of_a_text_are_a_step_of_nothing() -> None:
    vectors = unit(np.array([[1.0, 0], [1, 0], [0, 1]]))
    assert widest(linked(vectors, nearest(vectors)), 0, 1) == [0, 1]


def test_a_text_is_its_own_way() -> None:
    vectors = unit(np.random.default_rng(3).standard_normal((5, 3)))
    links = linked(vectors, nearest(vectors))
    assert (widest(links, 2, 2), bottleneck(links, 2, 2)) == ([2], 1.0)

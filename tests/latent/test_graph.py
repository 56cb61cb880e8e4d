"""The nearest neighbours of every vector."""

from __future__ import annotations

import numpy as np
import pytest

from semspace.arrays import unit
from semspace.latent.graph import among, nearest
from semspace.latent.moments import Moments


@pytest.mark.parametrize(("n", "k"), [(200, 15), (30, 5), (6, 15), (2, 1)])
def test_neighbours_are_those_of_comparing_all(n: int, k: int) -> None:
    vectors = unit(np.random.default_rng(n).standard_normal((n, 12)))
    cosines = vectors.astype(np.float64) @ vectors.T.astype(np.float64)
    np.fill_diagonal(cosines, -2)
    graph = nearest(vectors, k)
    assert graph.k == min(k, n - 1)
    expected = np.argsort(-cosines, axis=1, kind="stable")[:, : graph.k]
    np.testing.assert_array_equal(graph.neighbors, expected)
    np.testing.assert_allclose(graph.similarities, np.take_along_axis(cosines, expected, axis=1), atol=1e-5)


def test_a_text_with_many_copies_is_never_its_own_neighbour() -> None:
    vectors = np.repeat(unit(np.eye(3)), 40, axis=0)
    graph = nearest(vectors, 15)
    assert (graph.neighbors != np.arange(120)[:, None]).all()
    assert (graph.neighbors // 40 == (np.arange(120) // 40)[:, None]).all()
    assert (np.diff(graph.neighbors, axis=1) > 0).all(), "of equal cosines the lower row is first"


@pytest.mark.parametrize("n", [0, 1])
def test_nothing_has_no_neighbours(n: int) -> None:
    graph = nearest(unit(np.ones((n, 4))) if n else np.empty((0, 4), np.float32))
    assert (len(graph), graph.k) == (n, 0)


def test_moments_are_those_of_numpy() -> None:
    vectors = unit(np.random.default_rng(3).standard_normal((20_000, 8)) + 0.4)
    moments = Moments.of(vectors)
    np.testing.assert_allclose(moments.mean, vectors.mean(axis=0, dtype=np.float64), atol=1e-9)
    np.testing.assert_allclose(moments.covariance, np.cov(vectors.astype(np.float64).T, bias=True), atol=1e-9)
    assert np.linalg.cond(moments.ridged()) < np.linalg.cond(moments.covariance)


def test_neighbours_are_the_same_in_blocks_of_any_size_and_the_sizes_are_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    import faiss

    from semspace.latent import graph as module

    vectors = unit(np.random.default_rng(8).standard_normal((3_000, 24)))
    before = {name: getattr(faiss.cvar, name) for name in module._BLOCK}
    wide = among(vectors[:200], vectors)
    monkeypatch.setattr(module, "_BLOCK", dict.fromkeys(module._BLOCK, 64))
    narrow = among(vectors[:200], vectors)
    assert wide.neighbors.tobytes() == narrow.neighbors.tobytes()
    assert wide.similarities.tobytes() == narrow.similarities.tobytes()
    assert {name: getattr(faiss.cvar, name) for name in before} == before

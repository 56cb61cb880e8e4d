"""Maps: their forces, their faithfulness, and what becomes of them when texts come and go."""

from __future__ import annotations

import numpy as np
import pytest

from semspace.arrays import Floats32, Vectors, unit
from semspace.latent.faithfulness import faithfulness, kept, on_map
from semspace.latent.graph import among, followed, nearest
from semspace.latent.layout import Layout, Recipe, follow, lying
from semspace.latent.moments import Moments
from semspace.latent.pca import pca
from semspace.latent.placing import place
from semspace.latent.procrustes import align
from semspace.latent.repulsion import Repulsion
from semspace.latent.tsne import tsne


def islands(n: int, count: int = 20, dim: int = 32, seed: int = 0) -> Vectors:
    """Return unit vectors around random centres, those of one island next to each other in no order."""
    rng = np.random.default_rng(seed)
    centers = rng.standard_normal((count, dim))
    return unit(centers[rng.integers(0, count, n)] + 0.6 * rng.standard_normal((n, dim)))


def mapped(vectors: Vectors, seed: int = 0, steps: int = 250) -> Floats32:
    return tsne(nearest(vectors), pca(Moments.of(vectors)).project(vectors), seed=seed, steps=steps)


@pytest.mark.parametrize("scale", [1e-4, 0.1, 1, 5, 12])
def test_forces_by_fourier_transforms_are_those_of_all_pairs(scale: float) -> None:
    positions = (np.random.default_rng(0).standard_normal((2, 2_000)) * [[1.7 * scale], [scale]]).astype(np.float32)
    gaps = positions[:, :, None].astype(np.float64) - positions[:, None, :]
    near = 1 / (1 + (gaps**2).sum(axis=0))
    forces, total = Repulsion()(positions)
    true = (near**2 * gaps).sum(axis=2)
    assert total == pytest.approx(near.sum() - 2_000, rel=0.01)
    assert np.linalg.norm(forces - true) < 0.05 * np.linalg.norm(true)
    apart = np.linalg.norm(forces - true, axis=0)
    assert np.quantile(apart / np.linalg.norm(true, axis=0).mean(), 0.95) < 0.1


def test_no_force_of_the_map_moves_all_of_it() -> None:
    positions = np.random.default_rng(1).normal(0, 20, (2, 3_000)).astype(np.float32)
    forces, _ = Repulsion()(positions)
    assert np.abs(forces.sum(axis=1)).max() < 1e-3 * np.abs(forces).sum()


def test_the_same_texts_give_the_same_map_bit_for_bit_and_another_seed_another() -> None:
    vectors = islands(800)
    assert mapped(vectors).tobytes() == mapped(vectors).tobytes()
    assert mapped(vectors, seed=1).tobytes() != mapped(vectors).tobytes()


def test_the_divergence_falls_once_attraction_is_no_longer_exaggerated() -> None:
    vectors = islands(1_500)
    told: list[tuple[int, int, float]] = []
    tsne(nearest(vectors), pca(Moments.of(vectors)).project(vectors), progress=lambda *now: told.append(now))
    late = [divergence for _, _, divergence in told if np.isfinite(divergence)]
    assert len(late) == 10
    assert (np.diff(late) < 0).all()
    assert told[-1][0] == told[-1][1]


def test_more_spread_gathers_islands() -> None:
    vectors = islands(1_500, seed=3)
    graph, start = nearest(vectors), pca(Moments.of(vectors)).project(vectors)
    loose, tight = (tsne(graph, start, spread=spread, steps=250) for spread in (1, 4))
    assert kept(graph, loose).mean() > kept(graph, tight).mean()
    assert np.ptp(tight) < np.ptp(loose)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 7, 40])
def test_few_texts_have_a_map(n: int) -> None:
    vectors = islands(max(n, 1))[:n]
    positions = mapped(vectors) if n else tsne(nearest(vectors), np.zeros((0, 2), np.float32))
    assert positions.shape == (n, 2)
    assert np.isfinite(positions).all()
    assert n < 2 or len(np.unique(positions, axis=0)) == n


def test_equal_texts_have_a_map() -> None:
    positions = mapped(np.repeat(islands(3), 40, axis=0))
    assert np.isfinite(positions).all()


def test_handwritten_digits_lie_with_their_like() -> None:
    datasets = pytest.importorskip("sklearn.datasets", reason="scikit-learn is not installed")
    from sklearn.manifold import trustworthiness

    digits, classes = datasets.load_digits(return_X_y=True)
    vectors = unit(digits)
    positions = mapped(vectors, steps=500)
    assert (classes[on_map(positions, 1)[:, 0]] == classes).mean() >= 0.97
    measured = faithfulness(vectors, positions)
    assert measured.sample == len(vectors)
    assert measured.trustworthiness == pytest.approx(trustworthiness(vectors, positions, n_neighbors=15), abs=1e-5)
    assert measured.continuity == pytest.approx(trustworthiness(positions, vectors, n_neighbors=15), abs=1e-5)
    assert measured.trustworthiness > 0.985


def test_what_is_kept_is_what_counting_gives() -> None:
    vectors = islands(400)
    positions = np.random.default_rng(5).standard_normal((400, 2)).astype(np.float32)
    positions[:, 0] += vectors[:, 0] * 9
    true, drawn = vectors @ vectors.T, -((positions[:, None] - positions[None]) ** 2).sum(axis=2)
    lists = []
    for scores in (true, drawn):
        np.fill_diagonal(scores, -np.inf)
        lists.append([set(np.argsort(-row, kind="stable")[:15].tolist()) for row in scores])
    shares = np.array([len(a & b) / 15 for a, b in zip(*lists, strict=True)])
    np.testing.assert_allclose(kept(nearest(vectors), positions), shares, atol=1e-6)
    measured = faithfulness(vectors, positions)
    assert measured.kept_15 == pytest.approx(shares.mean())
    assert measured.misplaced == pytest.approx((shares == 0).mean())


def test_a_sample_of_a_large_map_speaks_for_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = islands(3_000)
    positions = pca(Moments.of(vectors)).project(vectors)
    some = faithfulness(vectors, positions)
    monkeypatch.setattr("semspace.latent.faithfulness.SAMPLE", 3_000)
    whole = faithfulness(vectors, positions)
    assert (some.sample, whole.sample) == (2_000, 3_000)
    for name in ("kept_15", "kept_50", "trustworthiness", "continuity", "triplets", "misplaced"):
        assert getattr(some, name) == pytest.approx(getattr(whole, name), abs=0.02)


def test_a_map_by_chance_keeps_nothing_but_chance() -> None:
    measured = faithfulness(islands(2_000), np.random.default_rng(2).random((2_000, 2)).astype(np.float32))
    assert measured.kept_15 < 0.02
    assert measured.trustworthiness == pytest.approx(0.5, abs=0.02)
    assert measured.triplets == pytest.approx(0.5, abs=0.01)


def test_principal_components_are_those_of_scikit_learn() -> None:
    decomposition = pytest.importorskip("sklearn.decomposition", reason="scikit-learn is not installed")
    vectors = islands(3_000, dim=64)
    theirs = decomposition.PCA(n_components=8, svd_solver="full").fit(vectors.astype(np.float64))
    ours = pca(Moments.of(vectors), 8)
    np.testing.assert_allclose(ours.explained, theirs.explained_variance_ratio_, atol=1e-5)
    signs = np.sign((ours.axes * theirs.components_).sum(axis=1))
    np.testing.assert_allclose(ours.axes, theirs.components_ * signs[:, None], atol=1e-5)
    np.testing.assert_allclose(ours.project(vectors), theirs.transform(vectors) * signs, atol=1e-5)


def test_a_text_that_was_left_out_is_placed_where_its_neighbours_are() -> None:
    vectors = islands(2_400, count=60, seed=4)
    old, new = vectors[:2_000], vectors[2_000:]
    graph, positions = nearest(old), mapped(old, steps=500)
    found = among(new, old)
    placed = place(found, positions, np.arange(400))
    # The nearest of the old ones on the map, by comparing all.
    gaps = ((placed[:, None] - positions[None]) ** 2).sum(axis=2)
    drawn = np.argsort(gaps, axis=1)[:, :15]
    share = (found.neighbors[:, :, None] == drawn[:, None, :]).any(axis=2).mean()
    assert share >= 0.8 * kept(graph, positions).mean()


def test_where_a_text_is_placed_hangs_on_no_other() -> None:
    old, new = islands(500), islands(40, seed=9)
    positions = mapped(old)
    found = among(new, old)
    together = place(found, positions, np.arange(40))
    alone = np.concatenate([place(among(new[i : i + 1], old), positions, np.array([i])) for i in range(40)])
    np.testing.assert_array_equal(together, alone)
    same = place(among(np.repeat(new[:1], 2, axis=0), old), positions, np.array([7, 8]))
    assert 0 < np.linalg.norm(same[0] - same[1]) < 5


def test_texts_are_placed_alike_wherever_they_stand_among_the_others() -> None:
    old, new = islands(500), islands(40, seed=9)
    found = Layout(Recipe(), mapped(old), np.ones(500, np.float32), np.ones(500, np.bool_), 1.0)
    last = follow(found, np.concatenate([old, new]), np.r_[np.arange(500), np.full(40, -1)], np.arange(540))
    first = follow(found, np.concatenate([new, old]), np.r_[np.full(40, -1), np.arange(500)], np.r_[500:540, 0:500])
    np.testing.assert_array_equal(last.positions[:500], found.positions)
    np.testing.assert_array_equal(first.positions, np.concatenate([last.positions[500:], last.positions[:500]]))
    np.testing.assert_array_equal(first.kept[:40], last.kept[500:])


def test_a_map_that_was_turned_mirrored_and_moved_is_laid_back() -> None:
    rng = np.random.default_rng(6)
    old = rng.normal(0, 30, (300, 2))
    angle = 2.3
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) @ np.diag([1, -1])
    new = (old @ turn + [50, -7]).astype(np.float32)
    np.testing.assert_allclose(align(new, old[:100].astype(np.float32), new[:100]), old, atol=1e-3)
    np.testing.assert_array_equal(align(new, old[:1].astype(np.float32), new[:1]), new)


@pytest.mark.parametrize(("gone", "come"), [(0, 0), (5, 0), (0, 7), (12, 30), (1, 1), (150, 10), (10, 300)])
def test_a_graph_that_follows_is_the_one_made_anew(gone: int, come: int) -> None:
    vectors = islands(600 + come, seed=8)
    graph = nearest(vectors[:600])
    left = np.setdiff1d(np.arange(600), np.random.default_rng(gone).choice(600, gone, replace=False))
    now = np.concatenate([vectors[left], vectors[600:]])
    before = np.concatenate([left, np.full(come, -1)])
    found, anew = followed(graph, now, before), nearest(now)
    np.testing.assert_array_equal(found.neighbors, anew.neighbors)
    np.testing.assert_array_equal(found.similarities, anew.similarities)


def test_a_graph_of_few_that_become_many_has_all_its_neighbours() -> None:
    vectors = islands(60)
    found = followed(nearest(vectors[:4]), vectors, np.r_[np.arange(4), np.full(56, -1)])
    np.testing.assert_array_equal(found.neighbors, nearest(vectors).neighbors)


def test_lists_around_centroids_miss_few_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = islands(6_000, count=200, seed=11)
    true = nearest(vectors)
    monkeypatch.setattr("semspace.latent.graph.COMPARED", 1_000)
    found, again = nearest(vectors), nearest(vectors)
    np.testing.assert_array_equal(found.neighbors, again.neighbors)
    assert (found.neighbors != np.arange(6_000)[:, None]).all()
    assert (found.neighbors[:, :, None] == true.neighbors[:, None, :]).any(axis=1).mean() >= 0.98


@pytest.mark.parametrize("degrees", [0, 30, 80, 90, 135, -60])
def test_a_map_lies_on_its_side_and_is_otherwise_as_it_was(degrees: float) -> None:
    oval = np.random.default_rng(0).standard_normal((500, 2)) * [5, 1]
    turn = np.deg2rad(degrees)
    stood = (oval @ [[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]).astype(np.float32)
    found = lying(stood)
    assert found[:, 0].std() == pytest.approx(oval[:, 0].std(), rel=0.01)
    assert abs(np.corrcoef(found.T)[0, 1]) < 1e-5
    gaps = [np.hypot(*(some[:, None] - some[None]).T) for some in (stood, found)]
    np.testing.assert_allclose(gaps[0], gaps[1], atol=1e-4)
    # Turned, not mirrored: three points go round in the same sense.
    ways = [np.linalg.det(some[1:3] - some[0]) for some in (stood, found)]
    assert ways[0] * ways[1] > 0
    np.testing.assert_array_equal(lying(stood[:1]), stood[:1])

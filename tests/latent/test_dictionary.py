"""A dictionary finds the directions that texts are made of, and a sum of them leaves nothing out."""

from __future__ import annotations

import numpy as np
import pytest

from semspace.arrays import Vectors, unit
from semspace.latent import dictionary
from semspace.latent.attribution import of_one, of_two
from semspace.latent.dictionary import MATCHED, Dictionary, atoms_for, learn, matched
from semspace.latent.moments import Moments


def planted(count: int = 3_000, atoms: int = 24, active: int = 3, noise: float = 0.02) -> tuple[Vectors, Vectors]:
    """Make vectors out of a few of some directions each, and return both."""
    rng = np.random.default_rng(5)
    directions = unit(rng.standard_normal((atoms, 64)))
    weights = np.zeros((count, atoms))
    for row in weights:
        row[rng.permutation(atoms)[:active]] = rng.uniform(0.4, 1, active)
    return unit(weights @ directions + noise * rng.standard_normal((count, 64))), directions


@pytest.fixture(scope="module")
def made() -> tuple[Vectors, Vectors, Dictionary]:
    vectors, directions = planted()
    return vectors, directions, learn(vectors, atoms=32, active=4, seed=1)


def test_planted_directions_are_found_again(made: tuple[Vectors, Vectors, Dictionary]) -> None:
    _, directions, found = made
    # Around the mean a direction is what it is, without what all texts share.
    best = (directions @ found.atoms.T).max(axis=1)
    assert (best > 0.9).mean() >= 0.9


def test_noise_holds_no_direction_that_another_seed_finds_again() -> None:
    noise = unit(np.random.default_rng(2).standard_normal((1_500, 64)))
    shares = [
        float((matched(learn(v, 32, 4, seed=1), learn(v, 32, 4, seed=2)) > MATCHED).mean()) for v in (noise, planted()[0])
    ]
    assert shares[0] < 0.4
    # All 24 that were planted; what is over has no like.
    assert shares[1] >= 24 / 32


def test_drafts_that_agree_are_found_again_more_often_and_leave_less_over(monkeypatch: pytest.MonkeyPatch) -> None:
    # More directions than are asked for, so that there is more than one way to choose them.
    vectors, _ = planted(count=1_500, atoms=160, active=4, noise=0.03)
    known, new = np.ascontiguousarray(vectors[::2]), vectors[1::2]
    shares, left = [], []
    for drafts in (1, dictionary.DRAFTS):
        monkeypatch.setattr(dictionary, "DRAFTS", drafts)
        one, other = (learn(known, 64, 4, seed=seed) for seed in (1, 2))
        shares.append(float((matched(one, other) > MATCHED).mean()))
        left.append(one.unexplained(new))
    assert shares[1] > shares[0] + 0.05
    assert left[1] < left[0]


def test_weights_are_few_never_below_zero_and_best_first(made: tuple[Vectors, Vectors, Dictionary]) -> None:
    vectors, _, found = made
    codes = found.encode(vectors)
    assert codes.atoms.shape == (3_000, 4)
    assert (codes.weights >= 0).all()
    assert (np.diff(codes.weights, axis=1) <= 0).all()
    assert all(len(set(row)) == 4 for row in codes.atoms[:200].tolist())


def test_codes_are_the_same_however_often_they_are_read(made: tuple[Vectors, Vectors, Dictionary]) -> None:
    vectors, _, found = made
    codes = found.encode(vectors)
    assert (codes.weights == 0).any()
    first, second = (found.unexplained(vectors, codes) for _ in range(2))
    assert first == second
    assert found.unexplained(vectors) == first


def test_few_weights_explain_more_than_as_many_principal_axes(made: tuple[Vectors, Vectors, Dictionary]) -> None:
    vectors, _, found = made
    variances = np.sort(np.linalg.eigvalsh(Moments.of(vectors).covariance))[::-1]
    assert found.unexplained(vectors) < 1 - variances[:4].sum() / variances.sum()


def test_weights_are_those_of_least_squares_without_negative_ones(made: tuple[Vectors, Vectors, Dictionary]) -> None:
    from scipy.optimize import nnls

    vectors, _, found = made
    codes = found.encode(vectors[:50])
    for row in range(50):
        chosen = found.atoms[codes.atoms[row]]
        best, left = nnls(chosen.T.astype(np.float64), (vectors[row] - found.mean).astype(np.float64))
        centred = vectors[row] - found.mean
        ours = ((centred - codes.weights[row] @ chosen) ** 2).sum()
        assert ours - left**2 <= 0.002 * (centred**2).sum(), best


def test_the_same_vectors_and_seed_give_the_same_dictionary() -> None:
    vectors, _ = planted(count=600)
    one, other = (learn(vectors, 16, 3, seed=4) for _ in range(2))
    assert one.atoms.tobytes() == other.atoms.tobytes()
    assert matched(one, other) == pytest.approx(np.ones(16), abs=1e-5)


def test_equal_vectors_and_few_vectors_do_no_harm() -> None:
    same = np.repeat(unit(np.ones((1, 8))), 50, axis=0)
    for vectors in (same, same[:1]):
        found = learn(vectors, 4, 2)
        assert np.isfinite(found.atoms).all()
        assert np.isfinite(found.unexplained(vectors))
    assert atoms_for(10) == 1
    assert len(found.encode(same[:0])) == 0


def test_a_sum_leaves_nothing_out(made: tuple[Vectors, Vectors, Dictionary]) -> None:
    vectors, _, found = made
    for row in range(0, 40, 2):
        one, other = vectors[row : row + 1], vectors[row + 1 : row + 2]
        alone, both, turned = of_one(found, one), of_two(found, one, other), of_two(found, other, one)
        assert sum(amount for _, amount in alone.parts) + alone.rest == pytest.approx(1, abs=1e-6)
        assert both.whole == pytest.approx(float(one[0] @ other[0]), abs=1e-5)
        assert sum(amount for _, amount in both.parts) + both.shared + both.rest == pytest.approx(both.whole, abs=1e-6)
        assert dict(both.parts) == pytest.approx(dict(turned.parts))

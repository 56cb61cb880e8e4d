"""Codes keep what late interaction reads: inner products, within the error that the paper gives."""

from __future__ import annotations

from math import pi, sqrt

import numpy as np
import pytest

from semspace.arrays import SentenceTokens, Vectors, unit
from semspace.reranking import interaction
from semspace.tokenstore import Codec
from semspace.tokenstore.codec import LEVELS, SCALE


def random_vectors(seed: int, count: int, dim: int = 384) -> Vectors:
    return unit(np.random.default_rng(seed).standard_normal((count, dim)))


def tokens(vectors: Vectors, *begins: int) -> SentenceTokens:
    return SentenceTokens(vectors, np.array(begins, dtype=np.int64))


@pytest.mark.parametrize(("bits", "dim"), [(1, 384), (2, 384), (4, 384), (1, 30), (2, 7)])
def test_a_code_takes_its_bits_and_a_factor(bits: int, dim: int) -> None:
    codec = Codec(dim, bits)
    codes = codec.encode(tokens(random_vectors(0, 9, dim)))
    padded = -(-dim // 8) * 8
    assert codes.dtype == np.uint8
    assert codes.shape == (9, padded * bits // 8 + SCALE)
    assert codec.decode(codes).vectors.shape == (9, padded)
    assert codec.encode(tokens(np.zeros((0, dim), dtype=np.float32))).shape == (0, codec.width)


def test_turning_keeps_inner_products() -> None:
    for dim in (384, 30):
        one, other, codec = random_vectors(1, 5, dim), random_vectors(2, 7, dim), Codec(dim)
        assert codec.turned(one) @ codec.turned(other).T == pytest.approx(one @ other.T, abs=1e-5)


def test_inner_products_are_unbiased_with_the_error_of_the_paper() -> None:
    """RaBitQ, theorem 3.2: the error is normal, its deviation that of a random direction times sqrt((1 - a^2) / a^2)."""
    dim, codec = 384, Codec(384, 1)
    rng = np.random.default_rng(3)
    queries = unit(rng.standard_normal((400, dim)))
    kept = unit(queries + rng.standard_normal((400, dim)) * 0.05)  # near: an estimate that shrinks would show
    errors = (codec.turned(queries) * codec.decode(codec.encode(tokens(kept, 3))).vectors).sum(axis=1) - (queries * kept).sum(
        axis=1
    )
    along = sqrt(2 / pi)
    apart = np.sqrt(1 - (queries * kept).sum(axis=1) ** 2)
    expected = float(np.sqrt(np.mean(apart**2))) * sqrt((1 - along**2) / along**2) / sqrt(dim - 1)
    assert errors.std() == pytest.approx(expected, rel=0.15)
    assert abs(errors.mean()) < 4 * expected / sqrt(len(errors))


def test_more_bits_lose_less() -> None:
    vectors = random_vectors(4, 300)
    losses = [
        float(
            (
                (Codec(384, bits).decode(Codec(384, bits).encode(tokens(vectors))).vectors - Codec(384, bits).turned(vectors))
                ** 2
            )
            .sum(axis=1)
            .mean()
        )
        for bits in (1, 2, 4)
    ]
    # Max (1960): what is left of a normal variable with as many levels, made unbiased: d / (1 - d).
    for loss, left in zip(losses, (0.3634, 0.1175, 0.009497), strict=True):
        assert loss == pytest.approx(left / (1 - left), rel=0.05)


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_levels_are_those_that_lose_least(bits: int) -> None:
    """Lloyd's condition: each level is the mean of what it stands for."""
    above = np.array(LEVELS[bits])
    values = np.abs(np.random.default_rng(5).standard_normal(2_000_000))
    places = np.searchsorted((above[1:] + above[:-1]) / 2, values)
    assert [values[places == row].mean() for row in range(len(above))] == pytest.approx(above.tolist(), rel=0.01)


def test_late_interaction_finds_the_same_best_with_one_bit() -> None:
    rng = np.random.default_rng(6)
    passages = [random_vectors(seed, 60) for seed in range(100, 160)]
    query = unit(passages[17][rng.permutation(60)[:8]] + rng.standard_normal((8, 384)) * 0.06)
    codec = Codec(384)
    alike = np.full(8, 1 / 8, dtype=np.float32)
    full = interaction(query, alike, [tokens(one) for one in passages])
    kept = interaction(codec.turned(query), alike, [codec.decode(codec.encode(tokens(one))) for one in passages])
    assert kept.argmax() == full.argmax() == 17
    assert abs(kept[17] - full[17]) < 0.05


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_a_code_knows_where_sentences_begin(bits: int) -> None:
    """Where a vector is nothing, too; and what is decoded is the same wherever they begin."""
    vectors, codec = random_vectors(8, 12), Codec(384, bits)
    vectors[4] = 0
    plain = codec.decode(codec.encode(tokens(vectors)))
    for begins in ((), (0,), (0, 4, 11), (2, 3), tuple(range(12))):
        found = codec.decode(codec.encode(tokens(vectors, *begins)))
        assert found.begins.tolist() == list(begins)
        assert found.vectors.tobytes() == plain.vectors.tobytes()


def test_the_same_vectors_give_the_same_bytes() -> None:
    vectors = tokens(random_vectors(8, 40))
    assert Codec(384).encode(vectors).tobytes() == Codec(384).encode(vectors).tobytes()

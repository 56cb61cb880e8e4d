"""Late interaction, feedback and diversity do what their papers say."""

from __future__ import annotations

import numpy as np
import pytest

from semspace.arrays import Ranking, Vectors, unit
from semspace.feedback import combine, rocchio
from semspace.latent.directions import whitened_difference
from semspace.latent.moments import Moments
from semspace.ranking import diverse
from semspace.reranking import maxsim


def random_vectors(seed: int, count: int, dim: int = 16) -> Vectors:
    return unit(np.random.default_rng(seed).standard_normal((count, dim)))


def test_maxsim_is_the_mean_over_query_tokens_of_the_best_cosine() -> None:
    query, passages = random_vectors(0, 5), [random_vectors(seed, size) for seed, size in ((1, 7), (2, 1), (3, 30))]
    expected = [np.mean([max(float(q @ p) for p in passage) for q in query]) for passage in passages]
    assert maxsim(query, passages).tolist() == pytest.approx(expected, abs=1e-6)


def test_a_text_without_tokens_scores_nothing() -> None:
    nothing = np.zeros((0, 16), dtype=np.float32)
    tokens = random_vectors
    assert maxsim(tokens(0, 3), [nothing, tokens(1, 2), nothing])[[0, 2]].tolist() == [0, 0]
    assert maxsim(nothing, [tokens(1, 2)]).tolist() == [0]
    assert maxsim(tokens(0, 3), []).tolist() == []


def test_rocchio_moves_towards_what_was_liked() -> None:
    query, likes, dislikes = random_vectors(0, 1), random_vectors(1, 3), random_vectors(2, 2)
    moved = rocchio(query, likes, dislikes)
    expected = query[0] + 0.75 * likes.mean(axis=0) - 0.15 * dislikes.mean(axis=0)
    assert moved[0] == pytest.approx(expected / np.linalg.norm(expected), abs=1e-6)
    assert rocchio(query, likes[:0], dislikes[:0]) == pytest.approx(query, abs=1e-6)


def test_what_was_not_liked_moves_a_query_less_where_nothing_was_liked() -> None:
    query, likes, dislikes = random_vectors(0, 1), random_vectors(1, 3), random_vectors(2, 2)
    alone = rocchio(query, likes[:0], dislikes)[0]
    whole = query[0] - 0.15 * dislikes.mean(axis=0)
    assert alone @ dislikes.mean(axis=0) < query[0] @ dislikes.mean(axis=0)
    assert alone @ query[0] > whole / np.linalg.norm(whole) @ query[0]


def test_the_whitened_difference_parts_classes_better_than_the_mean() -> None:
    """Two classes that differ in a direction of little variance: the mean is drowned by the others, the difference is not."""
    rng = np.random.default_rng(3)
    scales = np.r_[3.0, 2.0, 1.5, np.ones(12), 0.3]
    texts = rng.standard_normal((2_000, 16)) * scales
    wanted = np.arange(2_000) < 200
    texts[wanted, -1] += 1.5
    vectors = unit(texts.astype(np.float32))
    moments = Moments.of(vectors)
    likes = vectors[:5]
    direction = whitened_difference(likes, likes[:0], moments)[None].astype(np.float32)

    def found(query: Vectors) -> float:
        best = np.argsort(-(vectors[5:] @ query[0]))[:100]
        return float(wanted[5:][best].mean())

    assert found(direction) > found(unit(likes.mean(axis=0)[None, :])) + 0.1
    away = whitened_difference(likes, vectors[-5:], moments)[None]
    assert (vectors[:5] @ away[0]).mean() > (vectors[-5:] @ away[0]).mean()


def test_what_is_taken_from_a_query_is_further_from_it() -> None:
    query, other = random_vectors(0, 1), random_vectors(1, 1)
    assert float(combine(query, other[:0], other)[0] @ other[0]) < float(query[0] @ other[0])
    assert float(combine(query, other, other[:0])[0] @ other[0]) > float(query[0] @ other[0])


def test_diverse_hits_leave_out_what_says_the_same() -> None:
    vectors = np.eye(16, dtype=np.float32)[[0, 0, 0, 1, 2]]
    ranking = Ranking.of(np.arange(5), np.array([1.0, 0.99, 0.98, 0.7, 0.6], dtype=np.float32))
    assert diverse(ranking, vectors, 3).ids.tolist()[0] == 0
    assert set(diverse(ranking, vectors, 3).ids.tolist()) == {0, 3, 4}
    assert diverse(ranking, vectors, 3, balance=1.0).ids.tolist() == [0, 1, 2]
    assert len(diverse(ranking, vectors, 10)) == 5

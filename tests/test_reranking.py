"""Late interaction, feedback and diversity do what their papers say."""

from __future__ import annotations

import re

import numpy as np
import pytest

from semspace.arrays import Ranking, SentenceTokens, TokenVectors, Vectors, unit
from semspace.feedback import SURER, WITNESSES, combine, guessed, rocchio
from semspace.latent.directions import whitened_difference
from semspace.latent.moments import Moments
from semspace.ranking import diverse
from semspace.records import Passage
from semspace.reranking import in_sentences, interaction, token_weights


def random_vectors(seed: int, count: int, dim: int = 16) -> Vectors:
    return unit(np.random.default_rng(seed).standard_normal((count, dim)))


def whole(vectors: Vectors) -> SentenceTokens:
    return SentenceTokens(vectors, np.zeros(min(1, len(vectors)), dtype=np.int64))


def alike(count: int) -> Vectors:
    return np.full(count, 1 / max(count, 1), dtype=np.float32)


def words_of(text: str) -> TokenVectors:
    """Make a token of every word."""
    spans = [match.span() for match in re.finditer(r"\S+", text)]
    return TokenVectors(random_vectors(len(text), len(spans)), np.array(spans, dtype=np.int64).reshape(-1, 2))


def test_of_one_sentence_it_is_the_mean_over_query_tokens_of_the_best_cosine() -> None:
    query, passages = random_vectors(0, 5), [random_vectors(seed, size) for seed, size in ((1, 7), (2, 1), (3, 30))]
    expected = [np.mean([max(float(q @ p) for p in passage) for q in query]) for passage in passages]
    assert interaction(query, alike(5), [whole(one) for one in passages]).tolist() == pytest.approx(expected, abs=1e-6)


def test_a_text_without_tokens_scores_nothing() -> None:
    nothing = np.zeros((0, 16), dtype=np.float32)
    tokens = random_vectors
    passages = [whole(one) for one in (nothing, tokens(1, 2), nothing)]
    assert interaction(tokens(0, 3), alike(3), passages)[[0, 2]].tolist() == [0, 0]
    assert interaction(tokens(0, 3), alike(3), passages)[1] != 0
    assert interaction(nothing, alike(0), [whole(tokens(1, 2))]).tolist() == [0]
    assert interaction(tokens(0, 3), alike(3), []).tolist() == []


def test_a_passage_is_worth_what_its_best_sentence_is() -> None:
    """Against a loop over the sentences, each with the title and headings before them, of random passages."""
    rng = np.random.default_rng(5)
    query, weights = random_vectors(0, 6), rng.dirichlet(np.ones(6)).astype(np.float32)
    passages, expected = [], []
    for seed in range(40):
        vectors = random_vectors(100 + seed, int(rng.integers(1, 30)))
        begins = np.unique(rng.integers(0, len(vectors), int(rng.integers(0, 5)))).astype(np.int64)
        passages.append(SentenceTokens(vectors, begins))
        title, *rest = np.split(vectors, begins)
        sentences = [np.concatenate([title, one]) for one in rest] or [title]
        expected.append(max(float(weights @ (query @ one.T).max(axis=1)) for one in sentences))
    assert {len(one.begins) for one in passages} == {0, 1, 2, 3, 4}
    assert interaction(query, weights, passages).tolist() == pytest.approx(expected, abs=1e-6)


def test_words_that_stand_together_are_worth_more_than_the_same_words_apart() -> None:
    query, other = np.eye(4, 16, dtype=np.float32), np.eye(16, dtype=np.float32)[8:12]
    together = SentenceTokens(np.concatenate([query, other]), np.array([0, 4]))
    apart = SentenceTokens(np.concatenate([query[:2], other[:2], query[2:], other[2:]]), np.array([0, 4]))
    assert interaction(query, alike(4), [together, apart]).tolist() == pytest.approx([1.0, 0.5])
    titled = SentenceTokens(apart.vectors, np.array([2, 6]))
    assert interaction(query, alike(4), [titled]).tolist() == pytest.approx([1.0])


def test_the_tokens_of_a_passage_are_those_of_its_sentences_and_the_title_stands_before_them() -> None:
    text = "Prune in winter. Not in spring.\n\n# When it rains\nWait a day."
    passage = Passage(0, len(text), text, context="Roses > A year")
    found = in_sentences(passage, words_of(passage.encoded))
    assert [passage.encoded.split()[row] for row in found.begins.tolist()] == ["Prune", "Not", "#", "Wait"]
    assert found.begins[0] == 4
    alone = in_sentences(Passage(0, len(text), text), words_of(text))
    assert alone.begins.tolist() == [0, 3, 6, 10]
    skipping = in_sentences(Passage(0, len(text), text, skips=((0, 17),)), words_of(text[17:]))
    assert skipping.begins.tolist() == [0, 3, 7]
    assert in_sentences(Passage(0, 0, ""), words_of("")).begins.tolist() == []


def test_half_of_the_weight_of_a_query_token_is_by_how_much_its_word_tells() -> None:
    query = words_of("what is osteoporosis of bone")
    weights = token_weights(query, [(0, 4, 0.0), (8, 20, 6.0), (24, 28, 2.0)])
    assert weights.tolist() == pytest.approx([0.1, 0.1, 0.1 + 0.375, 0.1, 0.1 + 0.125])
    assert token_weights(query, []).tolist() == pytest.approx([0.2] * 5)
    assert token_weights(query, [(0, 4, 0.0)]).tolist() == pytest.approx([0.2] * 5)
    assert token_weights(words_of(""), [(0, 4, 1.0)]).tolist() == []


def test_what_probably_answers_is_the_mean_of_the_best_by_their_odds() -> None:
    """Against a loop: the odds grow with the score, sharper than they do, and none but the first ten are witnesses."""
    vectors, slope = random_vectors(2, 30), 14.0
    scores = np.sort(np.random.default_rng(3).uniform(0, 0.1, 30))[::-1]
    odds = [np.exp(SURER * slope * score) for score in scores[:WITNESSES]]
    answer = sum(share * vector for share, vector in zip(odds, vectors, strict=False)) / sum(odds)
    assert guessed(scores, vectors, slope).tolist() == pytest.approx([float(answer @ one) for one in vectors], abs=1e-6)
    sure = np.r_[9.0, scores[1:]]
    assert guessed(sure, vectors, slope).tolist() == pytest.approx((vectors @ vectors[0]).tolist(), abs=1e-6)
    alike = guessed(np.zeros(30), vectors, slope)
    assert alike.tolist() == pytest.approx((vectors @ vectors[:WITNESSES].mean(axis=0)).tolist(), abs=1e-6)
    assert guessed(scores[:0], vectors[:0], slope).tolist() == []


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

"""Topics: what belongs together is together, every text has a place, and names say what is there."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from semspace.arrays import Vectors, unit
from semspace.encoders import Encoder
from semspace.latent.agreement import adjusted_rand, purity, split_half
from semspace.latent.graph import nearest
from semspace.latent.naming import log_odds, spread_out
from semspace.latent.topics import groups_of, grow, seeds

XQUAD = Path(__file__).parents[2] / "../shared/data/xquad/en/corpus.jsonl"


def planted(sizes: list[int], dim: int = 32, spread: float = 0.12, seed: int = 1) -> tuple[Vectors, np.ndarray]:
    rng = np.random.default_rng(seed)
    centers = unit(rng.standard_normal((len(sizes), dim)))
    labels = np.repeat(np.arange(len(sizes)), sizes)
    order = rng.permutation(len(labels))
    vectors = unit(centers[labels] + spread * rng.standard_normal((len(labels), dim)))
    return vectors[order], labels[order]


@pytest.mark.parametrize("most", [5_000, 100], ids=["one by one", "in groups"])
def test_planted_topics_are_found_with_a_place_for_every_text(most: int) -> None:
    vectors, labels = planted([400, 250, 120, 60, 30])
    found = grow(vectors, most).cut(5)
    assert adjusted_rand(labels, found) > 0.99
    assert np.bincount(found).tolist() == [400, 250, 120, 60, 30]


@pytest.mark.parametrize("most", [5_000, 100])
def test_the_same_texts_have_the_same_topics(most: int) -> None:
    vectors, _ = planted([150] * 6, spread=0.4)
    first, second = grow(vectors, most), grow(vectors.copy(), most)
    np.testing.assert_array_equal(first.joins, second.joins)
    np.testing.assert_array_equal(first.centers, second.centers)


def test_a_cut_makes_as_many_topics_as_are_wanted_each_within_one_of_the_cut_above() -> None:
    vectors, _ = planted([40] * 8, spread=0.5)
    tree = grow(vectors)
    above = tree.cut(3)
    for count in (4, 9, 20):
        below = tree.cut(count)
        assert len(set(below.tolist())) == count
        assert all(len(set(above[below == topic].tolist())) == 1 for topic in range(count))


def test_a_cut_is_that_of_scipy() -> None:
    from scipy.cluster.hierarchy import fcluster

    tree = grow(planted([30, 20, 10, 25], spread=0.6)[0])
    for count in (1, 2, 5, 11):
        assert adjusted_rand(fcluster(tree.joins, count, "maxclust"), tree.cut(count)) == 1


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_few_texts_have_few_topics(count: int) -> None:
    tree = grow(unit(np.eye(4))[:count])
    assert tree.cut(10).tolist() == list(range(count))


def test_a_few_more_texts_change_few_seeds_and_no_number_of_groups() -> None:
    vectors, _ = planted([2_000] * 2, spread=0.6)
    first, more = vectors[seeds(vectors[:3_960], 200)], vectors[seeds(vectors, 200)]
    same = {row.tobytes() for row in first} & {row.tobytes() for row in more}
    assert len(same) >= 194
    assert groups_of(3_960) == groups_of(4_000)


def test_seeds_are_of_different_texts() -> None:
    assert len(seeds(np.repeat(unit(np.eye(5)), 10, axis=0), 20)) == 5


def test_agreement_is_that_of_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
    rng = np.random.default_rng(0)
    for _ in range(5):
        one, other = rng.integers(0, 6, 200), rng.integers(0, 3, 200)
        other[:80] = one[:80]
        assert adjusted_rand(one, other) == pytest.approx(metrics.adjusted_rand_score(one, other), abs=1e-12)
    assert adjusted_rand(np.zeros(5, int), np.zeros(5, int)) == 1


def test_topics_that_are_there_agree_between_halves_and_topics_of_noise_do_not() -> None:
    assert split_half(planted([200] * 5)[0], 5) > 0.95
    assert split_half(unit(np.random.default_rng(2).standard_normal((1_000, 32))), 5) < 0.3


def test_purity_is_one_where_neighbours_share_a_topic_and_chance_where_they_need_not() -> None:
    vectors, labels = planted([300, 100], spread=0.05)
    held, chance = purity(labels, nearest(vectors))
    assert held.tolist() == [1, 1]
    assert chance == pytest.approx([299 / 399, 99 / 399])
    shuffled, _ = purity(np.random.default_rng(0).permutation(labels), nearest(vectors))
    assert shuffled == pytest.approx(chance, abs=0.06)


def test_topics_of_real_texts_agree_with_their_articles_as_k_means_that_knows_their_number_does(encoder: Encoder) -> None:
    if not XQUAD.is_file():
        pytest.skip("the passages of XQuAD are not here")
    cluster = pytest.importorskip("sklearn.cluster", reason="scikit-learn is not installed")
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
    rows = [json.loads(line) for line in XQUAD.read_text(encoding="utf-8").splitlines()]
    labels = np.unique([row["title"] for row in rows], return_inverse=True)[1]
    vectors, count = encoder.encode([row["text"] for row in rows], "passage"), int(labels.max()) + 1
    found = grow(vectors).cut(count)
    for measure in (metrics.adjusted_rand_score, metrics.normalized_mutual_info_score):
        theirs = [cluster.KMeans(count, n_init=3, random_state=s).fit_predict(vectors) for s in range(3)]
        assert measure(labels, found) >= np.mean([measure(labels, one) for one in theirs]) - 0.05


def test_log_odds_find_the_planted_word_and_not_one_that_all_share() -> None:
    rng = np.random.default_rng(4)
    tallies = rng.poisson(20, (5, 300)).astype(float)
    tallies[np.arange(5), np.arange(5)] += 40
    tallies[:, 10] += 200
    for group in range(5):
        z = log_odds(tallies[group], tallies.sum(axis=0) - tallies[group], tallies.sum(axis=0))
        assert z.argmax() == group
        assert abs(z[10]) < 2.5


def test_log_odds_are_those_of_the_paper_on_a_case_worked_by_hand() -> None:
    """Two words, 8 and 2 against 2 and 8, a prior of 10 spread half and half: 13/7 against 7/13, variance 1/13 + 1/7."""
    z = log_odds(np.array([8.0, 2.0]), np.array([2.0, 8.0]), np.array([10.0, 10.0]), prior=10)
    expected = (np.log(13 / 7) - np.log(7 / 13)) / np.sqrt(1 / 13 + 1 / 7)
    assert z == pytest.approx([expected, -expected])


def test_a_name_is_near_to_its_topic_and_says_nothing_twice() -> None:
    vectors = unit(np.array([[1, 0, 0, 0.0], [0.99, 0.1, 0, 0], [0.7, 0.7, 0, 0], [0, 0, 0, 1], [0.8, 0, 0.6, 0]]))
    stems = [frozenset({name}) for name in ("rose", "roses", "prune", "tax", "bed")]
    stems[1] = stems[0]
    chosen = spread_out(np.array([5.0, 5, 5, 5, 5]), vectors, unit(np.array([1, 0.3, 0.2, 0]))[0], stems)
    assert chosen[0] in {0, 1}
    assert len({next(iter(stems[word])) for word in chosen}) == 3
    assert 3 not in chosen

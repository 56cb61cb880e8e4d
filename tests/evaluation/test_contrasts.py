"""What is said of differences is what the published tests say, and holds as often as it claims."""

from __future__ import annotations

import numpy as np
import pytest

from semspace.evaluation import differences, holm, paired_interval, randomised, verdict
from semspace.records import Difference


def test_holm_gives_what_r_gives() -> None:
    # p.adjust(c(.01, .04, .03, .005), "holm")
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_the_randomisation_test_is_that_of_scipy() -> None:
    stats = pytest.importorskip("scipy.stats", reason="scipy is not installed")
    rng = np.random.default_rng(5)
    for shift in (0.0, 0.05, 0.12):
        gaps = rng.normal(shift, 0.3, 40)
        theirs = stats.permutation_test(
            (gaps,), np.mean, permutation_type="samples", n_resamples=20_000, vectorized=True, rng=np.random.default_rng(1)
        ).pvalue
        assert randomised(gaps) == pytest.approx(theirs, abs=0.015)


def test_the_paired_interval_is_that_of_scipy() -> None:
    stats = pytest.importorskip("scipy.stats", reason="scipy is not installed")
    gaps = np.random.default_rng(6).normal(0.1, 0.4, 80)
    theirs = stats.bootstrap((gaps,), np.mean, method="percentile", n_resamples=20_000, rng=np.random.default_rng(1))
    assert paired_interval(gaps) == pytest.approx(tuple(theirs.confidence_interval), abs=0.004)


def test_two_queries_never_prove_anything() -> None:
    assert randomised(np.array([0.5, 0.5])) >= 0.45
    assert randomised(np.array([0.5])) == 1
    assert randomised(np.zeros(30)) == 1


def test_a_difference_that_is_not_there_is_seen_1_time_in_20() -> None:
    rng = np.random.default_rng(8)
    seen = np.mean([randomised(rng.choice([-0.6, 0.0, 0.6], 40, p=[0.2, 0.6, 0.2])) < 0.05 for _ in range(150)])
    assert seen <= 0.1


def test_a_paired_interval_holds_the_difference_19_times_in_20() -> None:
    rng = np.random.default_rng(9)
    held = np.mean([low <= 0.2 <= high for low, high in (paired_interval(rng.normal(0.2, 0.5, 60)) for _ in range(120))])
    assert 0.88 <= held <= 1


def test_what_makes_a_query_hard_for_both_falls_out_of_the_difference() -> None:
    rng = np.random.default_rng(4)
    hardness = rng.uniform(0, 0.8, 60)
    (found,) = differences(["a", "b"], np.array([hardness + 0.05, hardness + rng.normal(0, 0.01, 60)]))
    assert (found.first, found.second) == ("a", "b")
    assert found.ci95[0] > 0.04
    assert found.p < 0.001
    # The two means alone are far less certain than their difference.
    assert hardness.std() / np.sqrt(60) > 0.02


def test_wins_losses_and_ties_are_counted_from_the_better_one() -> None:
    (found,) = differences(["worse", "better"], np.array([[0.5, 0.0, 0.2, 1.0], [0.5, 1.0, 0.4, 0.9]]))
    assert (found.first, found.wins, found.losses, found.ties) == ("better", 2, 1, 1)
    assert found.mean == pytest.approx(0.275)


def test_pairs_are_corrected_for_how_many_there_are_and_repeat_bit_for_bit() -> None:
    scores = np.random.default_rng(2).uniform(0, 1, (4, 50))
    found = differences("abcd", scores)
    assert len(found) == 6
    assert [one.adjusted for one in found] == pytest.approx(holm([one.p for one in found]))
    assert found == differences("abcd", scores)


def far(first: str, second: str, mean: float, low: float, high: float, p: float, adjusted: float | None = None) -> Difference:
    return Difference(first, second, mean, (low, high), p, p if adjusted is None else adjusted, 9, 1, 0)


def test_a_clear_winner_is_named_with_what_it_wins() -> None:
    found = [far("hybrid", "semantic", 0.091, 0.064, 0.118, 0.0001)]
    assert verdict(["semantic", "hybrid"], found, 300) == "hybrid beats semantic by 0.091 (95 % 0.064 to 0.118): use hybrid."


def test_where_nothing_differs_the_cheaper_one_will_do() -> None:
    found = [far("large", "small", 0.004, -0.02, 0.03, 0.7)]
    said = verdict(["small", "large"], found, 40)
    assert "that these 40 queries could show (small: up to 0.030 either way); small costs least and will do" in said


def test_a_draw_does_not_speak_for_what_the_queries_favour() -> None:
    found = [far("words", "both", 0.004, -0.02, 0.03, 0.7)]
    assert "words costs least: use words" in verdict(["words", "both"], found, 40)
    assert "both is not favoured by these queries and will do" in verdict(["words", "both"], found, 40, ["words"])


def test_too_few_queries_are_said_to_be_too_few_and_how_many_would_do() -> None:
    said = verdict(["small", "large"], [far("large", "small", 0.06, -0.04, 0.16, 0.2)], 20)
    assert "will do" not in said
    # An interval of 0.1 to either side shrinks to half with four times as many queries.
    assert "some 80 queries like these would tell" in said


def test_what_would_be_significant_alone_is_not_claimed_among_many() -> None:
    found = [
        far("a", "b", 0.02, 0.002, 0.04, 0.04, adjusted=0.12),
        far("a", "c", 0.3, 0.2, 0.4, 0.0001, 0.0003),
        far("b", "c", 0.28, 0.2, 0.4, 0.0001, 0.0003),
    ]
    said = verdict(["c", "b", "a"], found, 90)
    assert said.startswith("a beats c by 0.300")
    assert "may be chance" in said
    assert "b costs least and will do" in said

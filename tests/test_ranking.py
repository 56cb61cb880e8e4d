"""Two rankings become one, and a long document does not flood it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semspace.arrays import Ranking
from semspace.ranking import fuse, limit_per_group


def ranking(scores: dict[int, float]) -> Ranking:
    return Ranking.of(np.array(list(scores), dtype=np.int64), np.array(list(scores.values()), dtype=np.float32))


RANKINGS = st.dictionaries(st.integers(1, 50), st.floats(-5, 5, width=32), min_size=1, max_size=30).map(ranking)


def test_fusion_scales_each_side_and_adds_the_shares() -> None:
    fused = fuse(ranking({1: 0.9, 2: 0.5, 3: 0.1}), ranking({2: 12.0, 4: 4.0}), weight=0.6)
    assert fused.ids.tolist() == [2, 1, 3, 4]
    assert fused.scores.tolist() == pytest.approx([0.6 * 0.5 + 0.4, 0.6, 0.0, 0.0])


def test_with_one_side_empty_the_order_of_the_other_stands() -> None:
    dense = ranking({1: 0.2, 2: 0.7})
    assert fuse(dense, Ranking.empty()).ids.tolist() == [2, 1]
    assert fuse(Ranking.empty(), dense).ids.tolist() == [2, 1]
    assert len(fuse(Ranking.empty(), Ranking.empty())) == 0


def test_equal_scores_are_ordered_by_id() -> None:
    assert ranking({9: 0.5, 3: 0.5, 7: 0.9}).ids.tolist() == [7, 3, 9]


@given(RANKINGS, RANKINGS, st.floats(0, 1))
def test_a_passage_that_is_best_on_both_sides_is_best(dense: Ranking, lexical: Ranking, weight: float) -> None:
    best = 100
    both = [ranking({**dict(zip(r.ids.tolist(), r.scores.tolist(), strict=True)), best: 10.0}) for r in (dense, lexical)]
    assert fuse(*both, weight=weight).scores[fuse(*both, weight=weight).ids == best][0] == pytest.approx(1.0)


@given(RANKINGS, RANKINGS)
def test_fused_scores_lie_between_0_and_1_and_no_passage_is_lost(dense: Ranking, lexical: Ranking) -> None:
    fused = fuse(dense, lexical)
    assert set(fused.ids.tolist()) == {*dense.ids.tolist(), *lexical.ids.tolist()}
    assert ((fused.scores >= 0) & (fused.scores <= 1 + 1e-6)).all()
    assert (np.diff(fused.scores) <= 0).all()


@given(RANKINGS, st.integers(1, 4))
def test_a_limit_per_group_keeps_the_best_of_each(given_ranking: Ranking, limit: int) -> None:
    groups = given_ranking.ids % 5
    kept = limit_per_group(given_ranking, groups, limit)
    expected, seen = [], dict.fromkeys(range(5), 0)
    for number in given_ranking.ids.tolist():
        seen[number % 5] += 1
        if seen[number % 5] <= limit:
            expected.append(number)
    assert kept.ids.tolist() == expected

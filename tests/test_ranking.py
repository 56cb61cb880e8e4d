"""A ranking is ordered, and a long document does not flood it."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from semspace.arrays import Ranking
from semspace.ranking import limit_per_group


def ranking(scores: dict[int, float]) -> Ranking:
    return Ranking.of(np.array(list(scores), dtype=np.int64), np.array(list(scores.values()), dtype=np.float32))


RANKINGS = st.dictionaries(st.integers(1, 50), st.floats(-5, 5, width=32), min_size=1, max_size=30).map(ranking)


def test_equal_scores_are_ordered_by_id() -> None:
    assert ranking({9: 0.5, 3: 0.5, 7: 0.9}).ids.tolist() == [7, 3, 9]


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

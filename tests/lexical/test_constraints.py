"""What must be there is there, what must not is not, and unspaced scripts are found by their parts."""

from __future__ import annotations

import numpy as np
import pytest

from semspace.lexical import Clause, LexicalIndex, spans, understand

TEXTS = {
    1: ("Frost", "A late frost in April kills the blossom."),
    2: ("Roses", "Prune roses before the frost, not late."),
    3: ("Café", "Multilingual menus; the crème brûlée is late."),
    4: ("", "北京是中华人民共和国的首都,位于华北平原。"),
    5: ("", "東京タワーは東京都港区にある電波塔。"),
    6: ("", "กรุงเทพมหานครเป็นเมืองหลวงของประเทศไทย"),
    7: ("", "海"),
}


@pytest.fixture
def index() -> LexicalIndex:
    made = LexicalIndex(None)
    made.update(np.empty(0, dtype=np.int64), [(number, context, text) for number, (context, text) in TEXTS.items()])
    return made


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("late", {1, 2, 3}),
        ('"late frost"', {1}),
        ('"frost late"', set()),
        ("late -frost", {3}),
        ('late -"late frost"', {2, 3}),
        ("late +roses", {2}),
        ("late +frosts -blossom", {2}),
        ("multi*", {3}),
        ("+multi* late", {3}),
        ("blossoming*", {1}),
        ("CREME", {3}),
        ("+nothing late", set()),
        ("首都", {4}),
        ("东京", set()),
        ("東京都", {5}),
        ('"人民共和国"', {4}),
        ('"国共和民人"', set()),
        ("เมืองหลวง", {6}),
        ("海", {7}),
        ("京", {4, 5}),
    ],
)
def test_a_query_finds(index: LexicalIndex, query: str, expected: set[int]) -> None:
    assert set(index.search(understand(query), 10).ids.tolist()) == expected


def test_plain_words_are_never_operators(index: LexicalIndex) -> None:
    assert set(index.search("late -frost", 10).ids.tolist()) == {1, 2, 3}


def test_passages_that_hold_clauses_are_told(index: LexicalIndex) -> None:
    both = [Clause("late"), Clause("frost")]
    assert index.holding(both, every=True).tolist() == [1, 2]
    assert index.holding(both, every=False).tolist() == [1, 2, 3]
    assert index.holding([Clause("...")], every=True).tolist() == []


def test_matches_of_unspaced_scripts_are_marked() -> None:
    text = "我们在北京的首都机场见面"
    assert [text[start:end] for start, end in spans("首都机场 北京", text)] == ["北京", "首都机场"]

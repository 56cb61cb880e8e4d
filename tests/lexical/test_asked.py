"""What is typed is understood as people mean it, and never as a syntax error."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semspace.lexical.asked import Asked, Clause, understand


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("late frost", Asked("late frost")),
        ('"late frost" roses', Asked("late frost roses", (Clause("late frost"),))),
        ("roses +frost -april", Asked("roses frost", (Clause("frost"),), (Clause("april"),))),
        ('roses -"late frost"', Asked("roses", (), (Clause("late frost"),))),
        ("multi* content", Asked("multi content", (), (), (Clause("multi", prefix=True),))),
        ("+multi* content", Asked("multi content", (Clause("multi", prefix=True),))),
        # None of these is an operator: a hyphen within a word, a number below zero, a telephone number, a dash, a list.
        ("state-of-the-art", Asked("state-of-the-art")),
        ("melts at -40 degrees", Asked("melts at -40 degrees")),
        ("+44 20 7946", Asked("+44 20 7946")),
        ("bread - and wine", Asked("bread - and wine")),
        ("C++ and 2*3", Asked("C++ and 2*3")),
        ('an "unfinished phrase', Asked('an "unfinished phrase')),
        ('a 12" pipe and a 3" bend', Asked('a 12" pipe and a 3" bend')),
        ('""', Asked('""')),
        ("don't panic", Asked("don't panic")),
        # There would be nothing left to look for.
        ("-april", Asked("-april")),
        ("title:frost AND (a OR b) ~2 ^3", Asked("title:frost AND (a OR b) ~2 ^3")),
    ],
)
def test_a_query_is_understood(query: str, expected: Asked) -> None:
    assert understand(query) == expected


@given(st.text())
def test_any_text_is_a_query(query: str) -> None:
    asked = understand(query)
    if any(map(str.isalnum, query)):
        assert any(map(str.isalnum, asked.text))


def test_hostile_queries_take_no_time() -> None:
    started = time.perf_counter()
    for part in ('"', "-a", "+", "a*", '"a ', "a", "a-"):
        understand(part * 300_000)
    assert time.perf_counter() - started < 2

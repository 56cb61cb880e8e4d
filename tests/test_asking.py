"""What is asked, before anything is looked for."""

from __future__ import annotations

import pytest

from semspace.asking import excluded


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("web frameworks but not django", "django"),
        ("cakes without sugar", "sugar"),
        ("cats, not dogs", None),
        ("cats not dogs", "dogs"),
        ("letters except from the bank", "bank"),
        ("planets other than Mars and Venus", "Mars and Venus"),
        ("cooking and not baking, please", "baking"),
    ],
)
def test_a_query_that_excludes_something_is_noticed(query: str, what: str | None) -> None:
    assert excluded(query) == what


@pytest.mark.parametrize(
    "query",
    [
        "why does it not work",
        "to be or not to be",
        "what is not found",
        "notes on knots",
        "a file that could not be read",
        "not",
    ],
)
def test_a_query_that_asks_why_something_is_not_so_excludes_nothing(query: str) -> None:
    assert excluded(query) is None

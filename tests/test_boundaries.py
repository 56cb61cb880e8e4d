"""Sentences stand where a reader sees them: in prose, lists, Markdown and code."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semspace.boundaries import bare, sentences


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Prune in winter. Water in June.", ["Prune in winter.", "Water in June."]),
        ('He said "wait!" Nobody did.', ['He said "wait!"', "Nobody did."]),
        ("Ask Dr. J. K. Smith of the U.S. Senate. He knows.", ["Ask Dr. J. K. Smith of the U.S. Senate.", "He knows."]),
        ("See e.g. Fig. 3, vol. 2 for it. then go on.", ["See e.g. Fig. 3, vol. 2 for it. then go on."]),
        ("It costs 3.5 million. See example.com for more.", ["It costs 3.5 million.", "See example.com for more."]),
        ("Am 3. Mai war es kalt. Im Juni nicht.", ["Am 3. Mai war es kalt.", "Im Juni nicht."]),
        ("It took nearly 30. It was late.", ["It took nearly 30.", "It was late."]),
        ("It ended in 1998. Then it rained.", ["It ended in 1998.", "Then it rained."]),
        ("剪定は冬に行います。「はい。」春は\uff1f", ["剪定は冬に行います。", "「はい。」", "春は\uff1f"]),
        ("यह है। वह है।", ["यह है।", "वह है।"]),
        ("1. First thing\n2. Second thing. And more.\n* third", ["1. First thing", "2. Second thing.", "And more.", "* third"]),
        ("# Roses\n\nPrune them.\n\n| a | b |", ["# Roses", "Prune them.", "| a | b |"]),
        ("def f(x):\n    y = x.z\n    return y", ["def f(x):", "y = x.z", "return y"]),
        ("", []),
        (" \n\t\n", []),
    ],
)  # fmt: skip
def test_a_text_is_cut_where_a_reader_would(text: str, wanted: list[str]) -> None:
    assert cut(text) == wanted


def test_a_sentence_goes_on_over_a_line_that_was_full() -> None:
    text = "The winter bees are the same species and yet other animals. A summer bee works\nitself to death. So it is."
    assert cut(text) == [
        "The winter bees are the same species and yet other animals.",
        "A summer bee works\nitself to death.",
        "So it is.",
    ]


def test_headings_fences_and_rules_say_nothing_by_themselves() -> None:
    assert all(map(bare, ["## Roses", "```python", "---", "| --- | :-- |", "* * *"]))
    assert not any(map(bare, ["#hashtag", "- an item", "| roses | red |", "-5 degrees", "text"]))


@given(st.text(st.sampled_from("aB1 .!?。।…\"')\n\t#*-"), max_size=80))
def test_no_word_is_lost_and_none_comes_twice(text: str) -> None:
    found = sentences(text)
    assert all(start < end for start, end in found)
    assert all(one[1] <= other[0] for one, other in pairwise(found))
    gaps = pairwise([(0, 0), *found, (len(text), len(text))])
    assert not "".join(text[one[1] : other[0]] for one, other in gaps).strip()

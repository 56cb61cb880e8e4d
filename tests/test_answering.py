"""Hits with the reason for each: the sentence that answers, and the words that carry it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from semspace import Space
from semspace.bench.faults import tiny
from semspace.records import MODES, Mode

TEXT = "The bakery opens at seven. A silver river runs under the stone bridge. Bread is sold until noon."


@pytest.fixture
def space(tmp_path: Path) -> Iterator[Space]:
    tiny.install(tmp_path / "models")
    with Space.create("reasons", tiny.NAME, home=tmp_path, models=tmp_path / "models") as made:
        made.add_texts([TEXT, "Nothing of it is here."], ids=["a", "b"])
        yield made


@pytest.mark.parametrize("mode", MODES)
def test_the_sentence_with_the_words_of_the_query_is_the_answer(space: Space, mode: Mode) -> None:
    hits = space.search("a bridge over the river", 2, mode, everything=True, reasons=True)
    hit = next(one for one in hits if one.key == "a")
    assert hit.answer is not None
    assert hit.text[slice(*hit.answer)] == "A silver river runs under the stone bridge."
    assert {hit.text[start:end] for start, end, _ in hit.marks} == {"river", "bridge"}


def test_reasons_are_given_where_they_are_asked_for(space: Space) -> None:
    hit = space.search("river", 1, everything=True)[0]
    assert (hit.answer, hit.marks) == (None, ())


def test_what_speaks_for_a_hit_is_told_for_those_that_are_given_only(space: Space) -> None:
    hits = space.search("river stone", 1, "lexical", everything=True, explain=True)
    assert hits[0].evidence is not None
    assert {word for word, _ in hits[0].evidence.words} == {"river", "stone"}
    assert space.search("river stone", 1, "lexical", everything=True)[0].evidence is None

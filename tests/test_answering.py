"""Hits with the reason for each: the sentence that answers, and the words that carry it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from semspace import Space
from semspace.bench.faults import tiny
from semspace.calibration import SLOPE
from semspace.feedback import GUESSED, HEARD, guessed
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


@pytest.fixture
def many(tmp_path: Path) -> Iterator[Space]:
    tiny.install(tmp_path / "models")
    rng = np.random.default_rng(4)
    words = sorted({word.strip(".").lower() for word in TEXT.split()})
    texts = sorted({" ".join(rng.choice(words, 5)) for _ in range(90)})
    with Space.create("many", tiny.NAME, home=tmp_path, models=tmp_path / "models") as made:
        made.add_texts(texts, [f"t{row}" for row in range(len(texts))])
        yield made


def test_a_score_is_the_sum_of_what_speaks_for_it(many: Space) -> None:
    """In hybrid search also how near a passage is to what probably answers: here by the vectors of all of them."""
    hits = many.search("silver river bridge", 200, everything=True, explain=True)
    assert len(hits) == len(many) > HEARD
    echoes, plain = dict[int, float](), dict[int, float]()
    for hit in hits:
        assert hit.evidence is not None
        assert hit.evidence.cosine is not None
        assert hit.evidence.echo is not None
        echoes[hit.id] = hit.evidence.echo
        plain[hit.id] = hit.evidence.cosine + hit.evidence.weight * hit.evidence.share
        assert hit.score == pytest.approx(plain[hit.id] + echoes[hit.id], abs=1e-6)
    best = sorted(plain, key=lambda number: (-plain[number], number))[:HEARD]
    vectors = many._store.vectors(np.array(best))
    near = GUESSED * guessed(np.array([plain[number] for number in best]), vectors, SLOPE)
    assert [echoes[number] for number in best] == pytest.approx(near.tolist(), abs=1e-6)
    rest = [echoes[number] for number in plain.keys() - set(best)]
    assert rest == pytest.approx([near.min()] * (len(many) - HEARD), abs=1e-6)


@pytest.mark.parametrize("mode", ["semantic", "lexical"])
def test_where_one_side_alone_is_asked_nothing_is_guessed(many: Space, mode: Mode) -> None:
    for hit in many.search("silver river bridge", 20, mode, everything=True, explain=True):
        assert hit.evidence is not None
        assert hit.evidence.echo is None
        side = hit.evidence.cosine if mode == "semantic" else hit.evidence.share
        assert hit.score == pytest.approx(side, abs=1e-6)


def test_relevance_falls_with_the_place_of_a_hit(many: Space) -> None:
    hits = many.search("silver river bridge", 200, everything=True)
    found = [hit.relevance for hit in hits if hit.relevance is not None]
    assert len(found) == len(hits)
    assert found == sorted(found, reverse=True)

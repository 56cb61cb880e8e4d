"""A person without judgements learns which way to search suits his texts; one with queries of his own, too."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from semspace.errors import InvalidInput, NotFound, PathNotFound
from semspace.evaluation import compare_known_items, compare_queries
from semspace.evaluation.cases import PassageTexts, asked_in, cases
from semspace.evaluation.known_items import Known, known, runs, says_the_same, untitled, without
from semspace.evaluation.sampling import Pieces, known_in
from semspace.records import Alternative
from semspace.space import Space

WORDS = "cat dog mat river mountain sea rain bread oven flour star planet orbit bank money price engine ship sail wind"
NOUNS = WORDS.split()
FILES = 30


def sentence(rng: random.Random) -> str:
    return f"The {' and the '.join(rng.choices(NOUNS, k=6))}."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("texts")
    rng = random.Random(3)
    for number in range(FILES):
        heading = f"{NOUNS[number % 20].title()} {NOUNS[(number * 7 + 3) % 20]} {number}"
        parts = [" ".join(sentence(rng) for _ in range(2)) for _ in range(3)]
        (folder / f"{number}.md").write_text(f"# {heading}\n\n" + "\n\n".join(parts) + "\n")
    return folder


@pytest.fixture(scope="module")
def space(folder: Path, tmp_path_factory: pytest.TempPathFactory, tiny_models: Path) -> Iterator[Space]:
    with Space.create(tmp_path_factory.mktemp("home") / "own", "tiny", models=tiny_models) as space:
        space.index([folder])
        yield space


def test_a_space_without_judgements_is_judged_and_the_same_on_every_run(space: Space, tiny_models: Path) -> None:
    found, again = (compare_known_items(space, queries=24, models=tiny_models) for _ in range(2))
    assert {one.name for one in found.measured} == {"hybrid", "semantic", "lexical"}
    assert {kind.kind for kind in found.kinds} == {"words", "thinned", "title", "sentence"}
    assert sum(kind.queries for kind in found.kinds) == found.queries >= 20
    assert [replace(one, ms=None) for one in found.measured] == [replace(one, ms=None) for one in again.measured]
    assert (found.verdict, found.differences, found.kinds) == (again.verdict, again.differences, again.kinds)


def test_an_encoder_without_any_sense_loses_to_words_and_the_verdict_says_so(space: Space, tiny_models: Path) -> None:
    found = compare_known_items(space, {"mode": ["semantic", "lexical"]}, queries=60, models=tiny_models)
    words = next(kind for kind in found.kinds if kind.kind == "words")
    assert words.favours.startswith("lexical")
    assert words.ndcg["lexical"] > words.ndcg["semantic"]


def test_what_nothing_is_held_out_of_is_found_where_a_search_finds_it(space: Space) -> None:
    with space.opened() as (searcher, store, words):
        rows = list(store.rows(store.ids().tolist()).values())
        asked = [one for one in known(rows, words.telling, 40) if one.kind in {"words", "thinned"}]
        found = cases(asked, searcher, store, words, space.encoder, 20.0)
        weight = searcher.calibration().weight
        for mode in ("hybrid", "semantic", "lexical"):
            measured = list(asked_in(found, Alternative(mode), weight, store, searcher, 10))
            for case, (_, _, rank) in zip(found, measured, strict=True):
                hits = space.search(case.topic.text, 100, mode, everything=True)
                read = case.topic.read(str(hit.id) for hit in hits)[:10]
                assert rank == pytest.approx(1 / (read.index("the passage") + 1) if "the passage" in read else 0)


def test_a_held_out_sentence_is_nowhere_in_what_is_searched(space: Space) -> None:
    with space.opened() as (searcher, store, words):
        rows = list(store.rows(store.ids().tolist()).values())
        asked = [one for one in known(rows, words.telling, 60) if one.kind in {"sentence", "title"}]
        assert {one.kind for one in asked} == {"sentence", "title"}
        for one, case in zip(asked, cases(asked, searcher, store, words, space.encoder, 20.0), strict=True):
            assert one.passage in case.instead
            assert one.passage in case.found.ids
            for text in (passage.own for passage in case.instead.values()):
                if one.kind == "sentence":
                    assert one.taken not in text
                else:
                    assert not set(store.row(one.passage).passage.heading) & set(text.split("\n"))
            # What was held out weighs less than what is there: the lexical evidence is not that of the sentence itself.
            if one.kind == "sentence":
                at = int(np.searchsorted(case.found.ids, one.passage))
                assert case.found.lexical[at] < words.shares(one.text, np.array([one.passage]))[0]


def test_a_duplicate_is_as_good_as_the_passage_itself(tmp_path: Path, tiny_models: Path) -> None:
    rng = random.Random(5)
    texts = [" ".join(sentence(rng) for _ in range(3)) for _ in range(12)]
    with Space.create(tmp_path / "twice", "tiny", models=tiny_models) as space:
        space.add_texts([*texts, *(text + " The rain." for text in texts)], [f"{row}" for row in range(24)], whole=True)
        found = compare_known_items(space, {"mode": ["lexical"]}, queries=24, models=tiny_models)
        assert next(kind for kind in found.kinds if kind.kind == "thinned").ndcg["lexical"] == pytest.approx(1)
        asked = Known(1, "the cat", "thinned")
        with space.opened() as (searcher, store, words):
            asked = replace(asked, text=store.row(1).passage.text)
            (case,) = cases([asked], searcher, store, words, space.encoder, 20.0)
            assert set(case.topic.places) == {"1", "13"}


def test_near_duplicates_are_told_by_what_they_share() -> None:
    text = "the ship has a sail and the wind is on the sea while rain falls on the mountain"
    assert says_the_same(runs(text), runs("Note: " + text + " tonight"))
    assert not says_the_same(runs(text), runs("the wind was on the river and bread is in the oven"))
    assert without("one  two\nthree four", "two three") == "one    four"
    assert without("as it is", "") == "as it is"


def test_models_and_sizes_are_compared_in_a_sample_encoded_anew(space: Space, tiny_models: Path) -> None:
    axes = {"mode": ["lexical", "semantic"], "chunk": ["usual", "16"]}
    found = compare_known_items(space, axes, queries=20, sample=60, models=tiny_models)
    assert len(found.measured) == 4
    assert all(one.seconds is not None for one in found.measured)
    assert {one.alternative.model for one in found.measured} == {"tiny"}
    assert "sample" in found.notes[0]
    # The question is found among far fewer pieces than there are, and the space itself is as it was.
    assert found.documents < FILES
    assert len(space) > 60


def test_nothing_that_is_asked_stands_word_by_word_in_a_sample(space: Space) -> None:
    with space.opened() as (_, store, words):
        rows = list(store.rows(store.ids().tolist()).values())
        pieces = Pieces(store).sample(rows, 80)
        texts, topics = known_in(pieces, rows, words.telling, 24, 7)
    assert {topic.kind for topic in topics} == {"words", "thinned", "title", "sentence"}
    for topic in topics:
        assert all(key in texts for key in topic.places)
        if topic.kind == "sentence":
            assert all(topic.text not in text for text in texts.values())
        if topic.kind == "title":
            assert all(topic.text not in text.split("\n")[0] for key, text in texts.items() if key in topic.places)


def test_a_long_document_is_several_pieces(tmp_path: Path, tiny_models: Path) -> None:
    rng = random.Random(1)
    with Space.create(tmp_path / "book", "tiny", models=tiny_models) as space:
        space.add_texts([" ".join(sentence(rng) for _ in range(150))], ["book"])
        with space.opened() as (_, store, _):
            rows = store.rows(store.ids().tolist())
            made = Pieces(store)
            pieces = {made.of(row).key: made.of(row) for row in rows.values()}
        assert len(pieces) == -(-len(rows) // 16)
        assert sum(len(piece.rows) for piece in pieces.values()) == len(rows)


def test_titles_and_headings_are_taken_out_of_a_text(space: Space) -> None:
    with space.opened() as (_, store, _):
        row = store.row(1)
    assert row.passage.heading
    assert untitled(row.passage.text, row) == row.passage.text.split("\n", 1)[1]


def test_too_few_passages_are_an_error_that_says_what_to_do(tmp_path: Path, tiny_models: Path) -> None:
    with Space.create(tmp_path / "small", "tiny", models=tiny_models) as space:
        space.add_texts(["the cat"], ["one"])
        with pytest.raises(InvalidInput) as error:
            compare_known_items(space, models=tiny_models)
        assert "--queries" in str(error.value.hint)


def test_own_queries_are_asked_of_the_own_space(space: Space, folder: Path, tmp_path: Path, tiny_models: Path) -> None:
    heads = [(folder / f"{row}.md").read_text().splitlines()[0][2:] for row in range(FILES)]
    path = tmp_path / "queries.tsv"
    lines = [f"{heads[3]}\t{folder}/3.md", f"{heads[8]}\t{folder}/8.md:1\t2", f"{heads[3]}\t{folder}/4.md\t0"]
    rows = [
        {"query": heads[5], "relevant": [f"{folder}/5.md"]},
        {"query": heads[6], "relevant": {f"{folder}/6.md": 2, "#1": 0}},
    ]
    path.write_text("# a comment\n" + "\n".join([*lines, *map(json.dumps, rows)]) + "\n")
    found = compare_queries(space, path, {"mode": ["lexical", "semantic"]}, models=tiny_models)
    assert (found.queries, found.about) == (4, "own")
    lexical = next(one for one in found.measured if one.name == "lexical")
    # Each file is found first by the number in its heading; of one of them a certain passage is wanted.
    assert lexical.means["mrr@10"] >= 0.75
    anew = compare_queries(space, path, {"chunk": ["usual", "16"]}, sample=50, models=tiny_models)
    assert anew.queries == 4
    assert all(one.means["recall@100"] == pytest.approx(1) for one in anew.measured)


def test_a_text_of_a_program_is_wanted_by_its_id(tmp_path: Path, tiny_models: Path) -> None:
    with Space.create(tmp_path / "ids", "tiny", models=tiny_models) as space:
        space.add_texts(["bread in the oven", "a ship has a sail"], ["7", "b"])
        path = tmp_path / "queries.tsv"
        path.write_text("the bread\t7\nsail\tb\n")
        found = compare_queries(space, path, {"mode": ["lexical"]}, models=tiny_models)
        assert found.measured[0].means["ndcg@10"] == 1
        assert found.verdict.startswith("There is nothing to compare")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("roses\n", InvalidInput),
        ("roses\tnowhere.md\n", NotFound),
        ("roses\t#999999\n", NotFound),
        ("roses\t#1\tmany\n", InvalidInput),
        ("roses\t#1\t0\n", InvalidInput),
        ("...\t#1\n", InvalidInput),
        ('{"query": "roses"}\n', InvalidInput),
        ('{"query": "roses", "relevant": []}\n', InvalidInput),
        ('{"query": 3, "relevant": ["#1"]}\n', InvalidInput),
        ("{no json}\n", InvalidInput),
        ("", InvalidInput),
    ],
)
def test_a_line_that_cannot_be_used_is_named(
    space: Space, tmp_path: Path, tiny_models: Path, text: str, error: type[Exception]
) -> None:
    path = tmp_path / "queries.tsv"
    path.write_text("bread\t#1\t0\n" + text)
    with pytest.raises(error) as raised:
        compare_queries(space, path, models=tiny_models)
    # An answer that is graded 0 is a line like any other; only a file without any answer has no line to name.
    assert "Line 2" in str(raised.value) or "no query" in str(raised.value)
    with pytest.raises(PathNotFound):
        compare_queries(space, tmp_path / "none.tsv", models=tiny_models)


def test_an_own_space_keeps_its_encoder_unless_others_are_compared_with_it(space: Space, tiny_models: Path) -> None:
    with pytest.raises(InvalidInput, match="already"):
        compare_known_items(space, base=Alternative(model="other"), models=tiny_models)


def test_a_reranker_reads_passages_without_what_was_held_out_of_them(space: Space, tiny_models: Path) -> None:
    found = compare_known_items(space, {"rerank": ["none", "tokens"]}, queries=24, models=tiny_models)
    assert {one.name for one in found.measured} == {"none", "tokens"}
    assert found.differences[0].wins + found.differences[0].losses > 0
    with space.opened() as (searcher, store, words):
        rows = list(store.rows(store.ids().tolist()).values())
        asked = [one for one in known(rows, words.telling, 60) if one.kind == "sentence"][:3]
        for case in cases(asked, searcher, store, words, space.encoder, 20.0):
            read = PassageTexts(store, case.instead)(case.found.ids)
            assert read.keys() == set(case.found.ids.tolist())
            assert all(read[number] == passage for number, passage in case.instead.items())

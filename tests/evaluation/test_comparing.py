"""Ways to search are compared by the same queries, and what a person wants compared can be said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from semspace.errors import InvalidInput, ModelNotFound
from semspace.evaluation import Topic, compare, evaluate, parse_axes
from semspace.evaluation.alternatives import alternatives, names
from semspace.records import Alternative
from semspace.space import Space


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    folder = tmp_path / "tiny-beir"
    (folder / "qrels").mkdir(parents=True)
    pages = [
        "the star and the planet in orbit . ",
        "the bread from the oven . ",
        "the money in the bank . ",
        "the sail and the ship . ",
    ]
    texts = {f"d{row}": page * 12 for row, page in enumerate(pages)}
    rows = [{"_id": key, "title": "", "text": text} for key, text in texts.items()]
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    queries = {"q0": "planet star", "q1": "oven bread", "q2": "bank money", "q3": "ship sail"}
    (folder / "queries.jsonl").write_text("".join(json.dumps({"_id": k, "text": t}) + "\n" for k, t in queries.items()))
    lines = [f"q{row}\td{row}\t1\n" for row in range(4)]
    (folder / "qrels/test.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(lines))
    return folder


def test_a_thing_found_in_several_places_counts_once() -> None:
    topic = Topic("q", {"file": 1}, {"3": "file", "4": "file"}, ignored="9")
    assert topic.read(["9", "4", "7", "3", "7"]) == ["file", "7"]


def test_what_is_compared_can_be_said_or_left_to_what_is_usual() -> None:
    assert parse_axes(["mode", "rerank=none,tokens", "rerank=none"]) == {
        "mode": ["hybrid", "semantic", "lexical"],
        "rerank": ["none", "tokens", "none"],
    }
    assert parse_axes(["model"], ["a", "b"]) == {"model": ["a", "b"]}
    with pytest.raises(InvalidInput, match="'modes'"):
        parse_axes(["modes=hybrid"])


def test_every_combination_is_measured_once_and_has_a_name_of_its_own() -> None:
    ways = alternatives({"mode": ["hybrid", "semantic", "hybrid"], "chunk": ["64", "whole"]}, Alternative(rerank="tokens"))
    assert len(ways) == 4
    assert {way.rerank for way in ways} == {"tokens"}
    assert names(ways) == ["hybrid, chunk 64", "hybrid, chunk whole", "semantic, chunk 64", "semantic, chunk whole"]
    assert names(ways[:2]) == ["64", "whole"]


@pytest.mark.parametrize(
    "axes",
    [
        {"mode": ["fast"]},
        {"chunk": ["3"]},
        {"chunk": ["big"]},
        {"size": ["1"]},
        {"model": list(map(str, range(30)))},
    ],
)
def test_what_cannot_be_compared_is_an_error(axes: dict[str, list[str]]) -> None:
    with pytest.raises(InvalidInput):
        alternatives(axes, Alternative())


def test_a_reranker_that_is_not_installed_is_an_error(collection: Path, tiny_models: Path) -> None:
    with pytest.raises(ModelNotFound):
        compare(collection, {"rerank": ["none", "nobody"]}, models=tiny_models, base=Alternative(model="tiny", chunk="whole"))


def test_a_comparison_gives_the_figures_that_an_evaluation_gives(collection: Path, tiny_models: Path) -> None:
    found = compare(collection, base=Alternative(model="tiny", chunk="whole"), models=tiny_models)
    single = {one.mode: one for one in evaluate(collection, model="tiny", models=tiny_models).results}
    assert {one.name for one in found.measured} == single.keys()
    for one in found.measured:
        alone = single[one.alternative.mode]
        assert tuple(one.means.values()) == (alone.ndcg, alone.recall, alone.mrr)
        assert one.ci95 == alone.ci95
    assert found.measured[0].means["ndcg@10"] == max(one.means["ndcg@10"] for one in found.measured)
    assert len(found.differences) == 3
    assert "few" in found.notes[0]


def test_chunk_sizes_cut_documents_otherwise_and_whole_documents_are_one_passage(collection: Path, tiny_models: Path) -> None:
    base = Alternative(model="tiny")
    found = compare(collection, {"chunk": ["whole", "16", "30"]}, base=base, models=tiny_models)
    passages = {one.name: one.passages for one in found.measured}
    assert passages["whole"] == 4
    assert passages["16"] > passages["30"] > 4
    with pytest.raises(InvalidInput, match="cannot have 64 tokens"):
        compare(collection, {"chunk": ["64"]}, base=base, models=tiny_models)


def test_a_reranker_and_a_kept_space_take_part(collection: Path, tiny_models: Path, tmp_path: Path) -> None:
    axes = {"mode": ["semantic"], "rerank": ["none", "tokens"]}
    base = Alternative(model="tiny", chunk="whole")
    found = [compare(collection, axes, base=base, models=tiny_models, index="kept", home=tmp_path) for _ in range(2)]
    assert {one.name for one in found[0].measured} == {"none", "tokens"}
    assert [one.means for one in found[0].measured] == [one.means for one in found[1].measured]
    assert (found[0].verdict, found[0].differences) == (found[1].verdict, found[1].differences)
    with pytest.raises(InvalidInput, match="One space"):
        compare(collection, {"chunk": ["whole", "16"]}, base=base, models=tiny_models, index="kept", home=tmp_path)


def test_texts_can_be_cut_smaller_than_usual(tiny_models: Path, tmp_path: Path) -> None:
    with Space.create(tmp_path / "a", "tiny", models=tiny_models) as space:
        space.add_texts(["the cat sat on the mat . " * 8], ["one"], tokens=10)
        assert len(space) >= 5
        with pytest.raises(InvalidInput):
            space.add_texts(["the cat"], tokens=7)

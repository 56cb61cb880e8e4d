"""Figures of quality are those of the published definitions, and of the published encoder."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from semspace.errors import InvalidInput, PathNotFound
from semspace.evaluation import evaluate, interval, mrr, ndcg, read_collection, recall

SCIFACT = Path(__file__).parents[2] / "../shared/data/scifact"


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    folder = tmp_path / "tiny-beir"
    (folder / "qrels").mkdir(parents=True)
    texts = {"d1": "a star and a planet in orbit", "d2": "bread from the oven", "d3": "money in the bank", "d4": "the sea"}
    rows = [{"_id": key, "title": "", "text": text} for key, text in texts.items()]
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    queries = {"q1": "planet star", "q2": "bank money", "q3": "not judged", "q4": "sea"}
    (folder / "queries.jsonl").write_text("".join(json.dumps({"_id": k, "text": t}) + "\n" for k, t in queries.items()))
    (folder / "qrels/test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td3\t1\nq2\td2\t0\nq4\td2\t1\n")
    return folder


def test_ndcg_is_the_published_formula() -> None:
    relevance = {"a": 3, "b": 2, "c": 0, "d": 1}
    gained = 2 / np.log2(2) + 0 / np.log2(3) + 3 / np.log2(4)
    best = 3 / np.log2(2) + 2 / np.log2(3) + 1 / np.log2(4)
    assert ndcg(["b", "c", "a"], relevance, 10) == pytest.approx(gained / best)
    assert ndcg(["b", "c", "a"], relevance, 1) == pytest.approx(2 / 3)
    assert ndcg(["a", "b", "d", "x"], relevance, 10) == 1
    assert ndcg([], relevance, 10) == ndcg(["c"], relevance, 10) == 0


def test_recall_counts_relevant_documents_and_mrr_the_first_of_them() -> None:
    relevance = {"a": 1, "b": 2, "c": 0}
    assert recall(["x", "b", "c"], relevance) == 0.5
    assert recall(["x", "b", "a"], relevance, depth=2) == 0.5
    assert mrr(["x", "c", "b"], relevance, 10) == pytest.approx(1 / 3)
    assert mrr(["x", "c", "b"], relevance, 2) == 0


def test_an_interval_holds_the_mean_of_its_population_19_times_in_20() -> None:
    rng = np.random.default_rng(3)
    intervals = [interval(rng.beta(2, 5, 80)) for _ in range(200)]
    held = np.mean([low <= 2 / 7 <= high for low, high in intervals])
    assert 0.90 <= held <= 0.99
    assert interval(np.array([0.4] * 9)) == pytest.approx((0.4, 0.4))


@pytest.mark.parametrize("chunk", [False, True])
def test_a_collection_is_measured_in_every_mode(collection: Path, tiny_models: Path, chunk: bool) -> None:
    evaluation = evaluate(collection, model="tiny", models=tiny_models, chunk=chunk)
    assert (evaluation.dataset, evaluation.documents, evaluation.queries) == ("tiny-beir", 4, 3)
    lexical = {result.mode: result for result in evaluation.results}["lexical"]
    assert (lexical.ndcg, lexical.recall, lexical.mrr) == (pytest.approx(2 / 3),) * 3
    semantic = {result.mode: result for result in evaluation.results}["semantic"]
    assert semantic.recall == 1
    low, high = semantic.ci95["ndcg@10"]
    assert low <= semantic.ndcg <= high


def test_a_named_space_is_kept_and_not_encoded_again(collection: Path, tiny_models: Path, tmp_path: Path) -> None:
    encoded = []
    for _ in range(2):
        seen: list[int] = []
        evaluate(
            collection, index="kept", model="tiny", models=tiny_models, home=tmp_path, modes=["semantic"],
            progress=lambda progress, seen=seen: seen.append(progress.encoded),
        )  # fmt: skip
        encoded.append(max(seen))
    assert encoded == [4, 0]


def test_a_folder_that_is_no_collection_is_an_error_with_a_remedy(collection: Path, tmp_path: Path) -> None:
    with pytest.raises(PathNotFound) as error:
        read_collection(collection, "dev")
    assert "test" in str(error.value.hint)
    with pytest.raises(PathNotFound):
        read_collection(tmp_path)
    (collection / "qrels/bad.tsv").write_text("a,b\n1,2\n")
    with pytest.raises(InvalidInput):
        read_collection(collection, "bad")
    (collection / "corpus.jsonl").write_text("no json\n")
    with pytest.raises(InvalidInput, match="Line 1"):
        read_collection(collection)


@pytest.mark.skipif(not SCIFACT.is_dir(), reason="the collection scifact is not beside this checkout")
def test_scifact_has_the_published_number_of_documents_and_queries() -> None:
    collection = read_collection(SCIFACT)
    assert (len(collection.documents), len(collection.queries)) == (5183, 300)
    assert sum(map(len, collection.judgements.values())) == 339

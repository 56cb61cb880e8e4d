"""semspace eval: whose queries, what is compared, what is written."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from cli_samples import Run

WORDS = "cat dog mat river mountain sea rain bread oven flour star planet orbit bank money price engine ship sail wind"
NOUNS = WORDS.split()


@pytest.fixture(scope="module")
def essays(tmp_path_factory: pytest.TempPathFactory, home: Path, tiny_models: Path) -> str:
    """Make a space of some length, and return its name."""
    from semspace.space import Space

    rng = random.Random(2)
    with Space.create(home / "essays", "tiny", models=tiny_models) as space:
        texts = [". ".join(" ".join(rng.choices(NOUNS, k=8)) for _ in range(3)) + "." for _ in range(40)]
        space.add_texts(texts, [f"essay {row}" for row in range(40)])
    return "essays"


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    folder = tmp_path / "beir"
    (folder / "qrels").mkdir(parents=True)
    rows = [{"_id": f"d{row}", "text": f"the {noun} and the {noun}"} for row, noun in enumerate(NOUNS)]
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    rows = [{"_id": f"q{row}", "text": noun} for row, noun in enumerate(NOUNS)]
    (folder / "queries.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    lines = [f"q{row}\td{row}\t1\n" for row in range(len(NOUNS))]
    (folder / "qrels/test.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(lines))
    return folder


def test_ways_to_search_a_collection_are_compared_in_tables_and_in_words(run: Run, collection: Path) -> None:
    ran = run("eval", str(collection), "--model", "tiny", "--compare", "mode=lexical,semantic")
    lines = ran.out.splitlines()
    assert (ran.code, lines[0]) == (0, "beir: 20 documents, 20 queries")
    assert lines[1].split() == ["nDCG@10", "recall@100", "MRR@10", "a", "query", "indexing", "passages"]
    assert lines[2].split()[:2] == ["lexical", "1.000"]
    assert "nDCG@10 against lexical" in ran.out
    assert max(map(len, lines)) <= 80


def test_the_json_of_a_comparison_is_what_was_promised(run: Run, collection: Path) -> None:
    words = ["--model", "tiny", "--compare", "mode=lexical,semantic", "--compare", "rerank", "--json"]
    found = json.loads(run("eval", str(collection), *words).out)
    assert found.keys() == {"about", "documents", "queries", "k", "verdict", "results", "differences", "kinds", "notes"}
    assert len(found["results"]) == 4
    assert len(found["differences"]) == 6
    best = found["results"][0]
    assert {
        "name",
        "mode",
        "rerank",
        "model",
        "chunk",
        "ndcg@10",
        "recall@100",
        "mrr@10",
        "ci95",
        "ms",
        "index_seconds",
        "passages",
    } == best.keys()
    assert best["ndcg@10"] == max(one["ndcg@10"] for one in found["results"])
    for one in found["differences"]:
        assert one["wins"] + one["losses"] + one["ties"] == 20
        assert one["adjusted"] >= one["p"]


def test_a_space_is_judged_without_judgements(run: Run, essays: str) -> None:
    ran = run("eval", "--auto", "--index", essays, "--items", "20", "--compare", "mode")
    assert (ran.code, ran.err) == (0, "")
    assert "by kind of query" in ran.out
    assert "helps lexical: spelt as the text spells them" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80
    found = json.loads(run("eval", "--auto", "--index", essays, "--items", "20", "--json").out)
    assert {kind["kind"] for kind in found["kinds"]} >= {"words", "thinned", "sentence"}


def test_own_queries_are_asked(run: Run, essays: str, tmp_path: Path) -> None:
    path = tmp_path / "own.tsv"
    path.write_text("cat on the mat\tessay 3\nbread\t#7\t2\n")
    ran = run("eval", "--queries", str(path), "--index", essays, "--mode", "lexical", "--mode", "semantic")
    assert (ran.code, ran.out.splitlines()[0]) == (0, "essays: 40 documents, 2 queries")
    assert "2 queries are few" in ran.out
    path.write_text("cat\tessay 3\nbread\tnowhere\n")
    ran = run("eval", "--queries", str(path), "--index", essays)
    assert ran.code == 2
    assert "Line 2" in ran.err


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--auto", "DIR"],
        ["--auto", "--queries", "f"],
        ["--auto", "--split", "dev"],
        ["--auto", "--chunk"],
        ["DIR", "--items", "9"],
        ["DIR", "--sample", "90"],
        ["--queries", "f", "--items", "9"],
        ["--auto", "--compare", "colour=red"],
        ["--auto", "--compare", "chunk=large"],
        ["--auto", "--model", "other"],
    ],
)
def test_words_that_do_not_go_together_are_an_error_and_nothing_is_ignored(
    run: Run, collection: Path, essays: str, words: list[str]
) -> None:
    ran = run("eval", "--index", essays, *[str(collection) if word == "DIR" else word for word in words])
    assert (ran.code, ran.out) == (2, "")
    assert ran.err


def test_no_colour_and_no_escape_in_a_pipe(process: Callable[..., CompletedProcess[bytes]], essays: str) -> None:
    words = ["eval", "--auto", "--index", essays, "--items", "12"]
    for env in ({}, {"NO_COLOR": "1"}):
        ran = process(*words, env=env)
        assert ran.returncode == 0
        assert b"\x1b" not in ran.stdout
        assert ran.stderr == b""
    assert b"\x1b[" in process(*words, "--color", "always").stdout


def test_an_evaluation_imports_no_training_library(essays: str, home: Path, tiny_models: Path) -> None:
    code = "import sys; from semspace.cli import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    words = ["eval", "--auto", "--index", essays, "--items", "8", "--home", str(home), "--models", str(tiny_models)]
    ran = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, check=True, timeout=60)
    loaded = {name.partition(".")[0] for name in ran.stderr.decode().split()}
    assert "semspace" in loaded
    assert not loaded & {"torch", "transformers", "sentence_transformers", "pandas", "numba", "sklearn", "scipy"}

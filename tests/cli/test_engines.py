"""A space that an engine serves, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_samples import Run

pytest.importorskip("pymilvus")


@pytest.fixture
def uri(run: Run, garden: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("SEMSPACE_HOME", str(tmp_path / "home"))
    where = str(tmp_path / "a.db")
    ran = run("index", str(garden), "--model", "tiny", "--engine", "milvus", "--uri", where)
    assert ran.code == 0, ran.err
    return where


def test_a_machine_without_the_space_searches_the_engine(
    run: Run, uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = run("search", "the wind on the sea", "--mode", "semantic", "--all", "--json", "--index", "garden")
    monkeypatch.setenv("SEMSPACE_HOME", str(tmp_path / "nothing"))
    there = run(
        "search", "the wind on the sea", "--all", "--json", "--engine", "milvus", "--uri", uri, "--collection", "garden"
    )
    assert there.code == 0, there.err
    one, other = json.loads(here.out), json.loads(there.out)
    assert [hit["text"] for hit in other["hits"]] == [hit["text"] for hit in one["hits"]]
    for hit, same in zip(other["hits"], one["hits"], strict=True):
        for key in ("path", "start_line", "end_line", "heading", "metadata", "title", "matches"):
            assert hit[key] == same[key]
        assert hit["score"] == pytest.approx(same["score"], abs=1e-5)
        assert hit["relevance"] == pytest.approx(same["relevance"], abs=1e-3)
    assert not (tmp_path / "nothing").exists()


def test_what_needs_the_space_is_an_error_that_says_so(run: Run, uri: str) -> None:
    for words in (
        ["--mode", "hybrid"],
        ["--mode", "lexical"],
        ["--rerank"],
        ["--diverse"],
        ["--explain"],
        ["-C", "2"],
        ["--by-topic"],
    ):
        ran = run("search", "sea", "--uri", uri, "--collection", "garden", *words)
        assert ran.code == 2
        assert "needs the space itself" in ran.err
    assert run("search", '"the sea"', "--uri", uri, "--collection", "garden").code == 2
    assert "--collection" in run("search", "sea", "--uri", uri).err
    assert "no collection" in run("search", "sea", "--uri", uri, "--collection", "other").err


def test_status_and_check_tell_of_the_engine(run: Run, uri: str) -> None:
    said = json.loads(run("status", "--json", "--index", "garden").out)
    assert said["engine"]["passages"] == said["passages"]
    assert said["engine"]["version"].startswith("milvus_lite")
    assert uri.rpartition("/")[2] in run("status", "--index", "garden").out
    assert run("check", "--index", "garden").code == 0


def test_a_token_comes_from_the_environment_and_goes_nowhere_in_the_clear(
    run: Run, garden: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = ["search", "sea", "--uri", "http://search.example:19530", "--collection", "a", "--token-env", "A_TOKEN"]
    assert "A_TOKEN holds no token" in run(*far).err
    monkeypatch.setenv("A_TOKEN", "s3cret")
    ran = run(*far)
    assert ran.code == 2
    assert "in the clear" in ran.err
    assert "s3cret" not in ran.err + ran.out


def test_a_scheduler_that_anybody_reaches_is_refused(run: Run, garden: Path) -> None:
    ran = run("index", str(garden), "--scheduler", "tcp://10.0.0.1:8786")
    assert ran.code == 2
    assert "--insecure-scheduler" in ran.err


def test_an_engine_out_of_reach_leaves_the_space_whole(
    run: Run, garden: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEMSPACE_HOME", str(tmp_path / "home"))
    engine = ["--engine", "milvus", "--uri", "http://127.0.0.1:9"]
    ran = run("index", str(garden), "--model", "tiny", *engine, "--index", "far")
    assert ran.code == 2
    assert "did not answer" in ran.err
    assert run("search", "the wind on the sea", "--mode", "lexical", "--all", "--index", "far").code in {0, 1}

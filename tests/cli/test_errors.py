"""Bad input gets a sentence that says what to do, exit code 2, and nothing is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_samples import Run


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (["search", "roses", "nowhere"], "There is no file or folder nowhere.", ""),
        (["search", "roses", "--index", "gardne"], "There is no space 'gardne'.", "garden"),
        (["search", "  "], "no letter and no digit", "word"),
        (["search", "roses", "--where", "tags ="], "does not parse", "tags = 'python'"),
        (["search", "roses", "--since", "yesterweek"], "'yesterweek' is no date.", "2024-05-31"),
        (["search", "roses", "-k", "0"], "0 is not in the range", "search --help"),
        (["search", "roses", "--mode", "psychic"], "'psychic' is not one of", "search --help"),
        (["search"], "Missing argument 'QUERY'.", "search --help"),
        (["search", "roses", "--limt", "3"], "No such option '--limt'", "search --help"),
        (["serach", "roses"], "There is no command 'serach'. Did you mean search?", "--help"),
        (["models", "shw"], "'shw'", "models --help"),
        (["index", "nowhere"], "There is no file or folder nowhere.", ""),
        (["index", ".", "--model", "other"], "filled by tiny, not by other", "--index NAME --model other"),
        (["index", "--index", "newone"], "There is no space 'newone'.", ""),
        (["index", ".", "--max-size", "big"], "'big' is no size", "index --help"),
        (["similar"], "either a TARGET or --text", "similar --help"),
        (["similar", "#99999"], "99999", ""),
        (["neighbors", "nowhere.md"], "nowhere.md", "#ID"),
        (["show", "#99999"], "99999", ""),
        (["rm", "/nowhere"], "/nowhere", "status"),
        (["delete", "gardne", "--yes"], "There is no space 'gardne'.", "garden"),
        (["models", "show", "nothing"], "There is no encoder 'nothing'", "Installed: tiny"),
        (["models", "add", "nothing"], "There is no encoder 'nothing'", "folder"),
        (["eval", "nowhere"], "nowhere", ""),
    ],
)  # fmt: skip
def test_an_error_says_what_is_wrong_and_what_to_do(run: Run, words: list[str], message: str, hint: str) -> None:
    ran = run(*words)
    assert (ran.code, ran.out) == (2, "")
    first, _, rest = ran.err.partition("hint: ")
    assert first.startswith("error: ")
    assert message in first
    assert hint in rest
    assert "Traceback" not in ran.err


def test_an_error_is_json_where_json_was_asked_for(run: Run) -> None:
    for words in (["--json"], ["--jsonl"], ["--format", "json"], ["--format=jsonl"]):
        ran = run("search", "roses", "--index", "gardne", *words)
        assert (ran.code, ran.err) == (2, "")
        assert json.loads(ran.out) == {
            "error": {
                "kind": "space_not_found",
                "message": "There is no space 'gardne'.",
                "hint": "Did you mean garden?",
                "retryable": False,
            }
        }
    assert json.loads(run("search", "--json").out)["error"]["kind"] == "usage"
    assert run("search", "--", "--json").err == ""


def test_a_new_space_needs_a_model_that_exists_and_leaves_nothing_behind(run: Run, tmp_path: Path, home: Path) -> None:
    (tmp_path / "a.txt").write_text("words")
    before = sorted(home.iterdir())
    ran = run("index", str(tmp_path), "--model", "nothing")
    assert (ran.code, "There is no encoder 'nothing'" in ran.err) == (2, True)
    assert run("index", str(tmp_path / "nowhere"), "--index", "fresh").code == 2
    assert sorted(home.iterdir()) == before


def test_a_damaged_space_is_named_and_its_documents_are_safe(run: Run, tmp_path: Path, home: Path) -> None:
    (tmp_path / "a.txt").write_text("words")
    assert run("index", str(tmp_path), "--model", "tiny", "--index", "hurt").code == 0
    (home / "hurt" / "store.db").write_bytes(b"garbage" * 1000)
    for words in (["search", "words"], ["status"], ["index", str(tmp_path)]):
        ran = run(*words, "--index", "hurt")
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith("error: ")
        assert "hint: " in ran.err
    assert "hurt: " in run("list").out
    assert run("delete", "hurt", "--yes").code == 0
    assert not (home / "hurt").exists()


def test_without_a_space_the_program_says_how_to_make_one(run: Run, tmp_path: Path) -> None:
    ran = run("search", "roses", "--home", str(tmp_path))
    assert ran.err == "error: There is no space yet.\nhint: Make one: semspace index FOLDER\n"
    ran = run("list", "--home", str(tmp_path))
    assert (ran.code, ran.out, ran.err) == (0, "", "There is no space yet. Make one: semspace index FOLDER\n")


def test_compare_needs_no_space(run: Run, tmp_path: Path, encoder: object, models: Path) -> None:
    ran = run("compare", "a cat", "a kitten", "--home", str(tmp_path), "--models", str(models))
    assert ran.code == 0
    assert 0.5 < float(ran.out) < 1.0

"""Features, words and changes on the command line: JSON of their own, exit codes, and errors that say what to do."""

from __future__ import annotations

import json

import pytest
from cli_samples import Run


def test_too_few_passages_are_an_error_that_says_how_many_there_have_to_be(run: Run) -> None:
    for words in (["features"], ["explain", "1"], ["factors"], ["squeeze"]):
        ran = run(*words, "--index", "garden")
        assert ran.code == 2
        assert "passages" in ran.err
        assert "hint: " in ran.err


def test_why_says_what_each_word_costs(run: Run) -> None:
    ran = run("why", "the ship", "1", "--json", "--index", "garden")
    assert ran.code == 0
    found = json.loads(ran.out)
    assert set(found) == {"query", "passage", "similarity", "words", "deletion_test", "seed"}
    text = found["passage"]["text"]
    assert [text[word["start"] : word["end"]] for word in found["words"]] == [word["word"] for word in found["words"]]
    assert run("why", "the ship", "1", "--index", "garden", "--color", "never").out.count("\x1b") == 0


def test_a_point_is_read_in_phrases_of_its_neighbours(run: Run) -> None:
    ran = run("decode", "#1..#2", "--json", "--index", "garden")
    assert ran.code == 0
    found = json.loads(ran.out)
    assert found["cosine"] <= 1
    assert {"phrases", "nearest", "candidates"} <= set(found)


@pytest.mark.parametrize(
    "words", [["drift"], ["drift", "--by", "tags"], ["drift", "sea.md", "--by", "date", "--before", "2020"]]
)
def test_a_comparison_needs_two_sides(run: Run, words: list[str]) -> None:
    ran = run(*words, "--index", "garden")
    assert ran.code == 2
    assert "two sides" in ran.err


@pytest.mark.parametrize("sides", [["old/notes", "new/notes"], ["garden.md", "new/notes"], ["old/notes", "garden.md"]])
def test_a_folder_that_is_not_there_is_not_taken_for_a_space(run: Run, sides: list[str]) -> None:
    ran = run("drift", *sides, "--index", "garden")
    assert ran.code == 2
    assert "There is no file or folder" in ran.err


def test_a_feature_that_is_not_there_is_named(run: Run) -> None:
    ran = run("search", "ship", "--boost", "f3", "--index", "garden")
    assert ran.code == 2
    assert "passages" in ran.err


@pytest.mark.parametrize("words", [["--git", "HEAD"], ["--git", "a", "b", "--by", "date"], ["a", "b", "c"]])
def test_revisions_are_two_and_a_folder_and_nothing_else(run: Run, words: list[str]) -> None:
    ran = run("drift", *words, "--index", "garden")
    assert ran.code == 2
    assert "--git" in ran.err


@pytest.mark.parametrize("words", [["axis", "--from", "sea", "--to", "rose"], ["path", "sea", "rose"], ["like", "sea"]])
def test_where_a_filter_leaves_nothing_it_says_so_and_not_that_the_space_is_empty(run: Run, words: list[str]) -> None:
    ran = run(*words, "--where", "kind = 'nothing'", "--index", "garden")
    assert ran.code == 2
    assert "No text is left to look at." in ran.err


@pytest.mark.parametrize("words", [["topics"], ["bridges"], ["hubs"], ["central"]])
def test_figures_of_nothing_are_not_printed(run: Run, words: list[str]) -> None:
    ran = run(*words, "--where", "kind = 'nothing'", "--index", "garden")
    assert ran.code == 1
    assert "%" not in ran.out
    assert ":" not in ran.out

"""Unix verbs over meaning, as a person types them: lines in, lines out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_samples import Run, on_terminal

Process = Callable[..., "subprocess.CompletedProcess[bytes]"]

LINES = ["the ship has a sail", "bread in the oven", "THE SHIP HAS A SAIL", "", "bread in the oven", "a star and a planet"]


@pytest.fixture
def tiny(process: Process) -> Process:
    """Run a verb with the tiny encoder."""
    return lambda verb, *words, **options: process(verb, "--model", "tiny", *words, **options)


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "lines.txt"
    path.write_text("\n".join(LINES) + "\n", encoding="utf-8")
    return str(path)


def other(tmp_path: Path, *lines: str) -> str:
    path = tmp_path / "other.txt"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return str(path)


def test_uniq_keeps_the_first_line_of_each_group(tiny: Process, file: str) -> None:
    ran = tiny("uniq", "--threshold", "0.999", file)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert ran.stdout.decode().split("\n") == ["the ship has a sail", "bread in the oven", "", "a star and a planet", ""]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["-c"], ["      2 the ship has a sail", "      2 bread in the oven", "      1 ", "      1 a star and a planet"]),
        (["-d"], ["the ship has a sail", "bread in the oven"]),
        (["-u"], ["", "a star and a planet"]),
        (["-cd"], ["      2 the ship has a sail", "      2 bread in the oven"]),
        (["-d", "-u"], []),
    ],
)
def test_uniq_counts_and_selects_as_uniq_does(tiny: Process, file: str, options: list[str], expected: list[str]) -> None:
    ran = tiny("uniq", "--threshold", "0.999", *options, file)
    assert ran.stdout.decode().splitlines() == expected
    assert ran.returncode == (0 if expected else 1)


def test_uniq_agrees_with_uniq_on_equal_lines(tiny: Process) -> None:
    given = b"b\na\nb\nb\n\nc\n\n"
    ours = tiny("uniq", "-c", "--threshold", "1", input=given).stdout
    theirs = subprocess.run("sort | uniq -c", shell=True, input=given, capture_output=True, check=True).stdout
    assert sorted(ours.splitlines()) == sorted(theirs.splitlines())


def test_lines_come_out_byte_for_byte(tiny: Process) -> None:
    given = b"gr\xfcn\r\n\xff\xfe\0 bread\ntab\there\x1b[31m\nno end of line"
    for verb in (["uniq", "--threshold", "1"], ["sort", "--like", "tab"], ["head", "-k", "9"]):
        ran = tiny(*verb, input=given)
        assert ran.returncode == 0, ran.stderr
        assert sorted(ran.stdout.removesuffix(b"\n").split(b"\n")) == sorted(given.split(b"\n"))


def test_pairs_are_score_and_two_lines_between_tabs(tiny: Process, file: str) -> None:
    ran = tiny("pairs", "--threshold", "0.999", file)
    assert ran.stdout == b"1.0000\tthe ship has a sail\tTHE SHIP HAS A SAIL\n"
    told = json.loads(tiny("pairs", "--threshold", "0.999", "--json", file).stdout)
    assert (told["capped"], told["exact"]) == (False, True)
    assert told["pairs"][0]["first"] == {"line": 1, "text": "the ship has a sail"}
    assert told["pairs"][0]["second"]["line"] == 3


def test_pairs_beyond_the_most_are_mentioned(tiny: Process, file: str) -> None:
    ran = tiny("pairs", "--threshold", "-1", "-k", "2", "--jsonl", file)
    scores = [json.loads(line)["score"] for line in ran.stdout.splitlines()]
    assert len(scores) == 2
    assert scores == sorted(scores, reverse=True)
    assert b"More pairs reach -1" in ran.stderr


def test_lines_are_sorted_by_likeness(tiny: Process, file: str) -> None:
    ran = tiny("sort", "--like", "bread in the oven", "--scores", file)
    rows = [line.split("\t") for line in ran.stdout.decode().splitlines()]
    assert [row[1] for row in rows[:2]] == ["bread in the oven"] * 2
    assert rows[-1] == ["", ""]
    assert [float(row[0]) for row in rows[:-1]] == sorted((float(row[0]) for row in rows[:-1]), reverse=True)
    few = tiny("sort", "--like", "bread in the oven", "--threshold", "0.99", file)
    assert few.stdout.decode().splitlines() == ["bread in the oven"] * 2
    back = tiny("sort", "-r", "--like", "bread in the oven", file)
    assert back.stdout.decode().splitlines()[-3:-1] == ["bread in the oven"] * 2


def test_each_line_is_joined_with_its_best_partner(tiny: Process, file: str, tmp_path: Path) -> None:
    second = other(tmp_path, "A star and a planet", "bread in the oven")
    rows = [line.split("\t") for line in tiny("join", file, second).stdout.decode().splitlines()]
    assert [row[1] for row in rows] == [line for line in LINES if line]
    assert [row[2] for row in rows if row[1].startswith("bread")] == ["bread in the oven"] * 2
    assert rows[-1] == ["1.0000", "a star and a planet", "A star and a planet"]
    mutual = tiny("join", "--mutual", "--margin", "--json", file, second)
    pairs = json.loads(mutual.stdout)["pairs"]
    assert {pair["second"]["text"] for pair in pairs} == {"A star and a planet", "bread in the oven"}
    assert tiny("join", "--threshold", "1.5", "--margin", file, second).returncode in {0, 1}


def test_one_side_of_a_join_may_be_standard_input(tiny: Process, file: str) -> None:
    ran = tiny("join", "-", file, "--threshold", "0.999", input=b"The ship has a SAIL\n")
    assert ran.stdout == b"1.0000\tThe ship has a SAIL\tthe ship has a sail\n"
    both = tiny("join", "-", "-", input=b"")
    assert (both.returncode, b"can be read once" in both.stderr) == (2, True)


def test_comm_has_the_columns_of_comm(tiny: Process, tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_text("rain\nsea\nwind\n")
    second.write_text("planet\nsea\nWIND\n")
    options = ["--threshold", "0.999", str(first), str(second)]
    assert tiny("comm", *options).stdout == b"rain\n\t\tsea\n\t\twind\n\tplanet\n"
    assert tiny("comm", "-3", *options).stdout == b"rain\n\tplanet\n"
    assert tiny("comm", "-13", *options).stdout == b"planet\n"
    assert tiny("comm", "-12", *options).stdout == b"sea\nwind\n"
    assert (tiny("comm", "-123", *options).returncode, tiny("comm", "-123", *options).stdout) == (1, b"")
    rows = [json.loads(line) for line in tiny("comm", "--jsonl", *options).stdout.splitlines()]
    assert [row["column"] for row in rows] == [1, 3, 3, 2]
    assert rows[2]["partner"] == {"line": 3, "text": "WIND", "similarity": None}


def test_the_head_is_diverse(tiny: Process, file: str) -> None:
    ran = tiny("head", "--diverse", "-k", "3", "--threshold", file)
    assert ran.returncode == 2
    few = tiny("head", "--diverse", "-k", "2", file).stdout.decode().splitlines()
    more = tiny("head", "-k", "4", file).stdout.decode().splitlines()
    assert len(set(few)) == 2
    assert more[:2] == few
    assert len(more) == 4
    assert "" not in more


@pytest.mark.parametrize("verb", [["pairs"], ["uniq"], ["sort", "--like", "sea"], ["head"], ["join", "-", os.devnull]])
def test_nothing_in_is_nothing_out_and_exit_code_one(tiny: Process, verb: list[str]) -> None:
    ran = tiny(*verb, input=b"")
    assert (ran.returncode, ran.stdout, ran.stderr) == (1, b"", b"")


def test_a_missing_file_or_encoder_is_an_error(run: Run, tmp_path: Path) -> None:
    ran = run("uniq", str(tmp_path / "none.txt"))
    assert (ran.code, "There is no file or folder" in ran.err) == (2, True)
    ran = run("pairs", str(tmp_path), "--json")
    assert (ran.code, json.loads(ran.out)["error"]["kind"]) == (2, "system")
    (tmp_path / "a").write_text("sea\n")
    ran = run("uniq", str(tmp_path / "a"), "--model", "no-such-model", "--json")
    assert (ran.code, json.loads(ran.out)["error"]["kind"]) == (2, "model_not_found")
    ran = run("sort", "--like", " ", str(tmp_path / "a"), "--model", "tiny")
    assert ran.code == 2


def test_a_reader_that_goes_away_is_no_fault(garden: Path, tiny_models: Path) -> None:
    command = (
        f"yes 'the sea' | /usr/bin/head -50000 | '{sys.executable}' -m semspace sort --model tiny --like sea | /usr/bin/head -1"
    )
    environ = {**os.environ, "SEMSPACE_MODELS": str(tiny_models)}
    ran = subprocess.run(["bash", "-c", command], env=environ, capture_output=True, check=False, timeout=60)
    assert (ran.stdout, ran.stderr) == (b"the sea\n", b"")


def on_a_terminal(models: Path, *words: str) -> str:
    """Run the program on a terminal and return what it shows."""
    environ = {**os.environ, "SEMSPACE_MODELS": str(models), "COLUMNS": "80", "TERM": "xterm"}
    code, seen = on_terminal([*words, "--model", "tiny"], environ, streams=["stdout"])
    assert code == 0
    return seen.replace("\r\n", "\n")


def test_a_terminal_sees_pairs_one_line_under_the_other_and_no_escapes(tiny_models: Path, tmp_path: Path) -> None:
    path = other(tmp_path, "the sea\x1b[2J", "THE SEA\x1b[2J", "rain")
    shown = on_a_terminal(tiny_models, "pairs", path, "--threshold", "0.99")
    assert shown == "1.0000  the sea\\x1b[2J\n        THE SEA\\x1b[2J\n"
    assert "\x1b" not in on_a_terminal(tiny_models, "uniq", path)

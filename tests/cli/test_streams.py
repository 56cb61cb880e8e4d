"""Pipes, terminals, colours, and what a hostile file tries with them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_samples import Run, on_terminal

Process = Callable[..., "subprocess.CompletedProcess[bytes]"]


def test_a_query_comes_from_standard_input(process: Process) -> None:
    ran = process("search", "--all", "-", "--json", input=b"sea \xff\n")
    assert ran.returncode == 0
    assert json.loads(ran.stdout)["query"] == "sea \ufffd"


def test_a_query_may_hold_bytes_that_are_no_text(process: Process) -> None:
    ran = process("search", "--all", os.fsdecode(b"sea \xff"), "--json")
    assert (ran.returncode, json.loads(ran.stdout)["query"]) == (0, "sea \ufffd")


def test_a_closed_output_is_no_fault(process: Process) -> None:
    ran = process("--version", preexec_fn=lambda: os.close(1))
    assert (ran.returncode, ran.stderr) == (0, b"")


def test_a_full_disk_is_one_line(garden: Path, home: Path, tiny_models: Path) -> None:
    environ = {**os.environ, "SEMSPACE_HOME": str(home), "SEMSPACE_MODELS": str(tiny_models)}
    command = [sys.executable, "-m", "semspace", "search", "--all", "sea"]
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(command, cwd=garden, env=environ, stdout=full, stderr=subprocess.PIPE, check=False, timeout=60)
    assert ran.returncode == 2
    assert ran.stderr.startswith(b"error: No space left on device")
    assert b"Traceback" not in ran.stderr


def test_options_end_at_two_dashes(run: Run) -> None:
    assert json.loads(run("search", "--all", "--json", "--", "--roses").out)["query"] == "--roses"


@pytest.mark.parametrize("words", ["search the --json", "search the --full", "--help", "list", "status"])
def test_a_reader_that_has_read_enough_is_no_error(garden: Path, home: Path, tiny_models: Path, words: str) -> None:
    environ = {**os.environ, "SEMSPACE_HOME": str(home), "SEMSPACE_MODELS": str(tiny_models)}
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "semspace", *words.split()]
    ran = subprocess.run(command, cwd=garden, env=environ, stdout=writing, stderr=subprocess.PIPE, check=False, timeout=60)
    os.close(writing)
    assert (ran.returncode, ran.stderr) == (0, b"")


def test_a_pipe_gets_no_escapes_and_whole_lines(process: Process) -> None:
    out = process("search", "--all", "bread oven", "--full").stdout
    assert b"\x1b" not in out
    assert b"The bread was in the oven.\n" in out


def test_colours_on_request_and_by_the_environment(process: Process) -> None:
    words = ("search", "--all", "bread", "--mode", "lexical")
    assert b"\x1b[1;31mbread\x1b[0m" in process(*words, "--color", "always").stdout
    assert b"\x1b[1;31mbread\x1b[0m" in process(*words, env={"FORCE_COLOR": "1"}).stdout
    assert b"\x1b" not in process(*words, "--color", "never", env={"FORCE_COLOR": "1"}).stdout
    assert b"\x1b" not in process(*words, env={"NO_COLOR": "1"}).stdout


def test_json_is_utf_8_whatever_the_terminal_speaks(process: Process) -> None:
    ran = process("search", "--all", "\u5c71 roses", "--json", env={"PYTHONIOENCODING": "ascii"})
    assert json.loads(ran.stdout.decode("utf-8"))["query"] == "\u5c71 roses"
    assert process("search", "--all", "roses", env={"PYTHONIOENCODING": "ascii"}).returncode == 0


def terminal(folder: Path, environ: dict[str, str], *words: str) -> str:
    """Run the program on a terminal of its own, and return what it wrote there."""
    code, seen = on_terminal(words, environ, folder)
    assert code in {0, 1}
    return seen


def test_a_terminal_gets_a_header_colours_and_links(garden: Path, home: Path, tiny_models: Path) -> None:
    environ = {
        **os.environ,
        "SEMSPACE_HOME": str(home),
        "SEMSPACE_MODELS": str(tiny_models),
        "TERM": "xterm-256color",
        "COLUMNS": "80",
    }
    environ.pop("NO_COLOR", None)
    seen = terminal(garden, environ, "search", "--all", "bread", "--mode", "lexical")
    assert "1 hit · lexical · garden · " in seen
    assert f"file://{garden}/bread.md\x1b\\" in seen
    assert "\x1b[1;31mbread\x1b[0m" in seen
    plain = terminal(garden, {**environ, "NO_COLOR": "1"}, "search", "--all", "bread", "--mode", "lexical")
    assert not re.search(r"\x1b\[[0-9;]*[349]\dm", plain)


EVIL = "\x1b[2J\x1b]52;c;aGk=\x07 \u202e [/] [red] \x9b31m"


def test_a_hostile_document_cannot_touch_the_terminal(home: Path, tiny_models: Path, tmp_path: Path, run: Run) -> None:
    folder = tmp_path / "evil"
    name = "a\x1b[31m [/] \u202e.md"
    (folder / name).parent.mkdir(parents=True)  # the slash of the markup makes a folder
    (folder / name).write_text(f'---\ntitle: "x"\n{"k" * 20}: v\n---\n# Heading {EVIL}\n\nThe river {EVIL} text.\n')
    assert run("index", str(folder), "--model", "tiny", "--index", "evil").code == 0
    environ = {**os.environ, "SEMSPACE_HOME": str(home), "SEMSPACE_MODELS": str(tiny_models), "TERM": "xterm", "COLUMNS": "80"}
    for words in (["search", "--all", "river"], ["neighbors", "1"], ["show", "1"], ["status"],
                  ["search", "--all", "river", "--json"],
                  ["search", "--all", "river", "--format", "grep"], ["search", "--all", EVIL], ["list"]):  # fmt: skip
        seen = terminal(folder, environ, *words, *(["--index", "evil"] if words != ["list"] else []))
        rest = re.sub(r"\x1b\[[0-9;]*m|\x1b]8;(id=[-0-9]+)?;(file://[!-~]*)?\x1b\\|\r\n", "", seen)
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", rest), words
    found = json.loads(run("search", "--all", "river", "--index", "evil", "--json").out)["hits"][0]
    assert found["path"] == f"{folder}/{name}"
    assert "\x1b[2J" in found["text"]
    run("delete", "evil", "--yes")


def test_a_name_with_a_line_end_is_one_line_on_a_terminal_and_as_it_is_in_a_pipe(
    home: Path, tiny_models: Path, tmp_path: Path, run: Run
) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / "a\n/etc/passwd:1".replace("/", "|")).write_text("The river and the rain.\n")
    assert run("index", str(folder), "--model", "tiny", "--index", "odd").code == 0
    environ = {**os.environ, "SEMSPACE_HOME": str(home), "SEMSPACE_MODELS": str(tiny_models), "TERM": "xterm", "COLUMNS": "80"}
    for form in (["-l"], ["--format", "paths"], ["--format", "grep"]):
        seen = terminal(folder, environ, "search", "--all", "river", *form, "--index", "odd")
        assert seen.count("\n") == 1, seen
        assert "a\\n|etc|passwd:1" in seen
    assert "a\n|etc|passwd:1\n" in run("search", "--all", "river", "-l", "--index", "odd").out
    run("delete", "odd", "--yes")


def test_a_question_about_a_space_shows_a_hostile_name_as_it_may_be_shown(
    home: Path, tiny_models: Path, tmp_path: Path, run: Run
) -> None:
    (tmp_path / "a.txt").write_text("The river and the rain.\n")
    place = tmp_path / "evil\x1b[2J\u202e"
    assert run("index", str(tmp_path / "a.txt"), "--model", "tiny", "--index", str(place)).code == 0
    environ = {**os.environ, "SEMSPACE_HOME": str(home), "SEMSPACE_MODELS": str(tiny_models), "TERM": "xterm", "COLUMNS": "80"}
    code, seen = on_terminal(["delete", str(place)], environ, keys=b"n\n")
    assert code == 1
    assert "evil\\x1b[2J\\u202e? [y/N]" in seen
    assert "\x1b[2J" not in seen

"""What a shell completes, the manual page, and the file of a hit in an editor."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_samples import Run

from semspace import places
from semspace.cli import COMMANDS, main
from semspace.encoders import cache

Process = Callable[..., subprocess.CompletedProcess[bytes]]


def completed(process: Process, *words: str) -> list[tuple[str, str]]:
    """Return what bash is told for the last of some words, each with its type."""
    asked = {"_SEMSPACE_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(("semspace", *words)), "COMP_CWORD": str(len(words))}
    ran = process(env=asked)
    assert ran.stderr == b""
    lines = ran.stdout.decode().splitlines()
    return [(value, kind) for kind, _, value in (line.partition(",") for line in lines) if kind]


def test_commands_options_spaces_and_encoders_are_completed(process: Process, home: Path, tiny_models: Path) -> None:
    assert [name for name, _ in completed(process, "se")] == [name for name in COMMANDS if name.startswith("se")]
    assert ("--index", "plain") in completed(process, "search", "--in")
    assert [name for name, _ in completed(process, "search", "--index", "g")] == ["garden"]
    assert [name for name, _ in completed(process, "delete", "")] == places.names(home)
    assert [name for name, _ in completed(process, "index", "--model", "")] == cache.names(tiny_models)
    assert completed(process, "search", "roses", "no") == [("no", "file")]
    # A name that is no command is not the place to say so.
    assert completed(process, "no-such-command", "x") == []


def test_names_are_completed_in_the_folders_that_are_typed(process: Process, tmp_path: Path, home: Path) -> None:
    shutil.copytree(home / "garden", tmp_path / "other" / "orchard")
    (tmp_path / "other" / "empty").mkdir()
    found = completed(process, "search", "--home", str(tmp_path / "other"), "--index", "")
    assert found == [("orchard", "plain")]
    assert completed(process, "search", "--home", str(tmp_path / "nowhere"), "--index", "") == []


def test_a_completion_imports_nothing_heavy(home: Path) -> None:
    code = "import sys; from semspace.cli import main\ntry: main([])\nfinally: print(sorted(sys.modules), file=sys.stderr)"
    environ = {**os.environ, "_SEMSPACE_COMPLETE": "bash_complete", "SEMSPACE_HOME": str(home)}
    environ |= {"COMP_WORDS": "semspace search --index ", "COMP_CWORD": "3"}
    ran = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=False, timeout=60)
    assert "plain,garden" in ran.stdout.splitlines()
    assert not {"numpy", "rich", "faiss", "sqlite3", "semspace.space"} & set(json.loads(ran.stderr.replace("'", '"')))


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_bash_completes_by_what_is_printed(process: Process, tmp_path: Path, home: Path) -> None:
    (tmp_path / "semspace").write_text(f'#!/bin/sh\nexec {sys.executable} -m semspace "$@"\n')
    (tmp_path / "semspace").chmod(0o755)
    (tmp_path / "script").write_bytes(process("completion", "bash").stdout)
    typed = """source "$1"; COMP_WORDS=(semspace search --index ga); COMP_CWORD=3; _semspace_completion semspace
    echo "${COMPREPLY[@]}"; complete -p semspace"""
    environ = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "SEMSPACE_HOME": str(home)}
    command = ["bash", "-c", typed, "bash", str(tmp_path / "script")]
    ran = subprocess.run(command, env=environ, capture_output=True, text=True, check=True, timeout=60)
    offered, kept = ran.stdout.splitlines()
    assert offered == "garden"
    assert kept.endswith("-F _semspace_completion semspace")


def test_a_value_behind_an_equals_sign_is_completed_and_keeps_its_option(process: Process, home: Path) -> None:
    # bash tells the sign as a word of its own, and replaces what stands behind it only; the others replace the word whole.
    for words in (("search", "--index", "=", "g"), ("search", "--index", "=", "ga"), ("search", "--index", "g")):
        assert completed(process, *words) == [("garden", "plain")]
    asked = {"_SEMSPACE_COMPLETE": "zsh_complete", "COMP_WORDS": "semspace search --index=g", "COMP_CWORD": "2"}
    assert process(env=asked).stdout.decode().splitlines() == ["plain", "--index=garden", "_"]
    asked |= {"_SEMSPACE_COMPLETE": "fish_complete", "COMP_CWORD": "--index=g"}
    assert process(env=asked).stdout.decode().splitlines() == ["plain,--index=garden"]


def test_fish_shows_descriptions_whole(run: Run, process: Process, tmp_path: Path, home: Path) -> None:
    ran = run("completion", "fish")
    assert 'string split --max 1 ","' in ran.out
    if shutil.which("fish") is None:
        pytest.skip("there is no fish here to complete by it")
    (tmp_path / "semspace").write_text(f'#!/bin/sh\nexec {sys.executable} -m semspace "$@"\n')
    (tmp_path / "semspace").chmod(0o755)
    (tmp_path / "script").write_text(ran.out)
    environ = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "SEMSPACE_HOME": str(home), "HOME": str(tmp_path)}
    typed = f"source {tmp_path / 'script'}; complete -C 'semspace search --mo'; complete -C 'semspace search --index=g'"
    told = subprocess.run(["fish", "-N", "-c", typed], env=environ, capture_output=True, text=True, check=True, timeout=60)
    assert "--mode\tAsk by both meaning and words (hybrid), or by one." in told.stdout.splitlines()
    assert "--index=garden" in told.stdout.splitlines()


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_accept_what_is_printed(run: Run, tmp_path: Path, shell: str) -> None:
    ran = run("completion", shell)
    assert (ran.code, "_SEMSPACE_COMPLETE" in ran.out) == (0, True)
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here to read it")
    (tmp_path / "script").write_text(ran.out)
    subprocess.run([shell, "-n", str(tmp_path / "script")], check=True, timeout=30)


def test_the_manual_holds_every_command_and_option(run: Run, tmp_path: Path) -> None:
    ran = run("man")
    assert ran.code == 0
    if shutil.which("groff") is None:
        pytest.skip("there is no groff here to read it")
    (tmp_path / "page").write_text(ran.out)
    command = ["groff", "-man", "-Tutf8", "-ww", "-P-c", "-P-b", "-P-u", "-rLL=100n", str(tmp_path / "page")]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert shown.stderr == ""
    page = shown.stdout
    for name in COMMANDS:
        assert f"\n   {name}\n" in page, name
    # Backslashes, dashes and quotes are shown as they are typed.
    assert "--top-k" in page
    assert 'semspace search "tax return" ~/letters --since 2024 --where "lang = \'de\'"' in page


@pytest.mark.parametrize("words", [["search", "bread", "--mode", "lexical"], ["show", "1"], ["similar", "1"]])
def test_without_a_terminal_nothing_is_opened(run: Run, words: list[str]) -> None:
    ran = run(*words, "--open")
    assert (ran.code, ran.out) == (2, "")
    assert "needs a terminal" in ran.err


@pytest.mark.parametrize("words", [["search", "oven", "--mode", "lexical"], ["show", "1"]])
def test_a_hit_is_opened_in_the_editor_at_its_line(
    garden: Path, home: Path, tiny_models: Path, tmp_path: Path, words: list[str]
) -> None:
    told = tmp_path / "told"
    editor = tmp_path / "editor"
    editor.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {told}\n')
    editor.chmod(0o755)
    environ = {**os.environ, "SEMSPACE_HOME": str(home), "SEMSPACE_MODELS": str(tiny_models)}
    environ |= {"VISUAL": str(editor), "EDITOR": "false"}
    primary, terminal = pty.openpty()
    command = [sys.executable, "-m", "semspace", *words, "--open"]
    ran = subprocess.run(command, cwd=garden, env=environ, stdin=terminal, stdout=terminal, check=False, timeout=60)
    os.close(terminal)
    os.close(primary)
    assert ran.returncode == 0
    assert told.read_text().splitlines() == ["+1", str(garden / "bread.md")]


def test_a_text_without_a_file_cannot_be_opened(
    tmp_path: Path, tiny_models: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from semspace import Space

    with Space.create("own", "tiny", home=tmp_path, models=tiny_models) as space:
        space.add_texts(["the rain"])
    monkeypatch.setattr("semspace.cli.opening._seen", lambda: True)
    assert main(["show", "1", "--open", "--index", "own", "--home", str(tmp_path)]) == 2
    assert "no file" in capsys.readouterr().err

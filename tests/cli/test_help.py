"""Help for a person: one sentence, options that say what they do, examples that can be typed; and short commands."""

from __future__ import annotations

import ast
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from semspace.cli import COMMANDS, main, program

CLI = Path(__file__).parents[2] / "semspace" / "cli"


def commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(program)
    for name in COMMANDS:
        command = program.get_command(context, name)
        assert command is not None
        yield name, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {inner}", command.commands[inner]) for inner in sorted(command.commands))


ALL = dict(commands())


@pytest.mark.parametrize("name", ALL)
def test_help_fits_in_80_columns_with_a_sentence_and_examples(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*name.split(), "--help"]) == 0
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    about, _, examples = str(ALL[name].help).partition("Examples:")
    assert about.strip().split("\n\n")[0].endswith(".")
    lines = [line.strip() for line in examples.strip().splitlines()]
    assert 1 <= len(lines) <= 3
    assert all(line.startswith(f"semspace {name}") for line in lines)


@pytest.mark.parametrize("name", ALL)
def test_every_option_says_what_it_does(name: str) -> None:
    options = [param for param in ALL[name].params if isinstance(param, click.Option)]
    assert [option.opts for option in options if not (option.help or "").rstrip().endswith((".", "]", "7d."))] == []


@pytest.mark.parametrize("name", [name for name in ALL if name != "models"])
def test_examples_can_be_typed(name: str) -> None:
    _, _, examples = str(ALL[name].help).partition("Examples:")
    for line in examples.strip().splitlines():
        words = shlex.split(line.strip())[1 + len(name.split()) :]
        ends = [place for place, word in enumerate(words) if word in {"|", ">", ">>"}]
        ALL[name].make_context(name, words[: min(ends, default=None)])


def test_the_list_of_commands_tells_what_each_ones_help_tells() -> None:
    assert {name: str(ALL[name].short_help) for name in COMMANDS} == {name: about for name, (_, about) in COMMANDS.items()}


def test_the_program_alone_shows_its_help_and_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "Usage: semspace" in capsys.readouterr().err
    assert main(["-h"]) == 0
    out = capsys.readouterr().out
    assert all(f"  {name} " in out for name in COMMANDS)
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("semspace ")


def test_a_command_parses_calls_draws_and_returns_in_twelve_lines() -> None:
    long = []
    for path in CLI.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and any("command" in ast.unparse(mark) for mark in node.decorator_list):
                body = node.body[1:]
                if body and (lines := (body[-1].end_lineno or 0) - body[0].lineno + 1) > 12:
                    long.append((node.name, lines))
    assert long == []

"""The commands' own help -> a page for man, in roff; and what a shell completes by."""

from __future__ import annotations

from collections.abc import Iterator

import click
from click.shell_completion import get_completion_class

from semspace import __version__
from semspace.cli import COMMANDS, program, shells

VARIABLE = "_SEMSPACE_COMPLETE"
"""What tells the program that a shell asks."""

_ENVIRONMENT = {
    "SEMSPACE_HOME": "Where spaces live.",
    "SEMSPACE_MODELS": "Where encoders live.",
    "SEMSPACE_RUNTIME": "What runs the encoder.",
    "SEMSPACE_TOKEN": "What opens a server.",
    "SEMSPACE_DEBUG": "Shows where a fault of the program itself is.",
    "VISUAL, EDITOR": "What opens a file at the line of a passage.",
    "NO_COLOR": "No colours.",
}

_EXIT = {"0": "Something was found, or done.", "1": "Nothing was found.", "2": "An error.", "130": "Interrupted."}


def script(shell: str) -> str:
    """Return what bash, zsh or fish has to read."""
    shells.register()
    found = get_completion_class(shell)
    if found is None:
        raise ValueError(shell)
    return found(program, {}, "semspace", VARIABLE).source()


def manual() -> str:
    """Return the page, in the macros of man(7)."""
    about, _, examples = (program.help or "").partition("\b\n")
    lines = [
        f'.TH SEMSPACE 1 "" "semspace {__version__}" "User Commands"',
        ".SH NAME",
        f"semspace \\- {_text(about.strip())[0].lower()}{_text(about.strip().rstrip('.'))[1:]}",
        ".SH SYNOPSIS",
        ".B semspace",
        "COMMAND [OPTION]... [ARGUMENT]...",
        ".SH DESCRIPTION",
        *_verbatim(examples.rstrip()),
        ".SH COMMANDS",
    ]
    context = click.Context(program, info_name="semspace")
    for name in COMMANDS:
        command = program.get_command(context, name)
        if command is not None:
            lines += _section(command, click.Context(command, parent=context, info_name=name))
    lines += [".SH ENVIRONMENT", *_terms(_ENVIRONMENT), ".SH EXIT STATUS", *_terms(_EXIT)]
    return "\n".join(lines)


def _section(command: click.Command, context: click.Context) -> Iterator[str]:
    """Give a command with its arguments, help and options; then the commands below it."""
    yield f'.SS "{_text(context.command_path.removeprefix("semspace ")).replace(chr(34), "")}"'
    yield ".B " + _text(context.command_path)
    yield _text(" ".join(command.collect_usage_pieces(context)))
    for block in (command.help or "").split("\n\n"):
        yield ".PP"
        if block.lstrip().startswith("\b"):
            yield from _verbatim(block.strip().removeprefix("\b").strip("\n"))
        else:
            yield _text(" ".join(block.split()))
    for param in command.get_params(context):
        record = param.get_help_record(context)
        if record is not None and record[1]:
            yield from _terms({record[0]: record[1]})
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from _section(inner, click.Context(inner, parent=context, info_name=name))


def _terms(terms: dict[str, str]) -> Iterator[str]:
    for term, about in terms.items():
        yield from (".TP", ".B " + _text(term), _text(" ".join(about.split())))


def _verbatim(text: str) -> Iterator[str]:
    yield ".nf"
    yield from map(_text, text.splitlines())
    yield ".fi"


def _text(text: str) -> str:
    """Return text as roff shows it: as it is."""
    plain = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga").replace("^", "\\(ha")
    plain = plain.replace("~", "\\(ti")
    return f"\\&{plain}" if plain.startswith(".") else plain

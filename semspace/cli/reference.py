"""The command reference of the README, out of the commands' own help."""

from __future__ import annotations

from collections.abc import Iterator

import click

from semspace.cli import COMMANDS, program

WIDTH = 80


def reference() -> str:
    """Return the help of every command as Markdown."""
    parts = [f"```\n$ semspace --help\n{_help(program, 'semspace')}\n```"]
    for name in COMMANDS:
        command = program.get_command(click.Context(program), name)
        if command is not None:
            parts += [f"### `{title}`\n\n```\n{text}\n```" for title, text in _all(command, f"semspace {name}")]
    return "\n\n".join(parts)


def _all(command: click.Command, path: str) -> Iterator[tuple[str, str]]:
    yield path, _help(command, path)
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=path)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from _all(inner, f"{path} {name}")


def _help(command: click.Command, path: str) -> str:
    context = click.Context(command, info_name=path, terminal_width=WIDTH, max_content_width=WIDTH)
    return "\n".join(line.rstrip() for line in command.get_help(context).splitlines())

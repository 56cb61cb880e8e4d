"""semspace completion, semspace man."""

from __future__ import annotations

import click

from semspace.cli import output


@click.command(short_help="Print what has a shell complete commands, options and names.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> int:
    """Print what has a shell complete commands, options, names of spaces and of encoders.

    The shell reads it when it starts: for bash from ~/.bashrc, for zsh from ~/.zshrc, for fish from a file of its own.

    \b
    Examples:
      semspace completion bash >> ~/.bashrc
      semspace completion zsh >> ~/.zshrc
      semspace completion fish > ~/.config/fish/completions/semspace.fish
    """
    from semspace.cli.manual import script

    output.lines(script(shell).splitlines())
    return output.FOUND


@click.command(short_help="Print the manual as a page for man.")
def man() -> int:
    """Print the manual as a page for man: the help of all commands.

    \b
    Examples:
      semspace man | man -l -
      semspace man > ~/.local/share/man/man1/semspace.1
    """
    from semspace.cli.manual import manual

    output.lines(manual().splitlines())
    return output.FOUND

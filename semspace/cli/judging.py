"""like --ask on a terminal: a text is shown, a key says whether it is liked, and the next one is chosen by what was said."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from semspace.cli import output

if TYPE_CHECKING:
    from semspace.ui.console import Color
    from semspace.views.liking import Liking

LINES = 8
"""Lines of a text that are shown: enough to judge it by."""

QUESTION = "like it? y or n; Enter skips, q ends"
KEYS = click.Choice(["y", "n", "s", "q"])

Like = Callable[[list[str], list[str], list[str]], "Liking"]
"""(liked, unliked, skipped) -> the taste, and the text to judge next."""


def interactive() -> bool:
    """Tell whether a person is there to be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def judged(like: Like, liked: list[str], unliked: list[str], color: Color) -> Liking:
    """Ask about one text after the other until `q`, or until there is none; return what was learned."""
    skipped: list[str] = []
    found = like(liked, unliked, skipped)
    while found.ask is not None:
        _show(found, color)
        key = click.prompt(QUESTION, type=KEYS, default="s", show_choices=False, show_default=False, err=True)
        if key == "q":
            break
        {"y": liked, "n": unliked, "s": skipped}[key].append(f"#{found.ask.id}")
        found = like(liked, unliked, skipped)
    return found


def _show(found: Liking, color: Color) -> None:
    """Draw the text to judge: its first lines."""
    from rich.console import Group
    from rich.text import Text

    from semspace.ui.safe import safe_text

    assert found.ask is not None
    head = Text(f"#{found.ask.id}  ", "quiet").append(safe_text(found.ask.source, one_line=True), "path")
    lines = [line for line in safe_text(found.ask.text).splitlines() if line.strip()][:LINES]
    output.draw(Group(Text(), head, *(Text(line, no_wrap=True, overflow="ellipsis") for line in lines)), color)

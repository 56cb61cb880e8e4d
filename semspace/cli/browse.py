"""semspace browse."""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import TYPE_CHECKING

import click

from semspace.cli import output
from semspace.cli.opening import editor
from semspace.cli.options import Place, Words, asking, stand

if TYPE_CHECKING:
    from semspace.encoders.running import Running


@click.command(short_help="Search, see and walk a space on the whole screen.")
@click.argument("query", type=Words(), required=False, default="")
@click.option("--history/--no-history", default=True, help="Keep what is asked for the next time.", show_default=True)
@asking
def browse(query: str, history: bool, place: Place) -> int:
    """Search, see and walk a space on the whole screen.

    Hits change at every key. Enter opens the file of a hit in $EDITOR at its line, m shows the map, t the topics, n the
    neighbours of a hit, + and - say which hits are what you look for, w saves what is on the screen and o opens it again,
    ? shows all keys, Ctrl+C ends it. Up in the line brings back what was asked before, kept with the space.

    \b
    Examples:
      semspace browse
      semspace browse "how do I prune roses?" --index notes
    """
    from semspace import Space
    from semspace.browse import browse as show

    _need_terminal()
    name = place.name()
    # Whatever an encoder has to say would be written across the screen.
    running: Running = {**place.running, "say": None}
    again = partial(Space.open, name, home=place.home, **running)
    with again() as space:
        show(space, again, query, stand=stand(), editor=editor(), remember=history)
    return output.FOUND


def _need_terminal() -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise output.UsageFault("browse needs a terminal.", "For a program: semspace search QUERY --json")
    if not os.environ.get("NO_COLOR"):
        # Empty it means nothing, but not to Textual.
        os.environ.pop("NO_COLOR", None)

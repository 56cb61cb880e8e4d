"""A map with lines under it, together no higher than the screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from semspace.ui.console import on_terminal
from semspace.ui.mapping import MapPicture

SHARE = 4
"""Lines of a screen for one line under the map."""

LEAST = 3

_LEGEND = 5


@dataclass(frozen=True, slots=True, eq=False)
class Captioned:
    """A map, a head, and lines of which a screen shows as many as leave most of it to the map; a pipe gets them all."""

    picture: MapPicture
    head: Text
    lines: Sequence[Text]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw it."""
        shown = len(self.lines)
        if on_terminal(console) or options.height is not None:
            height = options.height or max(console.height - 1, 4)
            shown = min(shown, max(height // SHARE, LEAST))
            # A given height is filled: no map need be higher than half as many cells as it is wide, with what explains it.
            options = options.update(height=max(min(height - shown - 2, options.max_width // 2 + _LEGEND), 1))
        yield from console.render(self.picture, options)
        more = len(self.lines) - shown
        yield Text.assemble(self.head, (f"  and {more} more with --json" if more else "", "quiet"), no_wrap=True)
        yield from self.lines[:shown]

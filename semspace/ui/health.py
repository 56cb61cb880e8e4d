"""What a machine and its spaces are like -> what a person sees of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from semspace.records import Sign
from semspace.ui.reports import plural
from semspace.ui.safe import safe_text


@dataclass(frozen=True, slots=True)
class HealthView:
    """A line for each thing that was looked at, what to do under those that are not well, and a verdict."""

    signs: Sequence[Sign]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw a table, then one line."""
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for sign in self.signs:
            told = Text(safe_text(sign.told))
            if sign.remedy:
                told.append(f"\n{safe_text(sign.remedy)}", "hint")
            mark = Text("fix", "bad") if sign.remedy else Text("ok", "good")
            table.add_row(mark, Text(safe_text(sign.part, one_line=True), "key"), told)
        yield table
        wrong = sum(1 for sign in self.signs if sign.remedy)
        yield Text(f"{plural(wrong, 'thing')} to fix" if wrong else "All is well.", "bad" if wrong else "good")

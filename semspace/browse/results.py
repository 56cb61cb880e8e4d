"""The list: hits of a query, or the neighbours of a passage that one walks from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from semspace.browse.session import Request
from semspace.records import Hit
from semspace.ui.bars import bar
from semspace.ui.labelling import cut
from semspace.ui.paths import ANYWHERE, Stand, place

BAR = 5
MARGIN = 4
"""Columns of a row that are not its text: scroll bar, and a mark before it."""

LEAD = 30
"""Characters before the first word that matched, in what is shown of a passage."""


class Results(OptionList):
    """Passages, best first, two lines each."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", "Next", show=False),
        Binding("k", "cursor_up", "Previous", show=False),
        Binding("g", "first", "First", show=False),
        Binding("G", "last", "Last", show=False),
    ]

    def __init__(self, stand: Stand = ANYWHERE, *, id: str) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id, markup=False, compact=True)
        self._stand = stand
        self.hits: Sequence[Hit] = ()
        self._request = Request()

    @property
    def chosen(self) -> Hit | None:
        """Return the passage under the cursor."""
        row = self.highlighted
        return self.hits[row] if row is not None and row < len(self.hits) else None

    def show(self, hits: Sequence[Hit], request: Request, *, stay: bool = False) -> None:
        """Show passages from the best on; `stay` keeps the cursor on the passage that it is on, where that is still there."""
        before = self.chosen
        self.hits, self._request = hits, request
        self._fill()
        places = {hit.id: row for row, hit in enumerate(hits)}
        row = places.get(before.id, 0) if stay and before else 0
        self.highlighted = row if hits else None

    def on_resize(self) -> None:
        """Draw the rows anew for the new width."""
        row = self.highlighted
        self._fill()
        self.highlighted = row

    def _fill(self) -> None:
        width = max(self.size.width - MARGIN, 20)
        self.clear_options()
        self.add_options([Option(self._row(hit, width)) for hit in self.hits])

    def _row(self, hit: Hit, width: int) -> Text:
        sign = "+" if hit.id in self._request.likes else "-" if hit.id in self._request.dislikes else " "
        tail = Text()
        if hit.relevance is not None:
            tail.append(f" {bar(hit.relevance, BAR):<{BAR}}", "bar").append(f" {hit.relevance:4.2f}", "score")
        elif hit.similarity is not None:
            tail.append(f" {hit.similarity:5.3f}", "score")
        lead = f"{sign}{hit.rank:>2} "
        head = Text(no_wrap=True, overflow="ellipsis").append(lead, "good" if sign == "+" else "bad" if sign == "-" else "rank")
        where = place(hit, self.app.console, self._stand, width - len(lead) - tail.cell_len)
        where.truncate(max(width - len(lead) - tail.cell_len, 8), overflow="ellipsis", pad=True)
        head.append_text(where).append_text(tail)
        return head.append("\n    ").append_text(_words(hit, width - 4))


def _words(hit: Hit, width: int) -> Text:
    """Return the heading of a passage and its first words, or those about the first that matched, in one line."""
    first = hit.matches[0][0] if hit.matches else 0
    start = first - LEAD if first > width * 2 // 3 else 0
    heading = cut(" > ".join(hit.heading[-1:]) or hit.title or "", max(width // 3, 8))
    line = Text(no_wrap=True, overflow="ellipsis")
    if heading:
        line.append(heading, "heading").append("  ")
    text = ("… " if start else "") + hit.text[start : start + 4 * width]
    return line.append(cut(text, max(width - line.cell_len, 4)), "quiet")

"""The line where one types, and what was typed before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from semspace.browse.history import History


class QueryLine(Input):
    """A query, and with Up and Down those asked before."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "earlier", "Earlier query", show=False),
        Binding("down", "later", "Later query, or into the list", show=False),
        Binding("enter", "submit", "Into the list", show=False),
    ]

    @dataclass
    class Left(Message):
        """The list is wanted."""

    def __init__(self, value: str = "", history: History | None = None, *, id: str) -> None:  # noqa: A002  # Textual's name
        super().__init__(value, placeholder="Type to search", id=id, compact=True, select_on_focus=False)
        self._history = history or History(None)
        self._past = list(self._history.queries)
        self._place = len(self._past)

    def remember(self) -> None:
        """Keep what was asked; of equal queries the last."""
        if self.value.strip():
            self._past = [*(one for one in self._past if one != self.value), self.value]
            self._history.add(self.value)
        self._place = len(self._past)

    def action_earlier(self) -> None:
        """Show the query asked before."""
        if self._place == len(self._past) and self.value.strip() and self.value not in self._past:
            self.remember()
            self._place = len(self._past) - 1
        self._go(self._place - 1)

    def action_later(self) -> None:
        """Show the query asked after this one; after the last, go into the list."""
        if self._place >= len(self._past) - 1:
            self._place = len(self._past)
            self.post_message(self.Left())
        else:
            self._go(self._place + 1)

    def _go(self, place: int) -> None:
        if 0 <= place < len(self._past):
            self._place = place
            self.value = self._past[place]
            self.cursor_position = len(self.value)

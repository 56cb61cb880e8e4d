"""What lies over the panes for a moment: the keys, and a question for a name."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static

from semspace.ui.safe import safe_text

WIDTH = 76
KEYS = 14
_SHOWN = {"question_mark": "?", "slash": "/", "plus": "+", "minus": "-", "equals_sign": "=", "escape": "Esc", "enter": "Enter"}


class HelpScreen(ModalScreen[None]):
    """All keys, as they are bound."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark,f1", "dismiss", "Close")]

    def __init__(self, parts: Sequence[tuple[str, Sequence[tuple[Binding, str]]]]) -> None:
        super().__init__()
        self._parts = parts

    def compose(self) -> ComposeResult:
        """Draw a line for each key."""
        text = Text()
        for title, bindings in self._parts:
            text.append(f"{title}\n", "title")
            for binding, about in bindings:
                text.append(f"  {_keys(binding):<{KEYS}}", "path").append("\n".join(_hung(about)) + "\n")
            text.append("\n")
        text.append(
            "Mouse: the wheel zooms the map, a drag moves it, a drag with Ctrl draws a line around a part of it.", "quiet"
        )
        with VerticalScroll(id="dialog"):
            yield Static(text, markup=False)


class NameScreen(ModalScreen[str | None]):
    """One name."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Cancel")]

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        """Ask for a line."""
        with Container(id="question"):
            yield Static(self._question, markup=False)
            yield Input(id="name", compact=True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Give what was typed, None where that is nothing."""
        event.stop()
        self.dismiss(event.value.strip() or None)


class ChoiceScreen(ModalScreen[str | None]):
    """One of some names."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "dismiss(None)", "Cancel")]

    def __init__(self, question: str, names: Sequence[str]) -> None:
        super().__init__()
        self._question, self._names = question, names

    def compose(self) -> ComposeResult:
        """Show the names."""
        with Container(id="question"):
            yield Static(self._question, markup=False)
            yield OptionList(*map(safe_text, self._names), id="choice", markup=False, compact=True)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Give the name that was taken."""
        event.stop()
        self.dismiss(self._names[event.option_index])


def _hung(about: str) -> list[str]:
    """Break what a key does so that it stays beside the key."""
    first, *more = wrap(about, WIDTH - KEYS - 8)
    return [first, *(" " * (KEYS + 2) + line for line in more)]


def _keys(binding: Binding) -> str:
    parts = []
    for key in binding.key.split(","):
        *held, last = key.strip().split("+")
        last = _SHOWN.get(last, last.upper() if len(last) > 1 and last[0] == "f" and last[1:].isdecimal() else last)
        parts.append("+".join([*(one.capitalize() for one in held), last.capitalize() if len(last) > 3 else last]))
    return "  ".join(parts)

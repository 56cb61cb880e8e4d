"""The panes of the screen: where they stand at each size, and threads that work for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, TypeVar

from rich.text import Text
from textual import on
from textual.app import App, ComposeResult, SystemCommand
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Container
from textual.keys import key_to_character
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Footer, Input, Static
from textual.worker import get_current_worker

from semspace.browse.dialogs import HelpScreen
from semspace.browse.map_pane import MapPane
from semspace.browse.preview import Preview
from semspace.browse.query_line import QueryLine
from semspace.browse.results import Results
from semspace.browse.session import Session
from semspace.browse.topic_pane import TopicPane
from semspace.errors import SemspaceError
from semspace.ui.console import THEME
from semspace.ui.paths import ANYWHERE, Stand
from semspace.ui.safe import safe_text

Made = TypeVar("Made")

_NAMED = {"plus": "+", "minus": "-"}
"""Keys that Textual does not give back the characters of."""


class Panes(App[None]):
    """What stands on the screen."""

    CSS_PATH = "browse.tcss"
    TITLE = "semspace"
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-normal"), (150, "-wide")]  # noqa: RUF012  # Textual declares it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1", "help", "Help"),
        Binding("m,f2", "pane('map')", "Map", tooltip="Show the map of the space, or put it away."),
        Binding("t,f3", "pane('topics')", "Topics", tooltip="Show the topics of the space, or put them away."),
        Binding("escape", "leave", "Back"),
        Binding("slash", "query", "Query", show=False),
        Binding("q,ctrl+q", "quit", "Quit", show=False),
        Binding("ctrl+c", "quit", "Quit", show=False, priority=True),
    ]

    @dataclass
    class Done(Message):
        """A thread has made something; `then` is called with it."""

        then: Callable[[Any], None]
        made: Any

    def __init__(self, session: Session, query: str = "", stand: Stand = ANYWHERE) -> None:
        super().__init__(ansi_color=True)
        self.session = session
        self.stand = stand
        self.theme = "ansi-dark"
        self.console.push_theme(THEME)
        self.first_query = query

    def get_default_screen(self) -> Screen[Any]:
        """Return the screen with the panes."""
        return MainScreen(id="_default")

    def compose(self) -> ComposeResult:
        """Make the panes."""
        yield QueryLine(self.first_query, self.session.history, id="query")
        yield Static(id="status", markup=False)
        with Container(id="body"):
            with Container(id="left"):
                yield Static(id="trail", markup=False)
                yield Results(self.stand, id="results")
            with Container(id="right"):
                yield Preview(self.stand, id="preview")
                with Container(id="side"):
                    yield MapPane(id="map")
                    yield TopicPane(id="topics")
        yield Footer(compact=True, show_command_palette=False)

    @property
    def results(self) -> Results:
        """Return the list."""
        return self.main.query_one("#results", Results)

    @property
    def preview(self) -> Preview:
        """Return the pane of one passage."""
        return self.main.query_one("#preview", Preview)

    @property
    def map(self) -> MapPane:
        """Return the map."""
        return self.main.query_one("#map", MapPane)

    @property
    def topics(self) -> TopicPane:
        """Return the topics."""
        return self.main.query_one("#topics", TopicPane)

    @property
    def line(self) -> Input:
        """Return the line where one types."""
        return self.main.query_one("#query", Input)

    @property
    def main(self) -> Screen[Any]:
        """Return the screen with the panes, whatever lies on it."""
        return self.screen_stack[0]

    def tell(self, text: Text) -> None:
        """Show a line about what is asked, and what came of it."""
        self.main.query_one("#status", Static).update(text)

    def behind(self, make: Callable[[], Made], then: Callable[[Made], None], group: str) -> None:
        """Make something in a thread, then show it; what an earlier call of the same group makes is shown no more."""

        def run() -> None:
            worker = get_current_worker()
            try:
                made = make()
            except (SemspaceError, OSError) as error:
                if not worker.is_cancelled:
                    self.post_message(self.Done(self.failed, error))
                return
            if not worker.is_cancelled:
                self.post_message(self.Done(then, made))

        self.run_worker(run, group=group, exclusive=True, thread=True)

    @on(Done)
    def _done(self, message: Done) -> None:
        message.then(message.made)

    def failed(self, error: SemspaceError | OSError) -> None:
        """Say what went wrong, and go on."""
        hint = error.hint if isinstance(error, SemspaceError) and error.hint else ""
        self.notify(safe_text(f"{error} {hint}".strip()), severity="error", markup=False, timeout=8)

    def action_pane(self, name: str) -> None:
        """Show a pane, or put it away."""
        shown = not self.main.has_class(name)
        if shown and self.main.has_class("-narrow"):
            self.main.remove_class("map", "topics")
        self.main.set_class(shown, name)
        if shown:
            self.opened(name)
            self.main.query_one(f"#{name}").focus()
        elif self.main.focused is None or self.main.focused.id == name:
            self.results.focus()

    def opened(self, name: str) -> None:
        """Fill a pane that is shown."""

    def action_query(self) -> None:
        """Go to the line where one types."""
        self.line.focus()

    def action_leave(self) -> None:
        """Go back to the line where one types."""
        self.line.focus()

    def action_help(self) -> None:
        """Show all keys."""
        self.push_screen(HelpScreen([*self.bound()]))

    def bound(self) -> Iterator[tuple[str, list[tuple[Binding, str]]]]:
        """Yield the keys of each part of the screen, and what they do."""
        yield "Anywhere (letters: not while typing)", [*_told(self._own_bindings(type(self)), type(self))]
        yield "While typing", [*_told(_made(QueryLine.BINDINGS), QueryLine)]
        yield "In the list", [*_told(_made(Results.BINDINGS), Results)]
        yield "On the map", [*_told(_made(MapPane.BINDINGS), MapPane)]

    def _own_bindings(self, kind: type) -> Iterator[Binding]:
        for one in kind.__mro__:
            if issubclass(one, Panes):
                yield from _made(vars(one).get("BINDINGS", ()))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:  # noqa: ARG002  # Textual gives it
        """Yield what the command palette offers: all that has a key."""
        for binding in self._own_bindings(type(self)):
            yield SystemCommand(binding.description, about(binding, type(self)), partial(self.run_action, binding.action))


def _made(bindings: Iterable[BindingType]) -> Iterator[Binding]:
    """Yield bindings that have a description."""
    return (one for one in bindings if isinstance(one, Binding) and one.description)


def _told(bindings: Iterable[Binding], kind: type) -> Iterator[tuple[Binding, str]]:
    return ((binding, about(binding, kind)) for binding in bindings)


def about(binding: Binding, kind: type) -> str:
    """Return what a key does, as the action says it that it is bound to."""
    if binding.tooltip:
        return binding.tooltip
    said = getattr(kind, f"action_{binding.action.partition('(')[0]}", None)
    ours = said is not None and said.__module__.startswith("semspace.")
    return str(said.__doc__).partition("\n")[0] if ours and "'" not in binding.action else binding.description


class MainScreen(Screen[None]):
    """The panes; a key that would be typed is not said to do anything else."""

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """Return what keys do now."""
        found, focused = super().active_bindings, self.focused
        if focused is None:
            return found
        typed = {key: _NAMED.get(key) or key_to_character(key) for key in found}
        return {key: one for key, one in found.items() if not focused.check_consume_key(key, typed[key])}

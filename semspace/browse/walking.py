"""From a passage to its neighbours and on, with a way back; to its file, and to the clipboard."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.widgets import Input, OptionList, Static

from semspace.browse.searching import Searching
from semspace.browse.session import Request, Session
from semspace.editors import command
from semspace.records import Hit
from semspace.ui.labelling import cut
from semspace.ui.paths import ANYWHERE, Stand

SHOWN = 18
"""Columns of a step of the trail."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A passage that one came by, and its neighbours."""

    hit: Hit
    near: tuple[Hit, ...]


class Walking(Searching):
    """A walk from text to text."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "neighbors", "Near"),
        Binding("backspace", "return", "One back", show=False),
        Binding("e", "edit", "Edit"),
        Binding("y", "copy('text')", "Copy", show=False, tooltip="Copy the text of the passage."),
        Binding("Y", "copy('place')", "Copy the place", show=False, tooltip="Copy where the passage stands."),
    ]

    trail: tuple[Stop, ...] = ()

    def __init__(self, session: Session, query: str = "", stand: Stand = ANYWHERE, editor: str = "vi") -> None:
        super().__init__(session, query, stand)
        self.editor = editor

    @on(OptionList.OptionSelected, "#results")
    def _taken(self) -> None:
        if self.trail:
            self.action_neighbors()
        else:
            self.action_edit()

    @on(Input.Changed, "#query")
    def _typed_on(self) -> None:
        # A new question ends a walk.
        if self.trail:
            self._walk(())

    def action_neighbors(self) -> None:
        """Go to the nearest passages of the one under the cursor."""
        if hit := self.results.chosen:
            self.walk_to(hit.id)

    def walk_to(self, number: int) -> None:
        """Go to a passage, and show those nearest to it."""

        def then(found: tuple[Hit, Sequence[Hit]]) -> None:
            hit, near = found
            self._walk((*self.trail, Stop(hit, tuple(near))))
            self.results.focus()

        self.behind(lambda: self.session.near(number), then, "walk")

    def action_return(self) -> None:
        """Go back to where one came from."""
        if self.trail:
            self._walk(self.trail[:-1], onto=self.trail[-1].hit)

    def action_leave(self) -> None:
        """End the walk, or go back to the line where one types."""
        if self.trail:
            self._walk((), onto=self.trail[0].hit)
        else:
            super().action_leave()

    def _walk(self, trail: tuple[Stop, ...], onto: Hit | None = None) -> None:
        """Show where the walk is; at its end, the hits of the query again. The cursor goes `onto` a passage."""
        self.trail = trail
        self.main.set_class(bool(trail), "walking")
        self.main.query_one("#trail", Static).update(self._crumbs())
        shown = trail[-1].near if trail else self.hits or ()
        self.results.show(shown, self.request)
        self.tell(self.told())
        if trail:
            self.map.link(trail[-1].hit, trail[-1].near)
        else:
            self.map.light(self.hits or ())
        if onto is not None:
            self.results.highlighted = next((row for row, hit in enumerate(shown) if hit.id == onto.id), 0) if shown else None

    def _crumbs(self) -> Text:
        text = Text("near ", "quiet", no_wrap=False)
        for number, stop in enumerate(self.trail):
            text.append(" > " if number else "", "quiet")
            text.append(cut(_name(stop.hit), SHOWN), "title" if number == len(self.trail) - 1 else "path")
        return text

    def about(self, hit: Hit) -> Request:
        """Return what a passage is shown for: on a walk no query has led to it."""
        return replace(self.request, query="") if self.trail else super().about(hit)

    def told(self) -> Text:
        """Say how many neighbours there are while one walks."""
        if not self.trail:
            return super().told()
        return Text(f"{len(self.trail[-1].near)} nearest passages · Enter goes on, Backspace back, Esc to the hits", "quiet")

    def note(self) -> str:
        """Say what the passage under the cursor is near to."""
        return f"near {cut(_name(self.trail[-1].hit), SHOWN)}" if self.trail else ""

    def action_edit(self) -> None:
        """Open the file of a passage in the editor, at its line."""
        hit = self.results.chosen
        if hit is None:
            return
        if hit.path is None or not Path(hit.path).is_file():
            self.notify("This text is in no file that could be opened.", severity="warning", markup=False)
            return
        try:
            with self.suspend():
                code = subprocess.run(command(self.editor, hit.path, hit.start_line), check=False).returncode
        except SuspendNotSupported:
            self.notify("This terminal cannot be handed to an editor.", severity="warning", markup=False)
        except (OSError, ValueError) as error:
            self.notify(f"The editor cannot be run: {cut(str(error), 80)}. Set EDITOR.", severity="error", markup=False)
        else:
            if code:
                self.notify(f"The editor ended with {code}.", severity="warning", markup=False)
        self.refresh()

    def action_copy(self, what: str) -> None:
        """Copy the text of a passage, or where it stands."""
        if hit := self.results.chosen:
            line = f":{hit.start_line}" if hit.start_line is not None else ""
            place = f"{hit.path}{line}" if hit.path else hit.key or f"#{hit.id}"
            self.copy_to_clipboard((hit.text if what == "text" else place).encode("utf-8", "replace").decode())
            self.notify("Copied the text." if what == "text" else "Copied the place.", timeout=2, markup=False)


def _name(hit: Hit) -> str:
    line = f":{hit.start_line}" if hit.start_line is not None else ""
    return f"{Path(hit.path).name}{line}" if hit.path else hit.key or f"#{hit.id}"

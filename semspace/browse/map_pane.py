"""The map: moved and zoomed by keys and mouse, and parts of it chosen by a box or a line drawn around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from semspace.browse.lasso import in_box, inside
from semspace.browse.picture import Picture, Point
from semspace.browse.session import rows_of, spot
from semspace.browse.window import Window
from semspace.records import Hit
from semspace.ui.canvas import View, fit
from semspace.ui.legend import ink_of, wrapped
from semspace.views.map import Map
from semspace.views.parts import Place

STEP = 1.5
"""How much larger everything is after one step of zooming in."""

PART = 1 / 6
"""Of a window: how far one key moves it."""

_QUIET, _PLAIN = Style(dim=True), Style.null()


class MapPane(Widget, can_focus=True):
    """The map of the space, with what is asked for on it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key, f"move({key!r})", "Move", show=False) for key in ("up", "down", "left", "right")),
        *(
            Binding(f"shift+{key}", f"stretch({key!r})", "Resize the box", show=False)
            for key in ("up", "down", "left", "right")
        ),
        Binding("plus,equals_sign", "zoom(1)", "Closer"),
        Binding("minus", "zoom(-1)", "Wider"),
        Binding("0", "whole", "Whole"),
        Binding("v", "box", "Choose"),
        Binding("enter", "take", "Take it", show=False),
    ]

    @dataclass
    class Chosen(Message):
        """Passages were chosen on the map."""

        ids: tuple[int, ...]

    @dataclass
    class Pointed(Message):
        """A point of the map was clicked."""

        id: int

    @dataclass
    class Close(Message):
        """So few points are seen that their texts, those of these passages, can be said beside them."""

        ids: tuple[int, ...]

    def __init__(self, *, id: str) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self.picture: Picture | None = None
        self.window: Window | None = None
        self.note = "The map is being read ..."
        self._strips: list[Strip] = []
        self._pressed: tuple[int, int] | None = None
        self._held = (0, 0)
        self._lasso = False
        self._asked: tuple[int, ...] = ()

    @property
    def choosing(self) -> bool:
        """Tell whether a box is on the map."""
        return self.picture is not None and self.picture.box is not None

    def say(self, note: str) -> None:
        """Show how far the map is."""
        self.note = note
        self.redraw()

    def show(self, seen: Map) -> None:
        """Show a map."""
        self.picture = Picture(seen)
        self.redraw()

    def name_places(self, places: Sequence[Place]) -> None:
        """Write names on the map."""
        self._change(places=tuple(places))

    def say_texts(self, beginnings: Mapping[int, str]) -> None:
        """Write how passages begin, by their ids, beside their points."""
        if self.picture:
            shown = self.picture.seen.ids[self.picture.seen.shown]
            rows = {int(np.searchsorted(shown, number)): text for number, text in beginnings.items()}
            self._change(near={row: text for row, text in rows.items() if row < len(shown) and shown[row] in beginnings})

    def look_at(self, view: View) -> None:
        """Show a part of the map."""
        if self.window is not None:
            self.window = replace(self.window, view=fit(view, self.window.columns, 2 * self.window.rows))
            self.redraw()

    def light(self, hits: Sequence[Hit]) -> None:
        """Show where the hits of a query are, and the query in the middle of most of them."""
        if self.picture:
            self._change(query=spot(self.picture.seen, hits), lit=self._points(hits), center=None, linked=())

    def link(self, hit: Hit, near: Sequence[Hit]) -> None:
        """Draw lines from a passage to its true neighbours."""
        if self.picture:
            center = self._points([hit])
            self._change(query=None, lit=(), center=center[0] if center else None, linked=self._points(near))

    def keep_to(self, ids: Sequence[int] | None) -> None:
        """Draw all but some passages as if they were not there."""
        if self.picture:
            shown = self.picture.seen.ids[self.picture.seen.shown]
            self._change(aside=None if ids is None else ~np.isin(shown, np.array(ids, dtype=np.int64)))

    def leave(self) -> None:
        """Take no part."""
        self._change(box=None, path=())

    def on_resize(self) -> None:
        """Draw as much as there is room for."""
        self.redraw()

    def redraw(self) -> None:
        """Draw everything."""
        width, height = self.size
        self._strips = self._drawn(width, height) if width > 3 and height > 3 else []
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Return one line of what was drawn."""
        return self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width, _PLAIN)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002  # Textual's
        """Take all the height there is."""
        return container.height

    def action_move(self, way: str) -> None:
        """Move the window, or the box that is on it."""
        if self.window is None or self.picture is None:
            return
        rows, columns = _way(way)
        if self.picture.box is not None:
            across, up = self.window.cell
            left, bottom, right, top = self.picture.box
            x, y = columns * 2 * across, -rows * up
            self._change(box=(left + x, bottom + y, right + x, top + y))
            return
        self.window = self.window.moved(rows * self.window.rows * PART, columns * self.window.columns * PART)
        self.redraw()

    def action_stretch(self, way: str) -> None:
        """Make the box larger or smaller at its right and lower edges."""
        if self.window is None or self.picture is None or self.picture.box is None:
            return
        rows, columns = _way(way)
        across, up = self.window.cell
        left, bottom, right, top = self.picture.box
        wider, lower = max(right + columns * 2 * across, left + 2 * across), min(bottom - rows * up, top - 2 * up)
        self._change(box=(left, lower, wider, top))

    def action_zoom(self, steps: int) -> None:
        """Show everything larger or smaller."""
        if self.window is not None:
            self.window = self.window.zoomed(STEP**steps)
            self.redraw()

    def action_whole(self) -> None:
        """Show the whole map."""
        self.window = None
        self.redraw()

    def action_box(self) -> None:
        """Put a box on the middle of the map, or take it away."""
        if self.window is None or self.picture is None:
            return
        left, bottom, right, top = self.window.view
        x, y, wide, high = (left + right) / 2, (bottom + top) / 2, (right - left) / 6, (top - bottom) / 6
        self._change(box=None if self.choosing else (x - wide, y - high, x + wide, y + high), path=())

    def action_take(self) -> None:
        """Take what is in the box."""
        if self.picture is not None and self.picture.box is not None:
            self._choose(in_box(self.picture.seen.positions, self.picture.box))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Zoom in where the mouse is."""
        self._wheel(event, STEP)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Zoom out where the mouse is."""
        self._wheel(event, 1 / STEP)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin to drag the map or, while a box is on it or with Ctrl, to draw a line around a part."""
        self.capture_mouse()
        self._pressed = self._held = (event.y, event.x)
        self._lasso = self.choosing or event.ctrl
        if self._lasso and self.window:
            self._change(box=None, path=(self.window.at(event.y, event.x),))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Drag, or draw on."""
        if self._pressed is None or self.window is None or self.picture is None:
            return
        if self._lasso:
            self._change(path=(*self.picture.path, self.window.at(event.y, event.x)))
        else:
            self.window = self.window.moved(self._held[0] - event.y, self._held[1] - event.x)
            self.redraw()
        self._held = (event.y, event.x)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Take what the line is drawn around, or the point that was clicked."""
        self.release_mouse()
        pressed, self._pressed = self._pressed, None
        if self.picture is None or self.window is None or pressed is None:
            return
        if self._lasso:
            self._choose(inside(self.picture.seen.positions, self.picture.path))
        elif pressed == (event.y, event.x):
            row = self.window.nearest(self.picture.seen.positions, event.y, event.x)
            if row is not None:
                seen = self.picture.seen
                self.post_message(self.Pointed(int(seen.ids[seen.shown[row]])))

    def _wheel(self, event: events.MouseEvent, factor: float) -> None:
        event.stop()
        if self.window is not None:
            self.window = self.window.zoomed(factor, event.y, event.x)
            self.redraw()

    def _choose(self, rows: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> None:
        self.leave()
        if self.picture is not None:
            seen = self.picture.seen
            self.post_message(self.Chosen(tuple(seen.ids[seen.shown[rows]].tolist())))

    def _points(self, hits: Sequence[Hit]) -> tuple[Point, ...]:
        if self.picture is None:
            return ()
        seen = self.picture.seen
        return tuple((x, y) for x, y in seen.layout.positions[rows_of(seen, [hit.id for hit in hits])].tolist())

    def _change(self, **changes: object) -> None:
        if self.picture is not None:
            self.picture = replace(self.picture, **changes)  # type: ignore[arg-type]  # fields of a picture
            self.redraw()

    def _drawn(self, width: int, height: int) -> list[Strip]:
        if self.picture is None:
            return [
                Strip([Segment(line, _QUIET)]).adjust_cell_length(width, _PLAIN) for line in wrapped(self.note, width, height)
            ]
        seen = self.picture.seen
        foot = wrapped(seen.footer, width, 1 if height < 16 else 2)
        rows = height - len(foot)
        self.window = self.window.sized(width, rows, seen.positions) if self.window else Window.of(seen.positions, width, rows)
        ink = ink_of(self.app.console, self.app.console.options, "either")
        ink = replace(ink, colors="none") if self.app.no_color else ink
        self._look_closely()
        lines = [*self.picture.draw(self.window, ink), *([Segment(line, _QUIET)] for line in foot)]
        # Where there are no colours, Textual's filter takes every segment to have a style.
        styled = ([Segment(text, style or _PLAIN) for text, style, _ in line] for line in lines)
        return [Strip(line).adjust_cell_length(width, _PLAIN) for line in styled]

    def _look_closely(self) -> None:
        """Ask for the texts of the few points that are seen, if they are not known."""
        if self.picture is None or self.window is None:
            return
        seen = self.picture.seen
        ids = tuple(int(seen.ids[seen.shown[row]]) for row in self.picture.close(self.window))
        if ids and ids != self._asked:
            self._asked = ids
            self.post_message(self.Close(ids))


def _way(way: str) -> tuple[int, int]:
    return {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}[way]

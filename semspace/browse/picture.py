"""A map in the cells of a pane: density or dots, names, the query, its hits, true neighbours, and what is being chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rich.segment import Segment
from rich.style import Style

from semspace.browse.lasso import Mask, line
from semspace.browse.window import Window
from semspace.ui.canvas import View
from semspace.ui.labelling import place_labels
from semspace.ui.legend import legend
from semspace.ui.plotting import Plot, paint, point_at
from semspace.ui.sheet import Ink, Sheet
from semspace.views.map import Map
from semspace.views.parts import Place

Point = tuple[float, float]

_LABEL = Style(bold=True)
_BOX = {True: "┌┐└┘─│", False: "++++-|"}
_TRAIL = {True: "·", False: "."}


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """What a map shows: where `query` is, its hits `lit`, lines from `center` to the points `linked`, what is chosen.

    `aside` (n,) are points that no search looks at; they are drawn as those are that the map says nothing about.
    """

    seen: Map
    places: Sequence[Place] = ()
    query: Point | None = None
    lit: Sequence[Point] = ()
    center: Point | None = None
    linked: Sequence[Point] = ()
    aside: Mask | None = None
    box: View | None = None
    path: Sequence[Point] = ()

    def draw(self, window: Window, ink: Ink) -> list[list[Segment]]:
        """Return the rows of a window."""
        dim = self.seen.doubtful if self.aside is None else self.seen.doubtful | self.aside
        plot = Plot(self.seen.positions, legend(None, (), ink), dim)
        sheet, _ = paint(plot, window.view, window.rows, window.columns)
        if self.center is not None:
            for end in self.linked:
                _link(sheet, window, self.center, end, _TRAIL[ink.unicode])
        marks = [(*point, "lit") for point in (*self.lit, *self.linked)]
        marks += [(*point, "cross") for point in (self.query, self.center) if point is not None]
        point_at(sheet, marks, window.view, ink)
        labels = [(place.x, place.y, place.name, place.count) for place in self.places]
        for label in place_labels(labels, window.view, window.rows, window.columns, sheet.kept):
            sheet.write(label.row, label.column, label.width, label.text, _LABEL)
        if self.box is not None:
            _frame(sheet, window, self.box, _BOX[ink.unicode])
        for one, other in zip(self.path, self.path[1:], strict=False):
            _link(sheet, window, one, other, "•" if ink.unicode else "*")
        return sheet.segments()


def _link(sheet: Sheet, window: Window, start: Point, end: Point, char: str) -> None:
    """Draw a line between two points; one that is far outside is no part of the picture."""
    cells = [window.row_column(*start), window.row_column(*end)]
    if not any(window.shows(*cell) for cell in cells) or np.abs(cells).max() > 4 * (window.rows + window.columns):
        return
    for row, column in line(cells[0], cells[1]):
        sheet.put(row, column, char)


def _frame(sheet: Sheet, window: Window, box: View, chars: str) -> None:
    top, left = window.row_column(box[0], box[3])
    bottom, right = window.row_column(box[2], box[1])
    for column in range(left + 1, right):
        sheet.put(top, column, chars[4])
        sheet.put(bottom, column, chars[4])
    for row in range(top + 1, bottom):
        sheet.put(row, left, chars[5])
        sheet.put(row, right, chars[5])
    for (row, column), char in zip(((top, left), (top, right), (bottom, left), (bottom, right)), chars, strict=False):
        sheet.put(row, column, char)

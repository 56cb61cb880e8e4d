"""A map in the cells of a pane: density or dots, names, the query, its hits, true neighbours, and what is being chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from semspace.browse.lasso import Mask, line
from semspace.browse.window import Window
from semspace.ui.canvas import View
from semspace.ui.labelling import cut, place_labels
from semspace.ui.legend import legend
from semspace.ui.plotting import Plot, paint, point_at
from semspace.ui.sheet import Ink, Sheet
from semspace.views.map import Map
from semspace.views.parts import Place

Point = tuple[float, float]

EACH = 1
"""Rows of a picture for each text that is said in it."""

_LABEL, _TEXT = Style(bold=True), Style.null()
_BOX = {True: "┌┐└┘─│", False: "++++-|"}
_TRAIL = {True: "·", False: "."}


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """What a map shows: where `query` is, its hits `lit`, lines from `center` to the points `linked`, what is chosen.

    `aside` (n,) are points that no search looks at; they are drawn as those are that the map says nothing about. `near` is how
    texts begin, by their points: said where few are seen.
    """

    seen: Map
    places: Sequence[Place] = ()
    query: Point | None = None
    lit: Sequence[Point] = ()
    center: Point | None = None
    linked: Sequence[Point] = ()
    aside: Mask | None = None
    near: Mapping[int, str] = field(default_factory=dict)
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
        self._say_texts(sheet, window)
        for label in place_labels(labels, window.view, window.rows, window.columns, sheet.kept):
            sheet.write(label.row, label.column, label.width, label.text, _LABEL)
        if self.box is not None:
            _frame(sheet, window, self.box, _BOX[ink.unicode])
        for one, other in zip(self.path, self.path[1:], strict=False):
            _link(sheet, window, one, other, "•" if ink.unicode else "*")
        return sheet.segments()

    def close(self, window: Window) -> list[int]:
        """Return the points, rows of the map, whose texts there is room for: all that are seen, where those are few."""
        left, bottom, right, top = window.view
        x, y = self.seen.positions.T
        found = np.flatnonzero((left <= x) & (x <= right) & (bottom <= y) & (y <= top))
        return found.tolist() if len(found) <= max(window.rows // EACH, 1) else []

    def _say_texts(self, sheet: Sheet, window: Window) -> None:
        """Write the texts of few points beside them, each in a row of its own."""
        told = set[int]()
        for point in self.close(window):
            row, column = window.row_column(*self.seen.positions[point].tolist())
            start = column + 2 if column < window.columns // 2 else 0
            text = cut(self.near.get(point, ""), window.columns - start if start else max(column - 1, 0))
            if text and window.shows(row, column) and row not in told:
                told.add(row)
                width = cell_len(text)
                first = start or column - 1 - width
                sheet.write(row, first, width, text, _TEXT)
                sheet.kept[row, first : first + width] = True


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

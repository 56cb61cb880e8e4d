"""Positions -> a map in the terminal: density or dots, marks, labels, a legend and what the map is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import ControlType, Segment
from rich.style import Style

from semspace.arrays import Floats32
from semspace.ui.canvas import Group, Mask, View, bounds, fit
from semspace.ui.console import UNLIMITED, on_terminal
from semspace.ui.labelling import place_labels
from semspace.ui.legend import Legend, beside, ink_of, legend, wrapped
from semspace.ui.palette import Ground
from semspace.ui.pixels import image, kitty, png
from semspace.ui.plotting import Detail, Plot, paint, point_at
from semspace.ui.sheet import Sheet

PIPE_COLUMNS = 100
"""Width of a map where the console has none."""

_CELL = (10, 20)
"""Pixels of a cell, across and up; a terminal scales them to its own."""

_LABEL, _QUIET = Style(bold=True), Style(dim=True)

Look = Literal["cross", "lit"]


class Mark(NamedTuple):
    """A place to point at: `cross` draws a cross-hair, `lit` a bright dot. A plain tuple will do as well."""

    x: float
    y: float
    look: Look


@dataclass(frozen=True, slots=True, eq=False)
class MapPicture:
    """A map, as wide as the console and as high as it or as a square needs.

    `positions` (n, 2); `groups` (n,) counts from 0 into `names`, -1 is none of them; where they are `ordered` (bins of a
    number) the colours are a ramp. Points that are `dim` are not to be trusted. `view` is the window of the plane that is
    shown, all without one, widened to the picture's shape. `detail` chooses dots over density by how many points are seen;
    `pixels` is for terminals that have kitty's graphics protocol (`pixels.shows_images`), and is density elsewhere.
    """

    positions: Floats32
    groups: Group | None = None
    names: Sequence[str] = ()
    dim: Mask | None = None
    marks: Sequence[tuple[float, float, Look]] = ()
    labels: Sequence[tuple[float, float, str, float]] = ()
    footer: str = ""
    view: View | None = None
    ordered: bool = False
    ground: Ground = "either"
    detail: Detail = "auto"

    def window(self, columns: int, rows: int) -> View:
        """Return the window of the plane that a picture of so many cells shows."""
        return fit(self.view or bounds(self.positions), columns, rows * 2)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """Return what it takes: all that there is."""
        width = _columns(options.max_width)
        return Measurement(min(20, width), width)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw it."""
        columns = _columns(options.max_width)
        ink = ink_of(console, options, self.ground)
        height = options.height or max(console.height - 1, 4)
        known = legend(self.groups, self.names, ink, ordered=self.ordered)
        # A picture of few lines keeps the map, and drops what explains it.
        foot = wrapped(self.footer, columns, height // 6) if height >= 5 else []
        rows = max(height - len(foot), 1)
        side = _side(columns, rows) if known.names else 0
        under = 0 if side or height < 8 else 1 if height < 16 else 3
        rows = max(rows - len(known.lines(columns, under)), 1)
        if options.height is None:
            rows = min(rows, max(columns // 2, 4))
        sheet, seen = self._body(known, columns - side, rows)
        if self.detail == "pixels" and known.ink.colors == "many" and on_terminal(console):
            drawn = png(image(self, (columns - side) * _CELL[0], rows * _CELL[1], clear=True))
            # A control: Rich counts none of it as text, and writes it to terminals only.
            yield Segment(kitty(drawn, rows, columns - side), None, [(ControlType.CURSOR_MOVE_TO_COLUMN, 0)])
            sheet.lift()
        body = sheet.segments()
        if side:
            body = beside(body, known.lines(side - 2, rows, seen, single=True), columns - side + 2)
        for line in [*body, *known.lines(columns, under, seen), *([Segment(text, _QUIET)] for text in foot)]:
            yield from line
            yield Segment.line()

    def _body(self, known: Legend, columns: int, rows: int) -> tuple[Sheet, Mask]:
        view = self.window(columns, rows)
        sheet, seen = paint(Plot(self.positions, known, self.dim, self.ordered, self.detail), view, rows, columns)
        point_at(sheet, self.marks, view, known.ink)
        for label in place_labels(self.labels, view, rows, columns, sheet.kept):
            sheet.clear(label.row, label.column - 1, label.width + 2)
            sheet.write(label.row, label.column, label.width, label.text, _LABEL)
        return sheet, seen


def _side(columns: int, rows: int) -> int:
    """Return how many columns a square map leaves to its legend; too few are none: the legend then stands below."""
    left = min(columns - 2 * rows, columns // 3, 44)
    return left if left >= 20 else 0


def _columns(width: int) -> int:
    return PIPE_COLUMNS if width >= UNLIMITED else width

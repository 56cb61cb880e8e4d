"""A window of a map, in cells: moved, zoomed, and asked what is where."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from semspace.arrays import Floats32
from semspace.ui.canvas import View, bounds, fit

CLOSEST = 2_000.0
"""How many times as large as the whole map a part of it can be drawn."""

WIDEST = 2.0
"""How many times as wide as the whole map a window can be."""


@dataclass(frozen=True, slots=True)
class Window:
    """What of a plane so many cells show; a cell is twice as high as wide. `whole` is the window of all points."""

    view: View
    columns: int
    rows: int
    whole: View

    @classmethod
    def of(cls, positions: Floats32, columns: int, rows: int) -> Window:
        """Return a window of all points."""
        whole = fit(bounds(positions), columns, 2 * rows)
        return cls(whole, columns, rows, whole)

    def sized(self, columns: int, rows: int, positions: Floats32) -> Window:
        """Return a window of as many other cells around the same middle; all points where all were seen."""
        new = Window.of(positions, columns, rows)
        return new if self.view == self.whole else replace(new, view=fit(self.view, columns, 2 * rows))

    @property
    def cell(self) -> tuple[float, float]:
        """Return the size of a cell in the plane: across, up."""
        left, bottom, right, top = self.view
        return (right - left) / self.columns, (top - bottom) / self.rows

    def at(self, row: float, column: float) -> tuple[float, float]:
        """Return the point of the plane that the middle of a cell shows."""
        across, up = self.cell
        return self.view[0] + (column + 0.5) * across, self.view[3] - (row + 0.5) * up

    def row_column(self, x: float, y: float) -> tuple[int, int]:
        """Return the cell of a point of the plane, which may lie outside."""
        across, up = self.cell
        return int(np.floor((self.view[3] - y) / up)), int(np.floor((x - self.view[0]) / across))

    def shows(self, row: int, column: int) -> bool:
        """Tell whether a cell is one of its own."""
        return 0 <= row < self.rows and 0 <= column < self.columns

    def moved(self, rows: float, columns: float) -> Window:
        """Return the window so many cells further down and to the right; its middle stays on the map."""
        across, up = self.cell
        left, bottom, right, top = self.view
        x = min(max((left + right) / 2 + columns * across, self.whole[0]), self.whole[2]) - (left + right) / 2
        y = min(max((bottom + top) / 2 - rows * up, self.whole[1]), self.whole[3]) - (bottom + top) / 2
        return replace(self, view=(left + x, bottom + y, right + x, top + y))

    def zoomed(self, factor: float, row: float | None = None, column: float | None = None) -> Window:
        """Return the window that shows all `factor` times as large; what a cell (the middle one) shows, it goes on showing."""
        scale = (self.whole[2] - self.whole[0]) / (self.view[2] - self.view[0])
        factor = min(max(scale * factor, 1 / WIDEST), CLOSEST) / scale
        row, column = (self.rows - 1) / 2 if row is None else row, (self.columns - 1) / 2 if column is None else column
        x, y = self.at(row, column)
        left, bottom, right, top = self.view
        closer = (x + (left - x) / factor, y + (bottom - y) / factor, x + (right - x) / factor, y + (top - y) / factor)
        return replace(self, view=closer)

    def nearest(self, positions: Floats32, row: int, column: int, reach: float = 2.0) -> int | None:
        """Return which point is nearest to a cell, None where none is within `reach` columns of it."""
        if not len(positions):
            return None
        apart = np.square((positions - np.array(self.at(row, column), np.float32)) / self.cell[0]).sum(axis=1)
        best = int(apart.argmin())
        return best if apart[best] <= reach**2 else None

"""Points in a window -> a sheet of characters: density by half cells, shades or letters, or single dots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from semspace.arrays import Floats32
from semspace.ui.canvas import Cells, Mask, View, Whole, braille, cells_of, levels, pixel_of, place, spread, tally
from semspace.ui.legend import Legend
from semspace.ui.palette import faint, ramp, shades
from semspace.ui.sheet import DEFAULT, Ink, Sheet, looks

Detail = Literal["auto", "density", "dots", "pixels"]

_STEPS = 8
_SHADES = ("·░▒▓█", ".:-=+*#%@")
_SINGLE = 3
"""Points are bullets, easier to see than dots of braille, where there is at most one in so many cells."""
_CROSS = {True: ("┼", "─", "│", "●"), False: ("+", "-", "|", "o")}


@dataclass(frozen=True, slots=True, eq=False)
class Plot:
    """What is drawn: positions (n, 2), their colours, which of them are dim (n,), and how they are drawn."""

    positions: Floats32
    legend: Legend
    dim: Mask | None = None
    ordered: bool = False
    detail: Detail = "auto"

    @property
    def ink(self) -> Ink:
        """Return what there is to draw with."""
        return self.legend.ink


def paint(plot: Plot, view: View, rows: int, columns: int) -> tuple[Sheet, Mask]:
    """Draw the points of a window; return the sheet and which slots of the legend can be seen on it."""
    sheet = Sheet(rows, columns, few=plot.ink.colors == "few")
    seen, pixels = place(plot.positions, view, columns * 2, rows * 4)
    groups = plot.legend.slots if seen is None or plot.legend.slots is None else plot.legend.slots[seen]
    dim = plot.dim if seen is None or plot.dim is None else plot.dim[seen]
    slots = len(plot.legend.colors)
    dots = plot.detail == "dots" or (plot.detail == "auto" and len(pixels) <= rows * columns)
    halves = plot.ink.colors == "many" and plot.ink.unicode and not dots
    tall, wide = (2, 2) if halves else (4, 2)
    high = rows * 4 // tall
    cells = tally(cells_of(pixels, columns, tall, wide), groups, slots, dim, high, columns, ordered=plot.ordered)
    if halves:
        _half_blocks(sheet, spread(cells), plot)
    elif plot.ink.colors == "none" and groups is not None:
        _letters(sheet, cells, plot.legend)
    elif dots:
        _dots(sheet, cells, pixels, plot)
    else:
        _shades(sheet, cells, plot)
    return sheet, np.bincount(cells.group[cells.group >= 0], minlength=slots) > 0


def point_at(sheet: Sheet, marks: Sequence[tuple[float, float, str]], view: View, ink: Ink) -> None:
    """Draw marks: bright dots, and cross-hairs, whose arms lie below the dots and whose centers above them."""
    rows, columns = sheet.chars.shape
    center, across, up, bullet = _CROSS[ink.unicode]
    placed = [(pixel_of(x, y, view, columns, rows), look) for x, y, look in marks if np.isfinite([x, y]).all()]
    known = [(*at, look == "cross") for at, look in placed if at is not None]
    for row, column, crossed in known:
        for offset in (-3, -2, -1, 1, 2, 3) if crossed else ():
            sheet.put(row, column + offset, across)
        for offset in (-1, 1) if crossed else ():
            sheet.put(row + offset, column, up)
    for row, column, crossed in sorted(known, key=lambda mark: mark[2]):
        sheet.put(row, column, center if crossed else bullet)


def _half_blocks(sheet: Sheet, cells: Cells, plot: Plot) -> None:
    """Draw two pixels a cell: an upper half in one colour on a ground of another."""
    steps = levels(cells.count, _STEPS)
    table = _table(plot)
    colors = np.where(steps > 0, table[cells.group, steps - 1, cells.dim.astype(np.int64)], DEFAULT)
    upper, lower = colors[0::2], colors[1::2]
    only_lower = (upper == DEFAULT) & (lower != DEFAULT)
    sheet.chars[(upper != DEFAULT) & (upper != lower)] = ord("▀")
    sheet.chars[only_lower] = ord("▄")
    sheet.chars[(upper != DEFAULT) & (upper == lower)] = ord("█")
    front = np.where(only_lower, lower, upper)
    back = np.where(only_lower | (upper == lower), DEFAULT, lower)
    sheet.looks[:] = looks(front, back)


def _shades(sheet: Sheet, cells: Cells, plot: Plot) -> None:
    chars = np.array([ord(char) for char in " " + _SHADES[not plot.ink.unicode]], dtype=np.uint32)
    sheet.chars[:] = chars[levels(cells.count, len(chars) - 1)]
    sheet.looks[:] = _flat(cells, plot)


def _letters(sheet: Sheet, cells: Cells, legend: Legend) -> None:
    """Draw groups without colours: a capital letter where a cell holds more than most do."""
    capitals = np.array([ord(legend.sign(slot)) for slot in range(len(legend.colors))], dtype=np.uint32)
    small = np.array([ord(chr(code).lower()) for code in capitals.tolist()], dtype=np.uint32)
    shown = cells.group >= 0
    dense = cells.count > np.median(cells.count[shown]) if shown.any() else shown
    sheet.chars[:] = np.where(shown, np.where(dense, capitals[cells.group], small[cells.group]), ord(" "))
    sheet.looks[:] = np.where(shown, looks(DEFAULT, DEFAULT, dim=cells.dim), 0)


def _dots(sheet: Sheet, cells: Cells, pixels: Whole, plot: Plot) -> None:
    rows, columns = cells.count.shape
    shown = cells.group >= 0
    if not plot.ink.unicode:
        sheet.chars[:] = np.where(shown, np.where(cells.count > 1, ord(":"), ord(".")), ord(" "))
    elif len(pixels) * _SINGLE <= rows * columns:
        sheet.chars[shown] = ord("•")
    else:
        codes = braille(pixels, rows, columns)
        sheet.chars[shown] = 0x2800 + codes[shown].astype(np.uint32)
    sheet.looks[:] = _flat(cells, plot)


def _flat(cells: Cells, plot: Plot) -> npt.NDArray[np.int64]:
    """Return the look of cells that have one colour each."""
    shown = cells.group >= 0
    if plot.ink.colors == "many":
        front = _table(plot, flat=True)[cells.group, -1, cells.dim.astype(np.int64)]
        return np.where(shown, looks(front, DEFAULT), 0)
    others = cells.group == len(plot.legend.colors) - 1
    return np.where(shown, looks(plot.legend.colors[cells.group], DEFAULT, dim=cells.dim | others), 0)


def _table(plot: Plot, *, flat: bool = False) -> npt.NDArray[np.int64]:
    """Return the colours of a slot at a density, trusted or not, shape (slots, steps, 2), as 0xRRGGBB."""
    packed = plot.legend.colors
    colors = np.stack([packed >> 16, packed >> 8 & 255, packed & 255], axis=-1).astype(np.uint8)
    if plot.legend.slots is None and not flat:
        full = np.broadcast_to(ramp(np.linspace(0, 1, _STEPS), plot.ink.ground), (len(colors), _STEPS, 3))
    else:
        # A number's colours differ in lightness themselves: density would be read as the number.
        full = shades(colors, _STEPS, plot.ink.ground) if not plot.ordered else np.repeat(colors[:, None], _STEPS, axis=1)
    both = np.stack([full, faint(full, plot.ink.ground)], axis=2)
    table: npt.NDArray[np.int64] = both.astype(np.int64) @ np.array([1 << 16, 1 << 8, 1])
    return table

"""Points of a plane -> a grid of cells: braille dots, or density by half cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from semspace.arrays import Floats32

View = tuple[float, float, float, float]
"""A window of the plane: left, bottom, right, top."""

Whole = npt.NDArray[np.int64]
Group = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

_DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], dtype=np.uint8)
_WEIGHTS = (0.25, 0.5, 0.25)
_SHOWN = 0.2
"""A pixel without points is painted where the neighbours' points, spread by `_WEIGHTS`, give it as much as this."""


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """What the cells of a picture hold, arrays of shape (rows, columns).

    `count` is of points (of those nearby as well where it was spread), `group` the one that stands for them, -1 where
    nothing is, and `dim` tells where most points are not to be trusted.
    """

    count: Floats32
    group: Group
    dim: Mask


def bounds(positions: Floats32, margin: float = 0.02) -> View:
    """Return the window that holds all points, with a margin. Points that are not finite are nowhere."""
    if not len(positions):
        return (-1.0, -1.0, 1.0, 1.0)
    # Side by side: numpy reduces long narrow arrays slowly.
    left, bottom, right, top = (float(reduce(positions[:, side])) for reduce in (np.min, np.max) for side in (0, 1))
    if not np.isfinite([left, bottom, right, top]).all():
        return bounds(positions[np.isfinite(positions).all(axis=1)], margin)
    edge = margin * max(right - left, top - bottom) or 1.0
    return (left - edge, bottom - edge, right + edge, top + edge)


def fit(view: View, width: float, height: float) -> View:
    """Widen a window to the shape of a picture of square pixels, so that a unit is as long across as up."""
    left, bottom, right, top = view
    unit = max((right - left) / width, (top - bottom) / height) or 1.0
    x, y = (left + right) / 2, (bottom + top) / 2
    return (x - unit * width / 2, y - unit * height / 2, x + unit * width / 2, y + unit * height / 2)


def place(positions: Floats32, view: View, width: int, height: int) -> tuple[Whole | None, Whole]:
    """Return which points are in the window (None: all of them), and the pixel of each of those, counted from the top left."""
    left, bottom, right, top = view
    x = (positions[:, 0] - np.float32(left)) * np.float32(width / (right - left))
    y = (np.float32(top) - positions[:, 1]) * np.float32(height / (top - bottom))
    seen: Whole | None = None
    # Most often all are inside; what is not a number fails each of these.
    if len(x) and not (x.min() >= 0 and x.max() < width and y.min() >= 0 and y.max() < height):
        seen = np.flatnonzero((x >= 0) & (x < width) & (y >= 0) & (y < height))
        x, y = x[seen], y[seen]
    pixels: Whole = y.astype(np.int64)
    pixels *= width
    pixels += x.astype(np.int64)
    return seen, pixels


def pixel_of(x: float, y: float, view: View, width: int, height: int) -> tuple[int, int] | None:
    """Return the row and column of one point, None outside."""
    left, bottom, right, top = view
    column, row = (x - left) * width / (right - left), (top - y) * height / (top - bottom)
    return (int(row), int(column)) if 0 <= row < height and 0 <= column < width else None


def braille(pixels: Whole, rows: int, columns: int) -> npt.NDArray[np.uint8]:
    """Return the dots of each cell, as what is added to U+2800; `pixels` are of a grid of 4 x 2 dots a cell."""
    lit = np.zeros(rows * 4 * columns * 2, dtype=np.uint8)
    lit[pixels] = 1
    codes = lit.reshape(rows, 4, columns, 2) * _DOTS[None, :, None, :]
    summed: npt.NDArray[np.uint8] = codes.sum(axis=(1, 3), dtype=np.uint8)
    return summed


def cells_of(pixels: Whole, columns: int, tall: int, wide: int) -> Whole:
    """Return the cell of each pixel of a grid of `tall` x `wide` pixels a cell."""
    rows = int(pixels.max(initial=-1)) // (columns * wide * tall) + 1
    # A table: a million divisions take far longer than as many look-ups.
    cells = np.arange(rows * columns).reshape(rows, 1, columns, 1)
    table: Whole = np.broadcast_to(cells, (rows, tall, columns, wide)).reshape(-1)
    return table[pixels]


def tally(
    cells: Whole, groups: Group | None, slots: int, dim: Mask | None, rows: int, columns: int, *, ordered: bool = False
) -> Cells:
    """Count what falls into each cell. `groups` are from 0 to `slots` - 1.

    A cell is of its most frequent group, the first of equally frequent ones; where they are ordered, of its median group
    among all but the last, which stands for no number, unless it is in the majority.
    """
    size = rows * columns
    count = np.bincount(cells, minlength=size)
    group = np.zeros(size, dtype=np.int64)
    if groups is not None:
        ballots = cells * slots
        ballots += groups
        votes = np.bincount(ballots, minlength=size * slots).reshape(size, slots)
        group = votes.argmax(axis=1)
        if ordered and slots > 1:
            sums = votes[:, :-1].cumsum(axis=1)
            group = np.where(2 * votes[:, -1] > count, slots - 1, (2 * sums >= sums[:, -1:]).argmax(axis=1))
    doubted = np.zeros(size, dtype=np.bool_)
    if dim is not None:
        doubted = 2 * np.bincount(cells[dim], minlength=size) > count
    shape = (rows, columns)
    known = np.where(count > 0, group, -1).astype(np.int32)
    return Cells(count.astype(np.float32).reshape(shape), known.reshape(shape), doubted.reshape(shape))


def spread(cells: Cells) -> Cells:
    """Smooth counts over neighbouring pixels, and fill small gaps with the group of the densest neighbour."""
    count = cells.count
    for axis in (0, 1):
        padded = np.pad(count, [(1, 1) if axis == at else (0, 0) for at in (0, 1)])
        shifted = [np.take(padded, range(k, k + count.shape[axis]), axis=axis) for k in range(3)]
        count = np.einsum("i,iab->ab", np.array(_WEIGHTS, dtype=np.float32), np.stack(shifted))
    gaps = (cells.count == 0) & (count >= _SHOWN)
    count = np.where((cells.count > 0) | gaps, np.maximum(count, np.float32(0.25)), 0).astype(np.float32)
    rows, columns = np.nonzero(gaps)
    around = [(row, column) for row in (-1, 0, 1) for column in (-1, 0, 1)]
    near_rows = np.clip(rows[:, None] + [row for row, _ in around], 0, count.shape[0] - 1)
    near_columns = np.clip(columns[:, None] + [column for _, column in around], 0, count.shape[1] - 1)
    best = cells.count[near_rows, near_columns].argmax(axis=1) if len(rows) else np.zeros(0, dtype=np.int64)
    each = np.arange(len(rows))
    source = (near_rows[each, best], near_columns[each, best])
    group, dim = cells.group.copy(), cells.dim.copy()
    group[rows, columns] = cells.group[source]
    dim[rows, columns] = cells.dim[source]
    return Cells(count, group, dim)


def levels(count: Floats32, steps: int) -> npt.NDArray[np.int64]:
    """Return how dense each pixel is on a logarithmic scale, 0 where nothing is, else 1 to `steps`."""
    most = float(count.max(initial=0))
    if most <= 0:
        return np.zeros(count.shape, dtype=np.int64)
    least = float(count[count > 0].min())
    span = np.log1p(most) - np.log1p(least)
    share = (np.log1p(count) - np.log1p(least)) / span if span > 0 else np.full(count.shape, 0.5)
    return np.where(count > 0, 1 + np.minimum((share * steps).astype(np.int64), steps - 1), 0)

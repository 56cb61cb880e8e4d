"""Which points of a map a box or a drawn line holds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from semspace.arrays import Floats32
from semspace.ui.canvas import View

Mask = npt.NDArray[np.bool_]


def in_box(positions: Floats32, box: View) -> Mask:
    """Return which points, shape (n, 2), lie in a box of left, bottom, right, top; its edges are part of it."""
    left, bottom, right, top = box
    x, y = positions[:, 0], positions[:, 1]
    found: Mask = (x >= left) & (x <= right) & (y >= bottom) & (y <= top)
    return found


def inside(positions: Floats32, corners: Sequence[tuple[float, float]]) -> Mask:
    """Return which points, shape (n, 2), lie within a polygon, which closes itself.

    By the even-odd rule: a ray from the point to the right crosses its edges an odd number of times (Shimrat, 1962).
    """
    found = np.zeros(len(positions), dtype=np.bool_)
    if len(corners) < 3:
        return found
    x, y = positions[:, 0].astype(np.float64), positions[:, 1].astype(np.float64)
    for (x1, y1), (x2, y2) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if y1 == y2:
            continue
        crosses = (y1 > y) != (y2 > y)
        found ^= crosses & (x < x1 + (y - y1) * (x2 - x1) / (y2 - y1))
    return found


def line(start: tuple[int, int], end: tuple[int, int]) -> list[tuple[int, int]]:
    """Return the cells, (row, column), that a straight line between two cells passes, ends included (Bresenham, 1965)."""
    (row, column), (to_row, to_column) = start, end
    steps = max(abs(to_row - row), abs(to_column - column))
    return [
        (row + round((to_row - row) * step / steps), column + round((to_column - column) * step / steps))
        for step in range(steps + 1)
    ] if steps else [start]  # fmt: skip

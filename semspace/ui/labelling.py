"""Labels of a map -> those that are shown: none overlaps, and zooming in only adds some."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from rich.cells import cell_len, set_cell_size

from semspace.ui.canvas import View, pixel_of
from semspace.ui.safe import safe_text

Floats = npt.NDArray[np.float64]

GAP = 2
"""Cells between labels: one is lost where both are moved to whole cells."""


class Label(NamedTuple):
    """A text at a place of the plane; a larger priority is shown at smaller scales. A plain tuple will do as well."""

    x: float
    y: float
    text: str
    priority: float


@dataclass(frozen=True, slots=True)
class Placed:
    """A label in the cells of a picture: where it begins, its width in cells, and its text, cut and safe to show."""

    row: int
    column: int
    width: int
    text: str


def least_scales(centers: Floats, sizes: Floats, priorities: Floats) -> Floats:
    """Return the smallest scale at which each label is shown: it is then shown at all larger ones, and overlaps none.

    `centers` (n, 2) in units of the plane, `sizes` (n, 2) in units of the picture; a scale is picture units per plane unit.
    Labels are taken by falling priority (the earlier first); two of the same place exclude each other at every scale.
    Been, Daiches, Yap: Dynamic map labeling (2006), with ranges that are open above.
    """
    order = np.lexsort((np.arange(len(priorities)), -priorities))
    least = np.full(len(order), np.inf)
    for done, label in enumerate(order):
        earlier = order[:done]
        apart = np.abs(centers[earlier] - centers[label])
        with np.errstate(divide="ignore", over="ignore"):
            # They overlap below this scale: as soon as they are clear of each other on one side.
            clear = ((sizes[earlier] + sizes[label]) / 2 / apart).min(axis=1)
        blocking = clear > least[earlier]
        least[label] = clear[blocking].max(initial=0.0)
    return least


def cut(text: str, width: int) -> str:
    """Return a safe single line of at most so many cells."""
    text = safe_text(" ".join(text.split()), one_line=True)
    return text if cell_len(text) <= width else set_cell_size(text, max(width - 1, 0)).rstrip() + "…"[:width]


def place_labels(
    labels: Sequence[tuple[float, float, str, float]],
    view: View,
    rows: int,
    columns: int,
    taken: npt.NDArray[np.bool_] | None = None,
) -> list[Placed]:
    """Return the labels that a picture of so many cells shows; `taken` (rows, columns) are cells to keep clear.

    Labels are as many cells wide at every zoom, so that what is shown does not flicker while one zooms or moves about.
    """
    widest = min(max(columns * 2 // 5, 6), 32)
    cuts = [cut(text, widest) for _, _, text, _ in labels]
    known = [index for index, text in enumerate(cuts) if text and np.isfinite(labels[index][:2]).all()]
    if not known or columns < 8:
        return []
    centers = np.array([labels[index][:2] for index in known], dtype=np.float64)
    # In units of a column: a cell is twice as tall as wide. The map has to be seen between two labels.
    sizes = np.array([(cell_len(cuts[index]) + GAP, 2.0 * (1 + GAP)) for index in known])
    least = least_scales(centers, sizes, np.array([labels[index][3] for index in known], dtype=np.float64))
    shown = [index for index, scale in zip(known, least, strict=True) if scale <= columns / (view[2] - view[0])]
    shown.sort(key=lambda index: (-labels[index][3], index))
    return list(_fitted([(labels[index][0], labels[index][1], cuts[index]) for index in shown], view, rows, columns, taken))


def _fitted(
    labels: list[tuple[float, float, str]], view: View, rows: int, columns: int, taken: npt.NDArray[np.bool_] | None
) -> Iterator[Placed]:
    """Move what would leave the picture to its edge, and leave out what then stands on another."""
    used = np.zeros((rows, columns), dtype=np.bool_) if taken is None else taken.copy()
    for x, y, text in labels:
        at, width = pixel_of(x, y, view, columns, rows), cell_len(text)
        if at is None or width > columns:
            continue
        row, column = at[0], min(max(at[1] - width // 2, 0), columns - width)
        if used[row, max(column - 1, 0) : column + width + 1].any():
            continue
        used[row, column : column + width] = True
        yield Placed(row, column, width, text)

"""Points of a map -> the regions that its density falls into."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Regions:
    """The region of each point, (n,), -1 for none; `peaks`, (regions, 2), are where their density is highest.

    Regions are numbered by how many points they hold, the largest is 0. `cells`, (rows, columns), is the region of each cell
    of the grid, -1 where there is next to nothing.
    """

    labels: Labels
    peaks: Floats
    cells: Labels


def regions(points: Floats, grid: int = 96, blur: float = 2.0, keep: float = 0.8, least: float = 0.02) -> Regions:
    """Part a map, points of shape (n, 2), where its density has valleys: at each zoom of what is seen there.

    Density is counted on a grid of so many cells a side and blurred (standard deviation in cells). From the highest cell on,
    each joins its highest neighbour; two hills stay apart unless the pass between them is higher than a share `keep` of the
    lower one. Chazal et al.: Persistence-Based Clustering in Riemannian Manifolds (2013), with a relative threshold.
    Cells below a share `least` of the highest belong to no hill.
    """
    from scipy.ndimage import gaussian_filter

    if not len(points):
        return Regions(np.empty(0, np.int64), np.empty((0, 2)), np.full((grid, grid), -1))
    low = points.min(axis=0)
    size = max(float((points.max(axis=0) - low).max()), 1e-12)
    places = np.minimum(((points - low) / size * grid).astype(np.int64), grid - 1)
    flat = places[:, 0] * grid + places[:, 1]
    density = gaussian_filter(np.bincount(flat, minlength=grid * grid).reshape(grid, grid).astype(np.float64), blur)
    owners = _hills(density, keep, least * float(density.max()))
    found, counts = np.unique(owners[flat][owners[flat] >= 0], return_counts=True)
    order = found[np.lexsort((found, -counts))]
    number = np.full(grid * grid + 1, -1, dtype=np.int64)
    number[order] = np.arange(len(order))
    cells = number[owners]
    peaks = low + (np.stack(np.divmod(order, grid), axis=1) + 0.5) * size / grid
    return Regions(cells[flat], peaks, cells.reshape(grid, grid))


def _hills(density: Floats, keep: float, floor: float) -> Labels:
    """Return for each cell, in one row, the cell of the peak whose hill it is on, -1 for none."""
    rows, columns = density.shape
    heights = np.full((rows + 2, columns + 2), -1.0)
    heights[1:-1, 1:-1] = density
    flat, width = heights.ravel(), columns + 2
    around = np.array([-width - 1, -width, -width + 1, -1, 1, width - 1, width, width + 1])
    parent = np.full(len(flat), -1, dtype=np.int64)

    def peak(cell: int) -> int:
        while parent[cell] != cell:
            parent[cell] = parent[parent[cell]]
            cell = int(parent[cell])
        return cell

    high = np.flatnonzero(flat >= max(floor, 1e-12))
    for cell in high[np.argsort(-flat[high], kind="stable")].tolist():
        hills = {peak(near) for near in (around + cell).tolist() if parent[near] >= 0}
        # Of equal peaks the one that comes first.
        best = max(hills, key=lambda one: (flat[one], -one), default=cell)
        parent[cell] = best
        for hill in hills - {best}:
            if flat[cell] >= keep * flat[hill]:
                parent[hill] = best
    owners = np.array([peak(cell) if parent[cell] >= 0 else -1 for cell in range(len(flat))], dtype=np.int64)
    inner = owners.reshape(rows + 2, width)[1:-1, 1:-1]
    row, column = np.divmod(inner, width)
    return np.where(inner >= 0, (row - 1) * columns + column - 1, -1).ravel()

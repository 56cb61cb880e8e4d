"""How points of a map push each other away, for all pairs at once: by interpolation on a grid and Fourier transforms.

Linderman, Rachh, Hoskins, Steinerberger, Kluger: Fast interpolation-based t-SNE (2019). Here the forces are one convolution
of the density with an odd kernel, so that one transform goes out and two come back, and cubic B-splines take the place of
polynomials (Essmann et al.: A smooth particle mesh Ewald method, 1995), so that the grid may be coarser.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from semspace.arrays import Floats32

SPACING = 0.5
"""Of the grid, where 1 is where the kernel falls to a half."""

FINEST = 40
"""Nodes of one side, at least, while a map begins: all points are then near each other."""

LARGEST = 4_096
"""Nodes of one side, at most: beyond, the grid is coarser, and forces between near points are blurred."""

FEW = 150
"""Points of which all pairs are looked at one by one: that is as fast, and exact."""

_WINDOW = 4
_MARGIN = 12


@dataclass(frozen=True, slots=True, eq=False)
class _Kernels:
    """Transforms of 1/(1+|v|^2), which is even, and of v/(1+|v|^2)^2, which is odd: the imaginary part of the latter."""

    shape: tuple[int, int]
    spacing: float
    even: Floats32
    odd: Floats32


class Repulsion:
    """The push between all points of a map. It keeps the kernels of its grid while the map grows little."""

    def __init__(self, workers: int = 1) -> None:
        """Take how many threads may transform."""
        self._workers = workers
        self._kernels: _Kernels | None = None

    def __call__(self, positions: Floats32) -> tuple[Floats32, float]:
        """Return sum_j w_ij^2 (y_i - y_j) of each point, (2, n), and sum_{i != j} w_ij, where w_ij = 1/(1+|y_i-y_j|^2).

        Positions are (2, n). Compared with the sums over all pairs: forces within 1 %, their total within 0.1 %.
        """
        from scipy import fft

        if positions.shape[1] <= FEW:
            return _all_pairs(positions)
        kernels = self._fitting(positions)
        used = ((kernels.shape[0] - _MARGIN) // 2, (kernels.shape[1] - _MARGIN) // 2)
        window = _window(positions, kernels.spacing, used)
        density = (window.T @ np.ones(positions.shape[1], np.float32)).reshape(used)
        rows = fft.rfft(density, kernels.shape[1], axis=1, workers=self._workers)
        there = fft.fft(rows, kernels.shape[0], axis=0, workers=self._workers, overwrite_x=True)
        total = _paired(there, kernels) - positions.shape[1]
        back = kernels.odd * (there * np.complex64(1j))
        # Only the part of the grid where points may be is wanted.
        back = fft.ifft(back, axis=1, workers=self._workers, overwrite_x=True)[:, : used[0]]
        field = fft.irfft(back, kernels.shape[1], axis=2, workers=self._workers)[:, :, : used[1]]
        forces = window @ np.ascontiguousarray(field.reshape(2, -1).T)
        return np.ascontiguousarray(forces.T), total

    def _fitting(self, positions: Floats32) -> _Kernels:
        span = np.ptp(positions, axis=1)
        spacing = SPACING
        # Halved and doubled, so that the kernels stay while the map grows.
        while spacing > float(span.max()) / FINEST and spacing > SPACING / 64:
            spacing /= 2
        while spacing < float(span.max()) / (LARGEST // 2 - _MARGIN):
            spacing *= 2
        needed = [int(extent / spacing) + _WINDOW + 1 for extent in span]
        kept = self._kernels
        if kept is None or kept.spacing != spacing or any(2 * n + _MARGIN > s for n, s in zip(needed, kept.shape, strict=True)):
            # Some room to grow, or the kernels would be made anew at every step.
            self._kernels = kept = _kernels((_size(1.1 * needed[0]), _size(1.1 * needed[1])), spacing)
        return kept


def _all_pairs(positions: Floats32) -> tuple[Floats32, float]:
    apart = positions[:, :, None] - positions[:, None, :]
    near = 1 / (1 + apart[0] ** 2 + apart[1] ** 2)
    return (near**2 * apart).sum(axis=2), float(near.sum(dtype=np.float64)) - positions.shape[1]


def _size(nodes: float) -> int:
    from scipy import fft

    return int(fft.next_fast_len(2 * int(nodes + 1) + _MARGIN, real=True))


def _kernels(shape: tuple[int, int], spacing: float) -> _Kernels:
    """Sample the kernels on a torus twice as wide as the map, and turn samples into coefficients of splines on both sides."""
    from scipy import fft

    x, y = (spacing * size * np.fft.fftfreq(size) for size in shape)
    x, y = x[:, None], y[None, :]
    near = 1 / (1 + x**2 + y**2)
    # What a B-spline of order 3 makes of a wave; both ends of a force are interpolated.
    first, second = ((2 + np.cos(2 * np.pi * np.fft.fftfreq(size))) / 3 for size in shape)
    blur = (first[:, None] * second[None, : shape[1] // 2 + 1]) ** 2
    even = fft.rfft2(near).real / blur
    odd = np.stack([fft.rfft2(v * near**2).imag / blur for v in (x, y)])
    return _Kernels(shape, spacing, even.astype(np.float32), odd.astype(np.float32))


def _paired(there: npt.NDArray[np.complex64], kernels: _Kernels) -> float:
    """Return the sum of the even kernel over all pairs, each point with itself too: by Parseval, without a way back."""
    power = (there.real**2 + there.imag**2) * kernels.even
    columns = power.sum(axis=0, dtype=np.float64)
    # Of a real transform the other half is not there; the first column, and the last of an even width, stand for themselves.
    doubled = columns[1:-1].sum() if kernels.shape[1] % 2 == 0 else columns[1:].sum()
    alone = columns[0] + (columns[-1] if kernels.shape[1] % 2 == 0 else 0.0)
    return float((alone + 2 * doubled) / (kernels.shape[0] * kernels.shape[1]))


def _window(positions: Floats32, spacing: float, used: tuple[int, int]) -> Any:
    """Return which nodes each point lies on, and how much: sparse, (n, nodes), 16 in a row, which sum to 1."""
    from scipy.sparse import csr_array

    count = positions.shape[1]
    place = (positions - positions.min(axis=1, keepdims=True)) / np.float32(spacing)
    node = place.astype(np.int32)
    t = place - node
    rest = 1 - t
    splines = np.stack([rest**3, 3 * t**3 - 6 * t**2 + 4, 3 * rest**3 - 6 * rest**2 + 4, t**3]) / np.float32(6)
    weights = splines[:, None, 0] * splines[None, :, 1]
    steps = (np.arange(_WINDOW)[:, None] * used[1] + np.arange(_WINDOW)).astype(np.int32).ravel()
    nodes = (node[0] * np.int32(used[1]) + node[1])[:, None] + steps
    weights = np.ascontiguousarray(weights.reshape(_WINDOW * _WINDOW, count).T)
    starts = np.arange(0, 16 * count + 1, 16, dtype=np.int32)
    return csr_array((weights.ravel(), nodes.ravel(), starts), shape=(count, used[0] * used[1]))

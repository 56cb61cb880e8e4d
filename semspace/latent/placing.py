"""New points on a map that stays as it is: each goes where most of its neighbours are.

The mean of neighbours lies between islands, on none. The truncated medoid is the neighbour that most of the others are near;
from there a mean that forgets what is far (Geman, McClure: Statistical methods for tomographic image reconstruction, 1987)
goes to the middle of those around it. That is also how a map of many is made of a map of some.
"""

from __future__ import annotations

import numpy as np

from semspace.arrays import Floats32, Ids
from semspace.latent.graph import Graph
from semspace.latent.moments import Floats

LANDMARKS = 100_000
"""Points that are fitted at most; the others are placed among them."""

NEIGHBORHOOD = 15
"""Points on the map that are one neighbourhood: its radius, in the median, is the unit of what is near."""

STEPS = 8
ASIDE = 0.05
"""Of a radius: how far points that have the same neighbours may lie from each other."""

_SAMPLE = 2_000
_BATCH = 16_384


def place(graph: Graph, positions: Floats32, seeds: Ids) -> Floats32:
    """Return where new points belong, (m, 2), by the rows of their neighbours among `positions`, (n, 2).

    Each depends on its own neighbours and its seed alone, not on the others that come with it.
    """
    if not graph.k:
        return np.zeros((len(graph), 2), np.float32)
    reach = radius(positions)
    parts = [np.zeros((0, 2), np.float32)]
    for start in range(0, len(graph), _BATCH):
        near = positions[graph.neighbors[start : start + _BATCH]].astype(np.float64)
        parts.append((_middle(near, reach) + ASIDE * reach * _aside(seeds[start : start + _BATCH])).astype(np.float32))
    return np.concatenate(parts)


def radius(positions: Floats32) -> float:
    """Return how far, on a map, the 15th nearest point is from a point in the median."""
    from scipy.spatial import KDTree

    k = min(NEIGHBORHOOD, len(positions) - 1)
    if k < 1:
        return 1.0
    some = positions[:: max(1, len(positions) // _SAMPLE)]
    found = float(np.median(KDTree(positions).query(some, [k + 1])[0]))
    return found or 1.0


def _middle(near: Floats, reach: float) -> Floats:
    """Return the middle of most of the neighbours of each, (m, k, 2) in, (m, 2) out."""
    apart = np.sqrt(((near[:, :, None] - near[:, None]) ** 2).sum(axis=3))
    medoid = np.minimum(apart, reach).sum(axis=2).argmin(axis=1)
    middle: Floats = near[np.arange(len(near)), medoid]
    for _ in range(STEPS):
        squared = ((near - middle[:, None]) ** 2).sum(axis=2)
        weight = 1 / (1 + squared / reach**2) ** 2
        middle = (near * weight[:, :, None]).sum(axis=1) / weight.sum(axis=1, keepdims=True)
    return middle


def _aside(seeds: Ids) -> Floats:
    """Return two numbers between -1 and 1 for each seed: SplitMix64 (Steele, Lea, Flood, 2014), the same everywhere."""
    state = np.add(np.uint64(2) * seeds.astype(np.uint64)[:, None], np.arange(1, 3), dtype=np.uint64, casting="unsafe")
    for shift, factor in ((0, 0x9E3779B97F4A7C15), (30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        state = (state ^ (state >> shift) if shift else state) * np.uint64(factor)
    numbers: Floats = ((state ^ (state >> 31)) >> 11).astype(np.float64) / 2**52 - 1
    return numbers

"""Islands: small groups of texts that are like each other and like no others, which no count of neighbours shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from semspace.latent.graph import Graph
from semspace.latent.path import Links, tree
from semspace.latent.structure import ODD, standing_out

LEAST = 3
"""Texts of an island: two are a pair."""

SHARE = 0.05
"""Share of all texts that an island has at most, or the root of their number where that is more: beyond, it is a topic."""

APART = 2.25
"""Robust z-score, among what texts are to their nearest, of what members are to their nearest outside: on the average of all.

Less than for a single text: it is the mean of several. With this and what follows one island is named in six samples of
1,500 glosses, none in ten of 500 and 2,000, and six of six groups of eight questions in Chinese that are planted are found.
"""

TOGETHER = 1.5
"""How much nearer they are to their nearest inside, in the same unit: lonely texts are no island."""

MANY, CLOSE = 5, 1.4
"""Of so many texts an island may be less remote, down to this z-score, the nearer its texts are to each other: a quarter of
how much nearer counts as remoteness, and both together have to be `BOTH`."""

BOTH = 2.75

MUTUAL = 0.8
"""Share of an island's texts whose nearest is one of them, at least."""

_BATCH = 2_048

Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Island:
    """A small group of texts: its rows, the cosine of its best link to others, and of the weakest to a nearest within."""

    rows: Counts
    outward: float
    inward: float


def islands(links: Links, graph: Graph) -> list[Island]:
    """Return the small groups of texts that are far from all others, the most remote first.

    Those of fewer texts than have neighbours in the graph stand out by what all of their members are to the outside; larger
    ones by their one best link. No text is in two of them.
    """
    count = len(graph)
    most = max(int(SHARE * count), int(count**0.5), LEAST)
    found = sorted((*_closed(graph, most), *_linked(links, most)), key=lambda pair: (-pair[0], int(pair[1].rows[0])))
    kept: list[Island] = []
    taken = np.zeros(count, dtype=bool)
    for _, island in found:
        if not taken[island.rows].any():
            kept.append(island)
            taken[island.rows] = True
    return kept


def _closed(graph: Graph, most: int) -> Iterator[tuple[float, Island]]:
    """Yield groups of a text and its nearest that are far from what else is near to any of them: (remoteness, island).

    In an island of m texts the m - 1 nearest of each are the others. One link outward may be chance where each of many texts
    has one; the mean over all members is not. So does the silhouette (Rousseeuw, 1987) tell groups apart.
    """
    angles = np.arccos(np.clip(graph.similarities.astype(np.float64), -1, 1))
    if graph.k < LEAST:
        return
    middle = float(np.median(angles[:, 0]))
    spread = float(np.median(np.abs(angles[:, 0] - middle))) / 0.6745
    if spread <= 0:
        return
    found: list[tuple[float, Island]] = []
    for size in range(LEAST, min(most, graph.k) + 1):
        # The member that is furthest from the outside is as far as the mean: the group is found from it.
        least = CLOSE if size >= MANY else APART
        seeds = np.flatnonzero(angles[:, size - 1] >= middle + least * spread)
        for start in range(0, len(seeds), _BATCH):
            rows = np.column_stack([seeds[start : start + _BATCH], graph.neighbors[seeds[start : start + _BATCH], : size - 1]])
            outward, inward = _nearest(graph, angles, rows)
            remote = (outward.mean(axis=1) - middle) / spread
            nearer = (outward.mean(axis=1) - inward.mean(axis=1)) / spread
            good = (remote >= APART) & (nearer >= TOGETHER)
            if size >= MANY:
                good |= (remote >= CLOSE) & (remote + nearer / 4 >= BOTH)
            # Lonely texts around one that is near to all of them are not near to each other.
            good &= (inward < outward).mean(axis=1) >= MUTUAL
            for place in np.flatnonzero(good).tolist():
                cosines = float(np.cos(outward[place].min())), float(np.cos(inward[place].max()))
                found.append((float(outward[place].mean()), Island(np.sort(rows[place]).astype(np.int64), *cosines)))
    yield from found


def _nearest(graph: Graph, angles: Floats, rows: Counts) -> tuple[Floats, Floats]:
    """Return the angle of each member of some groups, (m, size), to its nearest outside and inside of it."""
    near, wide = graph.neighbors[rows], angles[rows]
    inside = (near[:, :, :, None] == rows[:, None, None, :]).any(axis=3)
    outward: Floats = np.where(inside, np.inf, wide).min(axis=2)
    inward: Floats = np.where(inside, wide, np.pi / 2).min(axis=2)
    return outward, inward


def _linked(links: Links, most: int) -> Iterator[tuple[float, Island]]:
    """Yield groups that hang on the others by a link that stands out: (remoteness, island).

    Links of the maximum spanning tree are put in from the strongest on (single linkage): a group is an island where it joins
    the others by an angle that stands out among those of the tree, and well above its own widest.
    """
    spanning = tree(links)
    angles = np.arccos(np.clip(spanning.similarities, -1, 1))
    outstanding = standing_out(angles)
    parts: dict[int, list[int]] = {row: [row] for row in range(links.count)}
    owner, widest = np.arange(links.count), np.zeros(links.count)
    for link in np.argsort(angles, kind="stable"):
        one, other = (int(owner[row]) for row in spanning.edges[link])
        small, large = (one, other) if len(parts[one]) < len(parts[other]) else (other, one)
        if outstanding[link] >= ODD and LEAST <= len(parts[small]) <= most and angles[link] > 1.2 * widest[small]:
            rows = np.sort(np.array(parts[small], dtype=np.int64))
            yield float(angles[link]), Island(rows, float(np.cos(angles[link])), float(np.cos(widest[small])))
        owner[parts[small]] = large
        parts[large] += parts.pop(small)
        widest[large] = angles[link]

"""How much two groupings of the same texts agree, and how much of a text's neighbourhood a grouping keeps together."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from semspace.latent.graph import Graph
from semspace.latent.topics import assign, grow, renumbered

Labels = npt.NDArray[np.int64]

NEAREST = 10
"""Neighbours of each text that are looked at."""


def adjusted_rand(one: Labels, other: Labels) -> float:
    """Return the share of pairs that two groupings, (n,) each, treat alike, 0 for what chance gives and 1 for all.

    Hubert, Arabie: Comparing Partitions (1985).
    """
    count = len(one)
    _, cells = np.unique(np.stack([one, other], axis=1), axis=0, return_counts=True)
    both, rows, columns = (float((sizes * (sizes - 1.0) / 2).sum()) for sizes in (cells, _sizes(one), _sizes(other)))
    pairs = count * (count - 1) / 2
    expected = rows * columns / pairs if pairs else 0.0
    most = (rows + columns) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)


def purity(labels: Labels, graph: Graph) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return for each group, (groups,), the share of its texts' nearest neighbours that are in it, and that share by chance.

    Groups are numbered from 0. The lift of a group is the logarithm of the first over the second.
    """
    same = labels[graph.neighbors[:, :NEAREST]] == labels[:, None]
    kept = same.sum(axis=1) / max(same.shape[1], 1)
    sizes = np.bincount(labels)
    return np.bincount(labels, kept) / sizes, (sizes - 1) / max(len(labels) - 1, 1)


def split_half(vectors: npt.NDArray[np.float32], count: int, seed: int = 7) -> float:
    """Return how much the topics of two halves of the texts agree on all texts: their adjusted Rand index.

    Each half makes `count` topics of its own, and each text of the other joins the topic of the nearest centre.
    """
    order = np.random.default_rng(seed).permutation(len(vectors))
    sides = []
    for half in (order[::2], order[1::2]):
        tree = grow(np.ascontiguousarray(vectors[np.sort(half)]))
        labels = tree.cut(count)
        centers = means(vectors[np.sort(half)], labels)
        sides.append(renumbered(assign(vectors, centers)))
    return adjusted_rand(*sides)


def means(vectors: npt.NDArray[np.float32], labels: Labels) -> npt.NDArray[np.float32]:
    """Return the direction of the mean of each group, (groups, dim); groups are numbered from 0."""
    from scipy.sparse import csr_array

    groups = int(labels.max(initial=-1)) + 1
    which = csr_array((np.ones(len(labels), np.float64), (labels, np.arange(len(labels)))), shape=(groups, len(labels)))
    sums = which @ vectors.astype(np.float64)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    centers: npt.NDArray[np.float32] = (sums / np.maximum(lengths, 1e-12)).astype(np.float32)
    return centers


def _sizes(labels: Labels) -> npt.NDArray[np.int64]:
    return np.unique(labels, return_counts=True)[1]

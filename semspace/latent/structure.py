"""Hubs, lonely texts, bridges: what stands out in a neighbour graph."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from semspace.latent.graph import Graph
from semspace.latent.path import Links

ODD = 3.5
"""Robust z-score from which on a text stands out (Iglewicz, Hoaglin: How to Detect and Handle Outliers, 1993)."""

NEAREST = 10
"""Neighbours that a hub is counted by."""

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


def hubness(graph: Graph) -> tuple[Counts, float]:
    """Return how often each text is among the ten nearest of others, (n,), and how skewed that is.

    Radovanovic, Nanopoulos, Ivanovic: Hubs in Space (2010): a skewness of 0 is even, above some 3 a few texts are everywhere.
    """
    counts = np.bincount(graph.neighbors[:, :NEAREST].ravel(), minlength=len(graph)).astype(np.int64)
    centred = counts - counts.mean()
    spread = float(np.sqrt((centred**2).mean()))
    return counts, float((centred**3).mean() / spread**3) if spread > 0 else 0.0


def standing_out(values: Floats) -> Floats:
    """Return robust z-scores, (n,): from the median, in units of the median deviation made like a standard one."""
    middle = np.median(values)
    spread = float(np.median(np.abs(values - middle))) / 0.6745
    return (values - middle) / spread if spread > 0 else np.zeros(len(values))


def lonely(graph: Graph) -> Floats:
    """Return how lonely each text is, (n,): the robust z-score of how little it is like its neighbours."""
    return standing_out(-graph.similarities.mean(axis=1, dtype=np.float64))


def central(graph: Graph, damping: float = 0.85, rounds: int = 100) -> Floats:
    """Return how central each text is, (n,), summing to 1: what is near to central texts is central.

    Erkan, Radev: LexRank (2004), over the neighbour graph with its cosines as weights.
    """
    from scipy.sparse import csr_array

    count = len(graph)
    if not graph.k:
        return np.full(count, 1 / max(count, 1))
    rows = np.repeat(np.arange(count), graph.k)
    weights = np.maximum(graph.similarities.ravel().astype(np.float64), 1e-9)
    links = csr_array((weights, (rows, graph.neighbors.ravel())), shape=(count, count))
    step = csr_array((weights / links.sum(axis=1)[rows], (graph.neighbors.ravel(), rows)), shape=(count, count))
    ranks = np.full(count, 1 / count)
    for _ in range(rounds):
        ranks = damping * (step @ ranks) + (1 - damping) / count
    found: Floats = ranks / ranks.sum()
    return found


def bridging(graph: Graph, links: Links, labels: Counts, sources: int = 50, seed: int = 7) -> Floats:
    """Return how much each text joins topics, (n,): the entropy of its neighbours' topics times its share of shortest ways.

    Ways from a sample of texts to all others are counted (Brandes, Pich: Centrality Estimation in Large Networks, 2007).
    """
    count = len(graph)
    topics = int(labels.max(initial=0)) + 1
    flat = np.repeat(np.arange(count), graph.k) * topics + labels[graph.neighbors].ravel()
    shares = np.bincount(flat, minlength=count * topics).reshape(count, topics) / max(graph.k, 1)
    entropy = -(shares * np.log(np.where(shares > 0, shares, 1))).sum(axis=1)
    found: Floats = entropy * betweenness(links, sources, seed)
    return found


def betweenness(links: Links, sources: int, seed: int) -> Floats:
    """Return the share of the shortest ways from a sample of texts to all others that lead over each text, (n,)."""
    from scipy.sparse.csgraph import dijkstra

    count = links.count
    chosen = np.sort(np.random.default_rng(seed).permutation(count)[:sources])
    carried = np.zeros(count)
    for source in chosen.tolist():
        angles, before = dijkstra(links.angles(), directed=False, indices=source, return_predecessors=True)
        below = np.ones(count)
        for row in np.argsort(-angles, kind="stable").tolist():
            if before[row] >= 0:
                below[before[row]] += below[row]
        below[source] = 1
        carried += below - 1
    return carried / max(len(chosen) * max(count - 1, 1), 1)

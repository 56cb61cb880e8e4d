"""Hubs, lonely texts, bridges: what stands out in a neighbour graph."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from semspace.latent.graph import Graph
from semspace.latent.path import Links

ODD = 3.5
"""Robust z-score from which on a text stands out (Iglewicz, Hoaglin: How to Detect and Handle Outliers, 1993)."""

_TINY = 1e-12
"""Length of a step between equal texts: one of 0 is none to scipy."""

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


def bridging(graph: Graph, links: Links, labels: Counts, sources: int = 100, seed: int = 7) -> Floats:
    """Return how much each text joins topics, (n,): near to a second one, among texts of both, on the ways between them.

    Nearness alone names equal texts at the border of two topics, ways alone name what stands at the edge of both.
    """
    found: Floats = second_topic(graph, labels) ** 4 * mixture(graph, labels) * np.sqrt(brokerage(links, labels, sources, seed))
    return found


def mixture(graph: Graph, labels: Counts) -> Floats:
    """Return the entropy of the topics of each text's neighbours, (n,)."""
    topics = int(labels.max(initial=0)) + 1
    flat = np.repeat(np.arange(len(graph)), graph.k) * topics + labels[graph.neighbors].ravel()
    shares = np.bincount(flat, minlength=len(graph) * topics).reshape(len(graph), topics) / max(graph.k, 1)
    entropy: Floats = -(shares * np.log(np.where(shares > 0, shares, 1))).sum(axis=1)
    return entropy


def second_topic(graph: Graph, labels: Counts) -> Floats:
    """Return the cosine of each text to its nearest neighbour outside the topic of its nearest, (n,): 0 where there is none."""
    if not graph.k:
        return np.zeros(len(graph))
    topics = labels[graph.neighbors]
    nearest = np.take_along_axis(topics, graph.similarities.argmax(axis=1)[:, None], axis=1)
    others: Floats = np.where(topics == nearest, 0, graph.similarities).max(axis=1).astype(np.float64)
    return np.maximum(others, 0)


def joined(graph: Graph, labels: Counts, row: int) -> tuple[int, int]:
    """Return the topic of the nearest neighbour of a text, and that of its nearest in another: the same where none is."""
    order = np.argsort(-graph.similarities[row], kind="stable")
    topics = labels[graph.neighbors[row]][order]
    others = topics[topics != topics[0]]
    return int(topics[0]), int(others[0] if len(others) else topics[0])


def brokerage(links: Links, labels: Counts, sources: int, seed: int) -> Floats:
    """Return the share of the ways from a sample of texts to all of other topics that lead over each text, (n,).

    Ways of many small steps are the shorter ones: angles count by their fourth power. Brandes, Pich: Centrality Estimation in
    Large Networks (2007); Gould, Fernandez: Structures of Mediation (1989), for pairs of two groups alone.
    """
    from scipy.sparse.csgraph import dijkstra

    chosen = np.sort(np.random.default_rng(seed).permutation(links.count)[:sources])
    steps = links.angles()
    steps.data = np.maximum(steps.data**4, _TINY)
    carried = np.zeros(links.count)
    for some in np.array_split(chosen, max(len(chosen) // 10, 1)):
        lengths, before = dijkstra(steps, directed=False, indices=some, return_predecessors=True)
        ends = (labels != labels[some][:, None]).astype(np.float64)
        behind = _carried(lengths, before, ends) - ends
        behind[np.arange(len(some)), some] = 0
        carried += behind.sum(axis=0)
    return carried / max(len(chosen) * max(links.count - 1, 1), 1)


def _carried(lengths: Floats, before: npt.NDArray[np.int32], ends: Floats) -> Floats:
    """Return how many ends lie behind each text on the ways from some sources, (sources, n): from the farthest inwards."""
    carried, rows = ends.copy(), np.arange(len(ends))
    for farthest in np.argsort(-lengths, axis=1, kind="stable").T:
        inner = before[rows, farthest]
        there = inner >= 0
        carried[rows[there], inner[there]] += carried[rows[there], farthest[there]]
    return carried

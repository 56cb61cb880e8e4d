"""The neighbour graph of a space, its mean and its covariance: kept, and brought in step with the store."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from semspace.arrays import Ids, Vectors
from semspace.derived.arrays import Arrays, DerivedArrays
from semspace.latent.graph import Graph, K, followed, nearest
from semspace.latent.moments import Moments
from semspace.store import Store

GRAPH, MOMENTS = "graph", "graph.moments"

LEAST = 1_000
"""Passages below which a graph takes no time whenever it is asked for."""

FOLLOWED = 10_000
"""Passages up to which every run of `index` brings the graph up to date: to read their vectors takes a tenth of a second."""

MADE = 20_000
"""Passages up to which the first run makes it: two seconds, where encoding took minutes."""

Fetch = Callable[[], Vectors]


class DerivedGraph:
    """The graph of all passages that have a vector, in `graph.npz`."""

    def __init__(self, folder: Path | None, store: Store) -> None:
        self._kept = DerivedArrays(folder, store, GRAPH)

    def get(self, ids: Ids, vectors: Fetch) -> Graph:
        """Return the graph of some passages, whose vectors are only fetched where it has to follow; what is new is kept."""
        held = self._kept.get()
        known = understood(held)
        if held is None or known is None:
            graph = nearest(vectors())
        elif np.array_equal(held["ids"], ids):
            return known
        else:
            graph = followed(known, vectors(), places(held["ids"], ids))
        self._kept.keep({"ids": ids, "neighbors": graph.neighbors, "similarities": graph.similarities})
        return graph

    def after_indexing(self) -> None:
        """Make or follow the graph where that costs little beside what the run did; else it is made when it is asked for."""
        store, there = self._kept.store, self._kept.present()
        if self._kept.fresh() or not LEAST <= store.counts()[1] <= (FOLLOWED if there else MADE):
            return
        ids = store.encoded_ids()
        self.get(ids, lambda: store.vectors(ids))


class DerivedMoments:
    """The mean and the covariance of all vectors, in `graph.moments.npz`: made anew where other passages are there."""

    def __init__(self, folder: Path | None, store: Store) -> None:
        self._kept = DerivedArrays(folder, store, MOMENTS)

    def get(self, ids: Ids, vectors: Fetch) -> Moments:
        """Return those of some passages."""
        held, mark = self._kept.get(), marked(ids)
        if held is not None and held.keys() == {"of", "mean", "covariance"} and np.array_equal(held["of"], mark):
            return Moments(len(ids), held["mean"], held["covariance"])
        moments = Moments.of(vectors())
        self._kept.keep({"of": mark, "mean": moments.mean, "covariance": moments.covariance})
        return moments


def understood(held: Arrays | None) -> Graph | None:
    """Return the graph that arrays hold; None where they hold none, or one that another semspace made."""
    if held is None or held.keys() != {"ids", "neighbors", "similarities"}:
        return None
    ids, neighbors, similarities = held["ids"], held["neighbors"], held["similarities"]
    if not numbered(ids) or similarities.dtype.kind != "f":
        return None
    shape = (len(ids), min(K, max(len(ids) - 1, 0)))
    if neighbors.shape != shape or similarities.shape != shape or neighbors.dtype != np.int32:
        return None
    if neighbors.size and not (neighbors.min() >= 0 and neighbors.max() < len(ids)):
        return None
    return Graph(neighbors, similarities)


def numbered(ids: npt.NDArray[Any]) -> bool:
    """Tell whether an array holds ids in order, each once."""
    return ids.ndim == 1 and ids.dtype == np.int64 and bool((ids[1:] > ids[:-1]).all())


def made_of(held: Arrays, ids: Ids) -> bool:
    """Tell whether a kept graph, or kept moments, are of just these passages."""
    if "of" in held:
        return np.array_equal(held["of"], marked(ids))
    return "ids" in held and np.array_equal(held["ids"], ids)


def places(held: Ids, ids: Ids) -> Ids:
    """Return where each of some ids stands among those held, -1 where it does not; both are in order."""
    if not len(held):
        return np.full(len(ids), -1)
    found = np.minimum(np.searchsorted(held, ids), len(held) - 1)
    placed: Ids = np.where(held[found] == ids, found, -1)
    return placed


def marked(ids: Ids) -> npt.NDArray[np.uint8]:
    """Return what tells one set of ids from any other."""
    return np.frombuffer(sha256(ids.astype("<i8").tobytes()).digest(), np.uint8)

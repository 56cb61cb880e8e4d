"""The neighbour graph -> a map: t-SNE with uniform affinities, its repulsion by Fourier transforms.

Van der Maaten, Hinton: Visualizing data using t-SNE (2008). Uniform affinities over the graph: González-Márquez, Berens, Kobak:
Two-dimensional visualization of large document libraries (2022). One exaggeration number leads from t-SNE (1) over UMAP (about
4) to Laplacian eigenmaps: Böhm, Berens, Kobak: Attraction-repulsion spectrum in neighbor embeddings (2022). The start by PCA:
Kobak, Linderman (2021); the learning rate: Belkina et al. (2019).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from semspace.arrays import Floats32
from semspace.latent.graph import Graph
from semspace.latent.repulsion import Repulsion

Progress = Callable[[int, int, float], None]
"""Called with the steps done, those in all, and the Kullback-Leibler divergence in nats, infinite in the first phase."""

EARLY = 250
EARLY_EXAGGERATION = 12.0
LATE = 500
START = 1e-4
"""Standard deviation of the start along its longer axis: small, or what is near in it stays near for no other reason."""

JITTER = 0.01
"""Of that: points that are equal come apart, and the seed says how."""

LONGEST = 5.0
"""Of a step of one point, in units of the map."""

TOLD = 50
"""Steps after which progress is told."""


@dataclass(slots=True, eq=False)
class _Pull:
    """The attraction along the edges of the graph, each once: p_ij w_ij (y_i - y_j), where p sums to 1 over ordered pairs."""

    first: Any
    second: Any
    share: Floats32
    incidence: Any

    @classmethod
    def of(cls, graph: Graph) -> _Pull:
        """Count an edge twice where two points are each other's neighbours."""
        from scipy.sparse import coo_array, csr_array

        n = len(graph)
        # Of a few texts all are neighbours: drawn together, all would be one point.
        k = min(graph.k, max(1, (n - 1) // 3))
        rows = np.repeat(np.arange(n, dtype=np.int32), k)
        links = csr_array(
            (np.ones(n * k, np.float32), graph.neighbors[:, :k].ravel(), np.arange(0, n * k + 1, k)), shape=(n, n)
        )
        edges = coo_array(links + links.T)
        upper = edges.row < edges.col
        first, second = edges.row[upper].astype(np.int32), edges.col[upper].astype(np.int32)
        count = len(first)
        ends = np.concatenate([first, second])
        signs = np.repeat(np.array([1, -1], np.float32), count)
        incidence = csr_array((signs, (ends, np.tile(np.arange(count, dtype=np.int32), 2))), shape=(n, count))
        return cls(first, second, edges.data[upper] / np.float32(2 * len(rows)), incidence)

    def __call__(self, positions: Floats32) -> tuple[Floats32, Floats32]:
        """Return the pull on each point, (2, n), and w of each edge."""
        apart = positions[:, self.first] - positions[:, self.second]
        near = 1 / (1 + apart[0] ** 2 + apart[1] ** 2)
        apart *= self.share * near
        return (self.incidence @ apart.T).T, near

    def divergence(self, near: Floats32, total: float) -> float:
        """Return the Kullback-Leibler divergence of the map from the graph, in nats."""
        share = self.share.astype(np.float64)
        return float(2 * (share * (np.log(share) - np.log(near))).sum() + np.log(total))


def tsne(
    graph: Graph,
    start: Floats32,
    *,
    spread: float = 1.0,
    seed: int = 0,
    steps: int = LATE,
    workers: int = 2,
    progress: Progress | None = None,
) -> Floats32:
    """Return positions, (n, 2), in which neighbours of the graph are near each other. `start` is (n, 2), of any scale.

    `spread` is the exaggeration of attraction: 1 keeps most neighbours, larger numbers gather them in islands and keep more of
    how the islands lie to each other.
    """
    n = len(graph)
    if n < 2 or not graph.k:
        return np.zeros((n, 2), np.float32)
    pull, push = _Pull.of(graph), Repulsion(workers)
    positions = _start(start, seed)
    rate = np.float32(max(min(200.0, n / 3), n / 12))
    velocity, gains = np.zeros_like(positions), np.ones_like(positions)
    for step in range(EARLY + steps):
        early = step < EARLY
        attraction, near = pull(positions)
        repulsion, total = push(positions)
        exaggeration = max(EARLY_EXAGGERATION, spread) if early else spread
        gradient = 4 * (np.float32(exaggeration) * attraction - repulsion / np.float32(total))
        gains = np.where(gradient * velocity > 0, gains * np.float32(0.8), gains + np.float32(0.2))
        gains = np.maximum(gains, np.float32(0.01))
        velocity = np.float32(0.5 if early else 0.8) * velocity - rate * gains * gradient
        velocity *= np.minimum(1, LONGEST / np.maximum(np.hypot(*velocity), 1e-12))
        positions += velocity
        if progress and step % TOLD == TOLD - 1:
            progress(step + 1, EARLY + steps, np.inf if early else pull.divergence(near, total))
    return np.ascontiguousarray((positions - positions.mean(axis=1, keepdims=True)).T)


def _start(start: Floats32, seed: int) -> Floats32:
    positions = start.T.astype(np.float64)
    positions -= positions.mean(axis=1, keepdims=True)
    scale = positions.std(axis=1).max()
    positions *= START / scale if scale > 0 else 0.0
    positions += START * JITTER * np.random.default_rng(seed).standard_normal(positions.shape)
    return positions.astype(np.float32)

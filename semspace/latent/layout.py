"""Vectors -> a map of them all: fitted at once, or to some of them, with the others placed among these."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from semspace.arrays import Floats32, Ids, Vectors
from semspace.latent.faithfulness import UNKNOWN, Faithfulness, kept, kept_among
from semspace.latent.graph import Graph, among, nearest
from semspace.latent.moments import Moments
from semspace.latent.pca import pca
from semspace.latent.placing import LANDMARKS, place
from semspace.latent.procrustes import align
from semspace.latent.tsne import Progress, tsne

Method = Literal["tsne", "pca", "umap"]
METHODS: tuple[Method, ...] = get_args(Method)

STALE = 0.8
"""Share of what the fitted points kept: where those placed since keep less, the map is fitted again."""

ENOUGH = 30
"""Points placed since, without which nothing can be said of them."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What makes a map of vectors: everything that it depends on but these; `erased` is what was taken out of them."""

    method: Method = "tsne"
    spread: float = 1.0
    seed: int = 0
    erased: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """A map of n vectors: positions, (n, 2), the share of neighbours that each keeps, (n,), and which were fitted, (n,).

    `fit` is what the fitted points kept in the mean when they were; `faith` is measured by who keeps the map.
    """

    recipe: Recipe
    positions: Floats32
    kept: Floats32
    fitted: npt.NDArray[np.bool_]
    fit: float
    faith: Faithfulness = UNKNOWN

    def stale(self) -> bool:
        """Tell whether the points that were placed since the fit keep much less than those that were fitted did."""
        placed = self.kept[~self.fitted]
        return len(placed) >= ENOUGH and float(placed.mean()) < STALE * self.fit

    def over(self, old: Floats32, rows: Ids, before: Ids) -> Layout:
        """Lay it over an older map: `rows` of it are `before` there."""
        return replace(self, positions=align(self.positions, old[before], self.positions[rows]))


def fit(recipe: Recipe, vectors: Vectors, graph: Graph | None, moments: Moments, progress: Progress | None = None) -> Layout:
    """Make a map. `graph` may be left out where there are more vectors than are fitted at once (100,000)."""
    n = len(vectors)
    chosen = np.arange(n)
    if n > LANDMARKS:
        chosen = np.sort(np.random.default_rng(recipe.seed).choice(n, LANDMARKS, replace=False))
    some = vectors[chosen] if len(chosen) < n else vectors
    near = graph if graph is not None and len(chosen) == n else nearest(some)
    positions = _fitted(recipe, some, near, moments, progress)
    shares = kept(near, positions)
    made = Layout(recipe, positions, shares, np.ones(len(chosen), np.bool_), float(shares.mean()) if n else 1.0)
    if len(chosen) == n:
        return made
    before = np.full(n, -1)
    before[chosen] = np.arange(len(chosen))
    return follow(made, vectors, before, np.arange(n))


def follow(layout: Layout, vectors: Vectors, before: Ids, seeds: Ids, graph: Graph | None = None) -> Layout:
    """Return the map of other vectors, (n, dim): `before` is the row that each had, or -1. What was there does not move.

    With their graph, what each keeps is measured among all of them; without, of the new ones among the old.
    """
    old, new = np.flatnonzero(before >= 0), np.flatnonzero(before < 0)
    positions, shares = np.zeros((len(vectors), 2), np.float32), np.ones(len(vectors), np.float32)
    fitted = np.zeros(len(vectors), np.bool_)
    positions[old], shares[old], fitted[old] = (part[before[old]] for part in (layout.positions, layout.kept, layout.fitted))
    if len(new):
        # What comes last is the rule, and a slice is no copy of a whole space.
        held = vectors[: len(old)] if len(old) and old[-1] < len(old) else vectors[old]
        near = among(vectors[new], held)
        positions[new] = place(near, positions[old], seeds[new])
        shares[new] = kept_among(near, positions[old], positions[new])
    if graph is not None:
        shares = kept(graph, positions)
    return replace(layout, positions=positions, kept=shares, fitted=fitted)


def _fitted(recipe: Recipe, vectors: Vectors, graph: Graph, moments: Moments, progress: Progress | None) -> Floats32:
    if recipe.method == "umap":
        from semspace.latent.umap import umap

        return lying(umap(vectors, recipe.seed))
    start = pca(moments).project(vectors)
    if start.shape[1] < 2:
        start = np.pad(start, ((0, 0), (0, 2 - start.shape[1])))
    if recipe.method == "pca":
        return start
    return lying(tsne(graph, start, spread=recipe.spread, seed=recipe.seed, progress=progress))


def lying(positions: Floats32) -> Floats32:
    """Return positions, (n, 2), turned about their middle, by as little as will do, so that they vary most across.

    What is near to what does not change by it, and a screen is wider than high.
    """
    if len(positions) < 2:
        return positions
    apart = positions.astype(np.float64) - positions.mean(axis=0, dtype=np.float64)
    x, y = apart.T
    # The principal axis of two variables (Pearson, 1901); sums, that no number of threads adds up in another order.
    angle = 0.5 * float(np.arctan2(2 * (x * y).sum(), (x * x).sum() - (y * y).sum()))
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.stack([cosine * x + sine * y, cosine * y - sine * x], axis=1).astype(np.float32)

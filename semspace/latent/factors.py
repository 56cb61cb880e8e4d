"""Vectors -> a few axes that they vary along: principal components, factors turned by varimax, independent components.

Each answers another question: where the variance is, which axes a few texts load highly on, which axes vary independently.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from semspace.arrays import Vectors
from semspace.latent.moments import Floats, Moments

Kind = Literal["pca", "varimax", "ica"]
KINDS: tuple[Kind, ...] = ("pca", "varimax", "ica")

ROUNDS = 500
SAMPLE = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Axes:
    """Axes of unit length, (k, dim), around a mean, with the share of the variance that each explains, the greatest first.

    `readers`, (dim, k), give the place of a vector on each: (x - mean) @ readers, with a deviation of 1 over the space. The
    sign is such that the longer tail of the places is above zero.
    """

    axes: Floats
    readers: Floats
    mean: Floats
    explained: Floats

    def places(self, vectors: Vectors) -> Floats:
        """Return where vectors, (n, dim), are on each axis, shape (n, k)."""
        found: Floats = (vectors.astype(np.float64) - self.mean) @ self.readers
        return found


def axes(vectors: Vectors, count: int, kind: Kind = "varimax", seed: int = 0) -> Axes:
    """Return `count` axes of some vectors, shape (n, dim): the same ones and the same seed give the same ones."""
    if len(vectors) > SAMPLE:
        vectors = vectors[np.sort(np.random.default_rng(seed).permutation(len(vectors))[:SAMPLE])]
    moments = Moments.of(vectors)
    values, directions = np.linalg.eigh(moments.covariance)
    count = min(count, int((values > 1e-12 * max(values[-1], 1e-300)).sum()))
    values, directions = values[::-1][:count], directions[:, ::-1][:, :count]
    white = (vectors.astype(np.float64) - moments.mean) @ (directions / np.sqrt(values))
    turn = np.eye(count)
    if kind != "pca":
        turn = varimax(white) if kind == "varimax" else independent(white, seed)
    return _ordered(white @ turn, directions / np.sqrt(values) @ turn, (directions * np.sqrt(values)) @ turn, moments)


def _ordered(places: Floats, readers: Floats, loadings: Floats, moments: Moments) -> Axes:
    """Put the axes that explain most first, each with its longer tail above zero."""
    explained = (loadings**2).sum(axis=0) / max(float(np.trace(moments.covariance)), 1e-300)
    signs = np.where((places**3).sum(axis=0) < 0, -1.0, 1.0)
    order = np.argsort(-explained, kind="stable")
    lengths = np.linalg.norm(loadings, axis=0)
    directions = (loadings * signs / lengths).T[order]
    return Axes(directions, (readers * signs)[:, order], moments.mean, explained[order])


def varimax(places: Floats, rounds: int = ROUNDS, tolerance: float = 1e-8) -> Floats:
    """Return the rotation, (k, k), of places, (n, k), after which each is large on few axes: that of most fourth powers.

    Kaiser: The Varimax Criterion for Analytic Rotation in Factor Analysis (1958). Rohe, Zeng: Vintage Factor Analysis with
    Varimax Performs Statistical Inference (2023) turn the places of the texts so, as is done here.
    """
    count, width = places.shape
    turn, last = np.eye(width), 0.0
    for _ in range(rounds):
        turned = places @ turn
        wanted = places.T @ (turned**3 - turned * (turned**2).sum(axis=0) / count)
        left, strengths, right = np.linalg.svd(wanted)
        turn = left @ right
        if strengths.sum() < last * (1 + tolerance):
            break
        last = float(strengths.sum())
    return turn


def independent(white: Floats, seed: int = 0, rounds: int = ROUNDS, tolerance: float = 1e-6) -> Floats:
    """Return the rotation, (k, k), of uncorrelated places of variance 1, (n, k), after which they depend least on each other.

    Hyvarinen: Fast and Robust Fixed-Point Algorithms for Independent Component Analysis (1999), symmetric, logcosh.
    """
    count, width = white.shape
    turn = _square(np.random.default_rng(seed).standard_normal((width, width)))
    for _ in range(rounds):
        bent = np.tanh(white @ turn)
        new = _square(white.T @ bent / count - turn * (1 - bent**2).mean(axis=0))
        moved = float(np.abs(np.abs((new * turn).sum(axis=0)) - 1).max())
        turn = new
        if moved < tolerance:
            break
    return turn


def _square(matrix: Floats) -> Floats:
    """Return the nearest rotation."""
    left, _, right = np.linalg.svd(matrix)
    turned: Floats = left @ right
    return turned


def stability(vectors: Vectors, whole: Axes, kind: Kind, seed: int = 0) -> Floats:
    """Return for each axis how alike it is in two halves of the vectors: the lower of its cosines to its like in each, (k,)."""
    order = np.random.default_rng(seed).permutation(len(vectors))
    halves = [order[: len(order) // 2], order[len(order) // 2 :]]
    found = [_likes(whole, axes(vectors[np.sort(half)], len(whole.axes), kind, seed)) for half in halves]
    alike: Floats = np.minimum(*found)
    return alike


def _likes(one: Axes, other: Axes) -> Floats:
    from scipy.optimize import linear_sum_assignment

    cosines = np.abs(one.axes @ other.axes.T)
    rows, columns = linear_sum_assignment(-cosines)
    found = np.zeros(len(one.axes))
    found[rows] = cosines[rows, columns]
    return found

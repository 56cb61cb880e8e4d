"""Vectors -> a few axes that they vary along: principal components, plain and turned by varimax, factors, independent ones.

Each answers another question: where the variance is, which axes few texts are far out on, what several dimensions have in
common apart from the noise of each, which axes vary independently.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from semspace.arrays import Vectors
from semspace.latent.moments import Floats, Moments

Kind = Literal["pca", "varimax", "fa", "ica"]
KINDS: tuple[Kind, ...] = ("pca", "varimax", "fa", "ica")

ROUNDS = 500
FITS = 1_000
_TINY = 1e-12
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
    if kind == "fa":
        return _common(vectors, count, moments)
    values, directions = np.linalg.eigh(moments.covariance)
    count = min(count, int((values > 1e-12 * max(values[-1], 1e-300)).sum()))
    values, directions = values[::-1][:count], directions[:, ::-1][:, :count]
    white = (vectors.astype(np.float64) - moments.mean) @ (directions / np.sqrt(values))
    turn = np.eye(count)
    if kind != "pca":
        turn = varimax(white) if kind == "varimax" else independent(white, seed)
    return _ordered(white @ turn, directions / np.sqrt(values) @ turn, (directions * np.sqrt(values)) @ turn, moments)


def _common(vectors: Vectors, count: int, moments: Moments) -> Axes:
    """Return factors turned by varimax; the place of a vector is the factor's mean given the vector, scaled to deviation 1."""
    loadings, noise = factor_analysis(moments, count)
    loadings = loadings @ varimax(loadings)
    loadings = loadings[:, (loadings**2).sum(axis=0) > 0]
    scaled = loadings / noise[:, None]
    readers = scaled @ np.linalg.inv(np.eye(loadings.shape[1]) + loadings.T @ scaled)
    readers /= np.sqrt(np.einsum("dk,de,ek->k", readers, moments.covariance, readers))
    return _ordered((vectors.astype(np.float64) - moments.mean) @ readers, readers, loadings, moments)


def factor_analysis(moments: Moments, count: int, rounds: int = FITS, tolerance: float = 1e-2) -> tuple[Floats, Floats]:
    """Return the loadings, (dim, count), and the noise of each dimension, (dim,), that make the covariance most likely.

    The covariance is loadings @ loadings.T and the noise on its diagonal. Given the noise the best loadings are principal
    components of what is scaled by it, given those the noise is what they leave: Barber: Bayesian Reasoning and Machine
    Learning (2012), algorithm 21.1; Rubin, Thayer: EM Algorithms for ML Factor Analysis (1982) come to the same place. It
    ends where the log-likelihood of all texts gains less than `tolerance`.
    """
    from scipy.linalg import eigh

    own = np.maximum(np.diag(moments.covariance), _TINY)
    dim = len(own)
    count = min(count, dim)
    noise, last = own, -np.inf
    for _ in range(rounds):
        spread = np.sqrt(noise)
        scaled = moments.covariance / np.outer(spread, spread)
        values, directions = eigh(scaled, subset_by_index=[dim - count, dim - 1])
        values, directions = np.maximum(values[::-1], 1), directions[:, ::-1]
        loadings = spread[:, None] * directions * np.sqrt(values - 1)
        rest = float(np.trace(scaled)) - float((values - 1).sum()) - count
        logarithms = float(np.log(values).sum() + np.log(noise).sum())
        likelihood = -moments.count / 2 * (dim * np.log(2 * np.pi) + logarithms + count + rest)
        if likelihood - last < tolerance:
            break
        last = likelihood
        noise = np.maximum(own - (loadings**2).sum(axis=1), _TINY)
    return loadings, noise


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

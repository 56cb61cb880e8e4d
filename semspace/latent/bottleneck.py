"""Vectors -> few numbers each, learnt from the vectors themselves: to keep similarities, or to be rebuilt.

Plain matrix products and Adam (Kingma, Ba, 2015): no framework is worth its import for this.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from semspace.arrays import Floats32, Vectors

TEMPERATURE = 0.05
"""Of the similarities to others: at it the nearest ten count for most."""

BATCH = 1_024
EPOCHS = 30
HIDDEN = 256


@dataclass(slots=True)
class _Adam:
    """Steps of Adam over some parameters, which it changes in place."""

    parameters: list[Floats32]
    rate: float
    first: list[Floats32]
    second: list[Floats32]
    count: int = 0

    @classmethod
    def over(cls, parameters: list[Floats32], rate: float) -> _Adam:
        first, second = ([np.zeros_like(one) for one in parameters] for _ in range(2))
        return cls(parameters, rate, first, second)

    def step(self, gradients: list[Floats32], share: float) -> None:
        """Take a step; `share` of the rate is left at this point of the course."""
        self.count += 1
        for one, gradient, mean, spread in zip(self.parameters, gradients, self.first, self.second, strict=True):
            mean[...] += 0.1 * (gradient - mean)
            spread[...] += 0.001 * (gradient**2 - spread)
            scaled = np.sqrt(spread / (1 - 0.999**self.count)) + 1e-8
            one[...] -= self.rate * share * (mean / (1 - 0.9**self.count)) / scaled


def principal(vectors: Vectors, to: int) -> Floats32:
    """Return the projection, (dim, to), that keeps inner products best: the first eigenvectors of the second moments.

    Eckart, Young: The Approximation of One Matrix by Another of Lower Rank (1936).
    """
    products = vectors.astype(np.float64).T @ vectors.astype(np.float64)
    _, axes = np.linalg.eigh(products)
    kept: Floats32 = axes[:, ::-1][:, :to].astype(np.float32)
    return kept


def distilled(vectors: Vectors, to: int, epochs: int = EPOCHS, seed: int = 0) -> Floats32:
    """Return the linear projection, (dim, to), whose inner products rank the neighbours of each vector as the cosines do.

    Within a batch each vector's softmax over its similarities to the others is brought near to that of the whole vectors, by
    the Kullback-Leibler divergence; it starts from `principal`. Hinton, Vinyals, Dean: Distilling the Knowledge (2015).
    """
    weights = np.ascontiguousarray(principal(vectors, to))
    course = _Adam.over([weights], 3e-3)
    for rows, share in _batches(len(vectors), BATCH, epochs, seed):
        batch = vectors[rows]
        kept = batch @ weights
        wrong = _softmax(kept @ kept.T) - _softmax(batch @ batch.T)
        course.step([batch.T @ ((wrong + wrong.T) @ kept) / np.float32(TEMPERATURE * len(rows))], share)
    return weights


def _softmax(products: Floats32) -> Floats32:
    products = products / np.float32(TEMPERATURE)
    np.fill_diagonal(products, -np.inf)
    products -= products.max(axis=1, keepdims=True)
    np.exp(products, out=products)
    shares: Floats32 = products / products.sum(axis=1, keepdims=True)
    return shares


def _batches(count: int, size: int, epochs: int, seed: int) -> Iterator[tuple[npt.NDArray[np.int64], float]]:
    """Yield rows, each once an epoch, and the share of the rate: falling as a cosine does."""
    random = np.random.default_rng(seed)
    for epoch in range(epochs):
        order = random.permutation(count)
        share = 0.5 * (1 + np.cos(np.pi * epoch / epochs))
        yield from ((order[at : at + size], share) for at in range(0, count, size) if len(order[at : at + size]) > 1)


@dataclass(frozen=True, slots=True, eq=False)
class Autoencoder:
    """Two layers in, two layers out, with a ramp between: what goes through the bottleneck is rebuilt with least square error.

    Hinton, Salakhutdinov: Reducing the Dimensionality of Data with Neural Networks (2006).
    """

    parameters: tuple[Floats32, ...]

    @classmethod
    def learn(cls, vectors: Vectors, to: int, epochs: int = EPOCHS, seed: int = 0) -> Autoencoder:
        """Learn one of some vectors, shape (n, dim): the same ones and the same seed give the same one."""
        random = np.random.default_rng(seed)
        sizes = [vectors.shape[1], HIDDEN, to, HIDDEN, vectors.shape[1]]
        parameters: list[Floats32] = []
        for wide, narrow in pairwise(sizes):
            parameters.append((random.standard_normal((wide, narrow)) * np.sqrt(2 / (wide + narrow))).astype(np.float32))
            parameters.append(np.zeros(narrow, np.float32))
        parameters[-1] += vectors.mean(axis=0)
        course = _Adam.over(parameters, 1e-3)
        for rows, share in _batches(len(vectors), 256, epochs, seed):
            course.step(cls(tuple(parameters)).gradients(vectors[rows]), share)
        return cls(tuple(parameters))

    def encode(self, vectors: Vectors) -> Floats32:
        """Return what goes through the bottleneck, shape (n, to)."""
        return self._through(vectors)[2]

    def decode(self, kept: Floats32) -> Floats32:
        """Return what is rebuilt of it, shape (n, dim)."""
        *_, third, third_bias, last, last_bias = self.parameters
        rebuilt: Floats32 = np.maximum(kept @ third + third_bias, 0) @ last + last_bias
        return rebuilt

    def loss(self, vectors: Vectors) -> float:
        """Return half the mean squared length of what is missing."""
        return float(((self.decode(self.encode(vectors)) - vectors).astype(np.float64) ** 2).sum() / 2 / len(vectors))

    def _through(self, vectors: Vectors) -> list[Floats32]:
        """Return what stands in each layer."""
        layers = [vectors]
        for number in range(0, 8, 2):
            given = layers[-1] @ self.parameters[number] + self.parameters[number + 1]
            layers.append(np.maximum(given, 0) if number in {0, 4} else given)
        return layers

    def gradients(self, vectors: Vectors) -> list[Floats32]:
        """Return how the loss changes with each parameter."""
        layers = self._through(vectors)
        back = (layers[-1] - vectors) / np.float32(len(vectors))
        found: list[Floats32] = []
        for number in range(6, -1, -2):
            found = [layers[number // 2].T @ back, back.sum(axis=0), *found]
            back = back @ self.parameters[number].T
            if number in {2, 6}:
                back = back * (layers[number // 2] > 0)
        return found


def unexplained(vectors: Vectors, rebuilt: Floats32) -> float:
    """Return the share of the variance that is not rebuilt (FVU)."""
    whole = float(((vectors - vectors.mean(axis=0)).astype(np.float64) ** 2).sum())
    return float(((vectors - rebuilt).astype(np.float64) ** 2).sum() / whole) if whole else 0.0


def best_decoder(kept: Floats32, vectors: Vectors) -> Floats32:
    """Return the affine map, (to + 1, dim), that rebuilds vectors best from what was kept of them."""
    lengthened = np.hstack([kept, np.ones((len(kept), 1), np.float32)])
    found: Floats32 = np.linalg.lstsq(lengthened, vectors, rcond=None)[0].astype(np.float32)
    return found

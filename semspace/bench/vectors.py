"""Vectors drawn around real ones: many more than there are texts at hand, with the structure of real ones.

Uniform noise has neither clusters nor a low intrinsic dimension, so that every index looks bad or good on it by luck. A drawn
vector here stands on the way from a real vector to one of its near neighbours, moved aside by a share of the difference of
another such pair, elsewhere: near neighbours differ along the directions in which the encoder's texts do differ, so the
noise has the covariance of real, local variation. `resemblance` checks it where it can be checked: from an eighth of the
real vectors as many are drawn as there are real ones, and both crowds are compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from semspace.arrays import Vectors, unit

NEAR = 16
"""Near neighbours of a real vector towards which others are drawn."""

WAY = (0.2, 0.5)
"""How far on the way to the neighbour, at least and at most."""

ASIDE = (0.4, 1.0)
"""Share of another pair's difference that moves a vector off the way, at least and at most; found by `resemblance`."""

BLOCK = 4_096
EXACT = 20_000
"""Up to so many vectors neighbours are found exactly; beyond, by probing an IVF index, which for drawing is near enough."""

Numbers = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Crowding:
    """How vectors crowd: quantiles (10, 50, 90 %) of the similarity to the nearest other one, and intrinsic dimension."""

    nearest: tuple[float, float, float]
    dimension: float


class Cloud:
    """Real vectors, and those that can be drawn around them: the same number gives the same vector."""

    def __init__(self, real: npt.NDArray[np.float16] | Vectors, near: Rows) -> None:
        """`real` has unit rows, (n, dim); `near` holds the rows of their near neighbours, (n, k)."""
        self._real = real
        self._near = near

    def draw(self, numbers: Numbers) -> Vectors:
        """Return one vector for each number, shape (n, dim)."""
        first, partner = self._pair(_mixed(numbers, 1), _mixed(numbers, 2))
        other, opposite = self._pair(_mixed(numbers, 3), _mixed(numbers, 4))
        way, aside = _between(WAY, _mixed(numbers, 5)), _between(ASIDE, _mixed(numbers, 6))
        return unit(self._at(first) * (1 - way) + self._at(partner) * way + aside * (self._at(other) - self._at(opposite)))

    def _pair(self, one: Numbers, two: Numbers) -> tuple[Rows, Rows]:
        rows = (one % np.uint64(len(self._real))).astype(np.int32)
        slots = (two % np.uint64(self._near.shape[1])).astype(np.int32)
        return rows, self._near[rows, slots]

    def _at(self, rows: Rows) -> Vectors:
        return self._real[rows].astype(np.float32)


def around(real: Vectors, count: int, seed: int) -> Iterator[Vectors]:
    """Yield `count` vectors drawn around real ones, some thousand at a time; the same seed, the same vectors."""
    cloud = Cloud(real, near_rows(real))
    start = np.uint64(seed) << np.uint64(40)
    for begin in range(0, count, BLOCK):
        yield cloud.draw(start + np.arange(begin, min(begin + BLOCK, count), dtype=np.uint64))


def near_rows(real: Vectors, k: int = NEAR) -> Rows:
    """Return the rows of the k nearest others of each vector, shape (n, k)."""
    k = min(k, len(real) - 1)
    if len(real) <= EXACT:
        index: Any = faiss.IndexFlatIP(real.shape[1])
    else:
        lists = int(4 * np.sqrt(len(real)))
        index = faiss.index_factory(real.shape[1], f"IVF{lists},SQfp16", faiss.METRIC_INNER_PRODUCT)
        index.cp.niter = 5
        index.nprobe = 8
        index.train(real[:: max(1, len(real) // (40 * lists))])
    index.add(real)
    found = [_others(index.search(real[begin : begin + BLOCK], k + 1)[1], begin, k) for begin in range(0, len(real), BLOCK)]
    return np.concatenate(found)


def _others(found: npt.NDArray[np.int64], begin: int, k: int) -> Rows:
    """Drop each vector itself, or the last where it was not found; what is missing is the vector itself."""
    own = np.arange(begin, begin + len(found))[:, None]
    order = np.argsort(found == own, axis=1, kind="stable")[:, :k]
    kept = np.take_along_axis(found, order, axis=1)
    return np.where(kept < 0, own, kept).astype(np.int32)


def _between(limits: tuple[float, float], bits: Numbers) -> Vectors:
    """Return evenly spread numbers between two limits as a column."""
    share = (bits >> np.uint64(40)).astype(np.float32)[:, None] / np.float32(2**24)
    return limits[0] + np.float32(limits[1] - limits[0]) * share


def _mixed(numbers: Numbers, stream: int) -> Numbers:
    """Return well-mixed bits for each number. Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators (2014)."""
    with np.errstate(over="ignore"):
        bits = numbers + np.uint64(stream) * np.uint64(0x9E3779B97F4A7C15)
        bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed: Numbers = bits ^ (bits >> np.uint64(31))
    return mixed


def crowding(vectors: Vectors, sample: int = 1_000, k: int = 10, seed: int = 7) -> Crowding:
    """Measure how vectors crowd, at some of them against all.

    The intrinsic dimension is the maximum-likelihood estimate from the k nearest, averaged as MacKay and Ghahramani do.
    Levina, Bickel: Maximum Likelihood Estimation of Intrinsic Dimension (2004).
    """
    k = min(k, len(vectors) - 1)
    rows = np.random.default_rng(seed).permutation(len(vectors))[:sample]
    scores = vectors[rows] @ vectors.T
    scores[np.arange(len(rows)), rows] = -1
    top = -np.sort(-np.partition(scores, -k, axis=1)[:, -k:], axis=1)
    gaps = np.sqrt(np.maximum(2 - 2 * top, 1e-6))
    logs = np.log(gaps[:, -1:] / gaps[:, :-1]).mean(axis=1)
    low, middle, high = np.quantile(top[:, 0], [0.1, 0.5, 0.9]).tolist()
    return Crowding((low, middle, high), float(1 / max(logs.mean(), 1e-9)))


def resemblance(real: Vectors, seed: int = 7, factor: int = 8) -> tuple[Crowding, Crowding]:
    """Return how real vectors crowd, and how as many do that were drawn around 1 / factor of them."""
    some = np.sort(np.random.default_rng(seed).permutation(len(real))[: max(2, len(real) // factor)])
    drawn = np.concatenate([*around(real[some], len(real), seed)])
    return crowding(real), crowding(drawn)

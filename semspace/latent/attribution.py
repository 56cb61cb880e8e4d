"""A vector, or the similarity of two -> a sum of what the directions of a dictionary give to it, and the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from semspace.arrays import Vectors
from semspace.latent.dictionary import Codes, Dictionary


@dataclass(frozen=True, slots=True)
class Sum:
    """What each direction gives, (atom, amount), the greatest first; what all texts share; what is left over; and the whole."""

    parts: tuple[tuple[int, float], ...]
    shared: float
    rest: float
    whole: float


def of_one(dictionary: Dictionary, vector: Vectors) -> Sum:
    """Part how far a vector, shape (1, dim), is from the mean (squared): shares, of which the whole is 1."""
    centred = (vector - dictionary.mean)[0].astype(np.float64)
    whole = max(float(centred @ centred), 1e-12)
    given = _given(dictionary, dictionary.encode(vector), centred / whole)
    return Sum(_ordered(given), 0.0, 1 - sum(given.values()), 1.0)


def of_two(dictionary: Dictionary, one: Vectors, other: Vectors) -> Sum:
    """Part the cosine of two vectors, shape (1, dim) each: the same amounts whichever comes first."""
    sides = [(vector - dictionary.mean)[0].astype(np.float64) for vector in (one, other)]
    given: dict[int, float] = {}
    for vector, against in ((one, sides[1]), (other, sides[0])):
        for atom, amount in _given(dictionary, dictionary.encode(vector), against / 2).items():
            given[atom] = given.get(atom, 0.0) + amount
    whole = float(one[0].astype(np.float64) @ other[0].astype(np.float64))
    own = float(sides[0] @ sides[1])
    return Sum(_ordered(given), whole - own, own - sum(given.values()), whole)


def _given(dictionary: Dictionary, codes: Codes, against: np.ndarray[tuple[int], np.dtype[np.float64]]) -> dict[int, float]:
    """Return what each direction of one vector gives to its product with another."""
    given: dict[int, float] = {}
    for atom, weight in zip(codes.atoms[0].tolist(), codes.weights[0].tolist(), strict=True):
        if weight > 0:
            given[atom] = given.get(atom, 0.0) + weight * float(dictionary.atoms[atom] @ against)
    return given


def _ordered(given: dict[int, float]) -> tuple[tuple[int, float], ...]:
    return tuple(sorted(given.items(), key=lambda item: (-abs(item[1]), item[0])))

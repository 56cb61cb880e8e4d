"""A point of the space -> the phrases whose sum comes nearest to it.

A point that no text occupies (the middle of two texts, the centre of a topic) can be read by what it is made of. Greedy choice,
with weights fitted anew at each step and never below zero: Bruckstein, Elad, Zibulevsky: On the Uniqueness of Nonnegative
Sparse Solutions (2008); Lawson, Hanson: Solving Least Squares Problems (1974).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from semspace.arrays import Vectors


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """Phrases by their places with weights, the heaviest first, and the cosine of their sum to the point."""

    parts: tuple[tuple[int, float], ...]
    cosine: float


def rebuild(point: Vectors, phrases: Vectors, most: int = 5, gain: float = 0.005) -> Rebuilt:
    """Rebuild a point, shape (1, dim), from at most so many phrases, (n, dim); one that adds less than `gain` is left out."""
    from scipy.optimize import nnls

    wanted = point[0].astype(np.float64)
    wanted /= max(float(np.linalg.norm(wanted)), 1e-12)
    candidates = phrases.astype(np.float64)
    chosen: list[int] = []
    weights, reached = np.empty(0), 0.0
    while len(chosen) < min(most, len(candidates)):
        left = wanted - weights @ candidates[chosen]
        scores = candidates @ left
        scores[chosen] = -np.inf
        best = int(scores.argmax())
        if scores[best] <= 0:
            break
        trial, _ = nnls(candidates[[*chosen, best]].T, wanted)
        made = trial @ candidates[[*chosen, best]]
        cosine = float(made @ wanted / max(float(np.linalg.norm(made)), 1e-12))
        if cosine < reached + gain:
            break
        chosen, weights, reached = [*chosen, best], trial, cosine
    parts = sorted(zip(chosen, weights.tolist(), strict=True), key=lambda part: (-part[1], part[0]))
    return Rebuilt(tuple((place, weight) for place, weight in parts if weight > 0), reached)

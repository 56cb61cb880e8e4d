"""Texts that were judged -> a direction of the space: towards what was liked, away from what was not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from semspace.arrays import Vectors

Floats = npt.NDArray[np.float64]

LIKED, DISLIKED = 0.75, 0.15
"""Rocchio's usual weights beside a query of weight 1."""

ALONE = 0.05
"""Weight of what was not liked where nothing was: near it there are answers too. Of 70 scientific claims whose best three hits
are no answers the rest loses 0.015 nDCG@10 by it, 0.031 by the usual weight."""

WITHOUT = 0.7
"""Share of what is not wanted that is taken away. Of pairs of words of which the second is among what the first finds, 0.04
of the best 20 glosses then hold it (0.06 at 0.5, 0.21 if nothing is taken), and 0.11 of passages of a manual (0.16, 0.51); with
more, less is found of what is wanted."""


WITNESSES = 10
"""The best passages, out of which what answers is guessed."""

HEARD = 50
"""Passages that are compared with the guess: what is not among them has little to say."""

GUESSED = 0.3
"""Weight of a passage's nearness to the guess beside its score."""

SURER = 2.0
"""How much faster than the odds of being the answer a witness's weight grows: one that is wrong harms more than one that is
right helps."""


def guessed(scores: Floats, vectors: Vectors, slope: float) -> Floats:
    """Return how near each of the best passages, of falling score, is to what probably answers. Shape (n,), as the scores.

    Nobody has judged them: each of the first ten counts by its odds of being the answer, which grow with the score as exp(slope
    x score) does, and sharper than these. `vectors` has shape (n, dim).
    Lavrenko, Croft: Relevance-Based Language Models (2001), there with words; Li et al.: Pseudo Relevance Feedback with Deep
    Language Models and Dense Retrievers (2023).
    """
    if not len(scores):
        return np.zeros(0)
    odds = np.exp(SURER * slope * (scores[:WITNESSES] - scores[0]))
    return np.asarray(vectors @ ((odds / odds.sum()) @ vectors[: len(odds)]), dtype=np.float64)


def rocchio(query: Vectors, likes: Vectors, dislikes: Vectors) -> Vectors:
    """Move a query, shape (1, dim), towards the mean of what was liked and away from that of what was not.

    Rocchio: Relevance Feedback in Information Retrieval (1971).
    """
    moved = query[0].astype(np.float64)
    if len(likes):
        moved = moved + LIKED * likes.mean(axis=0)
    if len(dislikes):
        moved = moved - (DISLIKED if len(likes) else ALONE) * dislikes.mean(axis=0)
    return _direction(moved)


def combine(query: Vectors, plus: Vectors, without: Vectors) -> Vectors:
    """Return the direction of a query with what some texts mean added, and most of what others mean taken away.

    Words cannot exclude: "A but not B" is near to B. Mikolov, Yih, Zweig: Linguistic Regularities in Continuous Space Word
    Representations (2013).
    """
    moved = query[0].astype(np.float64) + plus.sum(axis=0) - WITHOUT * without.sum(axis=0)
    return _direction(moved)


def steer(query: Vectors, added: Sequence[float]) -> Vectors:
    """Return the direction of a query, shape (1, dim), with something added to it, dim numbers."""
    return _direction(query[0].astype(np.float64) + np.array(added, dtype=np.float64))


def _direction(vector: npt.NDArray[np.float64]) -> Vectors:
    length = float(np.linalg.norm(vector))
    found: Vectors = (vector / length if length > 1e-9 else vector).astype(np.float32)[None, :]
    return found

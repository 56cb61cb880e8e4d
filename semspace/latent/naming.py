"""Counts of words in groups of texts -> the few words that tell each group from its siblings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from semspace.arrays import Floats32, Vectors

PRIOR = 200.0
"""Words of the prior in all: as if each group had so many more, spread as they are in all texts."""

VARIETY = 0.7
"""Weight of what a word says of its group beside how unlike it is to the words already chosen."""

Floats = npt.NDArray[np.float64]


def log_odds(inside: Floats, outside: Floats, background: Floats, prior: float = PRIOR) -> Floats:
    """Return how surely each word is more frequent in a group than in its siblings: z-scores, (words,).

    Counts of each word in, (words,) each: in the group, in its siblings, in all texts, whose shares are the prior.
    Monroe, Colaresi, Quinn: Fightin' Words (2008), equations 16, 18 and 20 to 22.
    """
    known = prior * background / max(float(background.sum()), 1.0)
    sides = []
    for counts in (inside, outside):
        mine = counts + known
        sides.append((np.log(np.maximum(mine, 1e-12)) - np.log(np.maximum(counts.sum() + prior - mine, 1e-12)), mine))
    (one, counted), (other, counted_other) = sides
    spread = np.sqrt(1 / np.maximum(counted, 1e-12) + 1 / np.maximum(counted_other, 1e-12))
    z: Floats = (one - other) / spread
    z[inside == 0] = -np.inf
    return z


def spread_out(
    strengths: Floats, vectors: Vectors, center: Floats32, stems: Sequence[frozenset[str]], count: int = 3
) -> list[int]:
    """Choose the words of a name: telling, near to the centre of the group, unlike each other, of no stem in common.

    `strengths`, (words,), are their z-scores, `vectors`, (words, dim), what they mean, `center`, (dim,), the group's.
    Carbonell, Goldstein: The Use of MMR (1998); nearness to the centre as in KeyBERT (Grootendorst, 2020).
    """
    if not len(strengths):
        return []
    nearness = vectors @ center
    worth = strengths / max(float(strengths.max()), 1e-12) * np.maximum(nearness, 0.05)
    worth = worth / max(float(worth.max()), 1e-12)
    likeness = vectors @ vectors.T
    chosen: list[int] = []
    free = np.ones(len(worth), dtype=bool)
    while len(chosen) < count and free.any():
        nearest = likeness[:, chosen].max(axis=1) if chosen else np.zeros(len(worth))
        value = np.where(free, VARIETY * worth - (1 - VARIETY) * nearest, -np.inf)
        best = int(value.argmax())
        chosen.append(best)
        free &= np.array([not (stems[best] & one) for one in stems])
    return chosen

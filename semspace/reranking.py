"""The best candidates -> a better order, by the encoder's own tokens: late interaction.

Khattab, Zaharia: ColBERT: Efficient and Effective Passage Search via Contextualized Late Interaction over BERT (2020); here
with the token vectors of an encoder that was trained for whole texts, and averaged over the query's tokens.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from semspace.arrays import TokenVectors

Floats = npt.NDArray[np.float32]


def maxsim(query: TokenVectors, passages: Sequence[TokenVectors]) -> Floats:
    """Return for each passage the mean over the query's tokens of the best cosine among the passage's tokens.

    Shape (n,), in [-1, 1]; 0 where one side has no token.
    """
    scores = np.zeros(len(passages), dtype=np.float32)
    filled = [row for row, passage in enumerate(passages) if len(passage.vectors)]
    if not filled or not len(query.vectors):
        return scores
    stacked = np.concatenate([passages[row].vectors for row in filled])
    begins = np.cumsum([0, *(len(passages[row].vectors) for row in filled[:-1])])
    scores[filled] = np.maximum.reduceat(query.vectors @ stacked.T, begins, axis=1).mean(axis=0)
    return scores

"""The best candidates -> a better order, by the encoder's own tokens: late interaction.

Khattab, Zaharia: ColBERT: Efficient and Effective Passage Search via Contextualized Late Interaction over BERT (2020); here
with the token vectors of an encoder that was trained for whole texts, and averaged over the query's tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from semspace.arrays import Ids, Ranking, TokenVectors
from semspace.errors import InvalidInput
from semspace.records import Role

Floats = npt.NDArray[np.float32]

DEPTH = 100
"""Candidates that are put into a better order."""

WEIGHT = 1.0
"""Weight of the late interaction beside the cosine of the whole texts."""


class TokenEncoder(Protocol):
    """What an encoder has to give for late interaction."""

    def encode_tokens(self, texts: Sequence[str], role: Role) -> list[TokenVectors]:
        """Return the vectors of each text's own tokens."""
        ...


def rerank(
    query: str, ranking: Ranking, encoder: object, texts: Callable[[Ids], Mapping[int, str]], depth: int = DEPTH
) -> tuple[Ranking, dict[int, float]]:
    """Order the first `depth` of a ranking anew, the rest stays below; return also their interactions, by id.

    `texts(ids)` gives what was encoded of passages. Raises InvalidInput for an encoder that has no token vectors.
    """
    if not hasattr(encoder, "encode_tokens"):
        raise InvalidInput("This encoder gives no token vectors to rerank with.", "Leave --rerank out, or take another model.")
    head = ranking.top(depth)
    held = texts(head.ids)
    ids = np.array([number for number in head.ids.tolist() if number in held], dtype=np.int64)
    passages = encoder.encode_tokens([held[number] for number in ids.tolist()], "passage")
    found = maxsim(encoder.encode_tokens([query], "query")[0], passages)
    interactions = dict(zip(ids.tolist(), found.tolist(), strict=True))
    scores = head.scores + np.float32(WEIGHT) * np.array(
        [interactions.get(n, 0.0) for n in head.ids.tolist()], dtype=np.float32
    )
    better = Ranking.of(head.ids, scores)
    rest = slice(len(head), None)
    return Ranking(np.r_[better.ids, ranking.ids[rest]], np.r_[better.scores, ranking.scores[rest]]), interactions


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

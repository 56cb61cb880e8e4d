"""Rankings -> one ranking."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from semspace.arrays import Ids, Ranking, Vectors

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Passages that may answer a query: for each of them both scores, the cosine and the share of the query's words.

    `ids` are in order; `depth` is how many were taken from each side at most. `echo` is how near each is to what probably
    answers, where that was looked at.
    """

    ids: Ids
    dense: Floats
    lexical: Floats
    depth: int = 0
    echo: Floats | None = None

    @classmethod
    def empty(cls) -> Candidates:
        """Return none."""
        return cls(np.empty(0, dtype=np.int64), np.empty(0), np.empty(0))

    def __len__(self) -> int:
        return len(self.ids)

    def ranked(self, scores: Floats) -> Ranking:
        """Order them by some scores."""
        return Ranking.of(self.ids, scores.astype(np.float32))


def limit_per_group(ranking: Ranking, groups: Ids, limit: int) -> Ranking:
    """Keep the best `limit` passages of every group; `groups[i]` is the group (a document) of `ranking.ids[i]`."""
    order = np.argsort(groups, kind="stable")
    ordered = groups[order]
    first = np.r_[True, ordered[1:] != ordered[:-1]] if len(ordered) else np.empty(0, dtype=bool)
    begins = np.maximum.accumulate(np.where(first, np.arange(len(ordered)), 0)) if len(ordered) else order
    place = np.empty(len(groups), dtype=np.int64)
    place[order] = np.arange(len(ordered)) - begins
    kept = place < limit
    return Ranking(ranking.ids[kept], ranking.scores[kept])


def diverse(ranking: Ranking, vectors: Vectors, k: int, balance: float = 0.5) -> Ranking:
    """Choose k passages that are good and unlike each other: maximal marginal relevance.

    `vectors[i]` is that of `ranking.ids[i]`, shape (n, dim). `balance` is the share of the score, 1 - balance that of the
    greatest cosine to what was chosen before. The scores stay those of the ranking, in the new order.
    Carbonell, Goldstein: The Use of MMR, Diversity-Based Reranking for Reordering Documents and Producing Summaries (1998).
    """
    worth = balance * _scaled(ranking)
    nearest = np.zeros(len(ranking), dtype=np.float32)
    chosen: list[int] = []
    for _ in range(min(k, len(ranking))):
        gain = worth - np.float32(1 - balance) * nearest
        gain[chosen] = -np.inf
        best = int(gain.argmax())
        chosen.append(best)
        nearest = np.maximum(nearest, vectors @ vectors[best])
    return Ranking(ranking.ids[chosen], ranking.scores[chosen])


def tasted(ranking: Ranking, liked: Floats) -> Ranking:
    """Order a ranking by its scores and by how much each passage is liked, (n,): both in standard deviations, added up.

    The scores stay those of the query: what is shown is how well a passage answers.
    """
    sides = [np.asarray(side, dtype=np.float64) for side in (ranking.scores, liked)]
    both = sum((side - side.mean()) / (side.std() or 1.0) for side in sides)
    order = np.lexsort((ranking.ids, -np.asarray(both)))
    return Ranking(ranking.ids[order], ranking.scores[order])


def _scaled(ranking: Ranking) -> npt.NDArray[np.float32]:
    if not len(ranking):
        return ranking.scores
    low, high = float(ranking.scores.min()), float(ranking.scores.max())
    if high - low < 1e-9:
        return np.ones(len(ranking), dtype=np.float32)
    return (ranking.scores - np.float32(low)) / np.float32(high - low)

"""The best candidates -> a better order, by a judge that reads each of them beside the query.

A judge is the encoder's own tokens (late interaction), or a cross-encoder that was installed.
Khattab, Zaharia: ColBERT: Efficient and Effective Passage Search via Contextualized Late Interaction over BERT (2020); here
with the token vectors of an encoder that was trained for whole texts, and averaged over the query's tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from semspace.arrays import Ids, Ranking, TokenVectors, Vectors
from semspace.errors import InvalidInput
from semspace.records import Role

Floats = npt.NDArray[np.float32]
Texts = Callable[[Ids], Mapping[int, str]]
"""Passage ids -> what of each is encoded; one that has just been removed is left out."""

OWN = "tokens"
"""What the encoder's own tokens are called among the rerankers."""

DEPTH = 100
"""Candidates that late interaction puts into a better order, where their tokens were kept."""

ENCODED = 30
"""The same where they have to be encoded for the query: of 20, 30 and 100 none ranks better than another by 0.002."""

WEIGHT = 1.0
"""Weight of the late interaction beside the cosine of the whole texts."""

PAIRS = 50
"""Candidates that a cross-encoder reads. One of MiniLM's size reads some 110 passages of 134 tokens a second on two cores."""


class TokenEncoder(Protocol):
    """What an encoder has to give for late interaction."""

    def encode_tokens(self, texts: Sequence[str], role: Role) -> list[TokenVectors]:
        """Return the vectors of each text's own tokens."""
        ...


class KeptTokens(Protocol):
    """Token vectors of passages that were made when they were indexed."""

    def turned(self, query: TokenVectors) -> TokenVectors:
        """Return a query's token vectors as those of passages are kept."""
        ...

    def vectors(self, ids: Ids) -> dict[int, Vectors]:
        """Return the token vectors of those passages that are there."""
        ...


class PairScorer(Protocol):
    """What a cross-encoder has to give."""

    name: str

    def logits(self, query: str, passages: Sequence[str]) -> Floats:
        """Return the log-odds that each passage answers a query."""
        ...

    def scores(self, logits: Floats) -> Floats:
        """Return log-odds as the model itself shows them."""
        ...


class Judge(Protocol):
    """Gives its opinion of candidates: `weight` makes of it what is added to their scores, `depth` is how many it reads."""

    name: str
    depth: int
    weight: float

    def opinions(self, query: str, ids: Ids) -> dict[int, float]:
        """Return what speaks for each passage, by id; one that is gone is left out."""
        ...

    def shown(self, opinion: float) -> float:
        """Return an opinion as a person or a program sees it."""
        ...


def with_tokens(encoder: object) -> TokenEncoder:
    """Return an encoder that gives token vectors. Raises InvalidInput for one that does not."""
    if not hasattr(encoder, "encode_tokens"):
        name = getattr(encoder, "name", "This encoder")
        raise InvalidInput(f"{name} gives no vectors of tokens.", "Leave them out, or take another model.")
    found: TokenEncoder = encoder
    return found


def token_encoder(encoder: object) -> Callable[[Sequence[str]], list[TokenVectors]]:
    """Return what encodes the tokens of passages. Raises InvalidInput for an encoder that does not."""
    found = with_tokens(encoder)
    return lambda texts: found.encode_tokens(texts, "passage")


class TokenJudge:
    """Late interaction between the encoder's own token vectors."""

    name = OWN
    weight = WEIGHT

    def __init__(self, encoder: object, texts: Texts, kept: Callable[[], KeptTokens] | None = None) -> None:
        """Take the encoder that filled the space, and what was kept of passages. Raises InvalidInput."""
        self._encoder = with_tokens(encoder)
        self._texts = texts
        self._kept = kept
        self.depth = DEPTH if kept else ENCODED

    def opinions(self, query: str, ids: Ids) -> dict[int, float]:
        """Return the late interaction of each passage with a query; what was not kept is encoded now."""
        asked = self._encoder.encode_tokens([query], "query")[0]
        given: dict[int, float] = {}
        if self._kept:
            kept = self._kept()
            found = kept.vectors(ids)
            given.update(zip(found, maxsim(kept.turned(asked).vectors, [*found.values()]).tolist(), strict=True))
        others = self._texts(np.setdiff1d(ids, np.array([*given], dtype=np.int64)))
        fresh = [one.vectors for one in self._encoder.encode_tokens([*others.values()], "passage")]
        return given | dict(zip(others, maxsim(asked.vectors, fresh).tolist(), strict=True))

    def shown(self, opinion: float) -> float:
        """Return the interaction itself: a mean cosine."""
        return opinion


class PairJudge:
    """A cross-encoder. Its log-odds and the score are two opinions about the same question, and are pooled.

    `slope` is how fast the odds of being the answer grow with the score; log-odds divided by it are on the score's scale,
    and the sum ranks as the product of both odds does: a logarithmic opinion pool of equal weights.
    Genest, Zidek: Combining Probability Distributions: A Critique and an Annotated Bibliography (1986).
    """

    depth = PAIRS

    def __init__(self, scorer: PairScorer, texts: Texts, slope: float) -> None:
        """Take an open cross-encoder."""
        self.name = scorer.name
        self.weight = 1 / slope
        self._scorer = scorer
        self._texts = texts

    def opinions(self, query: str, ids: Ids) -> dict[int, float]:
        """Return the log-odds that each passage answers a query."""
        held = self._texts(ids)
        return dict(zip(held, self._scorer.logits(query, [*held.values()]).tolist(), strict=True))

    def shown(self, opinion: float) -> float:
        """Return the score that the model itself gives."""
        return float(self._scorer.scores(np.array([opinion], dtype=np.float32))[0])


def rerank(query: str, ranking: Ranking, judge: Judge, known: dict[int, float]) -> Ranking:
    """Order the first candidates of a ranking anew, the rest stays below them.

    `known` holds opinions on this query that were given before, by id, and takes the new ones: none is asked for twice.
    """
    head, rest = ranking.top(judge.depth), slice(judge.depth, None)
    asked = [number for number in head.ids.tolist() if number not in known]
    if asked:
        known.update(judge.opinions(query, np.array(asked, dtype=np.int64)))
    if not len(head):
        return ranking
    # Of what was removed a moment ago nobody has an opinion, and it is not shown.
    opinions = [known.get(number, 0.0) for number in head.ids.tolist()]
    better = Ranking.of(head.ids, head.scores + np.float32(judge.weight) * np.array(opinions, dtype=np.float32))
    below = ranking.scores[rest]
    # A score that ranks falls from hit to hit: what was not read is worth no more than the worst that was.
    below = below - max(0.0, float(below.max(initial=-np.inf) - better.scores[-1]))
    return Ranking(np.r_[better.ids, ranking.ids[rest]], np.r_[better.scores, below].astype(np.float32))


def maxsim(query: Vectors, passages: Sequence[Vectors]) -> Floats:
    """Return for each passage the mean over the query's tokens of the best cosine among the passage's tokens.

    Token vectors of shape (tokens, dim) in, shape (n,) out, in [-1, 1]; 0 where one side has no token.
    """
    scores = np.zeros(len(passages), dtype=np.float32)
    filled = [row for row, passage in enumerate(passages) if len(passage)]
    if not filled or not len(query):
        return scores
    stacked = np.concatenate([passages[row] for row in filled])
    begins = np.cumsum([0, *(len(passages[row]) for row in filled[:-1])])
    scores[filled] = np.maximum.reduceat(query @ stacked.T, begins, axis=1).mean(axis=0)
    return scores

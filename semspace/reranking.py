"""The best candidates -> a better order, by a judge that reads each of them beside the query.

A judge is the encoder's own tokens (late interaction), or a cross-encoder that was installed.
Khattab, Zaharia: ColBERT: Efficient and Effective Passage Search via Contextualized Late Interaction over BERT (2020); here
with the token vectors of an encoder that was trained for whole texts, sentence by sentence: a passage is worth what its best
sentence is. Dai, Callan: Deeper Text Understanding for IR with Contextual Neural Language Modeling (2019) have that as MaxP.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from semspace.arrays import Ids, Ranking, SentenceTokens, TokenVectors, Vectors
from semspace.boundaries import sentences
from semspace.errors import InvalidInput
from semspace.records import Passage, Role

Floats = npt.NDArray[np.float32]
Texts = Callable[[Ids], Mapping[int, Passage]]
"""Passage ids -> what is read of each; one that has just been removed is left out."""

Telling = Callable[[str], Sequence[tuple[int, int, float]]]
"""A query -> where its words stand in it, (start, end), and how much each tells: its inverse document frequency."""

OWN = "tokens"
"""What the encoder's own tokens are called among the rerankers."""

DEPTH = 100
"""Candidates that late interaction puts into a better order, where their tokens were kept."""

ENCODED = 30
"""The same where they have to be encoded for the query: 100 rank better by 0.002 on SciFact, and no better elsewhere."""

WEIGHT = 1.5
"""Weight of the late interaction beside the score.

What makes the answers most likely (a conditional logit of both) is 1.6 for scientific claims, 3.0 for questions to an
encyclopaedia and 0.45 for descriptions of whole pages; this one gains on all three.
"""

PAIRS = 50
"""Candidates that a cross-encoder reads. One of MiniLM's size reads some 110 passages of 134 tokens a second on two cores."""


class TokenEncoder(Protocol):
    """What an encoder has to give for late interaction."""

    def encode_tokens(self, texts: Sequence[str], role: Role) -> list[TokenVectors]:
        """Return the vectors of each text's own tokens."""
        ...


class KeptTokens(Protocol):
    """Token vectors of passages that were made when they were indexed."""

    def turned(self, query: Vectors) -> Vectors:
        """Return a query's token vectors as those of passages are kept."""
        ...

    def tokens(self, ids: Ids) -> dict[int, SentenceTokens]:
        """Return the tokens of those passages that are there."""
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


def token_encoder(encoder: object) -> Callable[[Sequence[Passage]], list[SentenceTokens]]:
    """Return what encodes the tokens of passages. Raises InvalidInput for an encoder that does not."""
    found = with_tokens(encoder)

    def encode(passages: Sequence[Passage]) -> list[SentenceTokens]:
        encoded = found.encode_tokens([passage.encoded for passage in passages], "passage")
        return [in_sentences(*one) for one in zip(passages, encoded, strict=True)]

    return encode


def in_sentences(passage: Passage, tokens: TokenVectors) -> SentenceTokens:
    """Return the tokens of what is encoded of a passage, and where its sentences begin among them."""
    own = len(passage.encoded) - len(passage.own)
    starts = [own + start for start, _ in sentences(passage.own)]
    owners = np.searchsorted(starts, tokens.spans[:, 0], side="right") - 1
    held, begins = np.unique(owners, return_index=True)
    return SentenceTokens(tokens.vectors, begins[held >= 0].astype(np.int64))


class TokenJudge:
    """Late interaction between the encoder's own token vectors: with the sentence of a passage that answers best."""

    name = OWN
    weight = WEIGHT

    def __init__(self, encoder: object, texts: Texts, telling: Telling, kept: Callable[[], KeptTokens] | None = None) -> None:
        """Take the encoder that filled the space, and what was kept of passages. Raises InvalidInput."""
        self._encoder = with_tokens(encoder)
        self._encode = token_encoder(encoder)
        self._texts = texts
        self._telling = telling
        self._kept = kept
        self.depth = DEPTH if kept else ENCODED

    def opinions(self, query: str, ids: Ids) -> dict[int, float]:
        """Return the late interaction of each passage with a query; what was not kept is encoded now."""
        asked = self._encoder.encode_tokens([query], "query")[0]
        weights = token_weights(asked, self._telling(query))
        given: dict[int, float] = {}
        if self._kept:
            kept = self._kept()
            found = kept.tokens(ids)
            given.update(zip(found, interaction(kept.turned(asked.vectors), weights, [*found.values()]).tolist(), strict=True))
        others = self._texts(np.setdiff1d(ids, np.array([*given], dtype=np.int64)))
        fresh = interaction(asked.vectors, weights, self._encode([*others.values()]))
        return given | dict(zip(others, fresh.tolist(), strict=True))

    def shown(self, opinion: float) -> float:
        """Return the interaction itself: a weighted mean of cosines."""
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
        texts = [passage.encoded for passage in held.values()]
        return dict(zip(held, self._scorer.logits(query, texts).tolist(), strict=True))

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


def token_weights(query: TokenVectors, telling: Sequence[tuple[int, int, float]]) -> Floats:
    """Return how much each token of a query counts, shape (tokens,), 1 in all.

    One half is shared alike, for in its context a function word says something too; the other by how much the words tell
    that the tokens belong to. Formal, Piwowarski, Clinchant: A White Box Analysis of ColBERT (2021): trained for late
    interaction, an encoder learns to weigh its tokens so by itself; one that was trained for whole texts has not.
    """
    count = len(query.spans)
    told = np.zeros(count, dtype=np.float32)
    for start, end, weight in telling:
        held = (query.spans[:, 0] < end) & (query.spans[:, 1] > start)
        told[held] = np.maximum(told[held], weight)
    alike = np.full(count, 1 / max(count, 1), dtype=np.float32)
    return (alike + told / told.sum()) / 2 if told.any() else alike


def interaction(query: Vectors, weights: Floats, passages: Sequence[SentenceTokens]) -> Floats:
    """Return for each passage that of its best sentence: the mean over the query's tokens of the best cosine in it.

    What stands before the first sentence, title and headings, counts as part of each. A query of shape (tokens, dim) with
    weights, 1 in all; shape (n,) out, in [-1, 1]; 0 where one side has no token.
    """
    scores = np.zeros(len(passages), dtype=np.float32)
    filled = [row for row, passage in enumerate(passages) if len(passage.vectors)]
    if not filled or not len(query):
        return scores
    parts = [np.union1d(0, passages[row].begins) for row in filled]
    lengths = np.array([len(passages[row].vectors) for row in filled])
    firsts = np.cumsum([0, *(len(part) for part in parts[:-1])])
    begins = np.concatenate([part + start for part, start in zip(parts, np.cumsum(lengths) - lengths, strict=True)])
    stacked = np.concatenate([passages[row].vectors for row in filled])
    best = np.maximum.reduceat(query @ stacked.T, begins, axis=1)
    headed = np.array([len(part) > len(passages[row].begins) for row, part in zip(filled, parts, strict=True)])
    shared = np.where(headed, best[:, firsts], -1.0)
    best = np.maximum(best, np.repeat(shared, [len(part) for part in parts], axis=1))
    scores[filled] = np.maximum.reduceat(weights @ best, firsts)
    return scores

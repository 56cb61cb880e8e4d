"""Who reads the best candidates of a search again: a cross-encoder, or the encoder's own tokens."""

from __future__ import annotations

from collections.abc import Callable

from semspace.arrays import Ids
from semspace.calibration import SLOPE
from semspace.derived import DerivedTokens, DerivedWords, InStep
from semspace.encoders import Encoder
from semspace.records import Passage
from semspace.reranking import OWN, Judge, PairJudge, PairScorer, Texts, TokenJudge
from semspace.store import Store


class Judges:
    """Chooses the judge of a search in one space.

    `reranker(name)` gives a cross-encoder; of no name the one that is installed, or None.
    """

    def __init__(
        self,
        store: Store,
        tokens: DerivedTokens,
        words: DerivedWords,
        encoder: Callable[[], Encoder],
        reranker: Callable[[str | None], PairScorer | None],
    ) -> None:
        """Take the store that has the texts, the token vectors that the space may keep, and the words of its texts."""
        self._store = store
        self._tokens = tokens
        self._words = words
        self._encoder = encoder
        self._reranker = reranker

    def choose(self, wish: bool | str, texts: Texts | None = None) -> Judge | None:
        """Return who is named, else a reranker that is installed, else the encoder's own tokens; nobody where none is wished.

        With `texts` they read these instead of the passages. Raises ModelNotFound; InvalidInput where the encoder has no
        token vectors.
        """
        if not wish:
            return None
        scorer = None if wish == OWN else self._reranker(None if wish is True else str(wish))
        if scorer:
            return PairJudge(scorer, texts or self._texts, SLOPE)
        kept = self._tokens if self._tokens.kept() and texts is None else None
        return TokenJudge(self._encoder(), texts or self._texts, self._telling, kept.get if kept else None)

    def needed(self, judge: Judge | None) -> tuple[InStep, ...]:
        """Return the derived files that a judge reads, if any."""
        if not isinstance(judge, TokenJudge):
            return ()
        return (self._tokens, self._words) if self._tokens.kept() else (self._words,)

    def _texts(self, ids: Ids) -> dict[int, Passage]:
        return {number: row.passage for number, row in self._store.rows(ids.tolist()).items()}

    def _telling(self, text: str) -> list[tuple[int, int, float]]:
        return self._words.get().telling_parts(text)

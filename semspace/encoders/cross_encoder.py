"""Pairs of texts -> scores: a converted cross-encoder, by ONNX Runtime and tokenizers alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from semspace.encoders.batching import batches, cores, distinct, sound
from semspace.encoders.cards import ModelCard
from semspace.encoders.converted import pad, token_ids
from semspace.encoders.onnx import open_session
from semspace.encoders.tokens import open_tokenizer

Floats = npt.NDArray[np.float32]

OUTPUT = "logits"

TOKENS_PER_CORE = 512
"""Tokens of a batch for each core: more falls out of the cache, fewer leave cores idle."""


class CrossEncoder:
    """Reads a query and a passage together, and says how well one answers the other.

    Nogueira, Cho: Passage Re-ranking with BERT (2019).
    """

    def __init__(self, card: ModelCard, folder: Path, *, threads: int | None = None) -> None:
        """Take the card of a converted cross-encoder and its folder. Raises ConversionFailed."""
        self.name = card.name
        self.card = card
        self._threads = threads or cores()
        self._tokenizer = open_tokenizer(folder)
        # What is too long is cut where it is longest: of a short query nothing is lost.
        self._tokenizer.enable_truncation(card.max_tokens, strategy="longest_first", direction=card.truncation)
        self._session = open_session(folder, self._threads)
        self._inputs = [item.name for item in self._session.get_inputs()]

    def logits(self, query: str, passages: Sequence[str]) -> Floats:
        """Return the log-odds that each passage answers a query, in their order. Shape (n,)."""
        return self.pairs([(query, passage) for passage in passages])

    def pairs(self, pairs: Sequence[tuple[str, str]]) -> Floats:
        """Return the log-odds of some pairs (query, passage), in their order. Shape (n,); what is too long is cut."""
        once, rows = distinct([(sound(query), sound(passage)) for query, passage in pairs])
        found = np.zeros(len(once), dtype=np.float32)
        ids = [token_ids(encoding) for encoding in self._tokenizer.encode_batch(once)]
        lengths = [one.shape[1] for one in ids]
        for batch in batches(lengths, TOKENS_PER_CORE * max(self._threads, 2)):
            feed = pad([ids[row] for row in batch], lengths[batch[0]], self.card.pad_id)
            given = self._session.run([OUTPUT], {name: feed[name] for name in self._inputs})[0]
            found[batch] = np.asarray(given, dtype=np.float32).reshape(len(batch))
        return found[rows]

    def scores(self, logits: Floats) -> Floats:
        """Return log-odds as the model itself shows them: through its sigmoid, where it ends in one."""
        if self.card.activation == "identity":
            return logits
        return np.asarray(1 / (1 + np.exp(-logits.astype(np.float64))), dtype=np.float32)

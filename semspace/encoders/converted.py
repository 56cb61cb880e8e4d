"""What the runtimes of a converted model share: texts -> tokens -> batches -> unit vectors."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Encoding, Tokenizer

from semspace.arrays import TokenVectors, Vectors, unit
from semspace.encoders import tokens
from semspace.encoders.batching import ahead, batches, cores, distinct, padded, sound
from semspace.encoders.cards import ModelCard
from semspace.errors import InvalidInput
from semspace.records import Role

Feed = dict[str, npt.NDArray[np.int64]]
Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]
"""Ids and type ids of one text. Shape (2, tokens)."""

_TOKENISED_AT_ONCE = 1024


class ConvertedEncoder(tokens.Installed, ABC):
    """Encode with a converted model; how its graph is run is left to the runtime."""

    runtime: str
    tokens_per_core: int
    """Tokens of a batch for each core: more falls out of the cache, fewer leave cores idle."""
    step = 1
    """Batches are padded to a multiple of so many tokens."""

    def __init__(self, card: ModelCard, folder: Path, *, device: str = "cpu", threads: int | None = None) -> None:
        if device != "cpu":
            raise InvalidInput(f"The runtime {self.runtime} does not run on {device!r}.", hint="Use the runtime torch.")
        super().__init__(card, folder)
        self._threads = threads or cores()
        self._tokenizer = tokens.open_tokenizer(folder)
        self._tokenizer.enable_truncation(card.max_tokens, direction=card.truncation)

    def encode(self, texts: Sequence[str], role: Role) -> Vectors:
        """Map texts to unit vectors, in their order. Shape (n, dim); a text beyond `max_tokens` is cut."""
        prompt = self.card.prompts[role]
        once, rows = distinct(texts)
        vectors = np.zeros((len(once), self.dim), dtype=np.float32)
        if not once:
            return vectors
        start = 0
        for part in self._tokenised([prompt + sound(text) for text in once]):
            vectors[start : start + len(part)] = self._vectors(part)
            start += len(part)
        return unit(vectors)[rows]

    def _at_hand(self) -> Tokenizer:
        return self._tokenizer

    def _tokens(self, texts: Sequence[str], role: Role, states: Callable[[Feed], Floats]) -> list[TokenVectors]:
        """Return the vectors of each text's own tokens; `states` runs the model on a batch, shape (n, length, width).

        What is beyond `max_tokens` is read in windows of its own: a token's vector needs what is around it, not all.
        """
        prompt = self.card.prompts[role]
        whole = self._tokenizer.encode_batch([prompt + sound(text) for text in texts])
        windows = [(owner, part) for owner, encoding in enumerate(whole) for part in (encoding, *encoding.overflowing)]
        found: list[TokenVectors] = [TokenVectors.empty(self.dim)] * len(windows)
        lengths = [padded(max(1, len(part)), self.step) for _, part in windows]
        for batch in batches(lengths, self.tokens_per_core * max(self._threads, 2)):
            given = states(self._feed([token_ids(windows[row][1]) for row in batch], lengths[batch[0]]))
            for row, state in zip(batch, given, strict=True):
                found[row] = _own_tokens(windows[row][1], state, len(prompt))
        begins = np.searchsorted([owner for owner, _ in windows], np.arange(len(texts) + 1))
        return [_joined(found[start:stop]) for start, stop in pairwise(begins.tolist())]

    @abstractmethod
    def _run(self, feed: Feed) -> npt.NDArray[np.float32]:
        """Vectors of one batch. Shape (n, dim), as the model gives them."""

    def _tokenised(self, texts: list[str]) -> Iterator[list[Ids]]:
        """Give the tokens of the texts in parts; a part is made while the one before it is run."""
        if len(texts) == 1:  # a query needs no pool of threads
            return iter([[token_ids(self._tokenizer.encode(texts[0]))]])
        parts = (texts[start : start + _TOKENISED_AT_ONCE] for start in range(0, len(texts), _TOKENISED_AT_ONCE))
        return ahead([token_ids(encoding) for encoding in self._tokenizer.encode_batch_fast(part)] for part in parts)

    def _vectors(self, encodings: list[Ids]) -> npt.NDArray[np.float32]:
        """Vectors of one part, in its order. Shape (n, dim)."""
        found = np.zeros((len(encodings), self.dim), dtype=np.float32)
        lengths = [min(padded(ids.shape[1], self.step), max(self.max_tokens, ids.shape[1])) for ids in encodings]
        for batch in batches(lengths, self.tokens_per_core * max(self._threads, 2)):
            found[batch] = self._run(self._feed([encodings[row] for row in batch], lengths[batch[0]]))
        return found

    def _feed(self, encodings: list[Ids], length: int) -> Feed:
        return pad(encodings, length, self.card.pad_id)


def _own_tokens(encoding: Encoding, states: Floats, prompt: int) -> TokenVectors:
    spans = np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2) - prompt
    own = (np.array(encoding.special_tokens_mask) == 0) & (spans[:, 0] >= 0) & (spans[:, 1] > spans[:, 0])
    return TokenVectors(unit(states[: len(own)][own]), spans[own])


def _joined(windows: list[TokenVectors]) -> TokenVectors:
    if len(windows) == 1:
        return windows[0]
    return TokenVectors(np.concatenate([one.vectors for one in windows]), np.concatenate([one.spans for one in windows]))


def pad(encodings: list[Ids], length: int, pad_id: int) -> Feed:
    """Pad a batch on the right. Arrays of shape (n, length)."""
    shape = (len(encodings), max(1, length))
    feed = {
        "input_ids": np.full(shape, pad_id, np.int64),
        "attention_mask": np.zeros(shape, np.int64),
        "token_type_ids": np.zeros(shape, np.int64),
    }
    for row, (ids, types) in enumerate(encodings):
        feed["input_ids"][row, : len(ids)] = ids
        feed["attention_mask"][row, : len(ids)] = 1
        feed["token_type_ids"][row, : len(ids)] = types
    return feed


def token_ids(encoding: Encoding) -> Ids:
    """Return the ids and type ids of one text. Shape (2, tokens)."""
    return np.array([encoding.ids, encoding.type_ids], dtype=np.int64)

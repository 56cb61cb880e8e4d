"""The runtime for distilled models: a text is the sum of its words' vectors, looked up, by numpy and tokenizers alone.

Words are parted by blanks, tokenised once and remembered as the sum of their tokens' vectors: tokenising a text anew each
time would take most of the time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from semspace.arrays import Vectors, unit
from semspace.encoders import tokens
from semspace.encoders.batching import sound
from semspace.encoders.cards import VECTORS, ModelCard
from semspace.encoders.lookup import Table, open_table
from semspace.errors import InvalidInput
from semspace.records import Role

_WORDS = 1 << 17
"""Words remembered before all are forgotten: 128 MiB at 256 dimensions."""

_CHARACTERS = 1 << 21
"""Characters of texts whose words are looked up together."""

_TOGETHER = 64
"""Words tokenised in one string where the tokenizer parts them by itself: each call has its price."""

_SUMMED = 1_024
"""Words whose vectors are summed together: they stay in the processor's cache."""

_MANY = 8_192
"""New words from which on it pays to have all the vectors in float32."""

_PARTS = {"BertPreTokenizer", "Whitespace", "WhitespaceSplit"}
"""Pre-tokenizers that never join what a blank parts."""

Rows = npt.NDArray[np.int64]

__all__ = ["VECTORS", "StaticEncoder"]


class StaticEncoder(tokens.Installed):
    """Encode with a distilled model: no context, no limit that matters, more than a hundred times as fast as its teacher."""

    def __init__(self, card: ModelCard, folder: Path, *, device: str = "cpu") -> None:
        if device != "cpu":
            raise InvalidInput(f"A static encoder does not run on {device!r}.", hint="Leave the device out: it needs none.")
        super().__init__(card, folder)
        self._tokenizer = tokens.open_tokenizer(folder)
        self._vectors = open_table(folder, self._tokenizer.get_vocab_size(), card.dim)
        self._nothing = self._vectors[-1].astype(np.float32)
        parts = _pre_tokenizers(self._tokenizer)
        self._together = _TOGETHER if parts & _PARTS else 1
        self._lead = " " if "ByteLevel" in parts else ""  # such tokenizers keep the blank as part of the word
        self._forget()

    def encode(self, texts: Sequence[str], role: Role) -> Vectors:
        """Map texts to unit vectors, in their order. Shape (n, dim); words after the first `max_tokens` are cut."""
        prompt = self.card.prompts[role]
        sums = np.zeros((len(texts), self.dim), dtype=np.float32)
        row = 0
        for block in _blocks(texts):
            worded = [(prompt + sound(text)).split()[: self.max_tokens] for text in block]
            self._learn(worded)
            place = self._places.__getitem__
            for words in worded:
                rows = np.fromiter(map(place, words), np.int64, len(words))
                self._table.take(rows, axis=0).sum(axis=0, out=sums[row])
                row += 1
        sums[~sums.any(axis=1)] = self._nothing
        return unit(sums)

    def _word_table(self) -> Table:
        return self._vectors

    def _at_hand(self) -> Tokenizer:
        return self._tokenizer

    def _forget(self) -> None:
        self._places: dict[str, int] = {}
        self._table = np.empty((0, self.dim), dtype=np.float32)

    def _learn(self, worded: list[list[str]]) -> None:
        """Give each word a row of the table."""
        if len(self._places) > _WORDS:
            self._forget()
        new = [word for word in dict.fromkeys(chain.from_iterable(worded)) if word not in self._places]
        if not new:
            return
        known, needed = len(self._places), len(self._places) + len(new)
        if needed > len(self._table):
            table = np.empty((max(needed, min(2 * known, _WORDS)), self.dim), dtype=np.float32)
            table[:known] = self._table[:known]
            self._table = table
        self._sum_tokens(new, self._table[known:needed])
        self._places.update(zip(new, range(known, needed), strict=True))

    def _sum_tokens(self, words: list[str], out: npt.NDArray[np.float32]) -> None:
        """Write the sum of each word's token vectors, token by token, so that it never depends on other words."""
        ids, owners = self._tokenise(words)
        counts = np.bincount(owners, minlength=len(words))
        firsts = np.cumsum(counts) - counts
        if len(words) > _MANY:
            self._vectors = self._vectors.astype(np.float32, copy=False)  # exact; once, instead of with each look-up
        out[:] = 0
        for start in range(0, len(words), _SUMMED):
            part = slice(start, start + _SUMMED)
            for step in range(int(counts[part].max())):
                more = start + np.flatnonzero(counts[part] > step)
                out[more] += self._vectors[ids[firsts[more] + step]]

    def _tokenise(self, words: list[str]) -> tuple[Rows, Rows]:
        """Ids of all tokens, word by word, and for each token the row of its word."""
        size = self._together
        groups = [words[start : start + size] for start in range(0, len(words), size)]
        if size == 1:
            found = self._tokenizer.encode_batch_fast([self._lead + word for word in words], add_special_tokens=False)
            owners = [np.full(len(encoding), row) for row, encoding in enumerate(found)]
        else:
            found = self._tokenizer.encode_batch([" ".join(group) for group in groups], add_special_tokens=False)
            owners = []
            for number, (group, encoding) in enumerate(zip(groups, found, strict=True)):
                ends = list(accumulate(len(word) + 1 for word in group))
                starts = np.fromiter((start for start, _ in encoding.offsets), np.int64, len(encoding))
                owners.append(number * size + np.searchsorted(ends, starts, side="right"))
        ids = np.fromiter(chain.from_iterable(encoding.ids for encoding in found), np.int64)
        return ids, np.concatenate(owners)


def _blocks(texts: Sequence[str]) -> Iterator[list[str]]:
    """Group texts, in their order, so that a group has about so many characters."""
    block: list[str] = []
    size = 0
    for text in texts:
        block.append(text)
        size += len(text)
        if size >= _CHARACTERS:
            yield block
            block, size = [], 0
    if block:
        yield block


def _pre_tokenizers(tokenizer: Tokenizer) -> set[str]:
    """Kinds of what parts a text before its words are tokenised."""
    outer = json.loads(tokenizer.to_str())["pre_tokenizer"] or {}
    return {part.get("type", "") for part in (outer, *outer.get("pretokenizers", ()))}

"""Texts -> numbers of tokens, counted as an encoder counts them, never cut."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from tokenizers import Tokenizer

from semspace.arrays import TokenVectors
from semspace.encoders.batching import sound
from semspace.encoders.cards import TOKENIZER, VECTORS, ModelCard, damaged
from semspace.encoders.lookup import Table, look_up, open_table
from semspace.records import Role


def open_tokenizer(folder: Path) -> Tokenizer:
    """Open the tokenizer of a converted encoder, without truncation and padding. Raises ConversionFailed."""
    try:
        return Tokenizer.from_file(str(folder / TOKENIZER))
    except Exception as error:
        raise damaged(folder, f"{TOKENIZER} cannot be read") from error


class Installed:
    """What every encoder on this machine is: the facts of its card, and its tokens, counted uncut."""

    def __init__(self, card: ModelCard, folder: Path) -> None:
        """Take an encoder's card and its folder."""
        self.name = card.name
        self.dim = card.dim
        self.max_tokens = card.max_tokens
        self.fingerprint = card.fingerprint
        self.card = card
        self.tokenizer_json = folder / TOKENIZER
        self._folder = folder

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, uncut, without special tokens."""
        found = self._whole.encode_batch_fast([sound(text) for text in texts], add_special_tokens=False)
        return [len(encoding) for encoding in found]

    def capacity(self, role: Role) -> int:
        """Tokens of a text that are not cut off: the limit less the special tokens and the role's prompt."""
        special = self._whole.num_special_tokens_to_add(False)
        return max(1, self.max_tokens - special - self.count_tokens([self.card.prompts[role]])[0])

    def words(self, texts: Sequence[str]) -> list[TokenVectors] | None:
        """Return what each token of some texts means by itself, looked up; its vector is as long as the token's weight.

        None where the encoder has no table of them: it was added by an older semspace, or has no tokens to learn from.
        """
        table = self._table_of_words
        return None if table is None else look_up(table, self._at_hand(), texts)

    @cached_property
    def _table_of_words(self) -> Table | None:
        return self._word_table()

    def _word_table(self) -> Table | None:
        file = self.card.files.get(VECTORS)
        return open_table(self._folder, self._at_hand().get_vocab_size()) if file and file.bytes else None

    def _at_hand(self) -> Tokenizer:
        """Return a tokenizer that is open already, whether it cuts or not: opening one takes tens of milliseconds."""
        return self._whole

    @cached_property
    def _whole(self) -> Tokenizer:
        return open_tokenizer(self._folder)

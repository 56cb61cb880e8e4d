"""Texts -> numbers of tokens, counted as an encoder counts them, never cut."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer

from semspace.encoders.batching import sound
from semspace.encoders.cards import TOKENIZER, ModelCard, damaged
from semspace.records import Role


def open_tokenizer(folder: Path) -> Tokenizer:
    """Open the tokenizer of a converted encoder, without truncation and padding. Raises ConversionFailed."""
    try:
        return Tokenizer.from_file(str(folder / TOKENIZER))
    except Exception as error:
        raise damaged(folder, f"{TOKENIZER} cannot be read") from error


def count(tokenizer: Tokenizer, texts: Sequence[str]) -> list[int]:
    """Tokens of each text, special tokens left out."""
    found = tokenizer.encode_batch_fast([sound(text) for text in texts], add_special_tokens=False)
    return [len(encoding) for encoding in found]


def capacity(tokenizer: Tokenizer, card: ModelCard, role: Role) -> int:
    """Tokens of a text that are not cut off: the limit less the special tokens and the role's prompt."""
    special = tokenizer.num_special_tokens_to_add(False)
    return max(1, card.max_tokens - special - count(tokenizer, [card.prompts[role]])[0])

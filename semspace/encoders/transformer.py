"""The runtime for what cannot be exported, and for a GPU: sentence-transformers itself."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from semspace.arrays import Vectors, unit
from semspace.encoders import tokens
from semspace.encoders.batching import distinct, sound
from semspace.encoders.cards import TOKENIZER, ModelCard
from semspace.encoders.sources import Source, fingerprint
from semspace.errors import EncoderMismatch, InvalidInput, ModelNotFound
from semspace.records import Role

_BATCH = {"cpu": 32, "cuda": 256}


class TransformerEncoder:
    """Encode with the original model; in half precision on a GPU."""

    def __init__(self, card: ModelCard, folder: Path, *, device: str = "cpu") -> None:
        from semspace.encoders.convert import open_original, quiet

        self.name = card.name
        self.dim = card.dim
        self.max_tokens = card.max_tokens
        self.fingerprint = card.fingerprint
        self.card = card
        self.tokenizer_json = folder / TOKENIZER
        self._folder = folder
        self._batch = _BATCH.get(device.partition(":")[0], 32)
        source = _source(card)
        with quiet():
            _check_device(device)
            model = open_original(source, trust_remote_code=card.remote_code, device=device)
            self._model: Any = model.float() if device == "cpu" else model.half()

    def encode(self, texts: Sequence[str], role: Role) -> Vectors:
        """Map texts to unit vectors, in their order. Shape (n, dim); a text beyond `max_tokens` is cut."""
        prompt = self.card.prompts[role]
        once, rows = distinct(texts)
        if not once:
            return np.zeros((0, self.dim), dtype=np.float32)
        encode = self._model.encode_query if role == "query" else self._model.encode_document
        found = encode([sound(text) for text in once], prompt=prompt, batch_size=self._batch, show_progress_bar=False)
        return unit(found)[rows]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, uncut, without special tokens."""
        return tokens.count(self._whole, texts)

    def capacity(self, role: Role) -> int:
        """Tokens of a text in this role that are not cut off."""
        return tokens.capacity(self._whole, self.card, role)

    @cached_property
    def _whole(self) -> Tokenizer:
        return tokens.open_tokenizer(self._folder)


def _source(card: ModelCard) -> Source:
    """Find the original of a converted encoder where it was, unchanged. Raises ModelNotFound, EncoderMismatch."""
    source = Source(card.source, Path(card.source_folder), card.name)
    again = f"Add the encoder again from {card.source}."
    if not (source.folder / "modules.json").is_file():
        raise ModelNotFound(f"The weights of {card.name} are no longer in {source.folder}.", hint=again)
    if fingerprint(source.folder) != card.fingerprint:
        raise EncoderMismatch(f"The model in {source.folder} is not the one that {card.name} was made from.", hint=again)
    return source


def _check_device(device: str) -> None:
    import torch

    if device.partition(":")[0] == "cuda" and not torch.cuda.is_available():
        raise InvalidInput("This machine has no GPU that torch can use.", hint="Leave the device out, or say cpu.")

"""The runtime for what cannot be exported, and for a GPU: sentence-transformers itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from semspace.arrays import Vectors, unit
from semspace.encoders import tokens
from semspace.encoders.batching import distinct, sound
from semspace.encoders.cards import ModelCard
from semspace.encoders.sources import Source, fingerprint
from semspace.errors import EncoderMismatch, InvalidInput, ModelNotFound
from semspace.records import Role

_BATCH = {"cpu": 32, "cuda": 256}


class TransformerEncoder(tokens.Installed):
    """Encode with the original model; in half precision on a GPU."""

    def __init__(self, card: ModelCard, folder: Path, *, device: str = "cpu") -> None:
        from semspace.encoders.convert import open_original, quiet

        super().__init__(card, folder)
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

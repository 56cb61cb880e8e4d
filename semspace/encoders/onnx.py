"""The default runtime: a converted model, by ONNX Runtime and tokenizers alone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Encoding, Tokenizer

from semspace.arrays import Vectors, unit
from semspace.encoders import tokens
from semspace.encoders.batching import batches, cores, distinct, sound
from semspace.encoders.cards import ONNX, TOKENIZER, ModelCard, damaged
from semspace.errors import InvalidInput
from semspace.records import Role

_TOKENS_PER_CORE = 512
"""Tokens of a batch for each core: more falls out of the cache, fewer leave cores idle."""

_TOKENISED_AT_ONCE = 1024


class OnnxEncoder:
    """Encode with a converted model."""

    def __init__(self, card: ModelCard, folder: Path, *, device: str = "cpu", threads: int | None = None) -> None:
        if device != "cpu":
            raise InvalidInput(f"The onnx runtime does not run on {device!r}.", hint="Use the transformer runtime.")
        self.name = card.name
        self.dim = card.dim
        self.max_tokens = card.max_tokens
        self.fingerprint = card.fingerprint
        self.card = card
        self.tokenizer_json = folder / TOKENIZER
        self._folder = folder
        self._threads = threads or cores()
        self._session = _open_session(folder, self._threads)
        self._inputs = [item.name for item in self._session.get_inputs()]
        self._tokenizer = tokens.open_tokenizer(folder)
        self._tokenizer.enable_truncation(card.max_tokens, direction=card.truncation)

    def encode(self, texts: Sequence[str], role: Role) -> Vectors:
        """Map texts to unit vectors, in their order. Shape (n, dim); a text beyond `max_tokens` is cut."""
        prompt = self.card.prompts[role]
        once, rows = distinct(texts)
        vectors = np.zeros((len(once), self.dim), dtype=np.float32)
        if not once:
            return vectors
        encodings = self._tokenise([prompt + sound(text) for text in once])
        lengths = [len(ids[0]) for ids in encodings]
        for batch in batches(lengths, _TOKENS_PER_CORE * max(self._threads, 2)):
            vectors[batch] = self._run([encodings[row] for row in batch])
        return unit(vectors)[rows]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, uncut, without special tokens."""
        return tokens.count(self._whole, texts)

    def capacity(self, role: Role) -> int:
        """Tokens of a text in this role that are not cut off."""
        return tokens.capacity(self._whole, self.card, role)

    @cached_property
    def _whole(self) -> Tokenizer:
        return tokens.open_tokenizer(self._folder)

    def _tokenise(self, texts: list[str]) -> list[npt.NDArray[np.int64]]:
        """Ids and type ids of each text. Shape (2, tokens)."""
        if len(texts) == 1:  # a query needs no pool of threads
            return [_ids(self._tokenizer.encode(texts[0]))]
        found = []
        for start in range(0, len(texts), _TOKENISED_AT_ONCE):
            found += [_ids(e) for e in self._tokenizer.encode_batch_fast(texts[start : start + _TOKENISED_AT_ONCE])]
        return found

    def _run(self, encodings: list[npt.NDArray[np.int64]]) -> npt.NDArray[np.float32]:
        """Vectors of one batch, padded on the right. Shape (n, dim), as the model gives them."""
        shape = (len(encodings), max(1, *(ids.shape[1] for ids in encodings)))
        feed = {
            "input_ids": np.full(shape, self.card.pad_id, np.int64),
            "attention_mask": np.zeros(shape, np.int64),
            "token_type_ids": np.zeros(shape, np.int64),
        }
        for row, (ids, types) in enumerate(encodings):
            feed["input_ids"][row, : len(ids)] = ids
            feed["attention_mask"][row, : len(ids)] = 1
            feed["token_type_ids"][row, : len(ids)] = types
        found = self._session.run(["sentence_embedding"], {name: feed[name] for name in self._inputs})
        return np.asarray(found[0], dtype=np.float32)


def _ids(encoding: Encoding) -> npt.NDArray[np.int64]:
    return np.array([encoding.ids, encoding.type_ids], dtype=np.int64)


def _open_session(folder: Path, threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # as fast here, and idle cores stay idle
    options.enable_mem_pattern = False  # every batch has another shape
    onnxruntime.disable_telemetry_events()
    try:
        return onnxruntime.InferenceSession(str(folder / ONNX), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise damaged(folder, f"{ONNX} cannot be opened") from error

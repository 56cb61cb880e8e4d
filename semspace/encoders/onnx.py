"""The portable runtime, and the one of queries: a converted model, by ONNX Runtime and tokenizers alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Encoding

from semspace.arrays import TokenVectors, unit
from semspace.encoders.batching import batches, sound
from semspace.encoders.cards import ONNX, ModelCard, damaged
from semspace.encoders.converted import ConvertedEncoder, Feed, token_ids
from semspace.encoders.silent import import_onnxruntime
from semspace.records import Role

onnxruntime = import_onnxruntime()


class OnnxEncoder(ConvertedEncoder):
    """Encode with a converted model in float32."""

    runtime = "onnx"
    tokens_per_core = 512

    def __init__(self, card: ModelCard, folder: Path, *, device: str = "cpu", threads: int | None = None) -> None:
        super().__init__(card, folder, device=device, threads=threads)
        self._session = open_session(folder, self._threads)
        self._inputs = [item.name for item in self._session.get_inputs()]

    def encode_tokens(self, texts: Sequence[str], role: Role) -> list[TokenVectors]:
        """Return the vectors of each text's tokens as they stand in it, and where they stand.

        Neither special tokens nor those of the role's prompt are among them; what is beyond `max_tokens` is cut.
        """
        prompt = self.card.prompts[role]
        encodings = self._tokenizer.encode_batch([prompt + sound(text) for text in texts])
        found: list[TokenVectors] = [TokenVectors.empty(self.dim)] * len(texts)
        lengths = [len(encoding) for encoding in encodings]
        for batch in batches(lengths, self.tokens_per_core * max(self._threads, 2)):
            feed = self._feed([token_ids(encodings[row]) for row in batch], lengths[batch[0]])
            states = self._session.run(["token_embeddings"], {name: feed[name] for name in self._inputs})[0]
            for row, state in zip(batch, states, strict=True):
                found[row] = _own_tokens(encodings[row], state, len(prompt))
        return found

    def _run(self, feed: Feed) -> npt.NDArray[np.float32]:
        found = self._session.run(["sentence_embedding"], {name: feed[name] for name in self._inputs})
        return np.asarray(found[0], dtype=np.float32)


def _own_tokens(encoding: Encoding, states: npt.NDArray[np.float32], prompt: int) -> TokenVectors:
    spans = np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2) - prompt
    own = (np.array(encoding.special_tokens_mask) == 0) & (spans[:, 0] >= 0) & (spans[:, 1] > spans[:, 0])
    return TokenVectors(unit(states[: len(own)][own]), spans[own])


def open_session(folder: Path, threads: int) -> Any:
    """Open the graph of a converted model. Raises ConversionFailed."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # as fast here, and idle cores stay idle
    options.enable_mem_pattern = False  # every batch has another shape
    try:
        return onnxruntime.InferenceSession(str(folder / ONNX), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise damaged(folder, f"{ONNX} cannot be opened") from error

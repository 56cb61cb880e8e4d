"""The portable runtime, and the one of queries: a converted model, by ONNX Runtime and tokenizers alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from semspace.arrays import TokenVectors
from semspace.encoders.cards import ONNX, ModelCard, damaged
from semspace.encoders.converted import ConvertedEncoder, Feed
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

        Neither special tokens nor those of the role's prompt are among them. A text beyond `max_tokens` is read in
        windows.
        """
        return self._tokens(texts, role, self._states)

    def _states(self, feed: Feed) -> npt.NDArray[np.float32]:
        found = self._session.run(["token_embeddings"], {name: feed[name] for name in self._inputs})[0]
        return np.asarray(found, dtype=np.float32)

    def _run(self, feed: Feed) -> npt.NDArray[np.float32]:
        found = self._session.run(["sentence_embedding"], {name: feed[name] for name in self._inputs})
        return np.asarray(found[0], dtype=np.float32)


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

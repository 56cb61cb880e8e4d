"""The portable runtime, and the one of queries: a converted model, by ONNX Runtime and tokenizers alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from semspace.encoders.cards import ONNX, ModelCard, damaged
from semspace.encoders.converted import ConvertedEncoder, Feed
from semspace.encoders.silent import import_onnxruntime

onnxruntime = import_onnxruntime()


class OnnxEncoder(ConvertedEncoder):
    """Encode with a converted model in float32."""

    runtime = "onnx"
    tokens_per_core = 512

    def __init__(self, card: ModelCard, folder: Path, *, device: str = "cpu", threads: int | None = None) -> None:
        super().__init__(card, folder, device=device, threads=threads)
        self._session = _open_session(folder, self._threads)
        self._inputs = [item.name for item in self._session.get_inputs()]

    def _run(self, feed: Feed) -> npt.NDArray[np.float32]:
        found = self._session.run(["sentence_embedding"], {name: feed[name] for name in self._inputs})
        return np.asarray(found[0], dtype=np.float32)


def _open_session(folder: Path, threads: int) -> Any:
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

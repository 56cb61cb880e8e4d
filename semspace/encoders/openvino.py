"""The fastest runtime for many texts: the same converted model by OpenVINO, in bfloat16 where the processor has it."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from semspace.arrays import TokenVectors
from semspace.encoders import samples
from semspace.encoders.cards import ONNX, VECTORS, ModelCard, damaged
from semspace.encoders.converted import ConvertedEncoder, Feed, token_ids
from semspace.encoders.silent import import_openvino
from semspace.records import Role

openvino = import_openvino()

CACHE = "openvino.blob"
WEIGHTS = f"{ONNX}.data"
FAITHFUL = 0.9999
"""The least cosine between the vectors of a sample text in bfloat16 and in float32."""

_FORMAT = b"semspace 1\n"
_DIGEST = 32
_OUTPUT = "sentence_embedding"
_TOKENS = "token_embeddings"
_SAMPLE_TOKENS = 128


class OpenvinoEncoder(ConvertedEncoder):
    """Encode with a converted model, in bfloat16 where the processor has it and the vectors stay the same.

    What OpenVINO makes of the model is kept beside it, under a checksum and without the weights: half a megabyte.
    """

    runtime = "openvino"
    tokens_per_core = 256
    step = 8  # each new shape costs some milliseconds of code generation

    def __init__(self, card: ModelCard, folder: Path, *, device: str = "cpu", threads: int | None = None) -> None:
        super().__init__(card, folder, device=device, threads=threads)
        try:
            self._core = openvino.Core()
            self._compiled = self._open()
        except RuntimeError as error:  # its only kind of error
            raise damaged(folder, f"{ONNX} cannot be opened") from error
        self._request = self._compiled.create_infer_request()

    @property
    def precision(self) -> str:
        """Numbers in which the model is run: bf16 or f32."""
        return str(self._compiled.get_property("INFERENCE_PRECISION_HINT").to_string())

    def encode_tokens(self, texts: Sequence[str], role: Role) -> list[TokenVectors]:
        """Return the vectors of each text's tokens as they stand in it, and where they stand, as the runtime onnx does."""
        return self._tokens(texts, role, lambda feed: _infer(self._with_tokens, feed))

    @cached_property
    def _with_tokens(self) -> Any:
        """Compile the model once more, to its token vectors: only who keeps them needs it."""
        return self._compile(self._read(_TOKENS), self.precision).create_infer_request()

    def _run(self, feed: Feed) -> npt.NDArray[np.float32]:
        return _infer(self._request, feed)

    def _open(self) -> Any:
        key = _key(self._core, self.card)
        blob = _read(self._folder / CACHE, key)
        if blob is not None:
            with suppress(RuntimeError):  # it is whole, and yet another build of OpenVINO may refuse it
                return self._import(*blob)
        return self._make(key)

    def _settings(self) -> dict[str, Any]:
        return {
            "PERFORMANCE_HINT": "LATENCY",  # all cores on one batch: as fast as a stream for each, in less memory
            "NUM_STREAMS": 1,
            "INFERENCE_NUM_THREADS": self._threads,
            "ENABLE_CPU_PINNING": False,  # two programs must not be pinned to the same cores
            "CACHE_MODE": "OPTIMIZE_SIZE",
        }

    def _import(self, precision: str, blob: bytes) -> Any:
        weights = {"WEIGHTS_PATH": str(self._folder / WEIGHTS)}
        return self._core.import_model(blob, "CPU", {**self._settings(), **_precision(precision), **weights})

    def _make(self, key: bytes) -> Any:
        """Compile the model in the precision that suits, and keep the result for the next time."""
        model = self._read(_OUTPUT)
        precision, compiled = "f32", self._compile(model, "f32")
        if "BF16" in self._core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
            faster = self._compile(model, "bf16")
            if self._agreement(compiled, faster) >= FAITHFUL:
                precision, compiled = "bf16", faster
        with suppress(OSError, RuntimeError):  # where it cannot be kept, the next opening takes longer, and that is all
            blob = compiled.export_model().getvalue()
            if self._agreement(compiled, self._import(precision, blob)) > 1 - 1e-6:
                _write(self._folder / CACHE, key, precision, blob)
        return compiled

    def _read(self, output: str) -> Any:
        """Read the model as far as one of its outputs: what else it computes is not wanted."""
        whole = self._core.read_model(self._folder / ONNX)
        return openvino.Model([whole.output(output)], whole.get_parameters(), "encoder")

    def _compile(self, model: Any, precision: str) -> Any:
        return self._core.compile_model(model, "CPU", {**self._settings(), **_precision(precision)})

    def _agreement(self, first: Any, second: Any) -> float:
        """Return the least cosine between the vectors that two compiled models give to sample texts."""
        texts = samples.texts(min(self.max_tokens, _SAMPLE_TOKENS))
        ids = [token_ids(encoding) for encoding in self._tokenizer.encode_batch_fast(texts)]
        feed = self._feed(ids, max(row.shape[1] for row in ids))
        one, other = (_infer(model.create_infer_request(), feed).astype(np.float64) for model in (first, second))
        norms = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
        rows = np.linalg.norm(one, axis=1) > 0  # a text that the model maps to nothing proves nothing
        return float(((one * other).sum(axis=1)[rows] / norms[rows]).min(initial=1.0))


def _infer(request: Any, feed: Feed) -> npt.NDArray[np.float32]:
    """Run a model. The result is a copy: the request's own memory is written again by the next batch."""
    inputs = request.model_inputs
    request.infer({item.any_name: feed[item.any_name] for item in inputs}, share_inputs=True)
    return np.array(request.get_output_tensor(0).data, dtype=np.float32)


def _key(core: Any, card: ModelCard) -> bytes:
    """Hash all that a compiled model depends on: OpenVINO, the processor, the model's files."""
    processor = [core.get_property("CPU", name) for name in ("FULL_DEVICE_NAME", "OPTIMIZATION_CAPABILITIES")]
    files = sorted((name, file.sha256) for name, file in card.files.items() if name != VECTORS)
    return hashlib.sha256(repr((openvino.get_version(), processor, files)).encode()).digest()


def _precision(name: str) -> dict[str, str]:
    return {"INFERENCE_PRECISION_HINT": name}


def _read(path: Path, key: bytes) -> tuple[str, bytes] | None:
    """Return the precision and the blob where it is whole and made for this machine and this model, else None."""
    try:
        written = path.read_bytes()
    except OSError:
        return None
    start = len(_FORMAT) + _DIGEST
    if written[:start] != _FORMAT + _digest(key, written[start:]):
        return None
    precision, _, blob = written[start:].partition(b"\n")
    return precision.decode(), blob


def _write(path: Path, key: bytes, precision: str, blob: bytes) -> None:
    """Put a blob in its place at once, for its owner alone; of two processes one wins, and both are right."""
    written = f"{precision}\n".encode() + blob
    number, name = tempfile.mkstemp(prefix=".openvino-", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(_FORMAT + _digest(key, written) + written)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _digest(key: bytes, written: bytes) -> bytes:
    return hashlib.sha256(key + written).digest()

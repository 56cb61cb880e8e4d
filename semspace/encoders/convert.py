"""A sentence-transformers model -> ONNX with its pooling and normalisation, compared with the original."""

from __future__ import annotations

import importlib
import logging
import shutil
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from semspace.arrays import Vectors
from semspace.encoders import cards, samples
from semspace.encoders.cards import ONNX, TOKENIZER, ModelCard
from semspace.encoders.silent import import_onnxruntime
from semspace.encoders.sources import Source, check, fingerprint
from semspace.errors import ConversionFailed, MissingDependency, SemspaceError
from semspace.records import Role

FAITHFUL = 0.9999
"""The least cosine between a converted vector and the original's."""

LONGEST = 32_768
"""Tokens at which a text is cut where a model names no limit of its own."""

OPSET = 17
_EXTERNAL = f"{ONNX}.data"
_ROLES: tuple[Role, ...] = ("query", "passage")


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the libraries' warnings, log lines and progress bars off the user's terminal."""
    disabled = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with _no_progress_bars():
                yield
        finally:
            logging.disable(disabled)


@contextmanager
def _no_progress_bars() -> Iterator[None]:
    try:
        from transformers.utils import logging as bars
    except ImportError as error:
        raise MissingDependency(
            "Preparing an encoder needs sentence-transformers.", hint="Type: pip install sentence-transformers"
        ) from error
    shown = bars.is_progress_bar_enabled()
    bars.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            bars.enable_progress_bar()


def check_exporter() -> None:
    """Raise MissingDependency where the exporter lacks its package: that must not look like the fault of a model."""
    try:
        importlib.import_module("onnx")
    except ImportError as error:
        raise MissingDependency("Preparing an encoder needs the package onnx.", hint="Type: pip install onnx") from error


def open_original(source: Source, *, trust_remote_code: bool, device: str = "cpu") -> Any:
    """Load a model through sentence-transformers, from its folder alone. Raises ConversionFailed."""
    check(source, trust_remote_code=trust_remote_code)
    try:
        from sentence_transformers import SentenceTransformer

        model = SentenceTransformer(
            str(source.folder),
            device=device,
            local_files_only=True,
            trust_remote_code=trust_remote_code,
            model_kwargs={"use_safetensors": True},
        )
    except Exception as error:
        own_code = "trust_remote_code" in str(error)
        raise ConversionFailed(
            f"sentence-transformers cannot load {source.label}: {first_line(error)}",
            hint="The model brings its own code: allow it with --trust-remote-code if you trust its author."
            if own_code
            else "Check that the folder holds the whole model and that it is one for sentence-transformers.",
        ) from error
    return model.eval()


def convert(source: Source, folder: Path, name: str, *, trust_remote_code: bool = False) -> ModelCard:
    """Fill an empty folder with the converted model and its encoder.json.

    Where the export fails or gives other vectors, the card's kind is "transformer" and `note` says why.
    Raises ConversionFailed where the original does not load.
    """
    with quiet():
        check_exporter()
        model = open_original(source, trust_remote_code=trust_remote_code).float()
        card = _describe(model, source, name, trust_remote_code)
        card = save_tokenizer(model, folder, card)
        texts = samples.texts(card.max_tokens)
        truth = {role: reference(model, texts, role, card.prompts[role]) for role in _ROLES}
        card = replace(card, dim=truth["query"].shape[1])
        try:
            _export(model, folder)
            worst = _worst_cosine(replace(card, kind="onnx"), folder, texts, truth)
            if worst < FAITHFUL:
                raise ConversionFailed(f"its export gives other vectors (cosine {worst:.4f})")
            card = replace(card, kind="onnx", worst_cosine=worst)
        except OSError:  # the disk's fault, not the model's
            raise
        except Exception as error:  # noqa: BLE001  an exporter may fail in any way at all; the original still works
            _sweep(folder)
            card = replace(card, note=f"runs through sentence-transformers: {first_line(error)}")
        files = cards.inventory(folder)
        card = replace(card, files=files, bytes=sum(file.bytes for file in files.values()))
        cards.write(card, folder)
    return card


def reference(model: Any, texts: list[str], role: Role, prompt: str) -> Vectors:
    """Encode with sentence-transformers itself, in batches of unequal lengths. Shape (n, dim), not normalised."""
    encode = model.encode_query if role == "query" else model.encode_document
    vectors = encode(texts, prompt=prompt, batch_size=8, show_progress_bar=False, convert_to_numpy=True)
    return np.asarray(vectors, dtype=np.float32)


def _describe(model: Any, source: Source, name: str, trust_remote_code: bool) -> ModelCard:
    modules = {type(module).__name__: module for module in model}
    limit = model.get_max_seq_length()
    mode = getattr(modules.get("Pooling"), "pooling_mode", "")
    return ModelCard(
        name=name,
        dim=0,
        max_tokens=int(min(limit or LONGEST, LONGEST)),
        kind="transformer",
        fingerprint=fingerprint(source.folder),
        prompts={role: role_prompt(model.prompts, model.default_prompt_name, role) for role in _ROLES},
        pooling=mode if isinstance(mode, str) else "+".join(mode),
        normalised="Normalize" in modules,
        source=source.label,
        source_folder=str(source.folder),
        created=time.time(),
        remote_code=trust_remote_code,
    )


def role_prompt(prompts: dict[str, str], default: str | None, role: Role) -> str:
    """Choose a role's prompt among a model's: by the role's names, else its default one, else none.

    sentence-transformers fills in an empty "document", so an empty prompt does not hide a "passage".
    """
    own = ("query",) if role == "query" else ("document", "passage", "corpus")
    for key in own:
        if prompts.get(key):
            return prompts[key]
    if default and default not in {"query", "document", "passage", "corpus"}:
        return prompts.get(default) or ""
    return ""


def save_tokenizer(model: Any, folder: Path, card: ModelCard) -> ModelCard:
    """Save tokenizer.json without truncation and padding; how to cut and pad goes into the card."""
    from tokenizers import Tokenizer

    outer = model.tokenizer
    inner = getattr(outer, "backend_tokenizer", outer)
    if not isinstance(inner, Tokenizer):
        raise ConversionFailed(
            f"{card.source} cannot be used: its tokenizer is written in Python.",
            hint="Choose a model that has a tokenizer.json.",
        )
    copy = Tokenizer.from_str(inner.to_str())
    copy.no_padding()
    copy.no_truncation()
    copy.save(str(folder / TOKENIZER), pretty=False)
    side: Literal["left", "right"] = "left" if getattr(outer, "truncation_side", "right") == "left" else "right"
    return replace(card, truncation=side, pad_id=getattr(outer, "pad_token_id", None) or 0)


def _export(model: Any, folder: Path) -> None:
    """Write model.onnx and its weights beside it: inputs as the tokenizer makes them, two outputs.

    Outputs: token_embeddings (batch, tokens, width), after the transformer; sentence_embedding (batch, dim).
    """
    import torch

    model[0].auto_model.set_attn_implementation("eager")  # exports to fewer operations than sdpa; a fifth faster
    batch = model.tokenizer(["Two texts,", "of which one is longer."], padding=True, return_tensors="pt")
    inputs = [key for key in ("input_ids", "attention_mask", "token_type_ids") if key in batch]
    outputs = ["token_embeddings", "sentence_embedding"]
    axes = {key: {0: "batch", 1: "tokens"} for key in [*inputs, outputs[0]]} | {outputs[1]: {0: "batch"}}

    class Stack(torch.nn.Module):  # type: ignore[misc, unused-ignore]
        """The model's modules in a row, from ids to vectors."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *tensors: Any) -> tuple[Any, ...]:
            features = self.model(dict(zip(inputs, tensors, strict=True)))
            return tuple(features[key] for key in outputs)

    raw = folder / "raw"
    raw.mkdir()
    with torch.no_grad():
        torch.onnx.export(
            Stack().eval(),
            tuple(batch[key] for key in inputs),
            str(raw / ONNX),
            input_names=inputs,
            output_names=outputs,
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,  # the newer exporter needs onnxscript too, and gains nothing here
        )
    settle(raw / ONNX, folder / ONNX)
    shutil.rmtree(raw)


def settle(raw: Path, target: Path) -> None:
    """Simplify a graph to standard operations, with its weights in a file of their own.

    That file is memory-mapped when the model is opened: three times faster than parsing one large file, and 70 MB less.
    """
    onnxruntime = import_onnxruntime()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(target)
    options.add_session_config_entry("session.optimized_model_external_initializers_file_name", _EXTERNAL)
    options.add_session_config_entry("session.optimized_model_external_initializers_min_size_in_bytes", "1024")
    onnxruntime.InferenceSession(str(raw), options, providers=["CPUExecutionProvider"])


def _worst_cosine(card: ModelCard, folder: Path, texts: list[str], truth: dict[Role, Vectors]) -> float:
    """Least cosine between converted and original vectors, each text in a batch and alone.

    A text that the original itself maps to nothing is left out.
    """
    from semspace.encoders.onnx import OnnxEncoder

    encoder = OnnxEncoder(card, folder)
    worst = 1.0
    for role in _ROLES:
        lengths = np.linalg.norm(truth[role].astype(np.float64), axis=1, keepdims=True)
        kept = [row for row in range(len(texts)) if lengths[row] > 0]
        wanted = (truth[role] / np.maximum(lengths, 1e-12))[kept]
        chosen = [texts[row] for row in kept]
        alone = np.concatenate([encoder.encode([text], role) for text in chosen])
        for made in (encoder.encode(chosen, role), alone):
            worst = min(worst, float((made.astype(np.float64) * wanted).sum(axis=1).min()))
    return worst


def _sweep(folder: Path) -> None:
    """Delete what a failed export left."""
    for path in (folder / ONNX, folder / _EXTERNAL):
        path.unlink(missing_ok=True)
    shutil.rmtree(folder / "raw", ignore_errors=True)


def first_line(error: BaseException) -> str:
    """Return the first line of what an error says, or its name."""
    text = error.message if isinstance(error, SemspaceError) else str(error)
    return next((line.strip() for line in text.splitlines() if line.strip()), type(error).__name__)[:200]

"""A sentence-transformers CrossEncoder -> ONNX, compared with the original's own scores."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from semspace.encoders import cards, samples
from semspace.encoders.cards import CROSS_ENCODER, ONNX, ModelCard
from semspace.encoders.classifiers import ACTIVATIONS
from semspace.encoders.convert import LONGEST, OPSET, check_exporter, first_line, quiet, save_tokenizer, settle
from semspace.encoders.cross_encoder import OUTPUT, CrossEncoder
from semspace.encoders.sources import Source, check, fingerprint
from semspace.errors import ConversionFailed

FAITHFUL = 1e-4
"""By how much a converted score may differ from the original's."""


def convert(source: Source, folder: Path, name: str) -> ModelCard:
    """Fill an empty folder with the converted model and its card. Raises ConversionFailed where that is not faithful.

    A model that cannot be exported is refused: the original would need torch at every search.
    """
    with quiet():
        check_exporter()
        model = _original(source)
        card = save_tokenizer(model, folder, _describe(model, source, name))
        pairs = _pairs(card.max_tokens)
        truth = np.asarray(model.predict(pairs, batch_size=8, show_progress_bar=False), dtype=np.float32)
        try:
            _export(model, folder)
        except OSError:  # the disk's fault, not the model's
            raise
        except Exception as error:
            raise _refused(source, f"it cannot be exported: {first_line(error)}") from error
        worst = _worst_error(card, folder, pairs, truth)
        if not worst <= FAITHFUL:
            raise _refused(source, f"its export gives other scores (by {worst:.4f})")
        files = cards.inventory(folder)
        card = replace(card, worst_error=worst, files=files, bytes=sum(file.bytes for file in files.values()))
        cards.write(card, folder)
    return card


def _original(source: Source) -> Any:
    """Load a model through sentence-transformers, from its folder alone; code of its own never runs."""
    check(source)
    try:
        import sentence_transformers

        model = sentence_transformers.CrossEncoder(
            str(source.folder),
            device="cpu",
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True},
        )
    except Exception as error:
        raise _refused(source, f"sentence-transformers cannot load it: {first_line(error)}") from error
    return model.float().eval()


def _refused(source: Source, reason: str) -> ConversionFailed:
    return ConversionFailed(
        f"{source.label} cannot be used: {reason}.",
        hint="Give a sentence-transformers CrossEncoder of one label, whole, with its weights as safetensors.",
    )


def _describe(model: Any, source: Source, name: str) -> ModelCard:
    ending = ACTIVATIONS.get(type(model.activation_fn).__name__)
    if ending is None:
        raise _refused(source, f"its scores end in {type(model.activation_fn).__name__}")
    room = getattr(model[0].model.config, "max_position_embeddings", None)
    limits = [limit for limit in (model.max_seq_length, room, LONGEST) if limit]
    return ModelCard(
        name=name,
        dim=0,
        max_tokens=int(min(limits)),
        kind=CROSS_ENCODER,
        fingerprint=fingerprint(source.folder),
        prompts={},
        pooling="",
        normalised=False,
        source=source.label,
        source_folder=str(source.folder),
        created=time.time(),
        activation="sigmoid" if ending == "sigmoid" else "identity",
    )


def _pairs(max_tokens: int) -> list[tuple[str, str]]:
    """Return pairs of sample texts: short with long, long with short, and both too long."""
    texts = samples.texts(max_tokens)
    return [(text, texts[(7 * row + 3) % len(texts)]) for row, text in enumerate(texts)] + [
        (texts[0], texts[-1]),
        (texts[-1], texts[4]),
        (texts[-1], texts[-2]),
    ]


def _export(model: Any, folder: Path) -> None:
    """Write model.onnx and its weights beside it: inputs as the tokenizer makes them, one output (batch, 1)."""
    import torch

    model[0].model.set_attn_implementation("eager")
    batch = model.tokenizer([["A query", "its passage"], ["Another", "one that is longer"]], padding=True, return_tensors="pt")
    inputs = [key for key in ("input_ids", "attention_mask", "token_type_ids") if key in batch]

    class Logits(torch.nn.Module):  # type: ignore[misc, unused-ignore]
        """The model without what its scores end in: where a sigmoid has no more digits, log-odds do."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *tensors: Any) -> Any:
            return self.model(dict(zip(inputs, tensors, strict=True)))["scores"]

    raw = folder / "raw"
    raw.mkdir()
    with torch.no_grad():
        torch.onnx.export(
            Logits().eval(),
            tuple(batch[key] for key in inputs),
            str(raw / ONNX),
            input_names=inputs,
            output_names=[OUTPUT],
            dynamic_axes={key: {0: "batch", 1: "tokens"} for key in inputs} | {OUTPUT: {0: "batch"}},
            opset_version=OPSET,
            dynamo=False,
        )
    settle(raw / ONNX, folder / ONNX)
    shutil.rmtree(raw)


def _worst_error(card: ModelCard, folder: Path, pairs: list[tuple[str, str]], truth: npt.NDArray[np.float32]) -> float:
    """Return by how much the scores differ from the original's, each pair in a batch and alone."""
    made = CrossEncoder(card, folder)
    alone = np.concatenate([made.pairs([pair]) for pair in pairs])
    return max(float(np.abs(made.scores(logits) - truth).max()) for logits in (made.pairs(pairs), alone))

"""Whether a model's folder holds a cross-encoder, and one that can be used: read from its files alone. Imports no torch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from semspace.encoders import trust

ACTIVATIONS = {"Identity": "identity", "Sigmoid": "sigmoid"}
"""Class of torch that may end a cross-encoder -> its name in a card. Both keep the order of what they are given."""

_HEAD = "ForSequenceClassification"
_HF_LABELS = 2
"""Labels of a classifier that does not say how many it has."""


def is_cross_encoder(folder: Path) -> bool:
    """Tell whether a folder calls itself a cross-encoder, or is a bare classifier of texts."""
    try:
        if kind := _settings(folder, "config_sentence_transformers.json").get("model_type"):
            return bool(kind == "CrossEncoder")
        return not (folder / "modules.json").is_file() and _classifies(_settings(folder, "config.json"))
    except (OSError, ValueError, AttributeError, TypeError, RecursionError):
        return False


def missing(folder: Path) -> Iterator[str]:
    """Say what keeps a cross-encoder from being one that is safe to read and gives one score."""
    try:
        yield from trust.astray(folder)
        yield from trust.pickled([folder])
        yield from trust.foreign(folder, [folder])
        yield from _unfit(folder)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        yield "its modules.json, or its configuration, cannot be read"
        return
    if not any(folder.glob("*.safetensors")):
        yield "it holds no weights as safetensors"


def _unfit(folder: Path) -> Iterator[str]:
    config = _settings(folder, "config.json")
    stack = [(str(module["type"]).rpartition(".")[2], str(module["path"])) for module in trust.modules(folder)]
    if not _classifies(config) or stack not in ([], [("Transformer", "")]):
        yield f"it is no plain classifier of texts (architecture ...{_HEAD})"
    labels = len(config["id2label"]) if "id2label" in config else config.get("num_labels", _HF_LABELS)
    if labels != 1:
        yield f"it has {labels} labels, and a reranker gives one score"
    for name in _activations(folder, config):
        owner, _, last = name.rpartition(".")
        if last not in ACTIVATIONS or not owner.startswith("torch.nn"):
            yield f"its scores end in {name}, which is neither a sigmoid nor nothing"


def _activations(folder: Path, config: dict[str, Any]) -> list[str]:
    """Return the classes that a model wants its scores to end in; where they are named has changed over the years."""
    named = (
        (config.get("sentence_transformers") or {}).get("activation_fn"),
        config.get("sbert_ce_default_activation_function"),
        _settings(folder, "config_sentence_transformers.json").get("activation_fn"),
    )
    return [str(name) for name in named if name is not None]


def _classifies(config: dict[str, Any]) -> bool:
    return any(str(name).endswith(_HEAD) for name in config.get("architectures") or ())


def _settings(folder: Path, name: str) -> dict[str, Any]:
    path = folder / name
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found

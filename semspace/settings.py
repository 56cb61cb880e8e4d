"""What a space is: its roots, its encoder, its kind of index. Kept in the store, and mirrored in space.json."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from zlib import crc32

from semspace.errors import EncoderMismatch, FormatTooNew, InvalidInput, PathNotFound, SpaceDamaged
from semspace.paths import real
from semspace.records import Engine, Root, Tuned, VectorType
from semspace.store import BACKUP, QUARANTINE, SHAPES, STORE, TEXT_PREFIX, sync

FORMAT = 1
FILE = "space.json"
KEY = "settings"

PARTS = {
    "store": (STORE, f"{STORE}-wal", f"{STORE}-shm"),
    "vectors": ("vectors.faiss",),
    "lexical": ("lexical",),
    "tokens": ("tokens.bin",),
    "engine": ("engine.npy",),
    "graph": ("graph*.npz",),
    "maps": ("map.*.npz",),
    "settings": (FILE,),
    "shapes": (SHAPES,),
    "server": ("server.*",),
    "aside": (QUARANTINE, BACKUP),
}
"""What a space's folder holds, as patterns of names; besides, there is a lock."""

UNFINISHED = ".new*"
"""How a file's name goes on that did not take its place yet."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one space."""

    encoder: str
    fingerprint: str
    dim: int
    vector_type: VectorType = "float16"
    index_kind: str = "flat"
    roots: tuple[Root, ...] = ()
    created: float = 0.0
    tuned: Tuned | None = None
    keep_boilerplate: bool = False
    token_vectors: bool = False
    engine: Engine | None = None
    format: int = FORMAT

    @property
    def effort(self) -> int | None:
        """Return how hard the vector index looks; None for what suits it."""
        return self.tuned.effort if self.tuned else None


def check_encoder(settings: Settings, name: str, fingerprint: str) -> None:
    """Raise EncoderMismatch where an encoder is not the one that filled the space."""
    if fingerprint != settings.fingerprint:
        raise EncoderMismatch(
            f"The encoder {name} is not the one that filled this space: its vectors would not fit.",
            "Install the old one again, or index into a new space.",
        )


def indexed(settings: Settings, tuned: Tuned) -> Settings:
    """Return the settings with another vector index."""
    return replace(settings, index_kind=tuned.kind, tuned=tuned)


def keeping(settings: Settings, boilerplate: bool | None, token_vectors: bool | None = None) -> Settings:
    """Return the settings that keep boilerplate and token vectors, or leave them out; None is what they do already."""
    return replace(
        settings,
        keep_boilerplate=settings.keep_boilerplate if boilerplate is None else boilerplate,
        token_vectors=settings.token_vectors if token_vectors is None else token_vectors,
    )


def follow(settings: Settings, paths: Sequence[str], options: Mapping[str, Any]) -> tuple[Settings, tuple[Root, ...]]:
    """Return the settings that also follow some paths, and the roots that have to be walked for them.

    A path below a root belongs to that root, whose ignore files and globs hold for it. `options` that are not None replace
    what a root remembers; a path that is named is no longer excluded. Raises PathNotFound, InvalidInput.
    """
    given: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in options.items() if v is not None}
    roots = {root.path: root for root in settings.roots}
    walked = list[str]()
    for path in paths:
        above = [root for root in roots if is_below(path, root)]
        name = min(above, key=len) if above else path
        root = replace(roots.get(name, Root(name)), **given)
        kept = tuple(pattern for pattern in root.exclude if not _names(pattern, root.path, path))
        roots = {other: value for other, value in roots.items() if other == name or not is_below(other, name)}
        roots[name] = replace(root, exclude=kept)
        walked.append(name)
    ordered = tuple(roots[name] for name in sorted(roots))
    chosen = tuple(root for root in ordered if root.path in walked) if paths else ordered
    _check_paths(paths, chosen)
    return replace(settings, roots=ordered), chosen


def _check_paths(paths: Sequence[str], roots: Sequence[Root]) -> None:
    if not roots:
        raise InvalidInput("This space follows no folder yet.", "Name one: semspace index FOLDER")
    for path in paths:
        if not os.path.lexists(path):
            raise PathNotFound(f"There is no file or folder {path}.", "Check the path.")
    for root in roots:
        if not os.path.lexists(root.path):
            raise PathNotFound(f"{root.path} is not there any more.", f"If it is gone for good: semspace rm {root.path}")


def unfollow(settings: Settings, path: str) -> Settings:
    """Return the settings that leave out a path from now on: its root is forgotten, or its place in a root excluded."""
    roots = [root for root in settings.roots if not is_below(root.path, path)]
    return replace(
        settings,
        roots=tuple(
            replace(root, exclude=(*root.exclude, _pattern(path, root.path))) if is_below(path, root.path) else root
            for root in roots
        ),
    )


def leave_out(
    settings: Settings, which: Iterable[str], known: Sequence[str], *, files: bool = True
) -> tuple[Settings, list[str]]:
    """Return the settings that leave out files, all below folders, and texts by id, and what of `known` that is.

    Without `files` all are ids of texts. Raises PathNotFound.
    """
    gone: list[str] = []
    for one in which:
        if not one:
            # To the system it is the current folder; to a person it is a variable of the shell that was not set.
            raise PathNotFound("An empty path names nothing.", "Paths are listed by: semspace status")
        path = None
        with suppress(InvalidInput):  # the id of a text need not be one that a file can have
            path = real(one) if files else None
        found = [other for other in known if other == f"{TEXT_PREFIX}{one}" or (path and is_below(other, path))]
        if not found and not any(root.path == path for root in settings.roots):
            raise PathNotFound(f"{one} is not in this space.", "Paths are listed by: semspace status")
        gone += found
        settings = unfollow(settings, path) if path else settings
    return settings, gone


def is_below(path: str, root: str) -> bool:
    """Tell whether a path is a root or below it."""
    return path == root or path.startswith(root.rstrip(os.sep) + os.sep)


def _pattern(path: str, root: str) -> str:
    """Return the ignore pattern of one path: a leading slash ties it to the root, a backslash takes a glob as text."""
    return "/" + re.sub(r"([*?\[\]\\!# ])", r"\\\1", os.path.relpath(path, root))


def _names(pattern: str, root: str, path: str) -> bool:
    return pattern == _pattern(path, root)


def encode(settings: Settings) -> str:
    """Return settings as JSON, with a checksum."""
    fields = asdict(settings)
    return json.dumps({**fields, "checksum": _checksum(fields)}, indent=2)


def _checksum(fields: Mapping[str, Any]) -> int:
    return crc32(json.dumps(fields, sort_keys=True).encode())


def decode(text: str, where: str) -> Settings:
    """Return settings out of JSON. Raises SpaceDamaged, FormatTooNew."""
    try:
        fields: dict[str, Any] = json.loads(text)
        checksum = fields.pop("checksum")
        if int(fields["format"]) > FORMAT:
            raise FormatTooNew(
                f"{where} has format {fields['format']}; this semspace knows formats up to {FORMAT}.",
                "Upgrade semspace.",
            )
        if _checksum(fields) != checksum:
            raise ValueError("they do not have their checksum")
        roots = tuple(
            Root(**{**root, "include": tuple(root["include"]), "exclude": tuple(root["exclude"])})
            for root in fields.pop("roots")
        )
        tuned, engine = fields.pop("tuned", None), fields.pop("engine", None)
        parts: dict[str, Any] = {"tuned": Tuned(**tuned) if tuned else None, "engine": Engine(**engine) if engine else None}
        return Settings(roots=roots, **parts, **fields)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise SpaceDamaged(
            f"The settings in {where} cannot be read: {error}.",
            "semspace repair makes them anew.",
        ) from error


def read(folder: Path) -> Settings:
    """Return the settings of a space: from the store, or from space.json where that is missing or damaged.

    Raises SpaceDamaged, FormatTooNew.
    """
    try:
        return decode(_stored(folder), str(folder / STORE))
    except SpaceDamaged as damaged:
        try:
            return mirrored(folder)
        except (OSError, ValueError, SpaceDamaged):
            raise damaged from None


def mirrored(folder: Path) -> Settings:
    """Return what space.json says. Raises OSError, ValueError, SpaceDamaged, FormatTooNew."""
    if not (folder / FILE).is_file():
        raise FileNotFoundError(folder / FILE)  # nobody may ever write to a pipe
    return decode((folder / FILE).read_text(encoding="utf-8"), str(folder / FILE))


def _stored(folder: Path) -> str:
    # Whoever reads space.json alone waits for no numpy.
    from semspace.store import Store

    # The number of dimensions is not known yet, and not needed to read a setting.
    with closing(Store.open(folder / STORE, 0, "float16")) as store:
        text = store.setting(KEY)
    if text is None:
        raise SpaceDamaged(f"The store {folder / STORE} holds no settings.", "semspace repair says what can be had again.")
    return text


def write(folder: Path, settings: Settings) -> None:
    """Replace space.json in one step."""
    temporary = folder / f"{FILE}.new"
    # Whatever is left there is none of ours: a link is not followed.
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(encode(settings) + "\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(folder / FILE)
    sync(folder)

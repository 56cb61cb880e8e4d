"""Erasures: what takes a field out of the vectors of a space, kept in its store under a name."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from semspace.errors import InvalidName, NotFound
from semspace.store import Store, WritableStore

if TYPE_CHECKING:
    from semspace.latent.erasure import Eraser

KEY = "erasure:"

_NAME = re.compile(r"[\w][\w.-]{0,63}")
_HINT = "Make it: semspace erase --by FIELD --as NAME"


@dataclass(frozen=True, slots=True, eq=False)
class Erasure:
    """An eraser with a name, and the field that it takes out."""

    name: str
    by: str
    eraser: Eraser


def check_name(name: str) -> str:
    """Return a name. Raises InvalidName."""
    if not _NAME.fullmatch(name):
        raise InvalidName(f"{name!r} is no name of a view.", "Take letters, digits, dots and dashes, 64 at most.")
    return name


def save(store: WritableStore, erasure: Erasure) -> None:
    """Keep an erasure, in the place of one with the same name. Raises InvalidName."""
    eraser = erasure.eraser
    parts = {"mean": eraser.mean, "down": eraser.down.T, "up": eraser.up}
    coded = {key: b64encode(np.ascontiguousarray(part, "<f8").tobytes()).decode() for key, part in parts.items()}
    fields = {"by": erasure.by, **coded}
    store.configure(KEY + check_name(erasure.name), json.dumps({**fields, "checksum": _checksum(json.dumps(fields))}))


def load(store: Store, name: str) -> Erasure:
    """Return an erasure. Raises NotFound where there is none, or it is not what was kept."""
    from semspace.latent.erasure import Eraser

    text = store.setting(KEY + check_name(name))
    if text is None:
        there = ", ".join(names(store)) or "none yet"
        raise NotFound(f"This space has no view {name!r}; there is: {there}.", _HINT)
    try:
        fields = json.loads(text)
        if fields.pop("checksum") != _checksum(json.dumps(fields)):
            raise ValueError("checksum")
        parts = {key: np.frombuffer(b64decode(fields[key]), "<f8").reshape(-1, store.dim) for key in ("mean", "down", "up")}
        return Erasure(name, str(fields["by"]), Eraser(parts["mean"][0], parts["down"].T, parts["up"]))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise NotFound(f"The view {name!r} is damaged.", _HINT) from error


def names(store: Store) -> Sequence[str]:
    """Return the names of the erasures of a space, in order."""
    rows = store.query("SELECT key FROM meta WHERE key >= ? AND key < ? ORDER BY key", (KEY, KEY[:-1] + ";"))
    return [key.removeprefix(KEY) for (key,) in rows]


def _checksum(text: str) -> int:
    return crc32(text.encode())

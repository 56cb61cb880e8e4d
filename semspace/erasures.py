"""Erasures: what takes a field out of the vectors of a space, kept in its store under a name."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

from semspace.named import Kind
from semspace.store import Store, WritableStore

if TYPE_CHECKING:
    from semspace.latent.erasure import Eraser

VIEWS = Kind("erasure", "view", "Make it: semspace erase --by FIELD --as NAME")

check_name = VIEWS.check


@dataclass(frozen=True, slots=True, eq=False)
class Erasure:
    """An eraser with a name, and the field that it takes out."""

    name: str
    by: str
    eraser: Eraser

    @property
    def mark(self) -> str:
        """Return the name and a hash of what is taken out: another one under the same name has another mark."""
        parts = (self.eraser.mean, self.eraser.down.T, self.eraser.up)
        made = blake2b(b"".join(np.ascontiguousarray(part, "<f8").tobytes() for part in parts), digest_size=8)
        return f"{self.name}:{made.hexdigest()}"


def save(store: WritableStore, erasure: Erasure) -> None:
    """Keep an erasure, in the place of one with the same name. Raises InvalidName."""
    eraser = erasure.eraser
    parts = {"mean": eraser.mean, "down": eraser.down.T, "up": eraser.up}
    coded = {key: b64encode(np.ascontiguousarray(part, "<f8").tobytes()).decode() for key, part in parts.items()}
    VIEWS.save(store, erasure.name, {"by": erasure.by, **coded})


def load(store: Store, name: str) -> Erasure:
    """Return an erasure. Raises NotFound where there is none, or it is not what was kept."""
    from semspace.latent.erasure import Eraser

    def read(fields: dict[str, Any]) -> Erasure:
        parts = {key: np.frombuffer(b64decode(fields[key]), "<f8").reshape(-1, store.dim) for key in ("mean", "down", "up")}
        return Erasure(name, str(fields["by"]), Eraser(parts["mean"][0], parts["down"].T, parts["up"]))

    return VIEWS.load(store, name, read)


def names(store: Store) -> Sequence[str]:
    """Return the names of the erasures of a space, in order."""
    return VIEWS.names(store)

"""Tastes: what somebody likes, as a direction of a space, kept in its store under a name."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import numpy.typing as npt

from semspace.errors import InvalidName, NotFound
from semspace.store import Store, WritableStore

KEY = "taste:"

_NAME = re.compile(r"[\w][\w.-]{0,63}")


@dataclass(frozen=True, slots=True, eq=False)
class Taste:
    """A direction, (dim,), unit; `spread` is the standard deviation of the space's texts along it, `mean` their mean."""

    name: str
    direction: npt.NDArray[np.float64]
    mean: float
    spread: float
    likes: tuple[str, ...]
    dislikes: tuple[str, ...]

    def scores(self, vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Return how much texts are to this taste, (n,): in standard deviations above the mean of the space."""
        found: npt.NDArray[np.float64] = (vectors @ self.direction - self.mean) / max(self.spread, 1e-12)
        return found


def save(store: WritableStore, taste: Taste) -> None:
    """Keep a taste, in the place of one with the same name. Raises InvalidName."""
    fields = {
        "direction": b64encode(taste.direction.astype("<f8").tobytes()).decode(),
        "mean": taste.mean,
        "spread": taste.spread,
        "likes": taste.likes,
        "dislikes": taste.dislikes,
    }
    store.configure(_key(taste.name), json.dumps({**fields, "checksum": _checksum(json.dumps(fields))}))


def load(store: Store, name: str) -> Taste:
    """Return a taste. Raises NotFound where there is none, or it is not what was kept."""
    text = store.setting(_key(name))
    hint = "Make it: semspace like TEXT TEXT --as NAME"
    if text is None:
        there = ", ".join(names(store)) or "none yet"
        raise NotFound(f"This space has no taste {name!r}; there is: {there}.", hint)
    try:
        fields = json.loads(text)
        if fields.pop("checksum") != _checksum(json.dumps(fields)):
            raise ValueError("checksum")
        direction = np.frombuffer(b64decode(fields.pop("direction")), dtype="<f8")
        if len(direction) != store.dim:
            raise ValueError("dimensions")
        likes, dislikes = tuple(fields.pop("likes")), tuple(fields.pop("dislikes"))
        return Taste(name, direction, float(fields["mean"]), float(fields["spread"]), likes, dislikes)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise NotFound(f"The taste {name!r} is damaged.", hint) from error


def names(store: Store) -> Sequence[str]:
    """Return the names of the tastes of a space, in order."""
    rows = store.query("SELECT key FROM meta WHERE key >= ? AND key < ? ORDER BY key", (KEY, KEY[:-1] + ";"))
    return [key.removeprefix(KEY) for (key,) in rows]


def _key(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise InvalidName(f"{name!r} is no name of a taste.", "Take letters, digits, dots and dashes, 64 at most.")
    return KEY + name


def _checksum(text: str) -> int:
    return crc32(text.encode())

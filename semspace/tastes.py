"""Tastes: what somebody likes, as a direction of a space, kept in its store under a name."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from semspace.named import Kind
from semspace.store import Store, WritableStore

TASTES = Kind("taste", "taste", "Make it: semspace like TEXT TEXT --as NAME")


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
    TASTES.save(store, taste.name, fields)


def load(store: Store, name: str) -> Taste:
    """Return a taste. Raises NotFound where there is none, or it is not what was kept."""

    def read(fields: dict[str, Any]) -> Taste:
        direction = np.frombuffer(b64decode(fields["direction"]), dtype="<f8")
        if len(direction) != store.dim:
            raise ValueError("dimensions")
        mean, spread = float(fields["mean"]), float(fields["spread"])
        return Taste(name, direction, mean, spread, tuple(fields["likes"]), tuple(fields["dislikes"]))

    return TASTES.load(store, name, read)


def names(store: Store) -> Sequence[str]:
    """Return the names of the tastes of a space, in order."""
    return TASTES.names(store)

"""What views are made of: the vectors of a space, or of some of its passages, with their neighbours and texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from semspace import erasures
from semspace.arrays import Ids, Vectors, check
from semspace.derived.neighborhoods import DerivedGraph, DerivedMoments
from semspace.encoders import Encoder
from semspace.erased import ErasedEncoder, ErasedStore
from semspace.errors import InvalidInput, PassageNotFound
from semspace.latent.graph import Graph, nearest
from semspace.latent.moments import Moments
from semspace.records import Filter, Role
from semspace.store import Row, Store
from semspace.targets import Target, anything

Made = TypeVar("Made")


class Material:
    """Passages with vectors, in the order of their ids. What is costly is made once, when it is asked for.

    `vectors`, `graph` and all results of `latent` speak of rows; `ids[row]` is the passage. The space's turn is held.
    """

    def __init__(
        self,
        name: str,
        folder: Path | None,
        store: Store,
        encoder: Callable[[], Encoder],
        chosen: Filter | None = None,
        view: str | None = None,
    ) -> None:
        """Take those passages of a space that a filter lets through (all without one) and that have vectors.

        With `view` they are seen without the field that an erasure of this name takes out; nothing is kept of that then.
        Raises NotFound.
        """
        every = chosen is None or chosen == Filter()
        self.every, self.whole = every, every and view is None
        self.erased = ""
        self.name = name if view is None else f"{name}@{view}"
        self.folder = folder
        self.store = store
        if view is not None:
            erasure, given = erasures.load(store, view), encoder
            eraser, self.erased = erasure.eraser, erasure.mark
            self.store, encoder = ErasedStore.of(store, eraser), lambda: ErasedEncoder(given(), eraser)
        self.ids: Ids = store.encoded_ids() if every else store.with_vector(store.ids(chosen))
        self._encoder = encoder
        self._made: dict[str, Any] = {}

    def __len__(self) -> int:
        return len(self.ids)

    def need(self) -> None:
        """Raise InvalidInput where there is no passage, with what to do about it."""
        if len(self):
            return
        if self.every:
            raise InvalidInput("The space holds no texts yet.", "Index some: semspace index FOLDER")
        raise InvalidInput("No text is left to look at.", "Narrow the choice less.")

    @cached_property
    def vectors(self) -> Vectors:
        """Return the vectors, shape (n, dim), of unit length."""
        return self.store.vectors(self.ids)

    @cached_property
    def graph(self) -> Graph:
        """Return the neighbour graph; that of the whole space is kept with it."""
        if not self.whole:
            return nearest(self.vectors)
        return DerivedGraph(self.folder, self.store).get(self.ids, lambda: self.vectors)

    @cached_property
    def moments(self) -> Moments:
        """Return the mean and the covariance; those of the whole space are kept with it."""
        if not self.whole:
            return Moments.of(self.vectors)
        return DerivedMoments(self.folder, self.store).get(self.ids, lambda: self.vectors)

    def row(self, passage_id: int) -> int:
        """Return where a passage stands. Raises PassageNotFound."""
        place = int(np.searchsorted(self.ids, passage_id))
        if place == len(self.ids) or self.ids[place] != passage_id:
            raise PassageNotFound(f"Passage #{passage_id} is not among these.", "Ids are printed by `semspace search`.")
        return place

    def passages(self, rows: Sequence[int]) -> list[Row]:
        """Return passages with their texts and metadata, in the order of `rows`."""
        ids = [int(self.ids[row]) for row in rows]
        found = self.store.rows(ids)
        return [found[number] for number in ids]

    def texts(self) -> list[str]:
        """Return the texts of all."""
        return [row.passage.text for row in self.passages(range(len(self.ids)))]

    def encode(self, texts: Sequence[str], role: Role = "query") -> Vectors:
        """Return the vectors of some words, shape (n, dim), of unit length."""
        return check(self._encoder().encode(list(texts), role), self.store.dim)

    def once(self, name: str, make: Callable[[], Made]) -> Made:
        """Return what was made under a name before, or make it."""
        if name not in self._made:
            self._made[name] = make()
        made: Made = self._made[name]
        return made

    def point(self, side: str) -> Target:
        """Return the point that `#ID` (or its number), a file or some words mean. Raises PassageNotFound, InvalidInput."""
        return anything(f"#{side}" if side.isdecimal() else side, self.store, self._encoder)

    def nearest_row(self, point: Target) -> int:
        """Return the row of the passage that stands for a point: of its own passages, else of all, the nearest."""
        own = np.flatnonzero(np.isin(self.ids, point.ids))
        among = own if len(own) else np.arange(len(self.ids))
        return int(among[np.argmax(self.vectors[among] @ point.vector[0])])

"""Passages in batches, with all that an export holds of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from semspace.arrays import Floats32, Ids, Vectors
from semspace.exports.fields import Field, fields_of
from semspace.store import Row, Store

BATCH = 4096
"""Passages at a time: 6 MB of vectors of 384 dimensions, and their texts."""


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Some passages: rows, dates (seconds since 1970), vectors, (n, dim), and positions, (n, 2), where there are any."""

    ids: Ids
    rows: list[Row]
    dates: list[float | None]
    vectors: Vectors
    positions: Floats32 | None


class Source:
    """What is exported of a space, in the order of the ids; `waiting` passages have no vector yet. Its state is held."""

    def __init__(self, space: str, encoder: str, store: Store, ids: Ids, waiting: int, positions: Floats32 | None) -> None:
        self.space = space
        self.encoder = encoder
        self.dim = store.dim
        self.ids = ids
        self.waiting = waiting
        self.positions = positions
        self._store = store

    @cached_property
    def fields(self) -> list[Field]:
        """Return the fields of the metadata that become columns, each with its type."""
        return fields_of(facts for start in self._starts() for _, _, facts in self._store.sources(self._part(start)))

    def batches(self, tell: Callable[[int], None]) -> Iterator[Batch]:
        """Yield all passages, some at a time; `tell` is given how many were."""
        for start in self._starts():
            ids = self._part(start)
            found = self._store.rows(ids.tolist())
            yield Batch(
                ids,
                [found[number] for number in ids.tolist()],
                [date for _, date, _ in self._store.sources(ids)],
                self._store.vectors(ids),
                None if self.positions is None else self.positions[start : start + BATCH],
            )
            tell(min(start + BATCH, len(self.ids)))

    def _starts(self) -> range:
        return range(0, len(self.ids), BATCH)

    def _part(self, start: int) -> Ids:
        return self.ids[start : start + BATCH]

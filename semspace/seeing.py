"""What a space shows of itself: each method makes one view."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Unpack

from semspace.answers import Answers
from semspace.asking import Narrowing, filter_of
from semspace.views.material import Material


class Seeing(Answers):
    """The views of an open space. Each gives a value: `to_dict`, `to_pandas`, and a drawing for terminals and notebooks."""

    @contextmanager
    def _material(self, where: str | None = None, **narrow: Unpack[Narrowing]) -> Iterator[Material]:
        """Give the passages that a filter lets through, in one state of the space."""
        with self._turn() as searcher, searcher.steady():
            yield Material(self.name, self.folder, self._store, lambda: self.encoder, filter_of(where, narrow))

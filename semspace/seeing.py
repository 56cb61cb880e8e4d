"""What a space shows of itself: each method makes one view."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Unpack

from semspace.answers import Answers
from semspace.asking import Narrowing, filter_of
from semspace.views.material import Material

if TYPE_CHECKING:
    from semspace.views.topics import Topics


class Seeing(Answers):
    """The views of an open space. Each gives a value: `to_dict`, `to_pandas`, and a drawing for terminals and notebooks."""

    @contextmanager
    def _material(self, where: str | None = None, **narrow: Unpack[Narrowing]) -> Iterator[Material]:
        """Give the passages that a filter lets through, in one state of the space."""
        with self._turn() as searcher, searcher.steady():
            yield Material(self.name, self.folder, self._store, lambda: self.encoder, filter_of(where, narrow))

    def topics(
        self,
        depth: int = 1,
        count: int | None = None,
        where: str | None = None,
        *,
        exemplars: bool | None = None,
        fresh: bool = False,
        **narrow: Unpack[Narrowing],
    ) -> Topics:
        """Return what the texts are about: a tree of named topics, `depth` levels deep, `count` at the first level.

        The tree of a whole space is kept: a few new texts join the topics that are there; `fresh` makes it anew.
        Raises InvalidInput, InvalidFilter.
        """
        from semspace.views.topics import topics

        with self._material(where, **narrow) as material:
            return topics(material, depth, count, exemplars=exemplars, fresh=fresh)

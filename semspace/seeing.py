"""What a space shows of itself: each method makes one view."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Unpack

from semspace.answers import Answers
from semspace.asking import NO_FILTER, Narrowing, check_query, filter_of
from semspace.views.material import Material

if TYPE_CHECKING:
    from semspace.latent.layout import Method
    from semspace.records.lines import Step
    from semspace.views.map import Map


class Seeing(Answers):
    """The views of an open space. Each gives a value: `to_dict`, `to_pandas`, and a drawing for terminals and notebooks."""

    @contextmanager
    def _material(self, where: str | None = None, **narrow: Unpack[Narrowing]) -> Iterator[Material]:
        """Give the passages that a filter lets through, in one state of the space."""
        with self._turn() as searcher, searcher.steady():
            yield Material(self.name, self.folder, self._store, lambda: self.encoder, filter_of(where, narrow))

    def map(
        self,
        where: str | None = None,
        *,
        spread: float = 1.0,
        method: Method = "tsne",
        query: str | None = None,
        color_by: str | None = None,
        refit: bool = False,
        seed: int = 0,
        progress: Callable[[Step], None] | None = None,
        **narrow: Unpack[Narrowing],
    ) -> Map:
        """Return the map of the space: where each passage is, and how far that can be believed.

        It is made once and kept; passages that come later are placed on it, and nothing that was there moves until it is
        fitted again (`refit`, or when those that came keep too few of their neighbours). `spread` from 1 (most neighbours
        kept) to 12 (islands, and how they lie) exaggerates attraction. `query` is placed, too. `color_by` is folder, date,
        kept, or a field of the metadata. What narrows shows a part of the map; with `refit` it gets a map of its own, which
        is not kept. Raises InvalidInput, InvalidFilter, EmptyQuery, MissingDependency.
        """
        from semspace.latent.layout import Recipe
        from semspace.views.map import make_map

        chosen = filter_of(where, narrow)
        if query is not None:
            check_query(query)
        with self._material(where, **narrow) if refit else self._material() as material:
            part = None if refit or chosen == NO_FILTER else material.store.ids(chosen)
            recipe = Recipe(method, spread, seed)
            return make_map(material, recipe, part=part, query=query, color_by=color_by, refit=refit, progress=progress)

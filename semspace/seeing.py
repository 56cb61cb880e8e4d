"""What a space shows of itself: each method makes one view."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Literal, Unpack

from semspace.answers import Answers
from semspace.asking import NO_FILTER, Narrowing, Options, check_query, filter_of
from semspace.views.material import Material

if TYPE_CHECKING:
    from semspace.latent.layout import Method
    from semspace.records import Hits
    from semspace.records.lines import Step
    from semspace.store import WritableStore
    from semspace.tastes import Taste
    from semspace.ui.plotting import Detail
    from semspace.views.axes import Axis
    from semspace.views.covered import Coverage
    from semspace.views.duplicates import Duplicates, Kind
    from semspace.views.grouped import Grouped
    from semspace.views.liking import Liking
    from semspace.views.map import Map
    from semspace.views.parts import Part, Place
    from semspace.views.scatter import Scatter
    from semspace.views.standouts import Odd, Standouts
    from semspace.views.topics import Topics
    from semspace.views.vitals import Vitals
    from semspace.views.ways import Blend, Way


class Seeing(Answers):
    """The views of an open space. Each gives a value: `to_dict`, `to_pandas`, and a drawing for terminals and notebooks."""

    @contextmanager
    def _material(self, where: str | None = None, view: str | None = None, **narrow: Unpack[Narrowing]) -> Iterator[Material]:
        """Give the passages that a filter lets through, in one state of the space; with `view` without a field."""
        with self._turn() as searcher, searcher.steady():
            yield Material(self.name, self.folder, self._store, lambda: self.encoder, filter_of(where, narrow), view)

    def map(
        self,
        where: str | None = None,
        *,
        spread: float = 1.0,
        method: Method = "tsne",
        query: str | None = None,
        color_by: str | None = None,
        zoom: float | None = None,
        at: str | None = None,
        detail: Detail = "auto",
        refit: bool = False,
        view: str | None = None,
        seed: int = 0,
        progress: Callable[[Step], None] | None = None,
        **narrow: Unpack[Narrowing],
    ) -> Map:
        """Return the map of the space: where each passage is, and how far that can be believed.

        It is made once and kept; passages that come later are placed on it, and nothing that was there moves until it is
        fitted again (`refit`, or when those that came keep too few of their neighbours). `spread` from 1 (most neighbours
        kept) to 12 (islands, and how they lie) exaggerates attraction. `query` is placed, too. `color_by` is topic,
        folder, date, kept, or a field of the metadata. `zoom` narrows the window that is drawn, about `at` (`#ID`, a file, or
        words), else about the query, else about the middle. What narrows shows a part of the map; with `refit` it gets a map
        of its own, which is not kept, and so does a `view`, the name of what `erase` kept.
        `to_html`, `to_svg` and `to_png` of what is returned are files of it.
        Raises InvalidInput, InvalidFilter, EmptyQuery, NotFound, MissingDependency.
        """
        from semspace.latent.layout import Recipe
        from semspace.views.map import Wishes, make_map

        chosen = filter_of(where, narrow)
        if query is not None:
            check_query(query)
        with self._material(where, view, **narrow) if refit else self._material(view=view) as material:
            part = None if refit or chosen == NO_FILTER else material.store.ids(chosen)
            wishes: Wishes = {
                "query": query, "color_by": color_by, "refit": refit, "zoom": zoom, "at": at, "detail": detail,
            }  # fmt: skip
            return make_map(material, Recipe(method, spread, seed), wishes, self._read, part, progress)

    def _read(self, make: Callable[[Material], str]) -> str:
        """Return what something makes of all passages, in one state of the space."""
        with self._material() as material:
            return make(material)

    def part(self, ids: Sequence[int]) -> Part:
        """Return what some passages are about: the words that tell them from all others, and those nearest to their centre.

        Raises InvalidInput where there are none, PassageNotFound.
        """
        from semspace.views.parts import part

        with self._material() as material:
            return part(material, ids)

    def beginnings(self, ids: Sequence[int], characters: int = 200) -> dict[int, str]:
        """Return how some passages begin, by their ids; those that are gone are left out."""
        with self._turn():
            return {number: row.passage.text[:characters] for number, row in self._store.rows(list(ids)).items()}

    def hills(self, seen: Map) -> tuple[Place, ...]:
        """Return names for where a map of this space is dense, and for smaller hills within, with their places."""
        from semspace.views.parts import named_hills

        with self._material() as material:
            return named_hills(material, seen)

    def topics(
        self,
        depth: int = 1,
        count: int | None = None,
        where: str | None = None,
        *,
        exemplars: bool | None = None,
        fresh: bool = False,
        view: str | None = None,
        **narrow: Unpack[Narrowing],
    ) -> Topics:
        """Return what the texts are about: a tree of named topics, `depth` levels deep, `count` at the first level.

        The tree of a whole space is kept: a few new texts join the topics that are there; `fresh` makes it anew.
        With `view`, the name of what `erase` kept, they are those of the texts without its field.
        Raises InvalidInput, InvalidFilter, NotFound.
        """
        from semspace.views.topics import topics

        with self._material(where, view, **narrow) as material:
            return topics(material, depth, count, exemplars=exemplars, fresh=fresh)

    def like(
        self,
        texts: Sequence[str],
        unlike: Sequence[str] = (),
        k: int = 10,
        where: str | None = None,
        *,
        name: str | None = None,
        ask: bool = False,
        skip: Sequence[str] = (),
        **narrow: Unpack[Narrowing],
    ) -> Liking:
        """Return the k texts most like some and unlike others: `#ID`, files, or words. `name` keeps the taste for searches.

        With `ask` it says which text to judge next, none of those to `skip`. Raises InvalidInput, InvalidName, PassageNotFound.
        """
        from semspace.views.liking import liking

        with self._material(where, **narrow) as material:
            found = liking(material, texts, unlike, k, name=name or "", ask=ask, skip=skip)
        self._keep(found.taste)
        return found

    def axis(
        self,
        low: Sequence[str],
        high: Sequence[str],
        k: int = 5,
        where: str | None = None,
        *,
        name: str | None = None,
        **narrow: Unpack[Narrowing],
    ) -> Axis:
        """Return the texts along the line from some texts to others, with k at each end; `name` keeps it for searches.

        A pole is `#ID`, files, words, or `where:EXPRESSION`. Raises InvalidInput, InvalidName, PassageNotFound.
        """
        from semspace.views.axes import along

        with self._material(where, **narrow) as material:
            found = along(material, low, high, k, name=name or "")
        self._keep(found.taste)
        return found

    def scatter(
        self,
        across: tuple[Sequence[str], Sequence[str]],
        up: tuple[Sequence[str], Sequence[str]],
        where: str | None = None,
        **narrow: Unpack[Narrowing],
    ) -> Scatter:
        """Return the texts on two axes, each from some texts to others: a scatter whose dimensions have a meaning.

        Poles are as those of `axis`. Raises InvalidInput, InvalidFilter, PassageNotFound.
        """
        from semspace.views.scatter import scattered

        with self._material(where, **narrow) as material:
            return scattered(material, across, up)

    def path(self, start: str, end: str, where: str | None = None, **narrow: Unpack[Narrowing]) -> Way:
        """Return the way between two texts whose weakest step is strongest: `#ID`, files, or words."""
        from semspace.views.ways import way

        with self._material(where, **narrow) as material:
            return way(material, start, end)

    def blend(
        self,
        first: str,
        second: str,
        k: int = 10,
        share: float = 0.5,
        where: str | None = None,
        **narrow: Unpack[Narrowing],
    ) -> Blend:
        """Return the k texts nearest to a point between two: `#ID`, files, or words; a share of 1 is the second."""
        from semspace.views.ways import blend

        with self._material(where, **narrow) as material:
            return blend(material, first, second, k, share)

    def duplicates(
        self,
        k: int = 20,
        threshold: float = 0.95,
        kinds: Sequence[Kind] | None = None,
        where: str | None = None,
        *,
        diff: bool = False,
        **narrow: Unpack[Narrowing],
    ) -> Duplicates:
        """Return the pairs of texts that say the same: exact, contained, or near (a cosine above a threshold)."""
        from semspace.views.duplicates import KINDS, duplicates

        with self._material(where, **narrow) as material:
            return duplicates(material, k, threshold, kinds or KINDS, diff=diff)

    def odd(self, k: int = 10, where: str | None = None, **narrow: Unpack[Narrowing]) -> Odd:
        """Return the texts that are like no other, and the small groups that are like each other alone."""
        from semspace.views.standouts import odd

        with self._material(where, **narrow) as material:
            return odd(material, k)

    def standouts(
        self,
        kind: Literal["hubs", "central", "bridges"],
        k: int = 10,
        where: str | None = None,
        **narrow: Unpack[Narrowing],
    ) -> Standouts:
        """Return the texts that are near to far too many others, that most others are like, or that join topics."""
        from semspace.views import standouts

        views = {"hubs": standouts.hubs, "central": standouts.middle, "bridges": standouts.bridges}
        with self._material(where, **narrow) as material:
            return views[kind](material, k)

    def health(self) -> Vitals:
        """Return whether the space is well: what its texts can be found by, hubs, duplicates, islands, dimension."""
        from semspace.views.vitals import vitals

        with self._material() as material:
            searcher = self._searcher
            return vitals(
                material,
                lambda query, mode, k: [hit.id for hit in searcher.search(query, mode, Options(k, everything=True))],
            )

    def cover(self, questions: Sequence[str]) -> Coverage:
        """Return which questions nothing in the space looks like an answer to, and what those are about."""
        from semspace.views.covered import coverage

        with self._turn() as searcher:
            return coverage(self.name, questions, lambda question: searcher.search(question, "hybrid", Options(1)))

    def by_topic(self, hits: Hits) -> Grouped:
        """Return hits under the names of the topics that they belong to."""
        from semspace.views.grouped import grouped

        with self._material() as material:
            return grouped(material, hits)

    def _keep(self, taste: Taste) -> None:
        """Keep a taste that has a name."""
        from semspace import tastes

        if taste.name:
            with self._writing() as store:
                tastes.save(store, taste)

    def _writing(self, *, wait: bool = False) -> AbstractContextManager[WritableStore]:
        raise NotImplementedError

"""What the screen asks of a space: one question at a time, and none that nobody waits for any more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np

from semspace.browse.history import History
from semspace.errors import SemspaceError
from semspace.records import Hit, Hits, Mode
from semspace.records.lines import Step
from semspace.scenes import Scene
from semspace.space import Space
from semspace.views.liking import Liking
from semspace.views.map import Map
from semspace.views.parts import Part, Place
from semspace.views.topics import Topics

HITS = 30
"""Hits of a search."""

NEAR = 15
"""Neighbours of a passage: as many as the faithfulness of a map is measured by."""

AROUND = 6
"""Lines before and after a passage that are shown with it."""


@dataclass(frozen=True, slots=True)
class Among:
    """Passages that alone may answer, and what they are called."""

    name: str
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for: words, how, of which passages, and what was said of hits before."""

    query: str = ""
    mode: Mode = "hybrid"
    everything: bool = False
    rerank: bool = False
    likes: tuple[int, ...] = ()
    dislikes: tuple[int, ...] = ()
    among: Among | None = None

    @property
    def asks(self) -> bool:
        """Tell whether there is anything to ask."""
        return any(char.isalnum() for char in self.query)


class Stopped(SemspaceError):
    """Nobody waits for the answer any more."""

    kind = "stopped"


class Session:
    """A space that is asked by threads. What takes long is asked of the same space, opened once more."""

    def __init__(self, space: Space, another: Callable[[], Space], *, remember: bool = False) -> None:
        """Take a space; queries that were asked are kept with it if `remember` says so, else for this session."""
        self.space = space
        self.history = History(space.folder if remember else None)
        self._another = another
        self._behind: Space | None = None
        self._front, self._back = Lock(), Lock()
        self._stopped = False

    def answer(self, request: Request, mode: Mode, outdated: Callable[[], bool]) -> Hits | None:
        """Return the hits of a request, None where it is outdated by the time it could be asked."""
        among = request.among
        with self._front:
            if outdated():
                return None
            return self.space.search(
                request.query,
                HITS,
                mode,
                everything=request.everything,
                rerank=request.rerank and mode == request.mode,
                more_like=request.likes,
                less_like=request.dislikes,
                ids=among.ids if among else None,
            )

    def near(self, number: int) -> tuple[Hit, Sequence[Hit]]:
        """Return a passage and its nearest passages, best first. Raises PassageNotFound."""
        found = self.space.neighbors(f"#{number}", NEAR, 1)
        return found.hit, [one.hit for one in found.near]

    def lit(self, request: Request, hit: Hit) -> Hit:
        """Return a hit with what answers in it, and the lines around it. Raises PassageNotFound."""
        return self.space.lit(request.query, hit, mode=request.mode, lines=AROUND)

    def map(self, tell: Callable[[Step], None]) -> Map:
        """Return the map that is kept with the space, or make one."""

        def told(step: Step) -> None:
            self._go_on()
            tell(step)

        with self._back:
            return self._slow().map(progress=told)

    def hills(self, seen: Map) -> tuple[Place, ...]:
        """Return names for the parts of a map."""
        with self._back:
            return self._slow().hills(seen)

    def topics(self) -> Topics:
        """Return the topics of the space, and those within them."""
        with self._back:
            return self._slow().topics(2)

    def part(self, ids: Sequence[int]) -> Part:
        """Return what some passages are about."""
        with self._back:
            return self._slow().part(ids)

    def keep(self, request: Request, name: str) -> Liking:
        """Keep what was judged as a taste. Raises InvalidName, InvalidInput, SpaceLocked."""
        with self._back:
            return self._slow().like(
                [f"#{one}" for one in request.likes], [f"#{one}" for one in request.dislikes], 1, name=name
            )

    def keep_scene(self, scene: Scene) -> str:
        """Keep what is on the screen, and return its name. Raises InvalidName, SpaceLocked."""
        with self._back:
            self._slow().keep_scene(scene)
        return scene.name

    def scenes(self) -> Sequence[str]:
        """Return the names of what was kept."""
        return self.space.scenes()

    def scene(self, name: str) -> Scene:
        """Return what was kept under a name. Raises NotFound."""
        return self.space.scene(name)

    def beginnings(self, ids: Sequence[int]) -> dict[int, str]:
        """Return how some passages begin, by their ids; those that are gone are left out."""
        with self._back:
            return self._slow().beginnings(ids)

    def close(self) -> None:
        """Stop what is under way, and close what was opened here."""
        self._stopped = True
        with self._back:
            if self._behind is not None:
                self._behind.close()

    def _go_on(self) -> None:
        if self._stopped:
            raise Stopped("The screen was closed.")

    def _slow(self) -> Space:
        self._go_on()
        if self._behind is None:
            self._behind = self._another()
        return self._behind


def spot(seen: Map, hits: Sequence[Hit]) -> tuple[float, float] | None:
    """Return where a query is on a map: in the middle of most of its hits; None where none of them is on it.

    As `Map.spot` by its nearest passages, but of those that answer: no vector is compared again for it.
    """
    from semspace.latent.graph import Graph
    from semspace.latent.placing import place

    ranked = sorted((hit for hit in hits if hit.similarity is not None), key=lambda hit: (-(hit.similarity or 0), hit.id))
    rows = rows_of(seen, [hit.id for hit in ranked[:NEAR]])
    if not len(rows):
        return None
    near = Graph(rows[None].astype(np.int32), np.ones((1, len(rows)), np.float32))
    x, y = place(near, seen.layout.positions, np.zeros(1, np.int64))[0].tolist()
    return x, y


def rows_of(seen: Map, ids: Sequence[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the rows of a map that stand for some passages, in their order, without those that are not on it."""
    wanted = np.array(ids, dtype=np.int64)
    rows = np.minimum(np.searchsorted(seen.ids, wanted), max(len(seen.ids) - 1, 0))
    found: np.ndarray[tuple[int], np.dtype[np.int64]] = rows[seen.ids[rows] == wanted] if len(seen.ids) else rows[:0]
    return found

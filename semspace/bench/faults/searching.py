"""Searches of every kind in a space that others change meanwhile: each answer is one that was true at one moment."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from semspace.bench.faults.tiny import WORDS
from semspace.bench.faults.versions import ANCHOR, COUNT, NAME, mixed, name_of, whole
from semspace.errors import PassageNotFound
from semspace.records import MODES
from semspace.space import Space

SLOW = 20.0
"""Seconds that an answer may take, however many others are at work: more than that is waiting for someone."""


class Searches:
    """Searches drawn from a seed; `run` makes so many and returns what was wrong with their answers."""

    def __init__(self, base: Path, models: Path, seed: int) -> None:
        self._files = base / "files"
        self._open: Callable[[], Space] = lambda: Space.open(NAME, home=base / "home", models=models)
        self._random = Random(seed)

    def run(self, count: int) -> list[str]:
        """Search so many times, with a space that stays open and at times is opened anew."""
        problems: list[str] = []
        space = self._open()
        try:
            for _ in range(count):
                if self._random.random() < 0.15:
                    space.close()
                    space = self._open()
                problems += self.once(space)
        finally:
            space.close()
        return problems

    def once(self, space: Space) -> list[str]:
        """Ask one question; whatever it raises is a problem."""
        ask = self._random.choice([self.search, self.search, self.search, self.similar, self.show, self.rows, self.anchor])
        started = time.monotonic()
        try:
            found = ask(space)
        except Exception as error:  # noqa: BLE001  # no search may ever fail, whatever it says
            return [f"{ask.__name__}: {type(error).__name__}: {error}"]
        took = time.monotonic() - started
        return [f"{ask.__name__}: {one}" for one in found] + ([f"{ask.__name__} took {took:.1f} s"] if took > SLOW else [])

    def search(self, space: Space) -> list[str]:
        """Ask in any mode, with the lines around each hit."""
        query = " ".join(self._random.choices(WORDS, k=3))
        hits = space.search(
            query, self._random.choice([5, 60]), self._random.choice(MODES), lines=self._random.choice([0, 9]), everything=True
        )
        return mixed(hits)

    def similar(self, space: Space) -> list[str]:
        """Ask what is near a file, or a passage that may be gone by then."""
        path = str(self._files / name_of(ANCHOR))
        if self._random.random() < 0.5:
            return mixed(space.similar(path, 20))
        hits = space.search("river bread", 5, everything=True)
        try:
            return mixed(near for hit in hits[:1] for near in space.similar(f"#{hit.id}", 20, lines=3))
        except PassageNotFound:
            return []

    def show(self, space: Space) -> list[str]:
        """Look at the first passage of a file, and at what is near it."""
        target = str(self._files / name_of(self._random.randrange(COUNT)))
        try:
            root = space.neighbors(target, 3, 2)
            return mixed([space.show(target)]) + mixed([root.hit, *(near.hit for near in root.near)])
        except PassageNotFound:
            return []

    def rows(self, space: Space) -> list[str]:
        """Look at a document as the store has it."""
        status = space.status()
        problems = whole(space, str(self._files / name_of(self._random.randrange(COUNT))))
        return problems if 0 < status.documents <= COUNT else [*problems, f"{status.documents} documents"]

    def anchor(self, space: Space) -> list[str]:
        """Look for a document that is changed, never deleted: it is always there."""
        mode = self._random.choice(["hybrid", "semantic"])
        hits = space.search("river bread winter", 60, mode, paths=[self._files / name_of(ANCHOR)], everything=True)  # type: ignore[arg-type]
        return mixed(hits) + ([] if hits else [f"the document that is always there is not found ({mode})"])

"""Spaces that stay open for whoever asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, RLock

from semspace import places, settings
from semspace.encoders import Encoder
from semspace.encoders.running import Running, open_encoder
from semspace.errors import SpaceNotFound
from semspace.space import Space
from semspace.store import STORE


class Warm:
    """A space that is kept open, and opened anew where another one has taken its place."""

    def __init__(self, folder: Path, running: Running) -> None:
        self.folder = folder
        self.name = folder.name
        self._running = running
        self._lock = RLock()
        self._space: Space | None = None
        self._store: tuple[int, int] | None = None

    @contextmanager
    def turn(self) -> Iterator[Space]:
        """Wait for who asks just now, and give the space as it is on disk. Raises SpaceNotFound, SpaceDamaged."""
        with self._lock:
            yield self._opened()

    def _opened(self) -> Space:
        found = self._identity()
        if self._space is None or found != self._store:
            self.close()
            self._space, self._store = Space.open(self.folder, **self._running), found
        return self._space

    def _identity(self) -> tuple[int, int]:
        """Return which file the store is: a repair, or whoever deletes and makes a space, puts another one there."""
        try:
            found = (self.folder / STORE).stat()
        except FileNotFoundError:
            self.close()
            raise SpaceNotFound(f"There is no space {self.name!r} any more.", "Ask for another one.") from None
        return found.st_dev, found.st_ino

    def encoder(self) -> Encoder:
        """Return an encoder of its own, equal to that of the space's queries."""
        chosen = settings.read(self.folder)
        encoder = open_encoder(chosen.encoder, self._running, bulk=False)
        settings.check_encoder(chosen, encoder.name, encoder.fingerprint)
        return encoder

    def close(self) -> None:
        """Close the space; the next one who asks opens it."""
        with self._lock:
            if self._space is not None:
                self._space.close()
            self._space = self._store = None


class Served:
    """The spaces that are served, by name. What is slow has each open a second time, so that no search waits for it."""

    def __init__(self, names: Sequence[str], home: Path | None, running: Running, *, write: bool = False) -> None:
        folders = [places.existing(name, home) for name in dict.fromkeys(names)]
        self.home = home
        self.running = running
        self.write = write
        self.quick = {folder.name: Warm(folder, running) for folder in folders}
        self.slow = {folder.name: Warm(folder, running) for folder in folders}
        self._encoders: dict[str, Encoder] = {}
        self._lock = Lock()

    @property
    def names(self) -> list[str]:
        """Return the names of the spaces."""
        return [*self.quick]

    def named(self, name: str | None, *, slow: bool = False) -> Warm:
        """Return the space of a name, the first one without. Raises SpaceNotFound."""
        spaces = self.slow if slow else self.quick
        wanted = name if name is not None else next(iter(spaces))
        if wanted not in spaces:
            raise SpaceNotFound(f"No space {wanted!r} is served here.", f"Served: {', '.join(spaces)}.")
        return spaces[wanted]

    def encoder(self, name: str | None) -> Encoder:
        """Return an encoder equal to that of a space, opened once: to encode keeps no search waiting."""
        warm = self.named(name)
        with self._lock:
            if warm.name not in self._encoders:
                made = warm.encoder()
                same = (one for one in self._encoders.values() if one.fingerprint == made.fingerprint)
                self._encoders[warm.name] = next(same, made)
            return self._encoders[warm.name]

    def warm_up(self) -> None:
        """Open every space, and its encoder, before anybody waits for them."""
        for warm in self.quick.values():
            with warm.turn() as space:
                _ = space.encoder.encode(["warm"], "query")
                _ = space.search("warm", 1)

    def close(self) -> None:
        """Close all spaces."""
        for warm in (*self.quick.values(), *self.slow.values()):
            warm.close()

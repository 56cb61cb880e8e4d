"""A space that is asked: by the server that has it open, where there is one, else opened here. The answers are the same."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from semspace.errors import SemspaceError
from semspace.paths import real

if TYPE_CHECKING:
    from semspace.cli.options import Place
    from semspace.records import Hits, Neighborhood
    from semspace.space import Space
    from semspace.views.grouped import Grouped

Found = TypeVar("Found")

_PASSAGE = re.compile(r"#?\d{1,18}")


@dataclass(slots=True)
class Asked:
    """What a search is asked of: opens the space when nobody else has answered."""

    place: Place
    paths: Sequence[str]
    _stack: ExitStack
    _space: Space | None = None

    def search(self, query: str, k: int, mode: str, where: str | None, **wishes: Any) -> Hits:
        """Return what answers a query."""
        call = {"query": query, "k": k, "mode": mode, "where": where, **wishes}
        # Features are learned when they are first asked for, which takes longer than a server is waited for.
        warm = not (wishes.get("boost") or wishes.get("mute"))
        found = self._hits("search", call) if warm else None
        # Hits of which there are none are an answer, too.
        return found if found is not None else self._here().search(**call)

    def similar(self, target: str | None, k: int, where: str | None, **narrow: Any) -> Hits:
        """Return what is near; a file is read by who names it."""
        call = {"target": target, "k": k, "where": where, **narrow}
        warm = target is None or _PASSAGE.fullmatch(target)
        found = self._hits("similar", call) if warm else None
        return found if found is not None else self._here().similar(**call)

    def neighbors(self, target: str, breadth: int, depth: int) -> Neighborhood:
        """Return the neighbourhood of a passage."""
        from semspace.server import wire

        call: dict[str, Any] = {"target": target, "breadth": breadth, "depth": depth}
        found = self._served("neighbors", call, wire.unpacked_tree) if _PASSAGE.fullmatch(target) else None
        return found if found is not None else self._here().neighbors(**call)

    def by_topic(self, hits: Hits) -> Grouped:
        """Return hits under their topics."""
        return self._here().by_topic(hits)

    def _here(self) -> Space:
        if self._space is None:
            self._space = self._stack.enter_context(self.place.open(self.paths))
        return self._space

    def _hits(self, verb: str, call: dict[str, Any]) -> Hits | None:
        from semspace.server import wire

        call = {**call, "paths": [real(path) for path in call.get("paths", ())]}
        return self._served(verb, call, wire.unpacked)

    def _served(self, verb: str, call: dict[str, Any], read: Callable[[dict[str, Any]], Found]) -> Found | None:
        """Return what the space's server answers, None where there is none that can be trusted and is well."""
        found = self._folder()
        if found is None:
            return None
        from semspace.server import client, wire

        folder, named = found
        covered = {"named": named, "home": str(folder.parent), "here": str(Path.cwd())}
        covered["path"] = real(self.paths[0]) if self.paths else None
        terms = wire.Terms.of(self.place.runtime, self.place.models).plain()
        said = client.ask(folder, {"verb": verb, "terms": terms, "call": call, **covered})
        try:
            return read(said) if said and "declined" not in said else None
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
            return None

    def _folder(self) -> tuple[Path, bool] | None:
        """Return the folder of the space that is meant and whether it was named, None without a server in it.

        Which space covers a folder is looked up in mirrors, sooner than in the stores; the server looks again.
        """
        from semspace import places, settings
        from semspace.server.wire import SOCKET

        try:
            name = self.place.name(self.paths, settings.mirrored)
            folder = places.folder_of(name, self.place.home)
            return (folder, self.place.index is not None) if os.path.lexists(folder / SOCKET) else None
        except (SemspaceError, OSError, ValueError):
            # Who opens the space says what is wrong.
            return None


@contextmanager
def asked(place: Place, paths: Sequence[str] = ()) -> Iterator[Asked]:
    """Give what a search is asked of."""
    with ExitStack() as stack:
        yield Asked(place, paths, stack)

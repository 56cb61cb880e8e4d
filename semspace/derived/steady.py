"""One state of a space, for as long as an answer takes, whatever other processes write meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol

from semspace.errors import SpaceDamaged
from semspace.store import Store

TRIES = 3
"""Times that an answer starts again when a writer has just changed the space; after that an index is mended in memory."""


class InStep(Protocol):
    """An index that follows the store."""

    def get(self) -> Any:
        """Return the index, brought up to date."""
        ...

    def current(self) -> bool:
        """Tell whether it is that of the store as it is now."""
        ...


class Steady:
    """The store of a space and the indexes that an answer needs, in step: `with steady(vectors): ...`; may be nested."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._fixed = False

    @contextmanager
    def __call__(self, *needed: InStep) -> Iterator[None]:
        """See one state of the store until the end.

        An index is brought up to date before the state is fixed: what its file holds by then, an older state may not know.
        """
        if self._fixed:
            yield
            return
        try:
            for left in reversed(range(TRIES)):
                for derived in needed:
                    derived.get()
                self._fix()
                if not left or all(derived.current() for derived in needed):
                    break
                self._release()
            yield
        finally:
            self._release()

    def _fix(self) -> None:
        self._fixed = True
        self._store.query("BEGIN")
        # SQLite fixes what is seen at the first look.
        _ = self._store.generation

    def _release(self) -> None:
        # After Ctrl-C there may be none to end.
        with suppress(SpaceDamaged):
            self._store.query("ROLLBACK")
        self._fixed = False

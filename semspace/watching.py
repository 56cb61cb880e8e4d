"""Waiting for files to change, and keeping a space current."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event

from semspace.errors import SpaceLocked
from semspace.records import IndexReport
from semspace.settings import is_below

LOCK_WAIT = 1.0
"""Seconds between two tries to write to a space that another process is writing to."""

QUIET_MS = 400
"""Milliseconds without a change after which a burst of changes is taken to be over."""

LONGEST_MS = 5_000
"""Milliseconds after which a burst that does not end is passed on all the same."""

IDLE_MS = 500
"""Milliseconds between two looks at whether to stop."""

VERSION_CONTROL = (".git", ".hg", ".svn")


def follow(index: Callable[[], IndexReport], roots: Sequence[str], without: str, stop: Event | None) -> Iterator[IndexReport]:
    """Yield the report of `index()` now and after every burst of changes, until `stop` is set or Ctrl-C."""
    changes = bursts(roots, without, stop)
    # Watching begins here, so that nothing is missed between the first run and the first change.
    next(changes, None)
    report = index()
    yield report
    for burst in changes:
        if report.interrupted:
            return
        if burst:
            report = _when_free(index)
            yield report


def _when_free(index: Callable[[], IndexReport]) -> IndexReport:
    while True:
        try:
            return index()
        except SpaceLocked:
            time.sleep(LOCK_WAIT)


def bursts(roots: Sequence[str], without: str, stop: Event | None = None) -> Iterator[frozenset[str]]:
    """Yield the paths that changed below some roots, burst by burst (at times none), until `stop` is set or Ctrl-C.

    Nothing below `without` (the space itself) and nothing of a version-control store counts.
    """
    from watchfiles import Change, watch

    def counts(_: Change, path: str) -> bool:
        return not is_below(path, without) and not any(part in VERSION_CONTROL for part in Path(path).parts)

    changes = watch(
        *roots,
        watch_filter=counts,
        debounce=LONGEST_MS,
        step=QUIET_MS,
        stop_event=stop,
        raise_interrupt=False,
        rust_timeout=IDLE_MS,
        yield_on_timeout=True,
        ignore_permission_denied=True,
    )
    for burst in changes:
        yield frozenset(path for _, path in burst)

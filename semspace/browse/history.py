"""What was asked on the screen of a space before: a file that only its owner reads, and that goes when a text is forgotten."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp

from semspace.store import SHAPES

NAME = "asked.json"
MOST = 500
"""Queries that are kept: the last."""

LONGEST = 1_000
"""Characters of a query that is kept."""


class History:
    """The queries of a space, the last one at the end. Without a folder they are kept for this session only."""

    def __init__(self, folder: Path | None) -> None:
        """Take the folder of a space."""
        self._path = None if folder is None else folder / SHAPES / NAME
        self.queries: list[str] = self._read()

    def add(self, query: str) -> None:
        """Keep a query; of equal ones the last. Those that another screen kept meanwhile stay."""
        if not query.strip() or len(query) > LONGEST:
            return
        known = self._read() or self.queries
        self.queries = [*(one for one in known if one != query), query][-MOST:]
        # History is no reason to stop: where nothing can be written, it ends with the session.
        with suppress(OSError):
            self._write(self.queries)

    def _read(self) -> list[str]:
        if self._path is None:
            return []
        with suppress(OSError, ValueError, RecursionError):
            held = json.loads(self._path.read_text(encoding="utf-8"))
            if isinstance(held, list):
                return [one for one in held if isinstance(one, str) and len(one) <= LONGEST][-MOST:]
        return []

    def _write(self, queries: Sequence[str]) -> None:
        if self._path is None:
            return
        self._path.parent.mkdir(mode=0o700, exist_ok=True)
        # A temporary file is its owner's alone from the first byte on.
        descriptor, temporary = mkstemp(dir=self._path.parent, prefix=NAME, suffix=".new")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
                json.dump(list(queries), file)
            Path(temporary).replace(self._path)
        finally:
            Path(temporary).unlink(missing_ok=True)

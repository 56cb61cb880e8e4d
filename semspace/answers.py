"""What a space can be asked: none of it changes the space."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

from semspace import inspection, targets
from semspace.checking import check
from semspace.encoders import Encoder
from semspace.records import Comparison, Finding, Hit, Hits, Mode, Neighborhood, Status
from semspace.search import Narrowing, Options, Searcher, filter_of
from semspace.settings import Settings
from semspace.store import Store


class Answers:
    """Searches, comparisons and inspections of an open space; `Space` adds what writes."""

    folder: Path
    name: str
    settings: Settings
    _store: Store
    _searcher: Searcher

    @property
    def encoder(self) -> Encoder:
        """Return the encoder of queries."""
        raise NotImplementedError

    def search(
        self,
        query: str,
        k: int = 10,
        mode: Mode = "hybrid",
        where: str | None = None,
        *,
        per_document: int | None = None,
        lines: int = 0,
        **narrow: Unpack[Narrowing],
    ) -> Hits:
        """Return the k passages that answer a query best.

        `where` is an expression over metadata (tags = 'x' and date > 2024), `per_document` limits the passages of one
        document, `lines` gives so many lines around each. Raises EmptyQuery, InvalidFilter, InvalidInput.
        """
        options = Options(k, filter_of(where, narrow), per_document, lines)
        return self._searcher.search(query, mode, options)

    def similar(
        self,
        target: str | None = None,
        k: int = 10,
        where: str | None = None,
        *,
        text: str | None = None,
        per_document: int | None = None,
        lines: int = 0,
        **narrow: Unpack[Narrowing],
    ) -> Hits:
        """Return the passages nearest to `#ID`, `FILE:LINE`, `FILE` or some words; never the target itself.

        Raises PassageNotFound, PathNotFound, InvalidFilter, InvalidInput.
        """
        options = Options(k, filter_of(where, narrow), per_document, lines)
        point = targets.point(target, text, self._store, lambda: self.encoder)
        return self._searcher.similar(point.vector, point.label, point.ids, options)

    def neighbors(self, target: str, breadth: int = 5, depth: int = 2) -> Neighborhood:
        """Return the neighbourhood of a passage: its nearest passages and theirs, `depth` levels deep."""
        return self._searcher.neighborhood(targets.passage_at(target, self._store), breadth, depth)

    def compare(self, first: str, second: str) -> Comparison:
        """Return the cosine similarity of two texts, files or passages (`#ID`)."""
        return targets.compare(first, second, self._store, lambda: self.encoder)

    def show(self, target: str) -> Hit:
        """Return one passage: `#ID`, `FILE:LINE`, or the first of `FILE`. Raises PassageNotFound."""
        return self._searcher.neighborhood(targets.passage_at(target, self._store), 1, 0).hit

    def status(self, *, look: bool = True) -> Status:
        """Return what the space holds, what it takes on disk, what failed, and (`look`) which files changed since."""
        return inspection.status(self.folder, self.settings, self._store, look=look)

    def check(self, *, deep: bool = False) -> list[Finding]:
        """Compare every part of the space with what it was made from; `deep` encodes a sample of texts again."""
        return list(check(self.folder, self.settings, self._store, (lambda: self.encoder) if deep else None))

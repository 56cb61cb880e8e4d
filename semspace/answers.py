"""What a space can be asked: none of it changes the space."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Self, Unpack

from semspace import erasures, inspection, targets
from semspace.asking import Narrowing, Options, Wishes, filter_of
from semspace.checking import check
from semspace.derived import DerivedVectors, DerivedWords
from semspace.encoders import Encoder
from semspace.errors import InvalidInput
from semspace.lexical import LexicalIndex
from semspace.records import Boilerplate, Comparison, Finding, Hit, Hits, Mode, Neighborhood, Status
from semspace.search import Searcher
from semspace.settings import Settings
from semspace.store import Store


class Answers:
    """Searches, comparisons and inspections of an open space; `Space` adds what writes.

    Threads may share it: they take turns. A process that was forked after it was opened has to open it again.
    """

    folder: Path
    name: str
    settings: Settings
    _store: Store
    _searcher: Searcher
    _vectors: DerivedVectors
    _words: DerivedWords
    _lock: RLock
    _process: int

    def __new__(cls, *_: object, **__: object) -> Self:
        """Make what threads and processes are told apart by."""
        self = super().__new__(cls)
        self._lock, self._process = RLock(), os.getpid()
        return self

    @contextmanager
    def _turn(self) -> Iterator[Searcher]:
        """Wait for the other threads, and give what answers now. Raises InvalidInput in a forked process."""
        if os.getpid() != self._process:
            # Neither SQLite's locks nor the threads of an encoder live on in a fork, and a lock may never be given back.
            raise InvalidInput(
                f"The space {self.name} was opened by process {self._process}, of which this one is a fork.",
                "Open it again here: Space.open(...).",
            )
        with self._lock:
            yield self._searcher

    @property
    def encoder(self) -> Encoder:
        """Return the encoder of queries."""
        raise NotImplementedError

    def _steered(self, boost: Sequence[str], mute: Sequence[str]) -> tuple[float, ...]:
        """Return what is added to a query for features that hits should have more or less of."""
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
        **wishes: Unpack[Wishes],
    ) -> Hits:
        """Return the k passages that answer a query best; none, with a verdict, where nothing looks like an answer.

        "a phrase" and +word have to be there, -word must not, begin* matches what begins so. `where` is an expression over
        metadata (tags = 'x' and date > 2024), `per_document` limits the passages of one document, `lines` gives so many lines
        around each. Raises EmptyQuery, InvalidFilter, InvalidInput, PassageNotFound.
        """
        view = wishes.get("view")
        with self._turn() as plain:
            searcher = plain if view is None else plain.through(erasures.load(self._store, view).eraser)
            judged = [
                tuple(targets.passage_at(str(one), self._store) for one in wishes.get(key, ()))  # type: ignore[attr-defined]
                for key in ("more_like", "less_like")
            ]
            options = Options(
                k,
                filter_of(where, wishes),
                per_document,
                lines,
                rerank=wishes.get("rerank", False),
                diverse=wishes.get("diverse", False),
                plus=tuple(wishes.get("plus", ())),
                without=tuple(wishes.get("without", ())),
                likes=judged[0],
                dislikes=judged[1],
                everything=wishes.get("everything", False),
                explain=wishes.get("explain", False),
                reasons=wishes.get("reasons", False),
                taste=wishes.get("taste"),
                steered=self._steered(wishes.get("boost", ()), wishes.get("mute", ())),
            )
            return searcher.search(query, mode, options)

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
        with self._turn() as searcher, searcher.near():
            point = targets.point(target, text, self._store, lambda: self.encoder)
            return searcher.similar(point.vector, point.label, point.ids, options)

    def neighbors(self, target: str, breadth: int = 5, depth: int = 2) -> Neighborhood:
        """Return the neighbourhood of a passage: its nearest passages and theirs, `depth` levels deep."""
        with self._turn() as searcher, searcher.near():
            return searcher.neighborhood(targets.passage_at(target, self._store), breadth, depth)

    def compare(self, first: str, second: str, *, files: bool = True) -> Comparison:
        """Return the cosine similarity of two texts, files or passages (`#ID`); without `files` a file's name is words."""
        with self._turn() as searcher, searcher.steady():
            return targets.compare(first, second, self._store, lambda: self.encoder, files=files)

    def show(self, target: str, *, lines: int = 0) -> Hit:
        """Return one passage, with some lines around it: `#ID`, `FILE:LINE`, or the first of `FILE`. Raises PassageNotFound."""
        with self._turn() as searcher, searcher.steady():
            return searcher.passage(targets.passage_at(target, self._store), lines)

    def lit(self, query: str, hit: Hit, *, mode: Mode = "hybrid", lines: int = 0) -> Hit:
        """Return a hit with the sentence that answers, the words that carry it, and some lines around it.

        What `reasons` of a search gives for all hits, for one. Raises PassageNotFound where it is gone.
        """
        with self._turn() as searcher:
            return searcher.lit(query, hit, mode, lines)

    def status(self, *, look: bool = True) -> Status:
        """Return what the space holds, what it takes on disk, what failed, and (`look`) which files changed since."""
        with self._turn() as searcher, searcher.steady():
            return inspection.status(self.folder, self.settings, self._store, look=look)

    def boilerplate(self) -> list[Boilerplate]:
        """Return the blocks of text that recur over so many files that they are left out, the most frequent first."""
        # No search needs this.
        from semspace import surveying

        with self._turn() as searcher, searcher.steady():
            return surveying.boilerplate(self._store)

    @contextmanager
    def opened(self) -> Iterator[tuple[Searcher, Store, LexicalIndex]]:
        """Give what answers, in one state: for whoever measures it. None of it changes the space."""
        with self._turn() as searcher, searcher.steady(self._vectors, self._words):
            yield searcher, self._store, self._words.get()

    def check(self, *, deep: bool = False) -> list[Finding]:
        """Compare every part of the space with what it was made from; `deep` encodes a sample of texts again."""
        with self._turn():
            return list(check(self.folder, self.settings, self._store, (lambda: self.encoder) if deep else None))

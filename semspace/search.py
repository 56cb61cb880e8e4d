"""The walk of a query: words -> vector and stems -> two rankings -> one -> hits.

`similar` and `neighborhood` are other entrances to the same path. Filters go into both indexes as ids, before top-k.
"""

from __future__ import annotations

import math
import operator
import os
import re
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TypedDict

import numpy as np

from semspace.arrays import Ids, Ranking, Vectors
from semspace.derived import DerivedVectors, DerivedWords, Steady
from semspace.encoders import Encoder
from semspace.errors import EmptyQuery, InvalidInput
from semspace.lexical import spans
from semspace.paths import real
from semspace.ranking import fuse, limit_per_group
from semspace.records import MODES, Filter, Hit, Hits, Mode, Neighborhood
from semspace.store import Row, Store, period

NO_FILTER = Filter()

DEPTH = 200
"""Candidates taken from each side at least. On SciFact 100, 200 and 1,000 give the same nDCG@10 within 0.003."""

LONGEST = 100_000
"""Characters of a query; an encoder sees the first hundreds of words at most."""

DEEPEST = 100
"""Levels of a neighbourhood: each is a call within the one above."""

_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Options:
    """How many hits, of which passages, and how they are dressed."""

    k: int = 10
    chosen: Filter = NO_FILTER
    per_document: int | None = None
    lines: int = 0


class Narrowing(TypedDict, total=False):
    """Which passages may answer: files and folders, globs, and dates (seconds since 1970, or 2024, 2024-05-31, 7d)."""

    paths: Sequence[str | os.PathLike[str]]
    include: Sequence[str]
    exclude: Sequence[str]
    since: str | float | None
    until: str | float | None


def filter_of(where: str | None, narrow: Narrowing) -> Filter:
    """Return the filter that a caller means. Raises InvalidInput, PathNotFound."""
    return Filter(
        where=where,
        paths=tuple(real(path) for path in narrow.get("paths", ())),
        include=tuple(narrow.get("include", ())),
        exclude=tuple(narrow.get("exclude", ())),
        since=_moment(narrow.get("since"), end=False),
        until=_moment(narrow.get("until"), end=True),
    )


def _moment(value: str | float | None, *, end: bool) -> float | None:
    if value is None or (isinstance(value, (int, float)) and not math.isnan(value)):
        return value
    span = period(value) if isinstance(value, str) else None
    if span is None:
        raise InvalidInput(f"{value!r} is no date.", "Write 2024, 2024-05, 2024-05-31, or 7d for seven days ago.")
    return span[1] if end else span[0]


class Searcher:
    """Answers queries from one space. `encoder` is called at the first query that needs a vector."""

    def __init__(
        self,
        name: str,
        model: str,
        store: Store,
        vectors: DerivedVectors,
        words: DerivedWords,
        encoder: Callable[[], Encoder],
    ) -> None:
        self._name = name
        self._model = model
        self._store = store
        self._vectors = vectors
        self._words = words
        self._encoder = encoder
        self.steady = Steady(store)

    def search(self, query: str, mode: Mode, options: Options) -> Hits:
        """Return the passages that answer a query best. Raises EmptyQuery, InvalidInput, InvalidFilter."""
        started = time.perf_counter()
        # A terminal makes lone surrogates out of broken bytes; no tokenizer takes them.
        query = query.encode("utf-8", "replace").decode()
        _check(query, mode, options)
        vector = self._encoder().encode([query], "query") if mode != "lexical" else None
        with self.steady(*self._sides(mode)):
            among = self._among(options.chosen)
            ranking = self._top(lambda depth: self.rank(query, vector, mode, depth, among), options)
            return self._hits(ranking, query, mode, options, vector, started)

    def similar(self, vector: Vectors, label: str, without: Ids, options: Options) -> Hits:
        """Return the passages nearest to a vector, shape (1, dim), but for those in `without`."""
        started = time.perf_counter()
        _check("text", "semantic", options)
        with self.steady(self._vectors):
            among = self._among(options.chosen)

            def nearest(depth: int) -> Ranking:
                ranking = self._vectors.search(vector, depth + len(without), among)[0]
                kept = ~np.isin(ranking.ids, without)
                return Ranking(ranking.ids[kept], ranking.scores[kept]).top(depth)

            return self._hits(self._top(nearest, options), "", "semantic", options, vector, started, label)

    def neighborhood(self, passage_id: int, breadth: int, depth: int) -> Neighborhood:
        """Return a passage with its nearest passages, and theirs, `depth` levels deep; no passage comes twice."""
        _count("breadth", breadth, 1)
        _count("depth", depth, 0)
        if depth > DEEPEST:
            raise InvalidInput(f"depth must be {DEEPEST} at most, not {depth}.")
        seen = {passage_id}
        one = Ranking.of(np.array([passage_id]), np.ones(1, dtype=np.float32))

        def grow(hit: Hit, level: int) -> Neighborhood:
            if level == 0:
                return Neighborhood(hit)
            vector = self._store.vectors(np.array([hit.id]))
            without = np.array(sorted(seen), dtype=np.int64)
            hits = self.similar(vector, hit.text, without, Options(k=breadth))
            # A level is chosen before the next one grows: the nearest passages stand nearest to the root.
            seen.update(near.id for near in hits)
            return Neighborhood(hit, tuple(grow(near, level - 1) for near in hits))

        with self.steady(*([self._vectors] if depth else [])):
            return grow(self._dress(one, "", Options(), None)[0], depth)

    def rank(self, query: str, vector: Vectors | None, mode: Mode, k: int, among: Ids | None = None) -> Ranking:
        """Return the ids of the k best passages with their scores, without touching their texts."""
        depth = max(k, DEPTH)
        dense = lexical = Ranking.empty()
        if vector is not None and mode != "lexical":
            dense = self._vectors.search(vector, k if mode == "semantic" else depth, among)[0]
        if mode != "semantic":
            lexical = self._words.get().search(query, k if mode == "lexical" else depth, among)
        if mode == "hybrid":
            return fuse(dense, lexical).top(k)
        return dense if mode == "semantic" else lexical

    def near(self) -> AbstractContextManager[None]:
        """See one state of the space while its nearest passages are asked for, more than once perhaps."""
        return self.steady(self._vectors)

    def _sides(self, mode: Mode) -> tuple[DerivedVectors | DerivedWords, ...]:
        if mode == "hybrid":
            return self._vectors, self._words
        return (self._vectors,) if mode == "semantic" else (self._words,)

    def _among(self, chosen: Filter) -> Ids | None:
        return None if chosen == NO_FILTER else self._store.ids(chosen)

    def _top(self, rank: Callable[[int], Ranking], options: Options) -> Ranking:
        """Return the k best, asking for more while a limit per document leaves too few."""
        if options.per_document is None:
            return rank(options.k)
        depth = 4 * options.k
        while True:
            ranking = rank(depth)
            kept = limit_per_group(ranking, self._store.document_ids(ranking.ids), options.per_document)
            if len(kept) >= options.k or len(ranking) < depth:
                return kept.top(options.k)
            depth *= 4

    def _hits(
        self,
        ranking: Ranking,
        query: str,
        mode: Mode,
        options: Options,
        vector: Vectors | None,
        started: float,
        label: str | None = None,
    ) -> Hits:
        hits = self._dress(ranking, query, options, vector)
        took = (time.perf_counter() - started) * 1000
        return Hits(
            hits,
            query=label or query,
            space=self._name,
            mode=mode,
            model=self._model,
            took_ms=took,
            coverage=self._store.coverage(),
        )

    def _dress(self, ranking: Ranking, query: str, options: Options, vector: Vectors | None) -> list[Hit]:
        """Give texts to a ranking; a passage that another process has just removed is left out."""
        rows = self._store.rows(ranking.ids.tolist())
        similar = self._similar(np.array(list(rows), dtype=np.int64), vector)
        found = [
            (number, score)
            for number, score in zip(ranking.ids.tolist(), ranking.scores.tolist(), strict=True)
            if number in rows
        ]
        return [
            self._hit(place, rows[number], score, similar.get(number), query, options)
            for place, (number, score) in enumerate(found)
        ]

    def _similar(self, ids: Ids, vector: Vectors | None) -> dict[int, float]:
        """Return the cosine of each passage to a query; of one that waits for its vector there is none."""
        if vector is None:
            return {}
        ids = self._store.with_vector(ids)
        return dict(zip(ids.tolist(), (self._store.vectors(ids) @ vector[0]).tolist(), strict=True))

    def _hit(self, place: int, row: Row, score: float, similarity: float | None, query: str, options: Options) -> Hit:
        passage = row.passage
        before, after = self._around(row, options.lines)
        return Hit(
            rank=place + 1,
            id=row.id,
            score=score,
            similarity=similarity,
            path=None if row.key is not None else row.path,
            start_line=passage.start_line,
            end_line=passage.end_line,
            page=passage.page,
            heading=passage.heading,
            text=passage.text,
            metadata=row.metadata,
            key=row.key,
            title=row.title,
            matches=spans(query, passage.text) if query else (),
            before=before,
            after=after,
        )

    def _around(self, row: Row, lines: int) -> tuple[str, str]:
        """Return some lines before and after a passage."""
        if lines < 1:
            return "", ""
        text = self._store.text(row.document_id)
        before, after = text[: row.passage.start], text[row.passage.end :]
        return "\n".join(before.split("\n")[-lines - 1 :]), "\n".join(after.split("\n")[: lines + 1])


def _check(query: str, mode: str, options: Options) -> None:
    if len(query) > LONGEST:
        raise InvalidInput(
            f"The query has {len(query):,} characters; {LONGEST:,} are the most.", "Ask for what is near a file: similar FILE"
        )
    if not _WORD.search(query):
        raise EmptyQuery("The query holds no letter and no digit.", "Ask with at least one word.")
    if mode not in MODES:
        raise InvalidInput(f"There is no mode {mode!r}.", f"Modes: {', '.join(MODES)}.")
    _count("k", options.k, 1)
    _count("lines", options.lines, 0)
    if options.per_document is not None:
        _count("per_document", options.per_document, 1)


def _count(name: str, value: int, least: int) -> None:
    """Raise InvalidInput unless a value is a whole number of so many at least."""
    try:
        enough = operator.index(value) >= least
    except TypeError:
        enough = False
    if not enough:
        raise InvalidInput(f"{name} must be a whole number, {least} at least, not {value!r}.")


def mean_vector(vectors: Vectors) -> Vectors:
    """Return the direction of the mean of some unit vectors, shape (1, dim)."""
    mean = vectors.mean(axis=0, keepdims=True)
    length = float(np.linalg.norm(mean))
    return (mean / length).astype(np.float32) if length > 1e-6 else vectors[:1]

"""The walk of a query: words -> vector and stems -> candidates of both sides -> one ranking -> hits, and a verdict.

`similar` and `neighborhood` are other entrances to the same path. Filters go into both indexes as ids, before top-k.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from semspace import feedback
from semspace.arrays import Ids, Ranking, Vectors, check
from semspace.asking import DEEPEST, NO_FILTER, Options, checked, count, excluded
from semspace.calibration import KEY, Calibration, combine
from semspace.candidates import Finder, echoed
from semspace.derived import DerivedVectors, DerivedWords, InStep, Steady
from semspace.dressing import Dresser, Judged, Opinions
from semspace.encoders import Encoder, words
from semspace.erased import ErasedEncoder, ErasedStore, ErasedVectors
from semspace.judges import Judges
from semspace.lexical import Asked, understand
from semspace.ranking import Candidates, Floats, diverse, limit_per_group, tasted
from semspace.reasons import explain
from semspace.records import Filter, Hit, Hits, Mode, Neighborhood
from semspace.reranking import Judge, Texts, rerank
from semspace.store import Store
from semspace.tastes import Taste, load

if TYPE_CHECKING:
    from semspace.latent.erasure import Eraser

VARIED = 100
"""Candidates from which hits that are unlike each other are chosen."""

CUT = 0.5
"""Relevance from which on a hit looks like an answer."""


class Searcher:
    """Answers queries from one space. `encoder` is called at the first query that needs a vector."""

    def __init__(
        self,
        name: str,
        model: str,
        store: Store,
        vectors: DerivedVectors | ErasedVectors,
        words: DerivedWords,
        encoder: Callable[[], Encoder],
        judges: Judges,
    ) -> None:
        self._name = name
        self._model = model
        self._store = store
        self._vectors = vectors
        self._words = words
        self._encoder = encoder
        self._judges = judges
        self._dresser = Dresser(store)
        self._finder = Finder(store, vectors, words)
        self._learned: tuple[str | None, Calibration] | None = None
        self.steady = Steady(store)

    def through(self, eraser: Eraser) -> Searcher:
        """Return what answers as if a field had been taken out of every vector, those of queries too."""
        assert isinstance(self._vectors, DerivedVectors), "through one eraser"
        store, vectors = ErasedStore.of(self._store, eraser), ErasedVectors(self._vectors, eraser)
        encoder = self._encoder
        return Searcher(
            self._name, self._model, store, vectors, self._words, lambda: ErasedEncoder(encoder(), eraser), self._judges
        )

    def search(self, query: str, mode: Mode, options: Options) -> Hits:
        """Return the passages that answer a query best, or none where nothing looks like an answer.

        Raises EmptyQuery, InvalidInput, InvalidFilter, PassageNotFound.
        """
        started = time.perf_counter()
        # A terminal makes lone surrogates out of broken bytes; no tokenizer takes them.
        query = query.encode("utf-8", "replace").decode()
        options = checked(query, mode, options)
        asked = understand(query)
        encoded = self._encode(asked.text, options) if mode != "lexical" else None
        judge = self._judges.choose(options.rerank)
        with self.steady(*self._sides(mode, asked), *self._judges.needed(judge)):
            among = self._among(options.chosen)
            vector = self._moved(encoded, options) if encoded is not None else None
            ranking, judged = self._best(asked, vector, mode, options, among, judge)
            hits = self._dresser.dress(ranking, asked.text, options, vector, judged)
            hits = self._reasoned(asked.text, hits, mode) if options.reasons else hits
            return self._told(hits, query, mode, options, started, judge)

    def similar(self, vector: Vectors, label: str, without: Ids, options: Options) -> Hits:
        """Return the passages nearest to a vector, shape (1, dim), but for those in `without`."""
        started = time.perf_counter()
        options = checked("text", "semantic", options)
        with self.steady(self._vectors):
            among = self._among(options.chosen)

            def nearest(depth: int) -> Ranking:
                ranking = self._vectors.search(vector, depth + len(without), among)[0]
                kept = ~np.isin(ranking.ids, without)
                return Ranking(ranking.ids[kept], ranking.scores[kept]).top(depth)

            ranking = self._chosen(nearest, options)
            hits = self._dresser.dress(ranking, "", options, vector)
            return self._told(hits, label, "semantic", options, started)

    def neighborhood(self, passage_id: int, breadth: int, depth: int) -> Neighborhood:
        """Return a passage with its nearest passages, and theirs, `depth` levels deep; no passage comes twice."""
        breadth, depth = count("breadth", breadth, 1), count("depth", depth, 0, DEEPEST)
        seen = {passage_id}

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
            return grow(self.passage(passage_id), depth)

    def passage(self, passage_id: int, lines: int = 0) -> Hit:
        """Return one passage with its text, and with some lines before and after it."""
        one = Ranking.of(np.array([passage_id]), np.ones(1, dtype=np.float32))
        return self._dresser.dress(one, "", Options(lines=count("lines", lines, 0)), None)[0]

    def lit(self, query: str, hit: Hit, mode: Mode, lines: int = 0) -> Hit:
        """Return a hit with its reasons, and with some lines around it. Raises PassageNotFound where it is gone."""
        asked = understand(query).text
        with self.steady():
            whole = self.passage(self._store.row(hit.id).id, lines)
            one = replace(hit, before=whole.before, after=whole.after)
            return self._reasoned(asked, [one], mode)[0] if asked.strip() else one

    def find_each(self, queries: Sequence[str], vectors: Vectors) -> list[Candidates]:
        """Return the candidates of both sides for many plain queries and their vectors, shape (n, dim)."""
        return self._finder.find_each(queries, vectors)

    def judge(self, wish: bool | str, texts: Texts) -> Judge | None:
        """Return who would read the best again, reading `texts` for the passages."""
        return self._judges.choose(wish, texts)

    def near(self) -> AbstractContextManager[None]:
        """See one state of the space while its nearest passages are asked for, more than once perhaps."""
        return self.steady(self._vectors)

    def calibration(self) -> Calibration:
        """Return what the space learned of itself; what a space that learned nothing takes for granted."""
        text = self._store.setting(KEY)
        if self._learned is None or self._learned[0] != text:
            learned = Calibration()
            with suppress(ValueError, KeyError, TypeError, AttributeError):
                learned = Calibration.from_json(text) if text else learned
            self._learned = (text, learned)
        return self._learned[1]

    def _encode(self, text: str, options: Options) -> list[Vectors]:
        """Return the vectors of a query, of what is added to it and of what is taken from it."""
        encoder = self._encoder()
        texts = ([text], options.plus, options.without)
        return [check(encoder.encode(list(part), "query"), self._store.dim) for part in texts]

    def _moved(self, encoded: list[Vectors], options: Options) -> Vectors:
        query, plus, without = encoded
        if len(plus) or len(without):
            query = feedback.combine(query, plus, without)
        if options.likes or options.dislikes:
            judged = [self._store.vectors(np.array(ids, dtype=np.int64)) for ids in (options.likes, options.dislikes)]
            query = feedback.rocchio(query, *judged)
        return feedback.steer(query, options.steered) if options.steered else query

    def _sides(self, mode: Mode, asked: Asked) -> tuple[InStep, ...]:
        needed: list[InStep] = [] if mode == "lexical" else [self._vectors]
        return (*needed, self._words) if mode != "semantic" or asked.constrained else tuple(needed)

    def _among(self, chosen: Filter) -> Ids | None:
        return None if chosen == NO_FILTER else self._store.ids(chosen)

    def _best(
        self, asked: Asked, vector: Vectors | None, mode: Mode, options: Options, among: Ids | None, judge: Judge | None
    ) -> tuple[Ranking, Judged]:
        """Return the k best passages, with what speaks for each of the candidates."""
        learned, found = self.calibration(), Candidates.empty()
        opinions: dict[int, float] = {}
        taste = load(self._store, options.taste) if options.taste else None

        def ranked(depth: int) -> Ranking:
            nonlocal found
            found = self._finder.find(asked, vector, mode, depth, among)
            if mode == "hybrid" and judge is None:
                found = echoed(found, self._store, learned.weight)
            ranking = found.ranked(scored(found, mode, learned.weight))
            ranking = rerank(asked.text, ranking, judge, opinions) if judge else ranking
            return ranking if taste is None else self._tasted(ranking, taste)

        ranking = self._chosen(ranked, options, judge)
        judged = Judged.of(found, scored(found, mode, learned.weight), learned, mode, vector)
        if options.explain:
            given = Opinions(judge.name if judge else None, {n: judge.shown(o) for n, o in opinions.items()} if judge else {})
            told = partial(self._words.get().contributions, asked.text)
            judged = judged.explained(ranking.ids, found, learned.weight, mode, given, told)
        return ranking, judged

    def _reasoned(self, query: str, hits: list[Hit], mode: Mode) -> list[Hit]:
        """Mark in each hit the sentence that answers, and the words that carry it: by meaning where an encoder is open."""
        texts = [query, *(hit.text for hit in hits)]
        return explain(query, hits, words(self._encoder(), texts) if mode != "lexical" else None)

    def _tasted(self, ranking: Ranking, taste: Taste) -> Ranking:
        """Order the best candidates by what speaks for them and by a taste, half and half."""
        best = ranking.top(VARIED)
        best = best.among(self._store.with_vector(np.sort(best.ids)))
        return tasted(best, taste.scores(self._store.vectors(best.ids))) if len(best) else ranking

    def _chosen(self, rank: Callable[[int], Ranking], options: Options, judge: Judge | None = None) -> Ranking:
        """Return the k best, asking for more while a limit per document leaves too few."""
        depth = options.k if options.per_document is None else 4 * options.k
        depth = max(depth, judge.depth if judge else 0, VARIED if options.diverse or options.taste else 0)
        seen = -1
        while True:
            ranking = rank(depth)
            kept = ranking
            if options.per_document is not None:
                kept = limit_per_group(ranking, self._store.document_ids(ranking.ids), options.per_document)
            if len(kept) >= options.k or len(ranking) == seen:
                break
            seen, depth = len(ranking), 4 * depth
        if options.diverse:
            kept = kept.top(max(VARIED, options.k))
            with_vectors = kept.among(self._store.with_vector(np.sort(kept.ids)))
            return diverse(with_vectors, self._store.vectors(with_vectors.ids), options.k)
        return kept.top(options.k)

    def _told(
        self, hits: list[Hit], query: str, mode: Mode, options: Options, started: float, judge: Judge | None = None
    ) -> Hits:
        best = max((hit.relevance for hit in hits if hit.relevance is not None), default=1.0 if hits else 0.0)
        return Hits(
            hits if best >= CUT or options.everything else [],
            query=query,
            space=self._name,
            mode=mode,
            model=self._model,
            took_ms=(time.perf_counter() - started) * 1000,
            coverage=self._store.coverage(),
            verdict="found" if best >= CUT else "nothing",
            nearest=hits[0] if hits else None,
            judged=self.calibration().basis,
            reranker=judge.name if judge else None,
            excluded=None if options.without else excluded(query),
        )


def scored(found: Candidates, mode: Mode, weight: float) -> Floats:
    """Return the score of each candidate in a mode."""
    if mode == "hybrid":
        both = combine(found.dense, found.lexical, weight)
        return both if found.echo is None else both + feedback.GUESSED * found.echo
    return found.dense if mode == "semantic" else found.lexical


def mean_vector(vectors: Vectors) -> Vectors:
    """Return the direction of the mean of some unit vectors, shape (1, dim)."""
    mean = vectors.mean(axis=0, keepdims=True)
    length = float(np.linalg.norm(mean))
    return (mean / length).astype(np.float32) if length > 1e-6 else vectors[:1]

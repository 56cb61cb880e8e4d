"""Known items asked for in the space itself: with what must not give them away held out of the passages that hold it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from semspace.arrays import Ids, Vectors
from semspace.candidates import echoed
from semspace.encoders import Encoder
from semspace.evaluation.alternatives import wished
from semspace.evaluation.known_items import Known, runs, says_the_same, title, untitled, without
from semspace.evaluation.measures import RECALL_DEPTH, figures
from semspace.evaluation.topics import Topic
from semspace.lexical import LexicalIndex
from semspace.ranking import Candidates, Floats
from semspace.records import Alternative, Passage
from semspace.reranking import rerank
from semspace.search import Searcher, scored
from semspace.store import Row, Store


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A query and its candidates; `instead` are the passages without what was held out of them."""

    topic: Topic
    found: Candidates
    instead: Mapping[int, Passage]


def cases(
    asked: Sequence[Known], searcher: Searcher, store: Store, words: LexicalIndex, encoder: Encoder, average: float
) -> list[Case]:
    """Ask every query once: each mode is then an order of its candidates. `average` is the length of passages in words."""
    queries = [one.text for one in asked]
    vectors = encoder.encode(queries, "query")
    found = [_case(one, near, store) for one, near in zip(asked, searcher.find_each(queries, vectors), strict=True)]
    texts = [passage.encoded for case in found for passage in case.instead.values()]
    near = iter(encoder.encode(texts, "passage") if texts else ())
    weight, done = searcher.calibration().weight, []
    for row, case in enumerate(found):
        ids = np.array(list(case.instead), dtype=np.int64)
        left: dict[int, Vectors] = {number: next(near) for number in case.instead}
        dense = np.array([float(vector @ vectors[row]) for vector in left.values()])
        lexical = np.array([words.share_of(case.topic.text, passage.encoded, average) for passage in case.instead.values()])
        done.append(replace(case, found=echoed(_replaced(case.found, ids, dense, lexical), store, weight, left)))
    return done


def _case(one: Known, found: Candidates, store: Store) -> Case:
    """Tell which candidates are what is looked for, and what is held out of them; what gives it away is left out."""
    item = store.row(one.passage)
    rows = {**store.rows(found.ids.tolist()), item.id: item}
    if one.kind == "title":
        wanted = [row for row in rows.values() if title(row) == title(item)]
        instead = {row.id: _left(row, untitled(row.passage.own, row), "") for row in wanted}
    else:
        whole = runs(item.passage.own)
        wanted = [row for row in rows.values() if row.id == item.id or says_the_same(whole, runs(row.passage.own))]
        instead = {row.id: _left(row, without(row.passage.own, one.taken)) for row in wanted} if one.taken else {}
    told = {row.id for row in rows.values() if one.taken and without(row.passage.own, one.taken) != row.passage.own}
    kept = ~np.isin(found.ids, [*(told - instead.keys())])
    places = {str(row.id): "the passage" for row in wanted}
    topic = Topic(one.text, {"the passage": 1}, places, one.kind)
    return Case(topic, Candidates(found.ids[kept], found.dense[kept], found.lexical[kept], found.depth), instead)


def _left(row: Row, text: str, context: str | None = None) -> Passage:
    """Return a passage with what is left of its text."""
    return replace(row.passage, text=text, skips=(), context=row.passage.context if context is None else context)


def _replaced(found: Candidates, ids: Ids, dense: Floats, lexical: Floats) -> Candidates:
    """Give some candidates other scores; one that was not found is added."""
    others = ~np.isin(found.ids, ids)
    merged = np.r_[found.ids[others], ids]
    order = np.argsort(merged)
    return Candidates(
        merged[order], np.r_[found.dense[others], dense][order], np.r_[found.lexical[others], lexical][order], found.depth
    )


def asked_in(
    found: Sequence[Case], way: Alternative, weight: float, store: Store, searcher: Searcher, k: int
) -> Iterator[tuple[float, float, float]]:
    """Yield nDCG, recall and MRR of each query in one way to search; `weight` is that of the space's lexical side."""
    for case in found:
        judge = searcher.judge(wished(way.rerank), PassageTexts(store, case.instead))
        candidates = _matching(replace(case.found, echo=None) if judge else case.found, way)
        ranking = candidates.ranked(scored(candidates, way.mode, weight))
        if judge:
            ranking = rerank(case.topic.text, ranking, judge, {})
        labels = map(str, ranking.top(max(k, RECALL_DEPTH)).ids.tolist())
        yield figures(case.topic.read(labels), case.topic.relevance, k)


def _matching(found: Candidates, way: Alternative) -> Candidates:
    """Return the candidates that a mode would find: by words alone only those that hold one."""
    if way.mode != "lexical":
        return found
    kept = found.lexical > 0
    return Candidates(found.ids[kept], found.dense[kept], found.lexical[kept], found.depth)


@dataclass(frozen=True, slots=True)
class PassageTexts:
    """The passages as they are read, without what was held out."""

    store: Store
    instead: Mapping[int, Passage]

    def __call__(self, ids: Ids) -> dict[int, Passage]:
        return {number: row.passage for number, row in self.store.rows(ids.tolist()).items()} | {
            number: self.instead[number] for number in ids.tolist() if number in self.instead
        }

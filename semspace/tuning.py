"""A space's own vectors -> the vector index that suits it, with a receipt.

Recall is measured against exact search, by queries made of the space's own vectors: a query is a passage pushed towards
another topic, normalise(v + 0.3 (u - w)) with random passages u and w, some 0.92 similar to v; v itself does not count as
found. So queries are as varied as the passages, and their nearest passages a little farther off than those of a text that was
left out: what is found for them is found for such texts too.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from dataclasses import dataclass, replace

import numpy as np

from semspace.arrays import Ids, Vectors, unit
from semspace.derived import DerivedVectors
from semspace.errors import InvalidInput
from semspace.records import Tuned
from semspace.settings import Settings
from semspace.store import Store, WritableStore
from semspace.vectors import KINDS, FileIndex, engine

AUTO = "auto"
EXACT_UP_TO = 20_000
"""Passages up to which exact search takes some 4 ms and its file 30 MB."""

RECALL = 0.99
PUSH = 0.3
QUERIES = 400
FEWER = 50
K = 10
DEPTH = 1_000
"""Candidates that a hybrid search asks for."""

BYTES_PER_MS = 20_000_000
"""Bytes on disk that are worth a millisecond."""

OUTGROWN = 0.5
"""Share of passages that came and went since the index was built, at which it is built anew."""

SUSPECT = 0.1
"""Steps of that share at which recall is measured again."""

LOST = 0.02
"""By how much recall may have fallen then."""


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """Queries, (n, dim), the passages they were made of, and the similarity of the 10th nearest other passage, (n,)."""

    queries: Vectors
    own: Ids
    bound: Vectors
    wanted: int

    @classmethod
    def of(cls, store: Store, count: int, seed: int = 7) -> Trial:
        """Make `count` queries of a store's vectors, and answer them exactly in one pass through the store."""
        ids = store.encoded_ids()
        random = np.random.default_rng(seed)
        own = random.permutation(ids)[:count]
        u, w = (random.choice(ids, len(own)) for _ in range(2))
        at = dict(zip(every := np.unique([own, u, w]), store.vectors(every), strict=True))
        vectors, plus, minus = (np.array([at[number] for number in some]) for some in (own, u, w))
        queries = unit(vectors + PUSH * (plus - minus))
        wanted = min(K, len(ids) - 1)
        return cls(queries, own, _bound(store, ids, queries, own, wanted), wanted)

    def recall(self, vectors: DerivedVectors) -> tuple[float, float]:
        """Return recall@10 of an index and the standard error of that."""
        found = vectors.search(self.queries, K + 1)
        shares = np.array([self._share(vectors.store, row, ranking.ids) for row, ranking in enumerate(found)])
        return float(shares.mean()), float(shares.std() / np.sqrt(len(shares)))

    def _share(self, store: Store, row: int, ids: Ids) -> float:
        others = ids[ids != self.own[row]][: self.wanted]
        # By similarity and not by id: of passages with equal texts any will do.
        right = store.vectors(others) @ self.queries[row] >= self.bound[row] - 1e-6
        return float(right.sum() / self.wanted)


def _bound(store: Store, ids: Ids, queries: Vectors, own: Ids, wanted: int) -> Vectors:
    best = np.full((len(queries), wanted), -2, dtype=np.float32)
    for start in range(0, len(ids), 10_000):
        part = ids[start : start + 10_000]
        scores = queries @ store.vectors(part).T
        scores[own[:, None] == part] = -2
        best = -np.partition(-np.hstack([best, scores]), wanted - 1, axis=1)[:, :wanted]
    bound: Vectors = best.min(axis=1)
    return bound


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """An index that was built and measured."""

    kind: str
    index: FileIndex
    recall: float
    ms: float
    cost: float
    seconds: float


def tune(store: WritableStore, vectors: DerivedVectors, recall: float = RECALL, kind: str = AUTO) -> Tuned:
    """Give a space the cheapest index that reaches a recall@10, and return the receipt. The caller holds the lock.

    With `auto` a space of up to 20,000 passages gets exact search; a larger one the index of the least cost in time and bytes.
    Raises InvalidInput.
    """
    if not 0 < recall <= 1:
        raise InvalidInput(f"recall must lie between 0 and 1, not {recall}.", "Ask for 0.99.")
    if kind not in {AUTO, *KINDS}:
        engine(kind)
    vectors.close()
    ids = store.encoded_ids()
    trial = Trial.of(store, QUERIES) if len(ids) > 1 else None
    best = _best(store, trial, recall, kind, len(ids))
    size = vectors.adopt(best.kind, best.index)
    return Tuned(
        kind=best.kind,
        effort=best.index.effort,
        asked=kind,
        target=recall,
        recall=round(best.recall, 4),
        queries=len(trial.own) if trial else 0,
        passages=len(ids),
        newest=int(ids[-1]) if len(ids) else 0,
        bytes_per_passage=round(size / max(1, len(ids)), 1),
        ms=round(best.ms, 3),
        seconds=round(best.seconds, 1),
        when=time.time(),
    )


def _best(store: Store, trial: Trial | None, recall: float, kind: str, count: int) -> Candidate:
    if trial is None or (kind == AUTO and count <= EXACT_UP_TO):
        return _candidate(store, trial, recall, "flat" if kind == AUTO else kind)
    if kind != AUTO:
        return _candidate(store, trial, recall, kind)
    best: Candidate | None = None
    for name, size in sorted(_sizes(store.dim).items(), key=lambda item: item[1]):
        if best is not None and (name == "flat" or best.cost <= size * count / BYTES_PER_MS):
            break
        one = _candidate(store, trial, recall, name)
        if one.recall >= recall and (best is None or one.cost < best.cost):
            best = one
    return best or _candidate(store, trial, recall, "flat")


def _sizes(dim: int) -> dict[str, float]:
    """Return bytes per passage: codes, factors, ids."""
    return {"rabitq": dim / 8 + 16, "ivf": 2 * dim + 8, "flat": 4 * dim + 8}


def _candidate(store: Store, trial: Trial | None, recall: float, kind: str) -> Candidate:
    """Build an index of a kind, and find the least effort that reaches a recall beyond chance; else the most there is."""
    started = time.perf_counter()
    vectors = DerivedVectors(None, store, kind)
    index = vectors.get()
    seconds = time.perf_counter() - started
    if trial is None:
        return Candidate(kind, index, 1.0, 0.0, 0.0, seconds)
    found = _least(index, vectors, trial, recall)
    size = _sizes(store.dim).get(kind, 0) * len(index)
    cost = _milliseconds(vectors, trial, DEPTH) + size / BYTES_PER_MS
    return Candidate(kind, index, found, _milliseconds(vectors, trial, K), cost, seconds)


def _least(index: FileIndex, vectors: DerivedVectors, trial: Trial, recall: float) -> float:
    """Set the least effort that reaches a recall, and return what it reaches: halving, since more effort finds more."""
    efforts = index.efforts()
    reached: dict[int, float] = {}

    def enough(place: int) -> bool:
        index.effort = efforts[place]
        reached[place], error = trial.recall(vectors)
        return reached[place] - error >= recall

    place = bisect_left(range(len(efforts) - 1), True, key=enough)
    if place not in reached:
        enough(place)
    index.effort = efforts[place]
    return reached[place]


def _milliseconds(vectors: DerivedVectors, trial: Trial, k: int) -> float:
    """Return the median time of a query, asked alone."""
    times = []
    for query in trial.queries[:30]:
        started = time.perf_counter()
        vectors.search(query[None], k)
        times.append(time.perf_counter() - started)
    return float(np.median(times)) * 1000


def renewed(chosen: Settings, store: WritableStore, vectors: DerivedVectors) -> Tuned | None:
    """Tune a space that has outgrown its index: by its size, by what came and went, or by its recall. None: it has not."""
    tuned, count = chosen.tuned, store.counts()[1]
    if tuned is None:
        return tune(store, vectors) if chosen.index_kind == "flat" and count > EXACT_UP_TO else None
    if tuned.kind == "flat":
        outgrown = tuned.asked == AUTO and count > max(EXACT_UP_TO, tuned.passages * (1 + OUTGROWN))
        return tune(store, vectors, tuned.target) if outgrown else None
    share = _changed(tuned, store.encoded_ids())
    if share >= OUTGROWN:
        return tune(store, vectors, tuned.target, tuned.asked)
    if share < tuned.checked + SUSPECT:
        return None
    found, error = Trial.of(store, FEWER).recall(vectors)
    if found + error < min(tuned.target, tuned.recall) - LOST:
        return tune(store, vectors, tuned.target, tuned.asked)
    return replace(tuned, checked=share)


def _changed(tuned: Tuned, ids: Ids) -> float:
    """Return how many passages came and went since an index was built, as a share of those it was built of."""
    kept = int(np.searchsorted(ids, tuned.newest, side="right"))
    return (abs(tuned.passages - kept) + len(ids) - kept) / max(1, tuned.passages)

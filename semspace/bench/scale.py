"""A million passages: search, recall and what they take on disk."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from semspace.arrays import Vectors, unit
from semspace.bench import spaces
from semspace.bench.figures import Figure, Result
from semspace.bench.material import Material, glosses
from semspace.bench.measuring import in_turn, ratio
from semspace.bench.searching import search
from semspace.bench.setting import Setting
from semspace.bench.vectors import resemblance
from semspace.records import Hits
from semspace.space import Space
from semspace.store import STORE, Store

SMALL, LARGE = 10_000, 1_000_000
K = 10
SMALLEST = "rabitq"
AT_ONCE = 20_000
SAMPLE = 20_000


def scale(setting: Setting) -> Result:
    """Compare a cold search over 1,000,000 passages with one over 10,000, and measure the large space's index."""
    material = glosses(setting)
    small = spaces.drawn(setting, setting.size(SMALL, 100))
    large = spaces.drawn(setting, setting.size(LARGE, 300))
    setting.say("searching the small and the large space in turn")
    query = material.queries[0]
    larges, smalls = in_turn(
        lambda: search(setting, large.name, query), lambda: search(setting, small.name, query), setting.size(7, 1)
    )
    slower = ratio([run.seconds for run in larges], [run.seconds for run in smalls])
    heavier = ratio([run.peak for run in larges], [run.peak for run in smalls])
    queries = material.queries[: setting.size(200, 10)]
    with Space.open(large.name, home=setting.home, models=setting.models) as space:
        setting.say("comparing the large space's answers with exact search")
        judged = [_judged(space, queries)]
        if space.settings.index_kind != SMALLEST:
            setting.say("giving the large space the smallest index")
            space.tune(kind=SMALLEST)
            judged.append(_judged(space, queries))
        disk = _disk(space, setting)
    return Result(
        [
            Figure(f"cold search, {large.passages:,} passages against {small.passages:,}: time", slower, "x", "at most", 1.3),
            Figure("the same: peak memory", heavier, "x", "at most", 1.5),
            *judged,
            *disk,
            Figure("peak memory while indexing them", large.peak / 1e6, "MB", "under", 3_000.0),
            *_likeness(material),
        ],
    )


def _judged(space: Space, queries: Sequence[str]) -> Figure:
    kind = space.settings.index_kind
    least = 0.98 if kind == SMALLEST else 0.99
    return Figure(f"recall@{K} against exact search, {kind} index", recall(space, queries), "", "at least", least)


def recall(space: Space, queries: Sequence[str]) -> float:
    """Return the share of the ten truly nearest passages among the ten that a search by meaning gives, over queries.

    A passage that is as near as the tenth counts as one of them. Truth is every stored vector, compared one by one.
    """
    asked = space.encoder.encode(list(queries), "query")
    tenth = _tenth(space, asked)
    shares = []
    for row, query in enumerate(queries):
        hits: Hits = space.search(query, K, "semantic", everything=True)
        shares.append(sum((hit.similarity or -1.0) >= tenth[row] - 1e-5 for hit in hits) / K)
    return float(np.mean(shares))


def _tenth(space: Space, asked: Vectors) -> Vectors:
    """Return the similarity of the tenth nearest passage to each query, exactly; shape (queries,)."""
    store = Store.open(space.folder / STORE, space.settings.dim, space.settings.vector_type)
    best = np.full((len(asked), K), -1, dtype=np.float32)
    try:
        ids = store.ids()
        for begin in range(0, len(ids), AT_ONCE):
            scores = np.hstack([best, asked @ store.vectors(ids[begin : begin + AT_ONCE]).T])
            best = -np.partition(-scores, K - 1, axis=1)[:, :K]
    finally:
        store.close()
    tenth: Vectors = best.min(axis=1)
    return tenth


def _disk(space: Space, setting: Setting) -> list[Figure]:
    """Return what the space takes for each passage beyond its text, in all and by part."""
    status = space.status()
    count, taken = status.passages, status.bytes
    setting.say(f"on disk: {', '.join(f'{part} {size / 1e6:,.0f} MB' for part, size in taken.items())}")
    stored = status.dim * np.dtype(status.vector_type).itemsize
    return [
        Figure("bytes per passage: index and stored vectors", taken["vectors"] / count + stored, "B", "under", 1_000.0),
        Figure("bytes per passage: all but its text", (sum(taken.values()) - status.text_bytes) / count, "B"),
        Figure("bytes per passage: lexical index", taken["lexical"] / count, "B"),
        Figure("bytes per passage: text", status.text_bytes / count, "B"),
    ]


def _likeness(material: Material) -> list[Figure]:
    """Say how much drawn vectors are like real ones."""
    rows = np.sort(np.random.default_rng(7).permutation(len(material.vectors))[:SAMPLE])
    real, made = resemblance(unit(material.vectors[rows]))
    names = ("10 %", "median", "90 %")
    nearest = [
        Figure(f"similarity to the nearest other, {name}: drawn vectors", there, note=f"real ones {here:.3f}")
        for name, here, there in zip(names, real.nearest, made.nearest, strict=True)
    ]
    dimension = Figure("intrinsic dimension: drawn vectors", made.dimension, note=f"real ones {real.dimension:.1f}")
    return [*nearest, dimension]

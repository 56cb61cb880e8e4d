"""The bottleneck: recall of codes that take few bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from semspace.arrays import Vectors, unit
from semspace.bench.figures import Absent, Figure, Result, Table
from semspace.bench.material import encoded, glosses, passages
from semspace.bench.setting import Setting
from semspace.latent.bottleneck import EPOCHS
from semspace.latent.codes import K, measure

TEXTS, QUERIES = 10_000, 400
NUMBERS = 64
SEED = 3


def squeezing(setting: Setting) -> Result:
    """Measure codes of glosses and of passages of a manual, with others as queries."""
    figures, rows = list[Figure](), list[tuple[str, ...]]()
    sources: Sequence[tuple[str, Callable[[Setting], Vectors]]] = (("glosses", _glosses), ("hugo-docs", _passages))
    for name, source in sources:
        try:
            vectors = source(setting)
        except Absent as absent:
            setting.say(f"skipped: {absent}")
            continue
        order = np.random.default_rng(SEED).permutation(len(vectors))[: setting.size(TEXTS + QUERIES, 300)]
        queries = min(QUERIES, len(order) // 5)
        to = min(NUMBERS, vectors.shape[1] // 4)
        setting.say(f"measuring codes of {len(order):,} vectors of {name}")
        asked, held = np.ascontiguousarray(vectors[order[:queries]]), np.ascontiguousarray(vectors[order[queries:]])
        found = measure(held, asked, to, setting.size(EPOCHS, 3))
        by = {code.name: code for code in found}
        learnt, axes = by[f"learnt {to}"].recall, by[f"PCA {to}"].recall
        again = by["RaBitQ 1 bit"].reranked
        figures += [
            Figure(f"{name}: recall@{K}, RaBitQ of 1 bit, the best 100 scored again", again, "", "at least", 0.98),
            Figure(f"{name}: recall@{K}, {to} numbers learnt, above PCA {to}", learnt - axes, "", "at least", 0.0),
        ]
        for code in found:
            left = "-" if code.unexplained is None else f"{code.unexplained:.3f}"
            rows.append((name, code.name, f"{code.bytes:,}", f"{code.recall:.3f}", f"{code.reranked:.3f}", left))
    columns = ("texts", "code", "bytes", f"recall@{K}", "best 100 again", "not rebuilt")
    return Result(figures, [Table("Codes of vectors", columns, rows)])


def _glosses(setting: Setting) -> Vectors:
    return unit(np.asarray(glosses(setting).vectors, np.float32))


def _passages(setting: Setting) -> Vectors:
    return unit(encoded(setting, passages(setting))[0].astype(np.float32))

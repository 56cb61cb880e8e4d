"""`--not`: how much of what was not wanted is among the best, beside what the words "A but not B" find.

Texts about a word are those that hold it: a weak judgement, the same for all ways to ask. Weller and others: NevIR, Negation in
Neural Information Retrieval (2024) show why the words alone do not exclude.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from semspace import feedback
from semspace.arrays import Vectors, unit
from semspace.bench.figures import Absent, Figure, Result, Table
from semspace.bench.material import Material, glosses
from semspace.bench.setting import Setting

PAIRS = 60
LEAST, MOST = 20, 400
"""Glosses that hold a word: fewer do not fill a page, and of more the word says little."""

TOP = 20
SEED = 3

_WORD = re.compile(r"[a-z]{4,}")


def excluding(setting: Setting) -> Result:
    """Ask for A without B in three ways, of pairs of words that have nothing to do with each other but by chance."""
    material = glosses(setting)
    holders = _holders(material, setting.size(LEAST, 3))
    words = sorted(holders)
    if len(words) < 4:
        raise Absent("there are not enough words that glosses share")
    rng = np.random.default_rng(SEED)
    pairs = [tuple(words[place] for place in rng.choice(len(words), 2, replace=False)) for _ in range(setting.size(PAIRS, 6))]
    vectors = unit(np.asarray(material.vectors, np.float32))
    named = {word: setting.encoder.encode([word], "query") for pair in pairs for word in pair}
    ways: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for first, second in pairs:
        said = setting.encoder.encode([f"{first} but not {second}"], "query")
        none = named[first][:0]
        asked = {
            "A": named[first],
            "the words: A but not B": said,
            "A --not B": feedback.combine(named[first], none, named[second]),
        }
        for way, query in asked.items():
            ways[way].append(_shares(vectors, query, holders[first], holders[second]))
    about = {way: np.mean(shares, axis=0) for way, shares in ways.items()}
    top = f"of the top {TOP}"
    figures = [
        Figure(f"A --not B: share {top} that is about B", float(about["A --not B"][1]), "", "under", 0.05),
        Figure(f"the words A but not B: share {top} that is about B", float(about["the words: A but not B"][1])),
        Figure(
            f"A --not B: share {top} about A alone, beside that of A asked for alone",
            float(about["A --not B"][0] / max(about["A"][0], 1e-9)), note=f"{len(pairs)} pairs",
        ),
    ]  # fmt: skip
    rows = [(way, f"{alone:.3f}", f"{other:.3f}") for way, (alone, other) in about.items()]
    return Result(figures, [Table(f"Asked for A without B, {len(pairs)} pairs of words", ("way", "A alone", "B"), rows)])


def _holders(material: Material, least: int) -> Mapping[str, set[int]]:
    """Return the rows of the glosses that hold a word, of words that some gloss explains."""
    holders: dict[str, set[int]] = defaultdict(set)
    explained: set[str] = set()
    for row, text in enumerate(material.texts):
        title, _, rest = text.lower().partition(": ")
        explained.update(name for name in title.split(", ") if _WORD.fullmatch(name))
        for word in {*_WORD.findall(title), *_WORD.findall(rest)}:
            holders[word].add(row)
    return {word: rows for word, rows in holders.items() if word in explained and least <= len(rows) <= MOST}


def _shares(vectors: Vectors, query: Vectors, first: set[int], second: set[int]) -> tuple[float, float]:
    """Return which shares of the best hold the first word alone, and which the second."""
    best = np.argsort(-(vectors @ query[0]), kind="stable")[:TOP].tolist()
    return sum(row in first - second for row in best) / len(best), sum(row in second for row in best) / len(best)

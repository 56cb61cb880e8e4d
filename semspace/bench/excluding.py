"""`--not`: how much of what was not wanted is among the best, beside what the words "A but not B" find.

Texts about a word are those that hold it: a weak judgement, the same for all ways to ask. Weller and others: NevIR, Negation in
Neural Information Retrieval (2024) show why the words alone do not exclude.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

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
WAYS = "A", "the words: A but not B", "A --not B"
SEED = 3

_WORD = re.compile(r"[a-z]{4,}")


def excluding(setting: Setting) -> Result:
    """Ask for A without B in three ways: of pairs by chance, and of those where B is among what A alone finds."""
    material = glosses(setting)
    holders = _holders(material, setting.size(LEAST, 3))
    words = sorted(holders)
    if len(words) < 4:
        raise Absent("there are not enough words that glosses share")
    rng, count = np.random.default_rng(SEED), setting.size(PAIRS, 6)
    vectors = unit(np.asarray(material.vectors, np.float32))
    pairs = {
        "by chance": [(str(one), str(other)) for one, other in (rng.choice(words, 2, replace=False) for _ in range(count))]
    }
    pairs["B near A"] = _entangled(setting, vectors, holders, rng.permutation(words).tolist(), count)
    figures, rows = list[Figure](), list[tuple[str, ...]]()
    for kind, chosen in pairs.items():
        about = _asked(setting, vectors, holders, chosen)
        if not about:
            continue
        rows += [(kind, way, f"{alone:.3f}", f"{other:.3f}") for way, (alone, other) in about.items()]
        (_, before), (_, said), (kept, left) = (about[way] for way in WAYS)
        what = f"A --not B, {len(chosen)} pairs, {kind}: share of the top {TOP} that is about B"
        bar = {"sense": "under", "limit": 0.05} if kind == "by chance" else {}
        note = f"{said:.3f} by the words A but not B, {before:.3f} by A alone"
        figures.append(Figure(what, left, note=note, **bar))  # type: ignore[arg-type]
        figures.append(
            Figure(f"{kind}: share that is about A alone, of that when A alone is asked", kept / max(about["A"][0], 1e-9))
        )
    return Result(figures, [Table("Asked for A without B, as pairs of words", ("pairs", "way", "A alone", "B"), rows)])


def _asked(
    setting: Setting, vectors: Vectors, holders: Mapping[str, set[int]], pairs: Sequence[tuple[str, str]]
) -> dict[str, tuple[float, float]]:
    """Return by way to ask the mean shares of the best that are about A alone and about B; nothing of no pairs."""
    found: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
    for first, second in pairs:
        one, other, said = (setting.encoder.encode([text], "query") for text in (first, second, f"{first} but not {second}"))
        for way, query in zip(WAYS, (one, said, feedback.combine(one, one[:0], other)), strict=True):
            found[way].append(_shares(vectors, query, holders[first], holders[second]))
    if not pairs:
        return {}
    return {way: (float(np.mean([one for one, _ in of])), float(np.mean([two for _, two in of]))) for way, of in found.items()}


def _entangled(
    setting: Setting, vectors: Vectors, holders: Mapping[str, set[int]], words: Sequence[str], count: int
) -> list[tuple[str, str]]:
    """Return words, each with another one, not of its stem, that most of what it finds and at least a tenth of it holds."""
    held = defaultdict(list)
    for word in sorted(holders):
        for row in holders[word]:
            held[row].append(word)
    pairs: list[tuple[str, str]] = []
    for word in words:
        best = _best(vectors, setting.encoder.encode([word], "query"))
        others = Counter(other for row in best for other in held[row] if other[:4] != word[:4])
        near = [other for other, times in others.items() if times >= TOP // 10]
        if near and len(pairs) < count:
            pairs.append((word, min(near, key=lambda other: (-others[other], other))))
        if len(pairs) == count:
            break
    return pairs


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
    best = _best(vectors, query)
    return sum(row in first - second for row in best) / len(best), sum(row in second for row in best) / len(best)


def _best(vectors: Vectors, query: Vectors) -> list[int]:
    rows: list[int] = np.argsort(-(vectors @ query[0]), kind="stable")[:TOP].tolist()
    return rows

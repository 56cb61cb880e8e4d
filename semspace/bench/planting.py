"""Duplicates, islands, bridges, axes, hubs: what was planted is found, and nothing where nothing was."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt

from semspace.arrays import Vectors, unit
from semspace.bench.classed import Classed, fields
from semspace.bench.figures import Absent, Figure, Result
from semspace.bench.material import encoded, glosses
from semspace.bench.setting import Setting
from semspace.latent.directions import held_out
from semspace.latent.graph import nearest
from semspace.latent.islands import islands
from semspace.latent.moments import Moments
from semspace.latent.path import linked
from semspace.latent.structure import bridging, hubness
from semspace.space import Space
from semspace.views.duplicates import duplicates

CROWD, DRAWS = 1_500, 10
COPIES = 10
ISLANDERS = 8
POLE = 8
BEST = 10
"""Bridges that are looked at: as many as are named unless one asks for more."""

BRIDGINGS = 4
SEED = 3

Rows = npt.NDArray[np.int64]


def planting(setting: Setting) -> Result:
    """Plant each thing among real texts, and its like where it is none."""
    material = glosses(setting)
    crowd = unit(np.asarray(material.vectors, np.float32))
    figures = [*_twins(setting, material.texts, crowd), *_hubs(setting, crowd), *_islands(setting, crowd)]
    try:
        figures += [*_bridges(setting, fields(setting)), *_poles(fields(setting))]
    except Absent as absent:
        setting.say(f"skipped: {absent}")
    return Result(figures)


def _twins(setting: Setting, texts: Sequence[str], crowd: Vectors) -> Iterator[Figure]:
    """Plant equal texts, texts with a word less, and texts within longer ones, among texts no two of which are near."""
    count = setting.size(COPIES, 3)
    rows = [row for row in _apart(crowd, setting.size(CROWD, 60)) if 8 <= len(texts[row].split()) <= 30]
    plain = [texts[row] for row in rows]
    originals = plain[: 3 * count]
    exact, near, held = originals[:count], originals[count : 2 * count], originals[2 * count :]
    # A little of itself and as much again of something else: an excerpt.
    longer = [f"{text}. {other}" for text, other in zip(held, plain[: -len(held) - 1 : -1], strict=True)]
    planted = [*exact, *(text.rsplit(" ", 1)[0] for text in near), *longer]
    wanted = {frozenset((row, len(plain) + row)) for row in range(len(originals))}
    # The other half of a longer text is in it as well.
    beside = {frozenset((len(plain) - 1 - row, len(plain) + 2 * count + row)) for row in range(len(held))}
    found, alone = _paired(setting, [*plain, *planted]), _paired(setting, plain)
    yield Figure(
        "planted duplicates found: equal, nearly equal, contained", len(wanted & found) / len(wanted), "", "at least", 1.0
    )
    yield Figure("pairs named that were not planted", float(len(found - wanted - beside)), "", "at most", float(len(alone)))
    yield Figure("pairs named where none was planted", float(len(alone)), "", "at most", 0.0, f"{len(plain):,} texts")


def _paired(setting: Setting, texts: Sequence[str]) -> set[frozenset[int]]:
    """Return the rows of the texts that `duplicates` pairs."""
    with (
        TemporaryDirectory() as home,
        Space.create("twins", setting.model, home=Path(home), models=setting.models) as space,
    ):
        space.add_texts(texts, [str(row) for row in range(len(texts))], whole=True)
        with space._material() as material:
            found = duplicates(material, k=len(texts)).twins
            return {frozenset((int(pair.first.key or 0), int(pair.second.key or 0))) for pair in found}


def _apart(vectors: Vectors, count: int, near: float = 0.85) -> list[int]:
    """Return rows of texts of which no two are near, in an order by chance."""
    kept: list[int] = []
    for row in np.random.default_rng(SEED).permutation(len(vectors)).tolist():
        if len(kept) == count:
            break
        if not kept or float((vectors[kept] @ vectors[row]).max()) < near:
            kept.append(row)
    return kept


def _hubs(setting: Setting, crowd: Vectors) -> Iterator[Figure]:
    """Plant the middle of all, to which much is near; and one text more like any other."""
    rng = np.random.default_rng(SEED)
    found, others = 0, 0
    draws = setting.size(DRAWS, 2)
    for _ in range(draws):
        rows = rng.choice(len(crowd), setting.size(CROWD, 100) + 1, replace=False)
        some = crowd[rows]
        for middle, last in ((True, unit(some[:-1].mean(axis=0, keepdims=True))), (False, some[-1:])):
            counts, _ = hubness(nearest(np.concatenate([some[:-1], last])))
            first = int(counts.argmax() == len(counts) - 1)
            found, others = (found + first, others) if middle else (found, others + first)
    yield Figure("planted hubs that are the first named", found / draws, "", "at least", 1.0, f"{draws} samples of glosses")
    yield Figure("the same of a text by chance", others / draws, "", "at most", 0.0)


def _islands(setting: Setting, crowd: Vectors) -> Iterator[Figure]:
    """Plant questions about one article in another language, and the same number of glosses."""
    count, draws = setting.size(CROWD, 100), setting.size(DRAWS, 2)
    for language, told in (("zh", "Chinese"), ("de", "German")):
        questions = _foreign(setting, language)[:draws]
        if not questions:
            setting.say(f"skipped: islands are questions in {told}, which are not there")
            continue
        vectors = unit(encoded(setting, [text for texts in questions for text in texts])[0].astype(np.float32))
        rng, tallies = np.random.default_rng(SEED), np.zeros(3)
        for draw in range(len(questions)):
            rows = rng.choice(len(crowd), count + ISLANDERS, replace=False)
            some, more = crowd[rows[:count]], crowd[rows[count:]]
            named = _named(some, vectors[draw * ISLANDERS : (draw + 1) * ISLANDERS])
            planted = set(range(count, count + ISLANDERS))
            hits = [one for one in named if len(one & planted) >= max(0.8 * ISLANDERS, len(one) / 2)]
            tallies += bool(hits), len(named) - len(hits), len(_named(some, more))
        found, others, none = (tallies / len(questions)).tolist()
        what = f"planted islands found: {ISLANDERS} questions in {told} among {count:,} glosses"
        # German has names and words in common with the glosses, so that it is somewhat apart at most.
        bar = {"sense": "at least", "limit": 0.8} if language == "zh" else {}
        yield Figure(what, found, note=f"{len(questions)} samples", **bar)  # type: ignore[arg-type]
        yield Figure(f"other islands named beside those in {told}, each time", others, "", "at most", 0.2)
        yield Figure(f"islands named where as many glosses were planted ({told})", none, "", "at most", 0.2)


def _named(some: Vectors, others: Vectors) -> list[set[int]]:
    """Return the rows of the islands of both together."""
    both = np.concatenate([some, others])
    graph = nearest(both)
    return [set(island.rows.tolist()) for island in islands(linked(both, graph), graph)]


def _foreign(setting: Setting, language: str) -> list[list[str]]:
    """Return questions in another language, some about each article."""
    folder = setting.data / "xquad" / language
    if not folder.is_dir():
        return []
    articles: dict[str, list[str]] = {}
    with (folder / "queries.jsonl").open(encoding="utf-8") as file:
        texts = {row["_id"]: row["text"] for row in map(json.loads, file)}
    for line in (folder / "qrels" / "test.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        query, paragraph, _ = line.split("\t")
        articles.setdefault(paragraph.partition("-")[0], []).append(texts[query])
    return [found[:ISLANDERS] for found in articles.values() if len(found) >= ISLANDERS]


def _bridges(setting: Setting, collection: Classed) -> Iterator[Figure]:
    """Join a text of one field with one of another, among the texts of both; and two of one field."""
    sizes = np.bincount(collection.labels)
    large = np.argsort(-sizes, kind="stable")[: setting.size(6, 2)].tolist()
    pairs = list(combinations(large, 2))
    joins = [(one, other) for pair in pairs for one, other in (pair, (pair[0], pair[0]))]
    tallies, draws = np.zeros(2), setting.size(BRIDGINGS, 1)
    for draw in range(draws):
        joined = _joined(setting, collection, joins, SEED + draw).reshape(len(pairs), 2, -1)
        for (one, other), both in zip(pairs, joined, strict=True):
            rows = np.concatenate([collection.members(one), collection.members(other)])
            labels = np.append((collection.labels[rows] == other).astype(np.int64), 0)
            tallies += [_foremost(collection.vectors[rows], vector, labels) for vector in both]
    found, within = (tallies / (draws * len(pairs))).tolist()
    what = f"{draws} draws of {len(pairs)} pairs of fields"
    yield Figure(f"planted bridges among the first {BEST}", found, "", "at least", 0.95, what)
    yield Figure("the same of two texts of one field", within, "", "at most", found / 4)


def _joined(setting: Setting, collection: Classed, joins: Sequence[tuple[int, int]], seed: int) -> Vectors:
    """Return the vectors of texts that are one text of a field and one of another, (joins, dim)."""
    rng, texts = np.random.default_rng(seed), []
    for one, other in joins:
        first = int(collection.members(one)[0])
        second = int(rng.choice(collection.members(other)[1:]))
        texts.append(f"{collection.texts[first]}. {collection.texts[second]}")
    return unit(encoded(setting, texts)[0].astype(np.float32))


def _foremost(vectors: Vectors, planted: Vectors, labels: Rows) -> bool:
    """Tell whether a planted text, (dim,), is among the bridges that are named."""
    both = np.concatenate([vectors, planted[None]])
    graph = nearest(both)
    scores = bridging(graph, linked(both, graph), labels)
    return bool((scores > scores[-1]).sum() < BEST)


def _poles(collection: Classed) -> Iterator[Figure]:
    """Make axes from texts of one field to those of another, and between halves of one and the same mixture of both."""
    moments, rng = Moments.of(collection.vectors), np.random.default_rng(SEED)
    shares: list[tuple[float, float]] = []
    for one, other in combinations(range(len(collection.classes)), 2):
        poles = [collection.vectors[rng.permutation(collection.members(label))[:POLE]] for label in (one, other)]
        mixed = rng.permutation(np.concatenate(poles))
        halves = mixed[: len(poles[0])], mixed[len(poles[0]) :]
        right, tried = held_out(poles[0], poles[1], moments)
        by_chance, of = held_out(*halves, moments)
        shares.append((right / tried, by_chance / of))
    planted, shuffled = np.mean(shares, axis=0)
    yield Figure(
        "planted axes: pole texts on their own side, left out",
        float(planted),
        "",
        "at least",
        0.9,
        f"{len(shares)} pairs of fields",
    )
    yield Figure("the same of shuffled poles, off 0.5 by", abs(float(shuffled) - 0.5), "", "at most", 0.1)

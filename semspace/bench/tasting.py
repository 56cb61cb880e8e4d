"""Recommendation from five likes: what is found beside what their centre and Rocchio find, on texts with classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from semspace.arrays import Vectors
from semspace.bench.classed import Classed, articles, fields, folders
from semspace.bench.figures import Absent, Figure, Result, Table
from semspace.bench.setting import Setting
from semspace.evaluation import paired_interval
from semspace.latent.directions import preference
from semspace.latent.moments import Moments

LIKES, TOP, DRAWS = 5, 20, 10
ROCCHIO = 0.75, 0.15
"""Weights of liked and disliked: Manning, Raghavan, Schuetze: Introduction to Information Retrieval (2008), 9.1.1."""

SEED = 3

WAYS = ("preference", "centre", "preference, with dislikes", "Rocchio, with dislikes")

Rows = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def tasting(setting: Setting) -> Result:
    """Draw likes from each class of each collection; what else of the class is among the best?"""
    figures, rows = list[Figure](), list[tuple[str, ...]]()
    sources: Sequence[Callable[[Setting], Classed]] = (fields, articles, partial(folders, depth=2, least=40))
    for source in sources:
        try:
            collection = source(setting)
        except Absent as absent:
            setting.say(f"skipped: {absent}")
            continue
        found = _by_class(collection, setting.size(DRAWS, 2))
        rows.append((collection.name, str(len(found)), *(f"{value:.3f}" for value in found.mean(axis=0))))
        for ours, theirs in ((0, 1), (2, 3)):
            gaps = found[:, ours] - found[:, theirs]
            low, high = paired_interval(gaps)
            note = f"{len(gaps)} classes, 95 % {low:+.3f} to {high:+.3f}"
            what = f"{collection.name}: precision@{TOP} of {LIKES} likes, {WAYS[ours]} above {WAYS[theirs]}"
            figures.append(Figure(what, float(gaps.mean()), "", "at least", 0.0, note))
    if not rows:
        raise Absent("there are no texts with classes")
    return Result(figures, [Table(f"Precision@{TOP} from {LIKES} likes", ("collection", "classes", *WAYS), rows)])


def _by_class(collection: Classed, draws: int) -> Floats:
    """Return the precision of each way, (classes, ways): the mean of some draws."""
    moments, rng = Moments.of(collection.vectors), np.random.default_rng(SEED)
    return np.array(
        [
            np.mean([_precision(collection, moments, label, rng) for _ in range(draws)], axis=0)
            for label in range(len(collection.classes))
            if len(collection.members(label)) > LIKES
        ]
    )


def _precision(collection: Classed, moments: Moments, label: int, rng: np.random.Generator) -> list[float]:
    vectors, members = collection.vectors, collection.members(label)
    liked = rng.choice(members, LIKES, replace=False)
    # What one sees first and does not want: the nearest of another class.
    disliked = _best(vectors, vectors[liked].mean(axis=0), members)[:LIKES]
    likes, dislikes, none = vectors[liked], vectors[disliked], vectors[:0]
    toward, away = ROCCHIO
    # Where dislikes were judged they are seen, too.
    ways = (
        (preference(likes, none, moments), liked),
        (likes.mean(axis=0), liked),
        (preference(likes, dislikes, moments), np.concatenate([liked, disliked])),
        (toward * likes.mean(axis=0) - away * dislikes.mean(axis=0), np.concatenate([liked, disliked])),
    )
    wanted = min(TOP, len(members) - LIKES)
    return [float((collection.labels[_best(vectors, line, seen)[:wanted]] == label).mean()) for line, seen in ways]


def _best(vectors: Vectors, line: npt.NDArray[np.floating], seen: Rows) -> Rows:
    order = np.argsort(-(vectors @ line), kind="stable")
    return order[~np.isin(order, seen)]

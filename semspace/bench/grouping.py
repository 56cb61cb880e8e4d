"""Topics against classes that somebody else gave, beside k-means that knows their number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np

from semspace.bench.classed import Classed, fields, folders, paragraphs
from semspace.bench.figures import Absent, Figure, Result, Table
from semspace.bench.setting import Setting
from semspace.latent.topics import grow

WITHIN = 0.05
SEEDS = 5


def grouping(setting: Setting) -> Result:
    """Cut the tree of topics into as many as there are classes, and compare. Raises Absent without scikit-learn."""
    if not find_spec("sklearn"):
        raise Absent("scikit-learn, which groups by k-means and compares groupings, is not installed")
    figures, rows = list[Figure](), list[tuple[str, ...]]()
    sources: Sequence[Callable[[Setting], Classed]] = (paragraphs, fields, folders)
    for source in sources:
        try:
            collection = source(setting)
        except Absent as absent:
            setting.say(f"skipped: {absent}")
            continue
        found = _agreements(collection, SEEDS)
        for measure, (ours, theirs, spread, chance) in found.items():
            what = f"{collection.name}: {measure} of topics, above k-means with the true number"
            figures.append(Figure(what, ours - theirs, "", "at least", -WITHIN, f"k-means ± {spread:.3f} over {SEEDS} seeds"))
            texts, classes = f"{len(collection.texts):,}", str(len(collection.classes))
            rows.append((collection.name, texts, classes, measure, f"{ours:.3f}", f"{theirs:.3f}", f"{chance:.3f}"))
    if not rows:
        raise Absent("there are no texts with classes")
    columns = ("collection", "texts", "classes", "measure", "topics", "k-means", "shuffled")
    return Result(figures, [Table("Topics and k-means with as many groups as there are classes", columns, rows)])


def _agreements(collection: Classed, seeds: int) -> dict[str, tuple[float, float, float, float]]:
    """Return ARI and NMI of topics, of k-means (mean, deviation over seeds), and of topics with shuffled classes."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    count = len(collection.classes)
    topics = grow(collection.vectors).cut(count)
    means = [KMeans(count, n_init=3, random_state=seed).fit_predict(collection.vectors) for seed in range(seeds)]
    shuffled = np.random.default_rng(0).permutation(collection.labels)
    measures: dict[str, Callable[..., Any]] = {"ARI": adjusted_rand_score, "NMI": normalized_mutual_info_score}
    found = {}
    for name, measure in measures.items():
        theirs = [float(measure(collection.labels, one)) for one in means]
        ours, chance = float(measure(collection.labels, topics)), float(measure(shuffled, topics))
        found[name] = (ours, float(np.mean(theirs)), float(np.std(theirs)), chance)
    return found

"""Drift: texts split by chance do not differ; a topic that comes or goes is found, and named by its words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from semspace.arrays import unit
from semspace.bench.classed import fields
from semspace.bench.figures import Absent, Figure, Result, Table
from semspace.bench.material import glosses
from semspace.bench.setting import Setting
from semspace.latent.drift import separability
from semspace.space import Space
from semspace.views.drift import Drift, drift
from semspace.views.trends import Trend

SIDE = 2_000
SHARE = 0.05
SPLITS = 5
PLANTED = ("law", "physics", "computer science")
"""Fields that have a hundred glosses: 5 % of a side."""

SEED = 3
TOPIC = "topic"
TOLD = 3.0
"""A word names a topic if it is so many times as frequent in it as in all else."""

_WORD = re.compile(r"[^\W\d_]{3,}")


def drifting(setting: Setting) -> Result:
    """Split texts by chance, then let a field come, and another time go."""
    held = glosses(setting).vectors
    rng = np.random.default_rng(SEED)
    areas = []
    for seed in range(SPLITS):
        rows = rng.permutation(len(held))[: 2 * setting.size(SIDE, 100)]
        new = np.arange(len(rows)) % 2 == 0
        areas.append(separability(unit(held[rows]), new, np.arange(len(rows)), seed, nulls=0).auc)
    mean = float(np.mean(areas))
    spread = f"{min(areas):.3f} to {max(areas):.3f}"
    figures = [Figure(f"two halves by chance, {SPLITS} times: AUC off 0.5 by", abs(mean - 0.5), "", "at most", 0.03, spread)]
    planted, table = _planted(setting)
    return Result([*figures, *planted], [table])


def _planted(setting: Setting) -> tuple[list[Figure], Table]:
    collection, side = fields(setting), setting.size(SIDE, 60)
    chosen = ([name for name in PLANTED if name in collection.classes] or list(collection.classes))[: setting.size(3, 1)]
    others = [text for text in glosses(setting).texts if not re.search(r": \(", text)]
    count = round(SHARE * side)
    if len(others) < 2 * side:
        raise Absent("there are not enough glosses to plant a topic among")
    tallies, rows = np.zeros(3), []
    for seed, name in enumerate(chosen):
        setting.say(f"planting {name} among {side:,} texts")
        order = np.random.default_rng(seed).permutation(len(others))
        topic = [collection.texts[row] for row in collection.members(collection.classes.index(name))][:count]
        plain, other = ([others[row] for row in part] for part in (order[:side], order[side : 2 * side]))
        mixed = [*other[: side - len(topic)], *topic]
        with _compared(setting, plain, mixed, other, topic) as (came, went, none):
            hits = [_hit(trends, topic, plain) for trends in (came.rising, went.falling)]
            tallies += [*map(bool, hits), len(none.rising) + len(none.falling)]
            words = ", ".join(hits[0].words) if hits[0] else "-"
            rows.append((name, f"{len(topic) / side:.1%}", f"{came.separable.auc:.3f}", words, str(bool(hits[1])).lower()))
    found, gone, named = (tallies / len(chosen)).tolist()
    figures = [
        Figure(f"planted topics of {SHARE:.0%} found and named when they come", found, "", "at least", 1.0, ", ".join(chosen)),
        Figure("the same when they go", gone, "", "at least", 1.0),
        Figure("features named where texts were split by chance, each time", named, "", "at most", 1.0),
    ]
    return figures, Table("A field planted among other texts", ("field", "share", "AUC", "rose", "falls when it goes"), rows)


@contextmanager
def _compared(
    setting: Setting, plain: Sequence[str], mixed: Sequence[str], other: Sequence[str], topic: Sequence[str]
) -> Iterator[tuple[Drift, Drift, Drift]]:
    """Yield what changes from plain texts to those with a topic, back, and to others without it."""
    with TemporaryDirectory() as home, ExitStack() as opened:
        sides = []
        for number, texts in enumerate((plain, mixed, other)):
            space = opened.enter_context(Space.create(f"side-{number}", setting.model, home=Path(home), models=setting.models))
            keys = [f"{TOPIC if text in topic else 'other'}-{number}-{row}" for row, text in enumerate(texts)]
            space.add_texts(texts, keys, whole=True)
            sides.append(opened.enter_context(space._material()))
        yield drift(sides[0], sides[1], ("", "")), drift(sides[1], sides[0], ("", "")), drift(sides[0], sides[2], ("", ""))


def _hit(trends: Sequence[Trend], topic: Sequence[str], plain: Sequence[str]) -> Trend | None:
    """Return the surest change if a planted text stands for it and a word of its name is one of the topic."""
    for trend in trends[:1]:
        if (trend.example.key or "").startswith(TOPIC):
            return trend if any(_shares(word, topic) > TOLD * _shares(word, plain) for word in trend.words) else None
    return None


def _shares(word: str, texts: Sequence[str]) -> float:
    """Return the share of texts that hold all words of a name, and half a text more: none is not never."""
    wanted = set(_WORD.findall(word.lower()))
    return (sum(wanted <= set(_WORD.findall(text.lower())) for text in texts) + 0.5) / len(texts)

"""Whether answers can be believed: hybrid search beside its better side, questions without an answer, words without spaces."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import numpy as np

from semspace.bench.figures import Figure, Result, Table
from semspace.bench.judged import folder, opened, space_name
from semspace.bench.setting import Setting
from semspace.evaluation import compare, read_collection, recall
from semspace.lexical import LexicalIndex
from semspace.records import Alternative, Contest
from semspace.space import Space

BELOW = -0.005
"""Hybrid search is never further below its better side."""

TELLS = 0.95
"""Share of questions on other subjects that find nothing, and of a collection's own that find something."""

FINDS = 0.8
"""Recall@10 by words alone where no spaces stand between them."""


def trust(setting: Setting) -> Result:
    """Compare modes by the paired judge, ask a space what it cannot know, and look for words that have no spaces."""
    contests = [_contest(setting, name) for name in ("scifact", "xquad/en")]
    figures = [_hybrid(one, name) for one, name in zip(contests, ("SciFact", "xquad en"), strict=True)]
    figures += _verdicts(setting)
    figures += _unspaced(setting)
    rows = [
        (one.about, found.name, *(f"{mean:.4f}" for mean in found.means.values())) for one in contests for found in one.measured
    ]
    names = tuple(contests[0].measured[0].means)
    return Result(figures, [Table("Modes side by side", ("collection", "mode", *names), rows)])


def _contest(setting: Setting, name: str) -> Contest:
    setting.say(f"comparing modes on {name}")
    base = Alternative(model=setting.model, chunk="whole")
    return compare(folder(setting, name), base=base, index=space_name(name), home=setting.home, models=setting.models)


def _hybrid(found: Contest, name: str) -> Figure:
    """Return how hybrid search does beside its better side."""
    means = {one.name: one.means[f"ndcg@{found.k}"] for one in found.measured}
    side = max(("semantic", "lexical"), key=means.__getitem__)
    (gap,) = (one for one in found.differences if {one.first, one.second} == {"hybrid", side})
    low, high = gap.ci95 if gap.first == "hybrid" else (-gap.ci95[1], -gap.ci95[0])
    note = f"95 % {low:+.3f} to {high:+.3f}"
    return Figure(f"{name} nDCG@10: hybrid minus {side}", means["hybrid"] - means[side], "", "at least", BELOW, note)


def _verdicts(setting: Setting) -> Iterator[Figure]:
    """Yield the shares of questions that are told apart by a space of scientific abstracts."""
    foreign = read_collection(folder(setting, "xquad/en"))
    with opened(setting, "scifact") as (space, own):
        setting.say("asking SciFact its own questions, and others")
        found, nothing = _found(space, list(own.queries.values())), 1 - _found(space, list(foreign.queries.values()))
        basis = space.search("a question").judged
    note = f"judged by {basis}"
    yield Figure("xquad en questions asked of SciFact that find nothing", nothing, "", "at least", TELLS, note)
    yield Figure("SciFact's own test queries that are found", found, "", "at least", TELLS, note)


def _found(space: Space, texts: list[str]) -> float:
    return float(np.mean([space.search(text, 1).verdict == "found" for text in texts]))


def _unspaced(setting: Setting) -> Iterator[Figure]:
    """Yield recall by words alone in Chinese: by pairs of characters, and by what stands between spaces and marks."""
    setting.say("looking for Chinese words")
    yield Figure("xquad zh recall@10 by words, pairs of characters", _recall(setting), "", "at least", FINDS)
    with _whole_words():
        yield Figure("xquad zh recall@10 by words, whole words only", _recall(setting))


def _recall(setting: Setting) -> float:
    collection = read_collection(folder(setting, "xquad/zh"))
    index, keys = LexicalIndex(None), list(collection.documents)
    index.update(np.empty(0, dtype=np.int64), ((row, "", text) for row, text in enumerate(collection.documents.values())))
    found = [
        recall([keys[row] for row in index.search(text, 10).ids.tolist()], collection.judgements[query], 10)
        for query, text in collection.queries.items()
    ]
    return float(np.mean(found))


@contextmanager
def _whole_words() -> Iterator[None]:
    """Switch pairs of characters off, as if every script had spaces."""
    with (
        patch("semspace.lexical.index.parted", str),
        patch("semspace.lexical.words.parted", str),
        patch("semspace.lexical.index.singles", lambda _: []),
    ):
        yield

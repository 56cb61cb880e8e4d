"""A space and judged queries -> the figures of every query, and what asking took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from semspace.evaluation.alternatives import wished
from semspace.evaluation.measures import RECALL_DEPTH, Floats, figures, interval, measures
from semspace.evaluation.topics import Topic
from semspace.records import Alternative, Measured
from semspace.space import Space


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """What one way to search gave: nDCG, recall and MRR of every query, shape (queries, 3), and the median time of one."""

    figures: Floats
    ms: float | None

    def measured(self, name: str, alternative: Alternative, k: int, seconds: float | None, passages: int) -> Measured:
        """Return means and intervals."""
        titles = measures(k)
        means = dict(zip(titles, self.figures.mean(axis=0).tolist(), strict=True))
        intervals = {title: interval(column) for title, column in zip(titles, self.figures.T, strict=True)}
        return Measured(name, alternative, means, intervals, self.ms, seconds, passages)


def ask(space: Space, topics: Sequence[Topic], way: Alternative, k: int, *, per_document: int | None = 1) -> Column:
    """Ask a space as a search asks it, but for all hits. A hit's label is its id, or the id that a program gave its text."""
    rows, took = [], []
    for topic in topics:
        hits = space.search(
            topic.text,
            max(k, RECALL_DEPTH),
            way.mode,
            per_document=per_document,
            everything=True,
            rerank=wished(way.rerank),
        )
        took.append(hits.took_ms)
        labels = (hit.key if hit.key is not None else str(hit.id) for hit in hits)
        rows.append(figures(topic.read(labels), topic.relevance, k))
    return Column(np.array(rows, dtype=np.float64).reshape(-1, 3), median(took))

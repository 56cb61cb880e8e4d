"""Two lists of sentences -> partners, and what only one of them says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from semspace.arrays import Ids, Vectors
from semspace.encoders import Encoder
from semspace.records.lines import Line, Overlap, Pair
from semspace.sentences.distinct import BLANK, Distinct, Progress, check_threshold, vectors
from semspace.sentences.grouping import DUPLICATE
from semspace.sentences.nearest import Near, nearest
from semspace.sentences.sieve import Scores, similarities

NEIGHBORS = 4
"""Of each sentence, for the margin; as in the paper."""

LEAST = 0.01
"""A mean similarity that is lower says nothing to divide by."""


@dataclass(frozen=True, slots=True)
class _Partners:
    """The best partner of each row, -1 where there is none; its score and its cosine."""

    rows: Ids
    scores: Scores
    similarities: Scores


def join(
    first: Sequence[str],
    second: Sequence[str],
    *,
    threshold: float | None = None,
    mutual: bool = False,
    margin: bool = False,
    encoder: Encoder | str | None = None,
    progress: Progress | None = None,
) -> list[Pair]:
    """Return for each sentence of the first list its best partner in the second, in the order of the first.

    `mutual` keeps pairs that are each other's best. With `margin` the score is the cosine over the mean cosine of both to
    their 4 nearest in the other list, so that a sentence which is near to everything is no better partner for it: the ratio
    margin of Artetxe, Schwenk: Margin-based Parallel Corpus Mining with Multilingual Sentence Embeddings (2019). Pairs whose
    score is below the threshold are left out, and so are blank sentences. Exact up to 1e10 comparisons, by an IVF index
    beyond. `encoder` is an open encoder, or the name of one; None is the default one. Raises InvalidInput, ModelNotFound.
    """
    if threshold is not None:
        check_threshold(threshold, -np.inf if margin else -1.0, np.inf if margin else 1.0)
    ones, others = Distinct.of(first), Distinct.of(second)
    mine, theirs = _encoded(ones, others, encoder, progress)
    if not len(mine) or not len(theirs):
        return []
    if margin:
        found, back = _by_margin(mine, theirs, progress)
    else:
        found = _nearest(ones, others, mine, theirs, progress)
        back = _nearest(others, ones, theirs, mine, progress).rows if mutual else found.rows
    kept = (found.rows != BLANK) & (found.scores >= (-np.inf if threshold is None else threshold))
    if mutual:
        kept &= back[found.rows] == np.arange(len(mine))
    pairs = []
    for place, row in enumerate(ones.rows.tolist()):
        if row != BLANK and kept[row]:
            partner, score, similarity = int(found.rows[row]), float(found.scores[row]), float(found.similarities[row])
            pairs.append(Pair(Line(place, first[place]), others.line(partner), score, similarity))
    return pairs


def comm(
    first: Sequence[str],
    second: Sequence[str],
    *,
    threshold: float = DUPLICATE,
    encoder: Encoder | str | None = None,
    progress: Progress | None = None,
) -> Overlap:
    """Return what only the first list says, what only the second says, and what both say, each as it stands there.

    A sentence is in both where the other list has an equal one, or one that is at least as similar as the threshold; of
    those in both, each of the first list comes with the nearest of the second. Blank sentences are equal to each other.
    Exact up to 1e10 comparisons, by an IVF index beyond. Raises InvalidInput, ModelNotFound.
    """
    check_threshold(threshold)
    ones, others = Distinct.of(first), Distinct.of(second)
    mine, theirs = _encoded(ones, others, encoder, progress)
    there = list(_shared(ones, others, _nearest(ones, others, mine, theirs, progress), threshold))
    back = _shared(others, ones, _nearest(others, ones, theirs, mine, progress), threshold)
    return Overlap(
        tuple(line for line, partner, _ in there if partner is None),
        tuple(line for line, partner, _ in back if partner is None),
        tuple(Pair(line, partner, score, score) for line, partner, score in there if partner is not None),
    )


def _shared(ones: Distinct, others: Distinct, found: _Partners, threshold: float) -> Iterator[tuple[Line, Line | None, float]]:
    """Return each sentence of a list with the one like it in the other list, None where there is none."""
    blank = next((Line(place, others.given[place]) for place, row in enumerate(others.rows.tolist()) if row == BLANK), None)
    for place, row in enumerate(ones.rows.tolist()):
        line = Line(place, ones.given[place])
        if row == BLANK:
            yield line, blank, 1.0
        elif found.scores[row] >= threshold and found.rows[row] != BLANK:
            yield line, others.line(int(found.rows[row])), float(found.scores[row])
        else:
            yield line, None, 0.0


def _encoded(
    ones: Distinct, others: Distinct, encoder: Encoder | str | None, progress: Progress | None
) -> tuple[Vectors, Vectors]:
    """Encode what stands in either list, once."""
    numbers = {text: number for number, text in enumerate(dict.fromkeys([*ones.texts, *others.texts]))}
    found = vectors(list(numbers), encoder, progress)
    return found[[numbers[text] for text in ones.texts]], found[[numbers[text] for text in others.texts]]


def _nearest(ones: Distinct, others: Distinct, mine: Vectors, theirs: Vectors, progress: Progress | None) -> _Partners:
    """Return the nearest of the other list to each sentence, which is an equal one where there is one."""
    if not len(mine) or not len(theirs):
        return _Partners(*_none(len(mine)))
    rows = nearest(mine, theirs, 1, progress)[1][:, 0]
    numbers = others.numbers()
    equal = np.array([numbers.get(text, BLANK) for text in ones.texts], dtype=np.int64)
    rows = np.where(equal != BLANK, equal, rows)
    scores = np.clip(similarities(mine, theirs, np.arange(len(mine)), rows), -1.0, 1.0)
    scores[equal != BLANK] = 1.0
    scores[rows == BLANK] = -1.0
    return _Partners(rows, scores, scores)


def _none(size: int) -> tuple[Ids, Scores, Scores]:
    scores = np.full(size, -1.0, dtype=np.float32)
    return np.full(size, BLANK, dtype=np.int64), scores, scores


def _by_margin(mine: Vectors, theirs: Vectors, progress: Progress | None) -> tuple[_Partners, Ids]:
    """Return the best partner of each row by the ratio margin, and that of each row of the other list."""
    there = nearest(mine, theirs, NEIGHBORS, progress)
    back = nearest(theirs, mine, NEIGHBORS, progress)
    means = _means(there), _means(back)
    rows, scores = _highest(there, means[0], means[1])
    similarity = np.clip(similarities(mine, theirs, np.arange(len(mine)), rows), -1.0, 1.0)
    return _Partners(rows, scores, similarity), _highest(back, means[1], means[0])[0]


def _means(near: Near) -> Scores:
    """Return the mean similarity of each row to its neighbours."""
    scores, rows = near
    there = rows != BLANK
    means: Scores = np.where(there, scores, 0.0).sum(axis=1) / np.maximum(1, there.sum(axis=1))
    return means


def _highest(near: Near, mine: Scores, theirs: Scores) -> tuple[Ids, Scores]:
    """Return of each row's neighbours the one with the highest margin, and that."""
    scores, rows = near
    margins = scores / np.maximum(LEAST, (mine[:, None] + theirs[rows]) / 2)
    margins[rows == BLANK] = -np.inf
    best = margins.argmax(axis=1)
    every = np.arange(len(rows))
    return rows[every, best], margins[every, best]

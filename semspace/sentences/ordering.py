"""Sentences -> an order of them, or a few that differ most."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from semspace.arrays import Vectors
from semspace.encoders import Encoder
from semspace.errors import EmptyQuery, InvalidInput
from semspace.records.lines import Line
from semspace.sentences.distinct import BLANK, Distinct, Progress, tell, vectors

NOW_AND_THEN = 64


def sort(
    lines: Sequence[str],
    like: str,
    *,
    reverse: bool = False,
    encoder: Encoder | str | None = None,
    progress: Progress | None = None,
) -> list[Line]:
    """Return sentences by their cosine similarity to a text, the most similar first, or last with `reverse`.

    Those that are equally similar stay in their order; blank ones come last and have no similarity. The text is encoded as a
    query. `encoder` is an open encoder, or the name of one; None is the default one. Raises EmptyQuery, ModelNotFound.
    """
    if not like.strip():
        raise EmptyQuery("There is no text to sort by.", "Name at least one word.")
    told = Distinct.of(lines)
    blanks = [Line(place, lines[place]) for place, row in enumerate(told.rows.tolist()) if row == BLANK]
    if not len(told):
        return blanks
    scores = np.clip(vectors(told.texts, encoder, progress) @ vectors([like], encoder, None, "query")[0], -1.0, 1.0)
    worded = np.flatnonzero(told.rows != BLANK)
    keys = scores[told.rows[worded]]
    order = worded[np.argsort(keys if reverse else -keys, kind="stable")]
    return [Line(place, lines[place], float(scores[told.rows[place]])) for place in order.tolist()] + blanks


def head(
    lines: Sequence[str],
    k: int = 10,
    *,
    encoder: Encoder | str | None = None,
    progress: Progress | None = None,
) -> list[Line]:
    """Return the k most diverse of different sentences by farthest-first traversal, in the order in which they are chosen.

    The first is the one nearest to the mean of all, each next one that whose nearest chosen one is least similar; its
    `similarity` says how similar that is. The first j of k are those chosen for j. This is the greedy solution of the k-centre
    problem: Gonzalez, Theoretical Computer Science 38 (1985). Blank sentences are never chosen. Time grows as k times n.
    `encoder` is an open encoder, or the name of one; None is the default one. Raises InvalidInput, ModelNotFound.
    """
    if k < 1:
        raise InvalidInput(f"k must be at least 1, not {k}.")
    told = Distinct.of(lines)
    if not len(told):
        return []
    rows, scores = _farthest(vectors(told.texts, encoder, progress), min(k, len(told)), progress)
    return [told.line(row, None if turn == 0 else score) for turn, (row, score) in enumerate(zip(rows, scores, strict=True))]


def _farthest(found: Vectors, k: int, progress: Progress | None) -> tuple[list[int], list[float]]:
    """Return rows in the order in which they are chosen, and the similarity of each to its nearest before it."""
    rows, scores = [int((found @ found.mean(axis=0)).argmax())], [1.0]
    near = found @ found[rows[0]]
    near[rows[0]] = np.inf
    while len(rows) < k:
        if len(rows) % NOW_AND_THEN == 0:
            tell(progress, "choosing", len(rows), k)
        row = int(near.argmin())
        rows.append(row)
        scores.append(float(np.clip(near[row], -1.0, 1.0)))
        np.maximum(near, found @ found[row], out=near)
        near[row] = np.inf
    return rows, scores

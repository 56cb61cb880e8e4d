"""A person's own space -> which way to search it suits its texts.

Modes and rerankers are compared in the space itself. An encoder or a size of passages needs a space of its own: a sample of
the texts is then put into temporary ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Unpack

import numpy as np

from semspace.encoders.running import Running
from semspace.errors import InvalidInput
from semspace.evaluation.alternatives import Axes, alternatives, wished
from semspace.evaluation.asking import Column, ask
from semspace.evaluation.cases import asked_in, cases
from semspace.evaluation.comparing import MODE_AXIS, Trial, checked, contest, encoder_bytes, tried
from semspace.evaluation.known_items import FAVOURS, QUERIES, known
from semspace.evaluation.own_queries import read_queries
from semspace.evaluation.sampling import Pieces, known_in, renamed
from semspace.evaluation.topics import Topic
from semspace.ingest import OnProgress
from semspace.records import Alternative, Contest
from semspace.space import Space
from semspace.store import Row, Store

SAMPLE = 2_000
"""Passages that are put into a temporary space: a minute for a small encoder on two cores."""

SEED = 7

DRAWN = 5
"""Passages looked at for every query that is wanted: not every one gives one."""

TIMED = 12
"""Queries of which the time is taken in the space itself."""

WORDED = "These queries use the words of the texts; a person's are others, for which meaning counts more than it does here."

LOCATED = "What counts is that the right text is found; a smaller passage also says where in it the answer stands."

LEAST_QUERIES = 5
"""Fewer say nothing, whatever they say."""


def compare_known_items(
    space: Space,
    axes: Axes = MODE_AXIS,
    *,
    queries: int = QUERIES,
    sample: int = SAMPLE,
    k: int = 10,
    base: Alternative | None = None,
    seed: int = SEED,
    progress: OnProgress | None = None,
    **running: Unpack[Running],
) -> Contest:
    """Compare ways to search a space by queries that are made of its own passages: no judgements are needed.

    known_items says which queries, what is held out for each, and whom they favour. Modes and rerankers are compared in the
    space itself; for models and sizes of passages `sample` passages are encoded anew, in temporary spaces, and what has to be
    found is a piece of a document. The same space and seed give the same figures. Raises InvalidInput where the space has too
    few passages to make queries of.
    """
    checked("", k)
    ways = _ways(space, axes, base)
    trials, topics, documents = (
        _sampled_known(space, ways, queries, sample, k, seed, progress, running)
        if _anew(axes)
        else _live_known(space, ways, queries, k, seed, running)
    )
    notes = [_sample_note(documents, trials)] if _anew(axes) else []
    if {"lexical"} < {way.mode for way in ways}:
        notes.append(WORDED)
    if len({way.chunk for way in ways}) > 1:
        notes.append(LOCATED)
    return contest(space.name, documents, topics, trials, k, FAVOURS, notes)


def compare_queries(
    space: Space,
    path: Path,
    axes: Axes = MODE_AXIS,
    *,
    sample: int = SAMPLE,
    k: int = 10,
    base: Alternative | None = None,
    seed: int = SEED,
    progress: OnProgress | None = None,
    **running: Unpack[Running],
) -> Contest:
    """Compare ways to search a space by a person's own queries, out of a file as own_queries says.

    For models and sizes of passages all that is wanted is encoded anew, in pieces of documents, with as much else as makes
    `sample` passages. Raises PathNotFound, InvalidInput, NotFound.
    """
    checked("", k)
    ways = _ways(space, axes, base)
    with space.opened() as (_, store, _):
        topics, files = read_queries(path, store)
        documents = store.counts()[0]
    if not _anew(axes):
        columns = [ask(space, topics, way, k, per_document=1 if files else None) for way in ways]
        size = encoder_bytes(space, running)
        trials = [Trial(way, column, len(space), None, size) for way, column in zip(ways, columns, strict=True)]
        return contest(space.name, documents, topics, trials, k)
    with space.opened() as (_, store, _):
        pieces = Pieces(store)
        wanted = [pieces.of(store.row(int(label))) for topic in topics for label in topic.places]
        chosen = pieces.sample(_drawn(store, seed), sample, wanted)
    texts = {piece.key: piece.text for piece in chosen}
    asked = renamed(topics, chosen)
    trials = tried(texts, ways, asked, k, progress=progress, running=running)
    return contest(space.name, len(texts), asked, trials, k, notes=[_sample_note(len(texts), trials)])


def _ways(space: Space, axes: Axes, base: Alternative | None) -> list[Alternative]:
    base = base or Alternative()
    named = Alternative(base.mode, base.rerank, base.model or space.settings.encoder, base.chunk)
    if not _anew(axes) and (base.model or base.chunk != "usual"):
        raise InvalidInput(
            "This space has its encoder and its passages already.", "Compare others with it: --compare model=A,B"
        )
    return alternatives(axes, named)


def _anew(axes: Axes) -> bool:
    return not axes.keys() <= {"mode", "rerank"}


def _live_known(
    space: Space, ways: Sequence[Alternative], queries: int, k: int, seed: int, running: Running
) -> tuple[list[Trial], list[Topic], int]:
    """Ask for known items in the space itself."""
    with space.opened() as (searcher, store, words):
        rows = [row for row, _ in zip(_drawn(store, seed), range(DRAWN * queries), strict=False)]
        asked = list(known(rows, words.telling, queries, seed))
        _enough(len(asked), space)
        average = float(np.mean([words.length(row.passage.context, row.passage.own) for row in rows]))
        found = cases(asked, searcher, store, words, space.encoder, average)
        weight, size = searcher.calibration().weight, encoder_bytes(space, running)
        figures = [np.array(list(asked_in(found, way, weight, store, searcher, k))) for way in ways]
        passages, documents = store.counts()[1], store.counts()[0]
    topics = [case.topic for case in found]
    trials = [
        Trial(way, Column(rows, _time(space, way, topics)), passages, None, size)
        for way, rows in zip(ways, figures, strict=True)
    ]
    return trials, topics, documents


def _sampled_known(
    space: Space,
    ways: Sequence[Alternative],
    queries: int,
    sample: int,
    k: int,
    seed: int,
    progress: OnProgress | None,
    running: Running,
) -> tuple[list[Trial], list[Topic], int]:
    """Ask for known items in temporary spaces that hold a sample."""
    with space.opened() as (_, store, words):
        rows = [row for row, _ in zip(_drawn(store, seed), range(sample), strict=False)]
        pieces = Pieces(store).sample(rows, sample)
        texts, topics = known_in(pieces, rows, words.telling, queries, seed)
    _enough(len(topics), space)
    return tried(texts, ways, topics, k, progress=progress, running=running), topics, len(texts)


def _drawn(store: Store, seed: int) -> Iterator[Row]:
    """Yield the passages of a store in an order drawn by chance."""
    ids = np.random.default_rng(seed).permutation(store.encoded_ids())
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500].tolist()
        rows = store.rows(part)
        yield from (rows[number] for number in part)


def _time(space: Space, way: Alternative, topics: Sequence[Topic]) -> float:
    """Return the median time of a search as a person asks for it."""
    hits = [space.search(topic.text, 10, way.mode, rerank=wished(way.rerank), everything=True) for topic in topics[:TIMED]]
    return median(one.took_ms for one in hits)


def _enough(count: int, space: Space) -> None:
    if count < LEAST_QUERIES:
        raise InvalidInput(
            f"Of the passages of {space.name} only {count} are long enough to be asked for.",
            "Index more texts, or --queries FILE.",
        )


def _sample_note(texts: int, trials: Sequence[Trial]) -> str:
    passages = max(trial.passages for trial in trials)
    sampled = f"{texts:,} pieces of documents, {passages:,} passages at most"
    return f"A sample was encoded anew: {sampled}. Among fewer texts everything is easier to find."

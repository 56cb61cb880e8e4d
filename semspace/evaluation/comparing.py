"""Ways to search, side by side: the same texts, the same queries, and what can be said of the differences."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Unpack

import numpy as np

from semspace import encoders, places
from semspace.encoders.running import Running
from semspace.errors import InvalidInput, ModelNotFound
from semspace.evaluation.alternatives import Axes, alternatives, names
from semspace.evaluation.asking import Column, ask
from semspace.evaluation.collections import Collection, read_collection
from semspace.evaluation.contrasts import differences
from semspace.evaluation.measures import Floats
from semspace.evaluation.topics import Topic
from semspace.evaluation.verdicts import FEW, verdict
from semspace.ingest import OnProgress
from semspace.records import MODES, Alternative, Contest, Evaluation, KindResult, Mode, ModeResult
from semspace.space import Space

WHOLE = "whole"
USUAL = "usual"
MODE_AXIS: Axes = {"mode": MODES}


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """What one way to search gave in the space where it was asked; `encoder_bytes` is the size of the encoder."""

    way: Alternative
    column: Column
    passages: int
    seconds: float | None = None
    encoder_bytes: int = 0

    @property
    def words_only(self) -> bool:
        """Tell whether meaning has no part in it."""
        return self.way.mode == "lexical"

    @property
    def cost(self) -> tuple[bool, bool, int, bool, int]:
        """Return what asking costs, to put ways into order: the same on every run, as measured times are not."""
        encodes = not self.words_only
        size = self.encoder_bytes if encodes else 0
        return self.way.rerank != "none", encodes, size, self.way.mode == "hybrid", self.passages


def evaluate(
    folder: Path,
    *,
    modes: Sequence[Mode] = MODES,
    split: str = "test",
    k: int = 10,
    chunk: bool = False,
    rerank: str = "none",
    model: str | None = None,
    index: str | None = None,
    home: Path | None = None,
    progress: OnProgress | None = None,
    **running: Unpack[Running],
) -> Evaluation:
    """Index a collection, ask its judged queries, and measure the answers.

    Each document is one passage, cut as the encoder cuts it, or chunked as usual with `chunk`. `rerank` is none,
    tokens, or the name of a reranker. `index` names a space that is kept for the next time; otherwise it is a temporary one.
    Raises PathNotFound, InvalidInput, EncoderMismatch.
    """
    collection = read_collection(folder, checked(split, k))
    with _space(index, model, home, running) as space:
        _fill(space, collection.documents, USUAL if chunk else WHOLE, progress)
        ways = [replace(Alternative(), mode=mode, rerank=rerank) for mode in modes]
        results = tuple(_mode_result(space, topics(collection), way, k) for way in ways)
        counts = len(collection.documents), len(collection.queries)
        return Evaluation(collection.name, *counts, space.settings.encoder, results, rerank)


def compare(
    folder: Path,
    axes: Axes = MODE_AXIS,
    *,
    base: Alternative | None = None,
    split: str = "test",
    k: int = 10,
    index: str | None = None,
    home: Path | None = None,
    progress: OnProgress | None = None,
    **running: Unpack[Running],
) -> Contest:
    """Compare ways to search a collection by its judged queries.

    `axes` maps mode, rerank, model and chunk to what is compared along each; every combination is measured, and what is not
    compared is as in `base` (hybrid, no reranker, the default encoder, whole documents). `index` names a space that is kept,
    where one space is enough. Raises PathNotFound, InvalidInput, ModelNotFound.
    """
    collection = read_collection(folder, checked(split, k))
    ways = alternatives(axes, base or Alternative(chunk=WHOLE))
    if index is not None and len({(way.model, way.chunk) for way in ways}) > 1:
        raise InvalidInput("One space cannot hold several encoders or sizes of passages.", "Leave --index out.")
    asked = topics(collection)
    trials = tried(collection.documents, ways, asked, k, index=index, home=home, progress=progress, running=running)
    return contest(collection.name, len(collection.documents), asked, trials, k)


def checked(split: str, k: int) -> str:
    """Return the split. Raises InvalidInput for a depth that is none."""
    if k < 1:
        raise InvalidInput(f"k must be at least 1, not {k}.")
    return split


def topics(collection: Collection) -> list[Topic]:
    """Return a collection's judged queries. A query may be a document itself; finding it proves nothing."""
    return [Topic(text, collection.judgements[name], ignored=name) for name, text in collection.queries.items()]


def tried(
    texts: Mapping[str, str],
    ways: Sequence[Alternative],
    asked: Sequence[Topic],
    k: int,
    *,
    running: Running,
    index: str | None = None,
    home: Path | None = None,
    progress: OnProgress | None = None,
) -> list[Trial]:
    """Put texts into a space for every encoder and size of passages, and ask each in every way; in the order of `ways`."""
    found: dict[int, Trial] = {}
    order = sorted(range(len(ways)), key=lambda row: (str(ways[row].model), ways[row].chunk))
    for (model, chunk), rows in groupby(order, key=lambda row: (ways[row].model, ways[row].chunk)):
        with _space(index, model, home, running) as space:
            started = time.perf_counter()
            _fill(space, texts, chunk, progress)
            seconds = time.perf_counter() - started
            size = encoder_bytes(space, running)
            for row in rows:
                found[row] = Trial(ways[row], ask(space, asked, ways[row], k), len(space), seconds, size)
    return [found[row] for row in range(len(ways))]


def _fill(space: Space, texts: Mapping[str, str], chunk: str, progress: OnProgress | None) -> None:
    tokens = int(chunk) if chunk.isdecimal() else None
    space.add_texts(list(texts.values()), list(texts), whole=chunk == WHOLE, tokens=tokens, progress=progress)


def encoder_bytes(space: Space, running: Running) -> int:
    """Return the size of a space's encoder; 0 where its card is not there."""
    try:
        return encoders.show(space.settings.encoder, models=running.get("models")).bytes
    except ModelNotFound:
        return 0


def contest(
    about: str,
    documents: int,
    asked: Sequence[Topic],
    trials: Sequence[Trial],
    k: int,
    favours: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
) -> Contest:
    """Judge ways to search by what each of them gave; `favours` says of each kind of query which side it helps."""
    titles = names([trial.way for trial in trials])
    scores: Floats = np.array([trial.column.figures[:, 0] for trial in trials])
    found = differences(titles, scores)
    by_cost = [titles[row] for row in sorted(range(len(trials)), key=lambda row: (trials[row].cost, row))]
    # Made queries are worded as the texts are; people are not, so that a draw is no reason to ask by words alone.
    favoured = [title for title, trial in zip(titles, trials, strict=True) if favours and trial.words_only]
    rows = sorted(range(len(trials)), key=lambda row: -scores[row].mean())
    measured = [
        trials[row].column.measured(titles[row], trials[row].way, k, trials[row].seconds, trials[row].passages) for row in rows
    ]
    few = [f"{len(asked)} queries are few: the intervals are narrower than they should be."] if len(asked) < FEW else []
    return Contest(
        about,
        documents,
        len(asked),
        k,
        tuple(measured),
        found,
        verdict(by_cost, found, len(asked), favoured),
        tuple(_kinds(asked, [titles[row] for row in rows], scores[rows], favours or {})),
        (*notes, *few),
    )


def _kinds(asked: Sequence[Topic], titles: Sequence[str], scores: Floats, favours: Mapping[str, str]) -> Iterator[KindResult]:
    """Yield the mean nDCG for every kind of query."""
    for kind, told in favours.items():
        rows = [row for row, topic in enumerate(asked) if topic.kind == kind]
        if rows:
            means = scores[:, rows].mean(axis=1).tolist()
            yield KindResult(kind, told, len(rows), dict(zip(titles, means, strict=True)))


@contextmanager
def _space(index: str | None, model: str | None, home: Path | None, running: Running) -> Iterator[Space]:
    with TemporaryDirectory(prefix="semspace-") as temporary:
        if index is None:
            space = Space.create(Path(temporary) / "eval", model, **running)
        elif places.is_space(places.folder_of(index, home)):
            space = Space.open(index, home=home, **running)
        else:
            space = Space.create(index, model, home=home, **running)
        with space:
            yield space


def _mode_result(space: Space, asked: Sequence[Topic], way: Alternative, k: int) -> ModeResult:
    found = ask(space, asked, way, k).measured(way.mode, way, k, None, 0)
    ndcg, recall, mrr = found.means.values()
    return ModeResult(way.mode, k, ndcg=ndcg, recall=recall, mrr=mrr, ci95=found.ci95)

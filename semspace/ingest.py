"""The walk of a document: path -> Document -> Passages -> Vectors -> store.

Files are read and cut in a thread (intake) while the encoder works. Nothing old is deleted before the new vectors exist,
and every batch is one transaction: a crash leaves the old document or the new one, whole.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from semspace.arrays import Vectors
from semspace.chunking import Chunker, encoded_text
from semspace.encoders import Encoder
from semspace.intake import Cut, Intake, Missed, Outcome, Same
from semspace.records import Document, Failure, IndexReport, Progress, Root, Stamp
from semspace.store import Change, Entry, WritableStore

BATCH = 256
"""Passages encoded and stored at a time: enough to sort by length, few enough that little is lost with Ctrl-C."""

OnChange = Callable[[Change, int], None]
OnProgress = Callable[[Progress], None]


@dataclass(slots=True)
class Tally:
    """What has happened so far in a run."""

    started: float = field(default_factory=time.perf_counter)
    total: int = 0
    done: int = 0
    read: int = 0
    unchanged: int = 0
    removed: int = 0
    passages: int = 0
    encoded: int = 0
    pending: int = 0
    failures: list[Failure] = field(default_factory=list)

    def progress(self) -> Progress:
        """Return how far the run is."""
        return Progress(self.done, self.total, self.encoded, self.pending, time.perf_counter() - self.started)

    def report(self, index: str, *, interrupted: bool = False) -> IndexReport:
        """Return the result of the run."""
        return IndexReport(
            index=index,
            read=self.read,
            unchanged=self.unchanged,
            removed=self.removed,
            failed=tuple(failure for failure in self.failures if failure.outcome == "failed"),
            skipped=tuple(failure for failure in self.failures if failure.outcome == "skipped"),
            passages=self.passages,
            encoded=self.encoded,
            seconds=time.perf_counter() - self.started,
            interrupted=interrupted,
        )


class Ingest:
    """One run of `index`: brings a store up to date with files, or puts texts into it.

    `changed(change, generation before it)` is called after each transaction, `progress` often.
    """

    def __init__(
        self, store: WritableStore, encoder: Encoder, *, changed: OnChange, progress: OnProgress | None = None
    ) -> None:
        self._store = store
        self._encoder = encoder
        self._intake = Intake(Chunker(encoder.tokenizer_json, encoder.capacity("passage")))
        self._changed = changed
        self._progress = progress
        self.tally = Tally()

    def files(self, roots: Iterable[Root], covered: Callable[[str], bool]) -> None:
        """Bring the store up to date with the files below some roots.

        `covered(path)` tells whether a stored file that was not found would have been found there: it is then removed.
        """
        plan = self._intake.plan(roots, self._store.documents(), self._store.tried(), covered)
        self.tally.total = len(plan.tasks)
        self.tally.unchanged = plan.unchanged
        self.tally.failures += plan.failures
        self._consume(self._intake.outcomes(plan.tasks))
        self.tally.removed += self._remove(plan.gone)

    def texts(self, documents: Sequence[Document], *, whole: bool = False) -> None:
        """Put texts of a program into the store, each cut as a file is, or as one passage however long."""
        self.tally.total = len(documents)
        self._consume(self._intake.cut(document, whole=whole) for document in documents)

    def _consume(self, outcomes: Iterable[Outcome]) -> None:
        """Gather documents into batches, encode them and store them."""
        waiting: list[Cut] = []
        touched: list[tuple[str, Stamp]] = []
        missed: list[Missed] = []
        for outcome in outcomes:
            if isinstance(outcome, Cut):
                waiting.append(outcome)
                self.tally.pending += len(outcome.passages)
                if sum(len(cut.passages) for cut in waiting) >= BATCH:
                    self._put(waiting)
                    waiting = []
            elif isinstance(outcome, Same):
                touched.append((outcome.path, outcome.stamp))
            else:
                missed.append(outcome)
            self.tally.done += not isinstance(outcome, Cut)
            self._tell()
        self._put(waiting)
        self.tally.unchanged += len(touched)
        self._store.touch(touched)
        self._miss(missed)

    def _put(self, cuts: Sequence[Cut]) -> None:
        if not cuts:
            return
        vectors = self._vectors(cuts)
        entries = [
            Entry(
                cut.document,
                cut.passages,
                cut.hashes,
                np.array([vectors[text_hash] for text_hash in cut.hashes]).reshape(-1, self._encoder.dim),
                cut.content_hash,
                cut.recipe,
                cut.stamp,
            )
            for cut in cuts
        ]
        before = self._store.generation
        self._changed(self._store.put(entries), before)
        self.tally.read += len(cuts)
        self.tally.done += len(cuts)
        self.tally.passages += sum(len(cut.passages) for cut in cuts)
        self._tell()

    def _vectors(self, cuts: Sequence[Cut]) -> dict[bytes, Vectors]:
        """Return a vector for every text of a batch, encoding only those that the space has not met."""
        texts = {
            text_hash: encoded_text(passage.context, passage.text)
            for cut in cuts
            for text_hash, passage in zip(cut.hashes, cut.passages, strict=True)
        }
        known = self._store.known(texts)
        old = self._store.stored_vectors(np.array(list(known.values()), dtype=np.int64))
        vectors = dict(zip(known, old, strict=True))
        fresh = [text_hash for text_hash in texts if text_hash not in known]
        self.tally.pending -= sum(len(cut.passages) for cut in cuts) - len(fresh)
        for start in range(0, len(fresh), BATCH):
            part = fresh[start : start + BATCH]
            vectors.update(zip(part, self._encoder.encode([texts[h] for h in part], "passage"), strict=True))
            self.tally.encoded += len(part)
            self.tally.pending -= len(part)
            self._tell()
        return vectors

    def _miss(self, missed: Sequence[Missed]) -> None:
        self.tally.failures += [miss.failure for miss in missed]
        # A file that cannot be read now keeps what was read of it before; one that holds no text any more does not.
        self.tally.removed += self._remove([m.failure.path for m in missed if m.failure.outcome == "skipped"])
        self._store.fail([(miss.failure, miss.stamp, miss.recipe) for miss in missed])

    def _remove(self, paths: Sequence[str]) -> int:
        """Remove documents, and return how many there were."""
        if not paths:
            return 0
        documents, _ = self._store.counts()
        before = self._store.generation
        self._changed(self._store.remove(paths), before)
        return documents - self._store.counts()[0]

    def _tell(self) -> None:
        if self._progress:
            self._progress(self.tally.progress())

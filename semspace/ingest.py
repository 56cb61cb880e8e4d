"""The walk of a document: path -> Document -> Passages -> Vectors -> store.

Files are read and cut in a thread (intake) while the encoder works. Nothing old is deleted before the new vectors exist,
and every batch is one transaction: a crash leaves the old document or the new one, whole.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from semspace.arrays import Vectors, check
from semspace.chunking import Chunker
from semspace.encoders import Encoder
from semspace.errors import InvalidVectors, MostlyGone
from semspace.intake import Cut, Encoded, Intake, Missed, Outcome, Same, Task
from semspace.records import Document, Failure, IndexReport, Progress, Root
from semspace.store import Change, Entry, WritableStore
from semspace.surveying import recuts, settle, survey

BATCH = 512
"""Passages encoded and stored at a time: enough to sort by length, few enough that little is lost with Ctrl-C."""

RECUT = 64
"""Documents that boilerplate is taken out of at a time."""

FEW = 3
"""Files that may vanish without a question, however few there were."""

OnChange = Callable[[Change, int], None]
OnProgress = Callable[[Progress], None]
Elsewhere = Callable[[frozenset[int], Sequence[Task], str], Iterable[Outcome | None]]
"""Boilerplate, files and a recipe -> what became of them on other processes or machines."""


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
    boilerplate: int = 0
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
            boilerplate=self.boilerplate,
        )


class Ingest:
    """One run of `index`: brings a store up to date with files, or puts texts into it.

    `changed(change, generation before it)` is called after each transaction, `read()` when every file has been read and
    passages may still wait for their vectors, `progress` often. `keep` has boilerplate encoded as any text; `tokens` are the
    most of a passage, as many as suit the encoder without it. Files are read and encoded `elsewhere`, if that is given.
    """

    def __init__(
        self,
        store: WritableStore,
        encoder: Encoder,
        *,
        changed: OnChange,
        read: Callable[[], None],
        progress: OnProgress | None = None,
        keep: bool = False,
        tokens: int | None = None,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self._elsewhere = elsewhere
        self._store = store
        self._encoder = encoder
        self._intake = Intake(Chunker(encoder.tokenizer_json, encoder.capacity("passage"), tokens))
        self._changed = changed
        self._read = read
        self._progress = progress
        self._keep = keep
        self.tally = Tally()

    def files(self, roots: Iterable[Root], covered: Callable[[str], bool], *, purge: bool = False) -> None:
        """Bring the store up to date with the files below some roots.

        `covered(path)` tells whether a stored file that was not found would have been found there: it is then removed,
        unless most of them would be and nobody said `purge`. Raises MostlyGone.
        """
        found = survey(self._store, keep=self._keep)
        stored = found.to_read(self._store.documents())
        self._intake.known = found.known
        plan = self._intake.plan(roots, stored, self._store.tried(), covered)
        if not purge:
            _refuse_a_purge([path for path in plan.gone if path in stored], sum(map(covered, stored)))
        self.tally.total = len(plan.tasks)
        self.tally.unchanged = plan.unchanged
        self.tally.failures += plan.failures
        self.tally.pending = self._store.pending_count()
        away = self._elsewhere(found.known, plan.tasks, self._intake.recipe) if self._elsewhere else None
        self._consume(self._intake.outcomes(plan.tasks) if away is None else away)
        self.tally.removed += self._remove(plan.gone)
        self._leave_out(max((one.id for one in stored.values()), default=0))
        self._finish()

    def texts(self, documents: Sequence[Document], *, whole: bool = False) -> None:
        """Put texts of a program into the store, each cut as a file is, or as one passage however long."""
        known = self._store.documents()
        self.tally.total = len(documents)
        self.tally.pending = self._store.pending_count()
        self._consume(self._intake.cut(text, whole=whole, replaces=text.path in known) for text in documents)
        self._finish()

    def given(self, documents: Sequence[Document], vectors: Mapping[str, Vectors]) -> None:
        """Put texts of a program into the store, each as one passage, with the vectors that it gives by their paths."""
        cuts = [self._intake.cut(document, whole=True) for document in documents]
        self._take([Encoded(cut, dict.fromkeys(cut.hashes, vectors[cut.document.path])) for cut in cuts])

    def _consume(self, outcomes: Iterable[Outcome | None]) -> None:
        """Store what comes; encode whenever nothing has come yet."""
        fresh: list[Cut] = []
        replacing: list[Cut] = []
        encoded: list[Encoded] = []
        others: list[Same | Missed] = []
        for outcome in outcomes:
            if outcome is None:
                fresh = self._put(fresh, {})
                self._encode(least=BATCH)
            elif isinstance(outcome, Encoded):
                encoded.append(outcome)
                if _size([one.cut for one in encoded]) >= BATCH:
                    encoded = self._take(encoded)
            elif isinstance(outcome, Cut):
                (replacing if outcome.replaces else fresh).append(outcome)
                if _size(fresh) >= BATCH:
                    fresh = self._put(fresh, {})
                if _size(replacing) >= BATCH:
                    replacing = self._replace(replacing)
            else:
                others.append(outcome)
                self.tally.done += 1
        self._put(fresh, {})
        self._take(encoded)
        self._replace(replacing)
        self._settle(others)

    def _take(self, encoded: Sequence[Encoded]) -> list[Encoded]:
        """Store documents with the vectors that others gave them. Return what is left: nothing."""
        cuts = [one.cut for one in encoded]
        given = {text_hash: vector for one in encoded for text_hash, vector in one.vectors.items()}
        known = self._known(cuts)
        self.tally.encoded += len(given.keys() - known.keys())
        self._put(cuts, {**given, **known})
        return []

    def _leave_out(self, newest: int) -> None:
        """Take out of the stored documents what is boilerplate, now that all are known; `newest` is older than this run."""
        found = survey(self._store, keep=self._keep)
        left = len(found.more)
        for start in range(0, len(found.more), RECUT):
            cuts = list(recuts(self._store, found.more[start : start + RECUT], found.known))
            vectors = self._store.vectors_by_hash(text_hash for cut in cuts for text_hash in cut.hashes)
            before = self._store.generation
            self._changed(self._store.recut(cuts, vectors), before)
            self.tally.passages -= sum(cut.gone for cut in cuts if cut.document_id > newest)
            left -= len(cuts)
        self.tally.boilerplate = len(found.known)
        if found.more:
            self.tally.pending = self._store.pending_count()
        if not (found.settled or found.less or left):
            settle(self._store, keep=self._keep)

    def _finish(self) -> None:
        """Say that all is read, and encode what is left."""
        self._read()
        while self._encode(least=1):
            pass

    def _put(self, cuts: Sequence[Cut], vectors: Mapping[bytes, Vectors]) -> list[Cut]:
        """Store documents; a passage that was met before gets its vector, another one waits. Return what is left: nothing."""
        if cuts:
            known = vectors or self._known(cuts)
            entries = [Entry(c.document, c.passages, c.hashes, c.content_hash, c.recipe, c.stamp, c.blocks) for c in cuts]
            before = self._store.generation
            change = self._store.put(entries, known)
            self._changed(change, before)
            self.tally.read += len(cuts)
            self.tally.done += len(cuts)
            self.tally.passages += _size(cuts)
            self.tally.pending += change.waiting
            self._tell()
        return []

    def _replace(self, cuts: Sequence[Cut]) -> list[Cut]:
        """Store documents in the place of others, which stay until the vectors of the new ones are there."""
        vectors = self._known(cuts)
        texts = {h: p.encoded for cut in cuts for h, p in zip(cut.hashes, cut.passages, strict=True) if h not in vectors}
        hashes = list(texts)
        for start in range(0, len(hashes), BATCH):
            part = hashes[start : start + BATCH]
            vectors.update(zip(part, self._vectors([texts[h] for h in part]), strict=True))
            self.tally.encoded += len(part)
            self._tell()
        return self._put(cuts, vectors)

    def _known(self, cuts: Sequence[Cut]) -> dict[bytes, Vectors]:
        """Return the vectors that the space has already for the texts of some documents."""
        return self._store.vectors_by_hash(text_hash for cut in cuts for text_hash in cut.hashes)

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        """Encode, and trust no encoder to give sound vectors. Raises InvalidVectors."""
        vectors = check(self._encoder.encode(texts, "passage"), self._store.dim)
        if len(vectors) != len(texts):
            raise InvalidVectors(f"The encoder gave {len(vectors):,} vectors for {len(texts):,} texts.")
        return vectors

    def _encode(self, least: int) -> bool:
        """Encode a batch of what waits, if at least so many passages do; tell whether there was one."""
        if self.tally.pending < least:
            return False
        texts = self._store.pending(BATCH)
        if not texts:
            self.tally.pending = 0
            return False
        vectors = self._vectors([*texts.values()])
        before = self._store.generation
        change = self._store.fill(dict(zip(texts, vectors, strict=True)))
        self._changed(change, before)
        self.tally.encoded += len(texts)
        self.tally.pending = max(0, self.tally.pending - len(change.gained))
        self._tell()
        return True

    def _settle(self, others: Sequence[Same | Missed]) -> None:
        """Remember new stamps of unchanged files, and files that gave no passages."""
        touched = [other for other in others if isinstance(other, Same)]
        self.tally.unchanged += len(touched)
        self._store.touch((same.path, same.stamp) for same in touched)
        self._miss([other for other in others if isinstance(other, Missed)])

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


def _refuse_a_purge(gone: Sequence[str], known: int) -> None:
    """Raise MostlyGone where more than half of the files have vanished; one that is only excluded now has not."""
    vanished = sum(not os.path.lexists(path) for path in gone)
    if vanished >= FEW and vanished > known / 2:
        raise MostlyGone(
            f"{vanished:,} of {known:,} files have vanished since the last run; nothing was read and nothing removed.",
            "If they are gone for good, say so: --yes. If a disk is not mounted: mount it first.",
        )


def _size(cuts: Sequence[Cut]) -> int:
    return sum(len(cut.passages) for cut in cuts)

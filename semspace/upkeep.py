"""What keeps a space sound and fast: mending it, forgetting texts for good, giving disk back, tuning its index."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, Unpack

from semspace import forgetting, places, settings, tuning
from semspace.checking import check_calibration
from semspace.derived import DerivedTokens
from semspace.encoders import Encoder
from semspace.encoders.running import Running
from semspace.errors import SpaceLocked
from semspace.inspection import size
from semspace.meaning import Meaning
from semspace.paths import is_there
from semspace.records import Compacted, Forgotten, Mending, Tuned
from semspace.reranking import token_encoder
from semspace.settings import Settings
from semspace.store import BACKUP, LOCK, QUARANTINE, SHAPES, Change, WritableStore, WriterLock

if TYPE_CHECKING:
    from semspace.ingest import Ingest, OnProgress


class Upkeep(Meaning):
    """Repairs, forgetting, compaction and tuning of a space; `Space` adds what fills it."""

    _tokens: DerivedTokens

    def _opened(self, *, bulk: bool) -> Encoder:
        raise NotImplementedError

    @classmethod
    def open(cls, where: str | os.PathLike[str], *, home: Path | None = None, **running: Unpack[Running]) -> Self:
        """Open a space that is there."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        raise NotImplementedError

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        raise NotImplementedError

    def _writing(self, *, wait: bool = False) -> AbstractContextManager[WritableStore]:
        raise NotImplementedError

    def _ingest(self, store: WritableStore, progress: OnProgress | None, tokens: int | None = None) -> Ingest:
        raise NotImplementedError

    @classmethod
    def repair(
        cls,
        where: str | os.PathLike[str],
        *,
        home: Path | None = None,
        progress: OnProgress | None = None,
        **running: Unpack[Running],
    ) -> list[Mending]:
        """Mend a space, open or not to be opened any more, and return what was done about each of its parts.

        A store that SQLite cannot read whole is made anew of what can be read; damaged documents are read again from
        their files where those still have the same content, damaged vectors encoded again, damaged derived files made
        anew. What was damaged is kept in the folder `quarantine`. Raises SpaceNotFound, SpaceLocked, SpaceDamaged where
        not even the settings are left.
        """
        # A search needs neither reader nor chunker, which this brings.
        from semspace import repairing

        folder = places.existing(where, home)
        with WriterLock(folder / LOCK):
            done = repairing.mend_store(folder)
        with cls.open(folder, **running) as space, space._writing() as store:
            done += repairing.Mender(folder, store, lambda: space.encoder).mend()
            if store.pending_count():
                space._ingest(store, progress).texts(())
            done += repairing.mend_derived(folder, space.settings, store)
            learned = check_calibration(store)
            space._learn(store)
            done.append(Mending(learned.part, learned.count, 0, f"{learned.message}{': learned anew' * learned.count}"))
        return done

    def tune(self, recall: float = tuning.RECALL, kind: str = tuning.AUTO) -> Tuned:
        """Build the vector index that reaches a recall@10 at the least cost, and return its receipt. Raises InvalidInput."""
        with self._writing() as store:
            tuned = tuning.tune(store, self._vectors, recall, kind)
            self._configure(store, settings.indexed(self.settings, tuned))
        return tuned

    def forget(self, which: Iterable[str | os.PathLike[str]], *, verify: bool = False) -> Forgotten:
        """Remove files, all below folders, or texts by id, so that no byte of the space's folder holds them any more.

        With `verify` every file of the space is searched for every line and vector of what was forgotten. A file that
        is still on disk stays out of the space from now on. What repairs had put aside is deleted. An engine is told to
        delete, too, and keeps on its own disk what it likes for as long as it likes.
        Raises PathNotFound, SpaceLocked while others read.
        """
        named = [os.fspath(one) for one in which]
        with self._writing() as store:
            known = [*store.documents(), *store.tried()]
            _, gone = settings.leave_out(self.settings, named, known)
            present = [one for one in named if is_there(one)]
            chosen, _ = settings.leave_out(self.settings, present, known)
            # Before anything is removed: after a kill no next run takes back in what was to be forgotten.
            self._configure(store, chosen)
            pieces = forgetting.pieces(store, gone) if verify else set()
            before, generation = store.counts(), store.generation
            self._follow(store.remove(gone), generation)
            after = store.counts()
            self._tidy(store, QUARANTINE, BACKUP, SHAPES)
        found = list(forgetting.traces(self.folder, pieces)) if verify else []
        left = forgetting.unshared(self._store, set().union(*(held for _, _, held in found)))
        return Forgotten(
            self.name,
            before[0] - after[0],
            before[1] - after[1],
            len(found),
            sum(length for _, length, _ in found),
            forgetting.counted(self.folder, found, left),
            tuple(present),
            self.settings.engine.uri if self.settings.engine else None,
        )

    def compact(self) -> Compacted:
        """Give back to the disk what removed texts have left free, and what a migration kept. Raises SpaceLocked."""
        before = size(self.folder)
        with self._writing() as store:
            self._tidy(store, BACKUP)
        return Compacted(self.name, before, size(self.folder))

    def _tidy(self, store: WritableStore, *aside: str) -> None:
        """Write the store, the lexical index and what is kept of maps anew, without what was removed or put aside."""
        # No search needs this.
        from semspace.derived import maps

        for name in aside:
            shutil.rmtree(self.folder / name, ignore_errors=True)
        self._words.renew(store)
        maps.renew(self.folder, store)
        try:
            store.compact()
        except SpaceLocked as error:
            error.hint = "What was removed may still be in the journal: semspace compact when nobody reads."
            raise

    def _configure(self, store: WritableStore, chosen: Settings) -> None:
        self.settings = chosen
        store.configure(settings.KEY, settings.encode(chosen))
        settings.write(self.folder, chosen)

    def _follow(self, change: Change, before: int) -> None:
        """Keep what is in memory in step, and from time to time what others search: the words soon, the vectors later."""
        self._vectors.advance(change.lost, self._store.with_vector(change.gained), before)
        if isinstance(self._store, WritableStore) and self._vectors.due():
            self._renew(self._store)
        for derived in (self._words, self._vectors):
            derived.save_if_due()

    def _renew(self, store: WritableStore) -> None:
        if self._vectors.behind() and (tuned := tuning.renewed(self.settings, store, self._vectors)):
            self._configure(store, settings.indexed(self.settings, tuned))

    def _learn(self, store: WritableStore, tell: OnProgress | None = None) -> None:
        # A search needs none of it.
        from semspace import calibrating
        from semspace.derived.neighborhoods import DerivedGraph

        if calibrating.due(self._searcher, store):
            calibrating.calibrate(self._searcher, self._words.get(), store, self._opened(bulk=True))
        if self.settings.token_vectors and len(self._tokens.lacking()):
            self._tokens.fill(token_encoder(self._opened(bulk=True)), tell)
        DerivedGraph(self.folder, store).after_indexing()

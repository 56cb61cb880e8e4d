"""A space whose vectors are served from a distributed engine."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from semspace import tuning
from semspace.derived import DerivedVectors
from semspace.encoders.running import Running
from semspace.errors import EngineFailed, InvalidInput
from semspace.records import Engine, EngineStatus, Finding, IndexReport, Status, Tuned
from semspace.settings import Settings
from semspace.store import Store
from semspace.upkeep import Upkeep

if TYPE_CHECKING:
    from semspace.bulk import Bulk
    from semspace.derived.engine import EngineVectors
    from semspace.ingest import Elsewhere, OnProgress
    from semspace.intake import Outcome, Task


def token_of(engine: Engine, running: Running) -> str | None:
    """Return the token of an engine, None where it needs none."""
    secret = running.get("secret")
    return secret(engine.token_env) if engine.token_env and secret else None


def vectors_of(space: Engaging, store: Store, running: Running) -> DerivedVectors:
    """Return the vectors of a space, from its own folder or from the engine that its settings name."""
    chosen: Settings = space.settings
    if chosen.engine is None:
        return DerivedVectors(space.folder, store, chosen.index_kind, chosen.effort)
    # A search of a space in its own folder waits for none of this.
    from semspace.derived.engine import EngineVectors

    about = {
        "space": space.name,
        "owner": str(chosen.created),
        "encoder": chosen.encoder,
        "fingerprint": chosen.fingerprint,
    }
    vectors = EngineVectors(space.folder, store, chosen.engine, token_of(chosen.engine, running), about)
    vectors.succeed(getattr(space, "_vectors", None))
    return vectors


class Engaging(Upkeep):
    """What a space can be told of engines; `Space` adds what fills it."""

    _running: Running
    _bulk: Bulk | None = None

    def spread(self, bulk: Bulk | None) -> None:
        """Have files read and encoded by the workers of a scheduler from now on, or here again."""
        self._bulk = bulk

    def _elsewhere(self) -> Elsewhere | None:
        if (bulk := self._bulk) is None:
            return None
        from semspace.bulk import Job

        models, chosen = self._running.get("models"), self.settings
        where = str(models) if models else None

        def elsewhere(known: frozenset[int], tasks: Sequence[Task], recipe: str) -> Iterator[Outcome | None]:
            return bulk.outcomes(Job(chosen.encoder, chosen.fingerprint, where, known, recipe), tasks)

        return elsewhere

    def engage(self, engine: Engine | None) -> None:
        """Serve the vectors from an engine from now on, or from the own folder again, and bring that up to date.

        Raises EngineUnreachable, EngineRefused, EngineDiffers, InvalidInput, SpaceLocked.
        """
        if engine is not None:
            from semspace.vectors.connecting import check_engine

            check_engine(engine, token_of(engine, self._running))
        with self._writing() as store:
            self._configure(store, replace(self.settings, engine=engine))
            self._vectors.close()
            self._vectors = vectors_of(self, store, self._running)

    def add_vectors(self, path: str | os.PathLike[str], progress: OnProgress | None = None) -> IndexReport:
        """Put the texts of a Parquet file into the space, each in one passage, with the vectors that stand there.

        They have to be of the space's own encoder. Raises InvalidInput, InvalidVectors, PathNotFound, MissingDependency.
        """
        from semspace import parquet
        from semspace.intake import text_documents

        with self._writing() as store:
            ingest = self._ingest(store, progress)
            for batch in parquet.read(Path(path), store.dim):
                documents = text_documents(batch.texts, batch.ids, batch.metadata)
                ingest.given(documents, batch.by_path())
            self._renew(store)
            self._learn(store, progress)
        return ingest.tally.report(self.name)

    def _engine(self) -> EngineVectors | None:
        """Return the vectors as an engine serves them; None where the own folder does."""
        if self.settings.engine is None:
            return None
        from semspace.derived.engine import EngineVectors

        return self._vectors if isinstance(self._vectors, EngineVectors) else None

    def engine_status(self) -> EngineStatus | None:
        """Return what the engine says of itself; None for a space that is served from its own folder."""
        with self._turn():
            engine = self._engine()
            return None if engine is None else engine.status()

    def status(self, *, look: bool = True) -> Status:
        """Return what the space holds, and (`look`) which files changed since, and what the engine that serves it says."""
        found, engine = super().status(look=look), self.settings.engine
        if not look or engine is None:
            return found
        try:
            said = self.engine_status()
        except EngineFailed as failed:
            said = EngineStatus(engine.uri, engine.collection, "no answer", 0, 0, failed.message)
        return replace(found, engine=said)

    def check(self, *, deep: bool = False) -> list[Finding]:
        """Compare every part of the space with what it was made from; `deep` encodes a sample of texts again."""
        found = super().check(deep=deep)
        with self._turn():
            engine = self._engine()
            return found if engine is None else [*found, engine.finding()]

    def tune(self, recall: float = tuning.RECALL, kind: str = tuning.AUTO) -> Tuned:
        """Give the space the cheapest vector index that reaches a recall. Raises InvalidInput where an engine has its own."""
        if self.settings.engine is not None:
            raise InvalidInput("The vectors of this space are served from an engine, which has an index of its own.")
        return super().tune(recall, kind)

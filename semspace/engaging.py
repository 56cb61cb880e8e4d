"""A space whose vectors are served from a distributed engine."""

from __future__ import annotations

from dataclasses import replace

from semspace import tuning
from semspace.derived import DerivedVectors, EngineVectors
from semspace.encoders.running import Running
from semspace.errors import InvalidInput
from semspace.records import Engine, EngineStatus, Finding, Tuned
from semspace.settings import Settings
from semspace.store import Store
from semspace.upkeep import Upkeep
from semspace.vectors.connecting import check_engine


def token_of(engine: Engine, running: Running) -> str | None:
    """Return the token of an engine, None where it needs none."""
    secret = running.get("secret")
    return secret(engine.token_env) if engine.token_env and secret else None


def vectors_of(space: Engaging, store: Store, running: Running) -> DerivedVectors:
    """Return the vectors of a space, from its own folder or from the engine that its settings name."""
    chosen: Settings = space.settings
    if chosen.engine is None:
        return DerivedVectors(space.folder, store, chosen.index_kind, chosen.effort)
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

    def engage(self, engine: Engine | None) -> None:
        """Serve the vectors from an engine from now on, or from the own folder again, and bring that up to date.

        Raises EngineUnreachable, EngineRefused, EngineDiffers, InvalidInput, SpaceLocked.
        """
        if engine is not None:
            check_engine(engine, token_of(engine, self._running))
        with self._writing() as store:
            self._configure(store, replace(self.settings, engine=engine))
            self._vectors.close()
            self._vectors = vectors_of(self, store, self._running)

    def engine_status(self) -> EngineStatus | None:
        """Return what the engine says of itself; None for a space that is served from its own folder."""
        with self._turn():
            return self._vectors.status() if isinstance(self._vectors, EngineVectors) else None

    def check(self, *, deep: bool = False) -> list[Finding]:
        """Compare every part of the space with what it was made from; `deep` encodes a sample of texts again."""
        found = super().check(deep=deep)
        with self._turn():
            return [*found, self._vectors.finding()] if isinstance(self._vectors, EngineVectors) else found

    def tune(self, recall: float = tuning.RECALL, kind: str = tuning.AUTO) -> Tuned:
        """Give the space the cheapest vector index that reaches a recall. Raises InvalidInput where an engine has its own."""
        if self.settings.engine is not None:
            raise InvalidInput("The vectors of this space are served from an engine, which has an index of its own.")
        return super().tune(recall, kind)

"""Search by Milvus: vectors on a server, on many, or in a file beside us, with the passages' texts and facts as fields."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np

from semspace.arrays import Ids, Ranking, Vectors, check
from semspace.errors import EngineDiffers, EngineRefused, InvalidVectors
from semspace.records import Engine, EngineStatus
from semspace.vectors import expressions
from semspace.vectors.collection import AMONG, FIELDS, MOST, Collection, Publication, create, empty
from semspace.vectors.connecting import Connection, warning

TRIES = 8
"""Searches of one publication after the other, where each was followed by the next before the search was done."""

QUERIES = 200


class MilvusIndex(Collection):
    """A collection of Milvus as an index of vectors. `effort` is the breadth of the walk through its graph (ef)."""

    rerank: ClassVar[int] = 0
    exact: ClassVar[bool] = False

    def __init__(self, connection: Connection, dim: int) -> None:
        """Take a connection to a collection that is there; `open` is for callers."""
        super().__init__(connection, dim)
        self.effort = 256

    @classmethod
    def open(cls, engine: Engine, token: str | None = None, *, dim: int | None = None) -> Self:
        """Open a collection; with `dim` one that is not there is made.

        Raises EngineUnreachable, EngineRefused, InvalidInput, MissingDependency.
        """
        connection = Connection(engine, token)
        if not connection.call("has_collection", engine.collection):
            if dim is None:
                raise EngineRefused(
                    f"There is no collection {engine.collection} at {engine.uri}.",
                    f"Fill it: semspace index FOLDER --engine milvus --uri {engine.uri} --collection {engine.collection}",
                )
            create(connection, dim)
        held = connection.call("describe_collection", engine.collection)
        found = {one["name"]: one.get("params", {}) for one in held["fields"]}
        if not {"id", "vector", *FIELDS} <= set(found) or dim not in {None, int(found["vector"]["dim"])}:
            raise EngineRefused(f"The collection {engine.collection} is none of this space's.", "Take another --collection.")
        # One that is loaded keeps the replicas that it has.
        if "Loaded" not in str(connection.call("get_load_state", engine.collection)):
            connection.call("load_collection", engine.collection, replica_number=engine.replicas)
        return cls(connection, int(found["vector"]["dim"]))

    def status(self) -> EngineStatus:
        """Return what the engine says of itself."""
        engine, version = self._connection.engine, self._connection.version()
        return EngineStatus(engine.uri, self._name, version, len(self), self.publication(strong=True).number, warning(version))

    def efforts(self) -> list[int]:
        """Return breadths of the walk."""
        return [16, 32, 64, 128, 256, 512, 1024, 4096]

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Add vectors, shape (n, dim), of unit length. An id that is there already is an error: InvalidVectors."""
        rows = check(vectors, self._dim)
        if len(ids) != len(rows) or len(np.unique(ids)) != len(ids) or (len(ids) and ids.min() < 0):
            raise InvalidVectors("Every vector needs an id of its own that is not in the index yet.")
        if len(ids) and (self.count("id >= 0") and self.fetch(ids, ["id"])):
            raise InvalidVectors("Every vector needs an id of its own that is not in the index yet.")
        self.stage([{**empty(self._dim), "id": int(i), "vector": row} for i, row in zip(ids, rows, strict=True)])

    def search(self, queries: Vectors, k: int, among: Ids | None = None) -> list[Ranking]:
        """Return for each query the min(k, n) nearest of all ids, or of those in `among`. Raises EngineDiffers."""
        rows = check(queries, self._dim)
        if k < 1 or not len(rows) or (among is not None and not len(among)):
            return [Ranking.empty() for _ in rows]
        if among is None and k > MOST:
            among = self.ids()
        for _ in range(TRIES):
            seen = self.publication()
            found = self._seen(rows, k, among, seen)
            # What went while it searched went long enough after a publication that this look sees that one.
            if self.publication().number == seen.number:
                return found
        raise EngineDiffers("The collection changes faster than it can be searched.", "Try again when it is filled.")

    def _seen(self, rows: Vectors, k: int, among: Ids | None, seen: Publication) -> list[Ranking]:
        """Return the nearest of what one publication shows."""
        visible = ["id >= 0", f"generation <= {seen.number}"]
        visible += [f"not ({expressions.among('id', seen.lost.tolist())})"] if len(seen.lost) else []
        chunks = [None] if among is None else [np.unique(among)[at : at + AMONG] for at in range(0, len(among), AMONG)]
        found = [Ranking.empty() for _ in rows]
        for chunk in chunks:
            here = visible if chunk is None else [*visible, expressions.among("id", chunk.tolist())]
            one = self._nearest(rows, min(k, MOST if chunk is None else len(chunk)), expressions.every(*here), seen.moment)
            found = [_merged(old, new).top(k) for old, new in zip(found, one, strict=True)]
        return found

    def _nearest(self, queries: Vectors, k: int, condition: str, moment: int) -> list[Ranking]:
        """Search; a walk that ended too early is taken broader, and one that still gives too few is an error."""
        if k < 1:
            return [Ranking.empty() for _ in queries]
        matches: int | None = None
        for breadth in (max(self.effort, k), max(8 * self.effort, 4 * k, 4_096)):
            found = self._asked(queries, k, condition, moment, min(breadth, 32_768))
            if all(len(one) == k for one in found):
                return found
            matches = min(k, int(self.query(condition, ["count(*)"], moment=moment)[0]["count(*)"]))
            if all(len(one) >= matches for one in found):
                return found
        raise EngineDiffers(
            f"The engine gives {min(map(len, found))} answers where there are {matches}.", "semspace check says what it lacks."
        )

    def _asked(self, queries: Vectors, k: int, condition: str, moment: int, breadth: int) -> list[Ranking]:
        rankings: list[Ranking] = []
        for start in range(0, len(queries), QUERIES):
            found = self._connection.call(
                "search",
                self._name,
                data=list(queries[start : start + QUERIES]),
                anns_field="vector",
                filter=condition,
                limit=k,
                search_params={"metric_type": "IP", "params": {"ef": breadth}},
                **self.level(moment),
            )
            for hits in found:
                ids = np.array([hit["id"] for hit in hits], dtype=np.int64)
                rankings.append(Ranking.of(ids, np.array([hit.score for hit in hits], dtype=np.float32)))
        return rankings


def _merged(one: Ranking, other: Ranking) -> Ranking:
    return Ranking.of(np.concatenate([one.ids, other.ids]), np.concatenate([one.scores, other.scores]))

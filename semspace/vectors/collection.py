"""A collection of Milvus: rows of passages, and the publication that says which of them count.

A row with the id -1 says which publication of the collection counts. What is written ahead carries a later number and is not
seen; what is to go is named by the publication, and deleted after it. So one row changes, and with it everything at once: a
reader sees the passages of a document before, or those after, and never both.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from semspace.arrays import Ids
from semspace.errors import EngineDiffers
from semspace.vectors import expressions
from semspace.vectors.connecting import Connection, is_remote

POINTER = -1
MOST = 16_384
"""Rows of one answer, by Milvus's own limit."""

AMONG = 10_000
"""Ids in one filter."""

GRACE = 6.0
"""Seconds between a publication and the deletion of what it lost: a bounded look at it is 5 seconds old at most."""

BYTES = 8_000_000
"""Bytes of rows in one request; a server takes 64 MB."""

LONGEST = 65_000
"""Bytes of a field of text; 65,535 are the most."""

PART = 4_000
"""Ids that are to go in one row of a publication."""

FIELDS = ("document", "generation", "mark", "key", "text", "facts")
NOTHING: Ids = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Publication:
    """What readers see: rows numbered up to `number`, but for `lost`. `moment` is the engine's, of the last write before it.

    `facts` are what a reader without the store has to know, `learned` what the space knows of its own scores.
    """

    number: int = 0
    lost: Ids = field(default_factory=lambda: NOTHING)
    moment: int = 0
    facts: Mapping[str, Any] = field(default_factory=dict)
    learned: str | None = None


class Collection:
    """Rows of one collection, read and written."""

    def __init__(self, connection: Connection, dim: int) -> None:
        """Take a connection to a collection that is there; `open` is for callers."""
        self._connection = connection
        self._dim = dim
        self._name = connection.engine.collection
        self._wrote = -math.inf
        self._published = 0.0

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    @property
    def dim(self) -> int:
        """Return the dimensions of its vectors."""
        return self._dim

    def __len__(self) -> int:
        return self.count("id >= 0")

    def ids(self) -> Ids:
        """Return all ids, in order."""
        return np.array(sorted(row["id"] for rows in self.rows(("id",)) for row in rows), dtype=np.int64)

    def count(self, condition: str) -> int:
        """Count rows, strongly."""
        return int(self.query(condition, ["count(*)"], strong=True)[0]["count(*)"])

    def rows(self, fields: Sequence[str], condition: str = "id >= 0") -> Iterator[Sequence[Mapping[str, Any]]]:
        """Yield some fields of all rows, read strongly, in parts that an answer can hold."""
        most = MOST if set(fields) <= {"id", "mark", "generation", "document"} else MOST // 16
        total = self.count(condition)
        if total <= most:
            yield self.query(condition, list(fields), strong=True)
            return
        high, seen, waiting = 1 << 10, 0, list[tuple[int, int]]()
        while self.count(expressions.every(condition, f"id >= {high}")):
            high <<= 4
        waiting.append((0, high))
        while waiting:
            low, high = waiting.pop()
            here = expressions.every(condition, f"id >= {low}", f"id < {high}")
            if (count := self.count(here)) > most:
                waiting += [(low, (low + high) // 2), ((low + high) // 2, high)]
            elif count:
                seen += count
                yield self.query(here, list(fields), strong=True)
        if seen != total:
            raise EngineDiffers("The collection changed while it was read.", "Another process is writing to it: try again.")

    def fetch(self, ids: Ids, fields: Sequence[str]) -> dict[int, Mapping[str, Any]]:
        """Return some fields of some rows, by id."""
        found: dict[int, Mapping[str, Any]] = {}
        for start in range(0, len(ids), 1_000):
            condition = expressions.among("id", ids[start : start + 1_000].tolist())
            found |= {int(row["id"]): row for row in self.query(condition, ["id", *fields])}
        return found

    def query(self, condition: str, fields: Sequence[str], *, strong: bool = False, moment: int = 0) -> list[dict[str, Any]]:
        """Return some fields of the rows that a condition of ours lets through."""
        level = self.level(moment) if not strong else {"consistency_level": "Strong"}
        return list(self._connection.call("query", self._name, filter=condition, output_fields=list(fields), **level))

    def level(self, moment: int = 0) -> dict[str, Any]:
        """Return how fresh an answer has to be: whoever writes sees what he wrote, others at least a publication whole."""
        if time.monotonic() - self._wrote < GRACE:
            # A session would do, but a delete does not count in it.
            return {"consistency_level": "Strong"}
        if moment:
            return {"consistency_level": "Customized", "guarantee_timestamp": moment}
        return {"consistency_level": self._connection.engine.consistency}

    def publication(self, *, strong: bool = False) -> Publication:
        """Return what counts now."""
        rows = self.query("id < 0", ["id", "facts", "text"], strong=strong)
        parts = {int(row["id"]): {**json.loads(row["facts"]), "learned": row["text"]} for row in rows}
        head = parts.get(POINTER)
        if head is None:
            return Publication()
        gone = [
            one for _, part in sorted(parts.items(), reverse=True) if part["number"] == head["number"] for one in part["lost"]
        ]
        return Publication(
            head["number"], np.array(gone, dtype=np.int64), head["moment"], head["facts"], head["learned"] or None
        )

    def publish(self, number: int, lost: Ids, facts: Mapping[str, Any], learned: str | None = None) -> None:
        """Have readers see the rows written ahead under this number, and no longer those that are lost."""
        parts = [lost[start : start + PART].tolist() for start in range(0, len(lost), PART)] or [[]]
        head = {"number": number, "lost": parts[0], "moment": self._connection.written(), "facts": dict(facts)}
        for place, part in reversed([*enumerate(parts)]):
            said = head if place == 0 else {"number": number, "lost": part}
            text = learned or "" if place == 0 and len(learned or "") <= LONGEST else ""
            self._upsert([{**empty(self._dim), "id": POINTER - place, "facts": json.dumps(said), "text": text}])
        self._published = time.monotonic()

    def stage(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write rows, each in the place of the one with its id; a later `generation` is seen when it is published."""
        part: list[Mapping[str, Any]] = []
        size = 0
        for row in rows:
            part.append(row)
            size += 4 * self._dim + len(row["text"]) * 2 + len(row["facts"])
            if size > BYTES:
                self._upsert(part)
                part, size = [], 0
        if part:
            self._upsert(part)

    def _upsert(self, rows: Sequence[Mapping[str, Any]]) -> None:
        # Written twice is written once: a call that was tried again does no harm.
        self._connection.call("upsert", self._name, [dict(row) for row in rows])
        self._wrote = time.monotonic()

    def retire(self, lost: Ids) -> None:
        """Delete what a publication named as lost, when no search that began before it can still be under way unnoticed."""
        if len(lost) and is_remote(self._connection.engine.uri):
            time.sleep(max(0.0, self._published + GRACE - time.monotonic()))
        self.remove(lost)

    def remove(self, ids: Ids) -> None:
        """Remove rows; an id that is not there is passed over."""
        for start in range(0, len(ids), AMONG):
            self._connection.call("delete", self._name, filter=expressions.among("id", ids[start : start + AMONG].tolist()))
            self._wrote = time.monotonic()


def empty(dim: int) -> dict[str, Any]:
    """Return a row without a passage. Its vector is near to nothing, and its generation that of the first publication."""
    vector = np.zeros(dim, dtype=np.float32)
    vector[0] = 1
    return {"document": -1, "generation": 0, "mark": 0, "key": "", "text": "", "facts": "", "vector": vector}


def create(connection: Connection, dim: int) -> None:
    """Make a collection: a graph of 32 neighbours a row over all vectors, compared by their inner product."""
    from pymilvus import DataType, MilvusClient

    schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("id", DataType.INT64, is_primary=True)
    for name in ("document", "generation", "mark"):
        schema.add_field(name, DataType.INT64)
    for name, most in (("key", 64), ("text", 65_535), ("facts", 65_535)):
        schema.add_field(name, DataType.VARCHAR, max_length=most)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dim)
    engine = connection.engine
    connection.call(
        "create_collection",
        engine.collection,
        schema=schema,
        num_shards=engine.shards,
        consistency_level=engine.consistency,
    )
    index = MilvusClient.prepare_index_params()
    index.add_index("vector", index_type="HNSW", metric_type="IP", params={"M": 32, "efConstruction": 200})
    connection.call("create_index", engine.collection, index_params=index)

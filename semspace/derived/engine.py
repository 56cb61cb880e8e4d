"""The vectors of a space in a distributed engine, in step with the store, which stays the truth.

What the engine holds is written down beside the store, a number for each passage: a run compares without asking, and reads
the whole collection only where what is written down is not of its last publication.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from semspace.arrays import Ids, Ranking, Vectors
from semspace.calibration import KEY
from semspace.derived.file import batches, replacement
from semspace.derived.receipts import UNREADABLE
from semspace.derived.vectors import DerivedVectors
from semspace.errors import EngineDiffers, EngineRefused, SemspaceError
from semspace.records import Engine, EngineStatus, Finding
from semspace.store import Row, Store, WritableStore
from semspace.vectors.collection import LONGEST, NOTHING
from semspace.vectors.milvus import MilvusIndex

LEDGER = "engine.npy"
NEW = 20_000
"""Passages that the store has and the engine not yet, up to which they are compared here."""

Held = tuple[Ids, Ids]


class EngineVectors(DerivedVectors):
    """The vectors of a space in an engine. `about` is what a reader without the store has to know of the space."""

    name = "engine"

    def __init__(self, folder: Path | None, store: Store, engine: Engine, token: str | None, about: Mapping[str, Any]) -> None:
        super().__init__(folder, store, engine.kind)
        self.engine = engine
        self._token = token
        self._about = dict(about)
        self._served: MilvusIndex | None = None

    def get(self) -> MilvusIndex:  # type: ignore[override]  # it lies in no file, and nothing here is asked for one
        """Return the collection; whoever writes makes it where there is none."""
        if self._served is None:
            dim = self.store.dim if isinstance(self.store, WritableStore) else None
            self._served = MilvusIndex.open(self.engine, self._token, dim=dim)
        return self._served

    def succeed(self, before: DerivedVectors | None) -> None:
        """Take the connection of another one to the same collection."""
        if isinstance(before, EngineVectors) and before.engine == self.engine:
            self._served, before._served = before._served, None

    def current(self) -> bool:
        """Say yes: what the engine lacks yet is looked for in the store."""
        return True

    def close(self) -> None:
        """Close the connection."""
        if self._served is not None:
            self._served.close()
            self._served = None

    def advance(self, removed: Ids, added: Ids, before: int) -> None:
        """Leave it for `save`: the engine follows from time to time."""

    def due(self) -> bool:
        """Say no: nothing here is tuned."""
        return False

    def behind(self) -> bool:
        """Say no: nothing here is tuned."""
        return False

    def search(self, queries: Vectors, k: int, among: Ids | None = None) -> list[Ranking]:
        """Return for each query the k nearest passages, or of those in `among`, those that the engine lacks yet as well."""
        published = self.get().publication()
        later = self.store.encoded_ids()
        later = later[later > int(published.facts.get("through", 0))]
        found = super().search(queries, k, among)
        if published.facts.get("generation") == self.store.generation:
            return found
        # A reader may see a store that is ahead of the engine: what it lacks is compared here, what is gone is left out.
        later = later if among is None else np.intersect1d(later, among)
        later = later[-NEW:]
        return [self._completed(query, ranking, later).top(k) for query, ranking in zip(queries, found, strict=True)]

    def _completed(self, query: Vectors, ranking: Ranking, later: Ids) -> Ranking:
        there = ranking.among(self.store.with_vector(np.sort(ranking.ids)))
        more = self._scored(query, np.setdiff1d(later, there.ids))
        return Ranking.of(np.concatenate([there.ids, more.ids]), np.concatenate([there.scores, more.scores]))

    def status(self) -> EngineStatus:
        """Return what the engine says of itself."""
        return self.get().status()

    def finding(self) -> Finding:
        """Say whether the engine holds what the store does, counted strongly and compared one by one."""
        try:
            published = self.get().publication(strong=True)
            (held, ahead), (ids, marks) = self._read(published.number), self.store.marks()
        except SemspaceError as error:
            return Finding("engine", 1, f"cannot be checked: {error}", "semspace index")
        wrong = len(np.setxor1d(np.union1d(held[0], ahead), ids)) + len(_altered(held, (ids, marks)))
        if wrong:
            return Finding("engine", wrong, f"{wrong} passages differ from those of the store", "semspace index")
        return Finding("engine", 0, f"holds every passage, {len(ids)} counted")

    def save(self, store: WritableStore) -> None:
        """Bring the engine up to date; the caller holds the lock. Raises EngineUnreachable, EngineRefused, EngineDiffers."""
        self.store = store
        index, facts = self.get(), self._facts(store)
        published = index.publication(strong=True)
        owner = published.facts.get("owner", facts["owner"])
        if owner != facts["owner"]:
            raise EngineRefused(
                f"The collection {self.engine.collection} serves another space, {published.facts.get('space')}.",
                "Take another --collection.",
            )
        ledger = self._ledger(published.number)
        learned = store.setting(KEY)
        if ledger is not None and dict(published.facts) == facts and published.learned == learned:
            return
        # What a run that was cut off had written ahead is nobody's: it is written again, or goes.
        held, ahead = (ledger, NOTHING) if ledger is not None else self._read(published.number)
        wanted, number = store.marks(), published.number + 1
        self._forget_ledger()
        new, lost = np.setdiff1d(wanted[0], held[0]), np.setdiff1d(np.union1d(held[0], ahead), wanted[0])
        for part in batches(np.union1d(new, _altered(held, wanted))):
            index.stage([*self._rows(store, part, wanted, np.where(np.isin(part, new), number, 0))])
        index.publish(number, lost, facts, learned)
        index.retire(lost)
        self._compare(index, wanted[0])
        self._write_ledger(wanted, number)

    def _compare(self, index: MilvusIndex, wanted: Ids) -> None:
        if (count := len(index)) != len(wanted):
            raise EngineDiffers(
                f"The engine counts {count:,} passages where the space has {len(wanted):,}.",
                "semspace index compares them one by one, and mends it.",
            )

    def _facts(self, store: WritableStore) -> dict[str, Any]:
        """Return what a publication says of the space."""
        pending = store.query("SELECT min(passage_id) FROM pending")[0][0]
        newest = store.query("SELECT max(id) FROM passages")[0][0] or 0
        return {
            **self._about,
            "dim": store.dim,
            "generation": store.generation,
            "through": newest if pending is None else pending - 1,
            "coverage": store.coverage(),
        }

    def _rows(self, store: Store, ids: Ids, wanted: Held, generations: Ids) -> Iterator[dict[str, Any]]:
        """Yield what a collection holds of passages."""
        rows, vectors = store.rows(ids.tolist()), store.vectors(ids)
        marks = wanted[1][np.searchsorted(wanted[0], ids)]
        sql = "SELECT id, language, date, size, mtime_ns FROM documents WHERE id IN (SELECT value FROM json_each(?))"
        documents = {
            one: facts for one, *facts in store.query(sql, (json.dumps(sorted({r.document_id for r in rows.values()})),))
        }
        for passage, mark, generation, vector in zip(ids.tolist(), marks.tolist(), generations.tolist(), vectors, strict=True):
            row = rows[passage]
            yield {
                "id": passage,
                "document": row.document_id,
                "generation": generation,
                "mark": mark,
                "key": passage_key(row.path, row.passage.start, self._about["fingerprint"], row.passage.encoded),
                "text": _cut(row.passage.text),
                "facts": _said(row, documents[row.document_id]),
                "vector": vector,
            }

    def _read(self, number: int) -> tuple[Held, Ids]:
        """Return what the collection holds, asked row by row, and the ids of what is written ahead of a publication."""
        found = [(r["id"], r["mark"], r["generation"]) for rows in self.get().rows(("id", "mark", "generation")) for r in rows]
        held = np.array(sorted(found), dtype=np.int64).reshape(-1, 3)
        ahead = held[:, 2] > number
        return (held[~ahead, 0], held[~ahead, 1]), held[ahead, 0]

    def _ledger(self, number: int) -> Held | None:
        """Return what is written down of a publication; None where it is of another one, damaged or missing."""
        if self.folder is None:
            return None
        with suppress(*UNREADABLE):
            rows = np.load(self.folder / LEDGER, allow_pickle=False)
            if rows[0].tolist() == [number, self._seal(rows[1:])]:
                return rows[1:, 0], rows[1:, 1]
        return None

    def _write_ledger(self, held: Held, number: int) -> None:
        if self.folder is None:
            return
        rows = np.stack(held, axis=1)
        with replacement(self.folder / LEDGER) as temporary, temporary.open("wb") as file:
            np.save(file, np.vstack([np.array([[number, self._seal(rows)]]), rows]))

    def _forget_ledger(self) -> None:
        if self.folder is not None:
            (self.folder / LEDGER).unlink(missing_ok=True)

    def _seal(self, rows: Ids) -> int:
        """Return the CRC-32 of rows and of the collection that they are of."""
        return zlib.crc32(
            np.ascontiguousarray(rows).tobytes(), zlib.crc32(f"{self.engine.uri} {self.engine.collection}".encode())
        )


def passage_key(path: str, start: int, fingerprint: str, text: str) -> str:
    """Return what names a passage whoever indexes it: its document, its place, its encoder and its text, hashed."""
    whole = "\0".join((path, str(start), fingerprint, text)).encode("utf-8", "surrogatepass")
    return blake2b(whole, digest_size=16).hexdigest()


def _altered(held: Held, wanted: Held) -> Ids:
    """Return the passages of which both know, but not the same."""
    both, here, there = np.intersect1d(held[0], wanted[0], assume_unique=True, return_indices=True)
    return both[held[1][here] != wanted[1][there]] if len(both) else NOTHING


def _cut(text: str) -> str:
    """Return as much of a text as a field holds."""
    data = text.encode("utf-8", "replace")
    return data[:LONGEST].decode("utf-8", "ignore")


def _said(row: Row, document: list[Any]) -> str:
    """Return what is known of a passage as JSON in ASCII; metadata that a field does not hold stay behind."""
    passage = row.passage
    facts = {
        "path": row.path,
        "title": row.title,
        "kind": row.kind,
        "start_line": passage.start_line,
        "end_line": passage.end_line,
        "page": passage.page,
        "heading": passage.heading,
        "skips": passage.skips,
        "document": document,
        "metadata": dict(row.metadata),
    }
    shorter: tuple[dict[str, Any], ...] = ({}, {"metadata": {}}, {"metadata": {}, "skips": [], "heading": [], "title": None})
    for left_out in shorter:
        if len(text := json.dumps({**facts, **left_out})) <= LONGEST:
            break
    return text

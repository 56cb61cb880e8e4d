"""A space as an engine serves it, asked from a machine that has no store of it: by meaning alone."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Self, Unpack

import numpy as np

from semspace import feedback
from semspace.arrays import Ids, Ranking, Vectors, check
from semspace.asking import NO_FILTER, Narrowing, Options, checked, excluded, filter_of
from semspace.calibration import Calibration
from semspace.candidates import DEPTH
from semspace.dressing import Judged
from semspace.encoders import Encoder, words
from semspace.encoders.running import Running, open_encoder
from semspace.engaging import token_of
from semspace.errors import EncoderMismatch, EngineRefused, InvalidInput
from semspace.lexical import spans, understand
from semspace.ranking import Candidates, limit_per_group
from semspace.reasons import explain
from semspace.records import Engine, EngineStatus, Filter, Hit, Hits
from semspace.search import CUT
from semspace.store import TEXT_PREFIX, Catalog
from semspace.vectors.collection import Publication
from semspace.vectors.milvus import MilvusIndex

HERE = "Ask on the machine that holds the space, or leave this out."


class Remote:
    """A collection that a space published. Close it, or use it as a context manager.

    >>> with Remote.open(Engine("http://127.0.0.1:19530", "notes")) as notes:
    ...     notes.search("how do I prune roses?")
    """

    def __init__(self, index: MilvusIndex, running: Running) -> None:
        self._index = index
        self._running = running
        self._encoder: Encoder | None = None
        self._catalog: tuple[int, Catalog] | None = None

    @classmethod
    def open(cls, engine: Engine, **running: Unpack[Running]) -> Self:
        """Open a collection. Raises EngineUnreachable, EngineRefused, InvalidInput, MissingDependency."""
        return cls(MilvusIndex.open(engine, token_of(engine, running)), running)

    def close(self) -> None:
        """Close the connection."""
        self._index.close()
        if self._catalog:
            self._catalog[1].close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def status(self) -> EngineStatus:
        """Return what the engine says of itself."""
        return self._index.status()

    def search(
        self,
        query: str,
        k: int = 10,
        where: str | None = None,
        *,
        per_document: int | None = None,
        plus: tuple[str, ...] = (),
        without: tuple[str, ...] = (),
        everything: bool = False,
        reasons: bool = False,
        **narrow: Unpack[Narrowing],
    ) -> Hits:
        """Return the k passages nearest in meaning, as `Space.search` does with the mode "semantic".

        Raises EmptyQuery, InvalidInput, InvalidFilter, EncoderMismatch, EngineUnreachable, EngineDiffers.
        """
        started = time.perf_counter()
        query = query.encode("utf-8", "replace").decode()
        wishes = Options(k, filter_of(where, narrow), per_document, plus=plus, without=without, everything=everything)
        options, asked = checked(query, "semantic", wishes), understand(query)
        if asked.constrained:
            raise InvalidInput("Words that have to be there, or must not, need the index of words.", HERE)
        published = self._index.publication()
        vector = self._vector(asked.text, options, published)
        found, ranking, rows = self._best(vector, options, self._among(options.chosen, published))
        learned = _calibration(published)
        judged = Judged.of(found, found.dense, learned, "semantic", vector)
        hits = [
            _hit(place, number, score, rows[number], asked.text, judged.relevance.get(number))
            for place, (number, score) in enumerate(zip(ranking.ids.tolist(), ranking.scores.tolist(), strict=True), 1)
        ]
        if reasons and hits:
            encoder = self._opened(published)
            hits = explain(asked.text, hits, words(encoder, [asked.text, *(hit.text for hit in hits)]))
        return _told(hits, query, options, published, learned.basis, started)

    def _opened(self, published: Publication) -> Encoder:
        facts = published.facts
        if "encoder" not in facts:
            raise EngineRefused("No space has published anything in this collection yet.", "semspace index does, when it ends.")
        if self._encoder is None:
            self._encoder = open_encoder(facts["encoder"], self._running, bulk=False)
        if self._encoder.fingerprint != facts["fingerprint"]:
            raise EncoderMismatch(
                f"The encoder {facts['encoder']} of this machine is not the one that filled the collection.",
                "Install the same one: semspace models",
            )
        return self._encoder

    def _vector(self, text: str, options: Options, published: Publication) -> Vectors:
        encoder = self._opened(published)
        query, plus, without = (
            check(encoder.encode(list(part), "query"), self._index.dim) for part in ([text], options.plus, options.without)
        )
        return feedback.combine(query, plus, without) if len(plus) or len(without) else query

    def _among(self, chosen: Filter, published: Publication) -> Ids | None:
        """Return the passages that a filter lets through: the facts of all are read once for each publication."""
        if chosen == NO_FILTER:
            return None
        if self._catalog is None or self._catalog[0] != published.number:
            rows = (row for rows in self._index.rows(("id", "document", "facts")) for row in rows)
            facts = ((row["id"], row["document"], json.loads(row["facts"])) for row in rows)
            self._catalog = (published.number, Catalog.of(facts))
        return self._catalog[1].ids(chosen)

    def _best(
        self, vector: Vectors, options: Options, among: Ids | None
    ) -> tuple[Candidates, Ranking, dict[int, Mapping[str, Any]]]:
        """Return the candidates, the k best of them, and what the engine knows of those."""
        depth, seen, fields = max(DEPTH, 4 * options.k), -1, ("document", "text", "facts")
        while True:
            ranking = self._index.search(vector, depth, among)[0]
            kept = ranking
            if options.per_document is not None:
                owners = self._index.fetch(ranking.ids, ("document",))
                groups = np.array([owners[number]["document"] for number in ranking.ids.tolist()], dtype=np.int64)
                kept = limit_per_group(ranking, groups, options.per_document)
            if len(kept) >= options.k or len(ranking) == seen:
                break
            seen, depth = len(ranking), 4 * depth
        order = np.argsort(ranking.ids)
        cosines = ranking.scores[order].astype(np.float64)
        candidates = Candidates(ranking.ids[order], cosines, np.zeros(len(ranking)), depth)
        rows = self._index.fetch(kept.top(options.k).ids, fields)
        # What has gone since it was found is left out.
        return candidates, kept.top(options.k).among(np.array(sorted(rows), dtype=np.int64)), rows


def _told(hits: list[Hit], query: str, options: Options, published: Publication, judged: str, started: float) -> Hits:
    best = max((hit.relevance for hit in hits if hit.relevance is not None), default=1.0 if hits else 0.0)
    return Hits(
        hits if best >= CUT or options.everything else [],
        query=query,
        space=str(published.facts.get("space", "")),
        mode="semantic",
        model=str(published.facts.get("encoder", "")),
        took_ms=(time.perf_counter() - started) * 1000,
        coverage=float(published.facts.get("coverage", 1.0)),
        verdict="found" if best >= CUT else "nothing",
        nearest=hits[0] if hits else None,
        judged=judged,
        excluded=None if options.without else excluded(query),
    )


def _calibration(published: Publication) -> Calibration:
    with suppress(ValueError, KeyError, TypeError, AttributeError):
        return Calibration.from_json(published.learned) if published.learned else Calibration()
    return Calibration()


def _hit(place: int, number: int, score: float, row: Mapping[str, Any], query: str, relevance: float | None) -> Hit:
    facts, text = json.loads(row["facts"]), str(row["text"])
    path = str(facts["path"])
    key = path.removeprefix(TEXT_PREFIX) if path.startswith(TEXT_PREFIX) else None
    skips = [(int(start), int(stop)) for start, stop in facts["skips"]]
    return Hit(
        rank=place,
        id=number,
        score=score,
        similarity=score,
        path=None if key is not None else path,
        start_line=facts["start_line"],
        end_line=facts["end_line"],
        page=facts["page"],
        heading=tuple(facts["heading"]),
        text=text,
        metadata=facts["metadata"],
        key=key,
        title=facts["title"],
        matches=tuple(one for one in spans(query, text) if not any(a < one[1] and one[0] < b for a, b in skips)),
        relevance=relevance,
    )

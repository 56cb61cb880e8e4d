"""Ids and scores -> hits with their texts."""

from __future__ import annotations

import numpy as np

from semspace.arrays import Ids, Ranking, Vectors
from semspace.asking import Options
from semspace.lexical import spans
from semspace.records import Hit
from semspace.store import Row, Store


class Dresser:
    """Gives passages their texts, their similarities to a query, and what they share with it."""

    def __init__(self, store: Store) -> None:
        """Take the store that has the texts."""
        self._store = store

    def dress(self, ranking: Ranking, query: str, options: Options, vector: Vectors | None) -> list[Hit]:
        """Give texts to a ranking; a passage that another process has just removed is left out."""
        rows = self._store.rows(ranking.ids.tolist())
        similar = self._similar(np.array(list(rows), dtype=np.int64), vector)
        found = [
            (number, score)
            for number, score in zip(ranking.ids.tolist(), ranking.scores.tolist(), strict=True)
            if number in rows
        ]
        return [
            self._hit(place, rows[number], score, similar.get(number), query, options)
            for place, (number, score) in enumerate(found)
        ]

    def _similar(self, ids: Ids, vector: Vectors | None) -> dict[int, float]:
        """Return the cosine of each passage to a query; of one that waits for its vector there is none."""
        if vector is None:
            return {}
        ids = self._store.with_vector(ids)
        return dict(zip(ids.tolist(), (self._store.vectors(ids) @ vector[0]).tolist(), strict=True))

    def _hit(self, place: int, row: Row, score: float, similarity: float | None, query: str, options: Options) -> Hit:
        passage = row.passage
        before, after = self._around(row, options.lines)
        return Hit(
            rank=place + 1,
            id=row.id,
            score=score,
            similarity=similarity,
            path=None if row.key is not None else row.path,
            start_line=passage.start_line,
            end_line=passage.end_line,
            page=passage.page,
            heading=passage.heading,
            text=passage.text,
            metadata=row.metadata,
            key=row.key,
            title=row.title,
            matches=spans(query, passage.text) if query else (),
            before=before,
            after=after,
        )

    def _around(self, row: Row, lines: int) -> tuple[str, str]:
        """Return some lines before and after a passage."""
        if lines < 1:
            return "", ""
        text = self._store.text(row.document_id)
        before, after = text[: row.passage.start], text[row.passage.end :]
        return "\n".join(before.split("\n")[-lines - 1 :]), "\n".join(after.split("\n")[: lines + 1])

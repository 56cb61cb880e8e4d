"""Ids and scores -> hits with their texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
import numpy.typing as npt

from semspace.arrays import Ids, Ranking, Vectors
from semspace.asking import Options
from semspace.calibration import Calibration, evidence
from semspace.feedback import GUESSED
from semspace.lexical import spans
from semspace.ranking import Candidates, Floats
from semspace.records import Evidence, Hit, Mode, Passage
from semspace.reranking import OWN
from semspace.store import Row, Store


@dataclass(frozen=True, slots=True)
class Opinions:
    """What a reranker said of candidates, by id, as it is shown; `reranker` is None where nobody was asked."""

    reranker: str | None
    given: Mapping[int, float]

    def of(self, number: int) -> _Opinion:
        """Return the opinion of one passage, as evidence has it."""
        if number not in self.given:
            return {}
        value = self.given[number]
        return {"interaction": value} if self.reranker == OWN else {"pair": value, "reranker": self.reranker}


class _Opinion(TypedDict, total=False):
    interaction: float
    pair: float
    reranker: str | None


@dataclass(frozen=True, slots=True)
class Judged:
    """What is known of candidates, by id: their relevance, and what speaks for them."""

    relevance: dict[int, float]
    evidence: dict[int, Evidence]

    @classmethod
    def of(
        cls,
        found: Candidates,
        scores: Floats,
        learned: Calibration,
        mode: Mode,
        vector: Vectors | None,
    ) -> Judged:
        """Judge candidates by what a space learned of itself."""
        everyday = learned.everyday(vector) if vector is not None else 0.0
        nothing = np.zeros(len(found))
        dense, lexical = (nothing if mode == "lexical" else found.dense), (nothing if mode == "semantic" else found.lexical)
        relevances = learned.relevance(mode, evidence(dense, lexical, scores, everyday), scores)
        ids = found.ids.tolist()
        return cls(dict(zip(ids, relevances.tolist(), strict=True)) if learned.basis != "nothing" else {}, {})

    def explained(
        self,
        chosen: Ids,
        found: Candidates,
        weight: float,
        mode: Mode,
        opinions: Opinions,
        words: Callable[[int], tuple[tuple[str, float], ...]],
    ) -> Judged:
        """Tell what speaks for some candidates: both sides, their places, and each word of the query."""
        ranks = _ranks(found.dense), _ranks(found.lexical)
        rows = {number: row for row, number in enumerate(found.ids.tolist())}
        semantic, lexical = mode != "lexical", mode != "semantic"
        told = {
            number: Evidence(
                float(found.dense[row]) if semantic else None,
                int(ranks[0][row]) if semantic else None,
                float(found.lexical[row]) if lexical else 0.0,
                int(ranks[1][row]) if lexical and found.lexical[row] > 0 else None,
                weight if mode == "hybrid" else float(mode == "lexical"),
                words(number),
                echo=None if found.echo is None else GUESSED * float(found.echo[row]),
                **opinions.of(number),
            )
            for number in chosen.tolist()
            for row in [rows[number]]
        }
        return Judged(self.relevance, told)


def _ranks(scores: Floats) -> npt.NDArray[np.int64]:
    """Return the place of each score, the best is 1."""
    places = np.empty(len(scores), dtype=np.int64)
    places[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
    return places


class Dresser:
    """Gives passages their texts, their similarities to a query, and what they share with it."""

    def __init__(self, store: Store) -> None:
        """Take the store that has the texts."""
        self._store = store

    def dress(
        self, ranking: Ranking, query: str, options: Options, vector: Vectors | None, judged: Judged | None = None
    ) -> list[Hit]:
        """Give texts to a ranking; a passage that another process has just removed is left out."""
        rows = self._store.rows(ranking.ids.tolist())
        similar = self._similar(np.array(list(rows), dtype=np.int64), vector)
        found = [
            (number, score)
            for number, score in zip(ranking.ids.tolist(), ranking.scores.tolist(), strict=True)
            if number in rows
        ]
        return [
            self._hit(place, rows[number], score, similar.get(number), query, options, judged or Judged({}, {}))
            for place, (number, score) in enumerate(found)
        ]

    def _similar(self, ids: Ids, vector: Vectors | None) -> dict[int, float]:
        """Return the cosine of each passage to a query; of one that waits for its vector there is none."""
        if vector is None:
            return {}
        ids = self._store.with_vector(ids)
        return dict(zip(ids.tolist(), (self._store.vectors(ids) @ vector[0]).tolist(), strict=True))

    def _hit(
        self, place: int, row: Row, score: float, similarity: float | None, query: str, options: Options, judged: Judged
    ) -> Hit:
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
            matches=_matches(query, passage) if query else (),
            before=before,
            after=after,
            relevance=judged.relevance.get(row.id),
            evidence=judged.evidence.get(row.id) if options.explain else None,
        )

    def _around(self, row: Row, lines: int) -> tuple[str, str]:
        """Return some lines before and after a passage."""
        if lines < 1:
            return "", ""
        text = self._store.text(row.document_id)
        before, after = text[: row.passage.start], text[row.passage.end :]
        return "\n".join(before.split("\n")[-lines - 1 :]), "\n".join(after.split("\n")[: lines + 1])


def _matches(query: str, passage: Passage) -> tuple[tuple[int, int], ...]:
    """Return where a passage has the query's words, but for what is left out of it."""
    found = spans(query, passage.text)
    return tuple(one for one in found if not any(start < one[1] and one[0] < end for start, end in passage.skips))

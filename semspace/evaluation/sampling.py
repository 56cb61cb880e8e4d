"""A sample of a space's texts, for temporary spaces: pieces of documents, and the known items in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from semspace.evaluation.known_items import Known, askable, known, runs, says_the_same, title, untitled, without
from semspace.evaluation.topics import Topic
from semspace.store import Row, Store

LONGEST = 16
"""Passages of a piece at most: a book is then not one text that is found whatever of it is asked for."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Passages of one document that follow each other; `text` is the document's from the first to the last of them."""

    key: str
    text: str
    rows: tuple[Row, ...]


class Pieces:
    """Cuts the documents of a store into pieces; the same piece is the same object."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._passages: dict[str, list[int]] = {}
        self._made: dict[str, Piece] = {}

    def of(self, row: Row) -> Piece:
        """Return the piece that a passage belongs to."""
        ids = self._passages.setdefault(row.path, self._store.passages_of(row.path))
        place = ids.index(row.id) // LONGEST
        key = f"{row.document_id}/{place}"
        if key not in self._made:
            rows = self._store.rows(ids[LONGEST * place : LONGEST * (place + 1)])
            ordered = tuple(sorted(rows.values(), key=lambda one: one.passage.start))
            text = self._store.text(row.document_id)[ordered[0].passage.start : ordered[-1].passage.end]
            self._made[key] = Piece(key, text, ordered)
        return self._made[key]

    def sample(self, order: Iterable[Row], limit: int, required: Sequence[Piece] = ()) -> list[Piece]:
        """Return what is required, and pieces of the passages in `order` until there are `limit` passages."""
        chosen = {piece.key: piece for piece in required}
        count = sum(len(piece.rows) for piece in chosen.values())
        for row in order:
            if count >= limit:
                break
            piece = self.of(row)
            if piece.key not in chosen:
                chosen[piece.key] = piece
                count += len(piece.rows)
        return list(chosen.values())


def known_in(
    pieces: Sequence[Piece], first: Sequence[Row], telling: Callable[[str], float], count: int, seed: int
) -> tuple[dict[str, str], list[Topic]]:
    """Return the texts of some pieces without what is held out of them, and queries of which each wants one piece.

    `first` are the passages that the pieces were drawn by. A piece that holds a near-duplicate of the passage, or stands
    under the same title, is found as well as the piece itself. Pieces are texts without title: what is asked by is held out.
    """
    owner = {row.id: piece for piece in pieces for row in piece.rows}
    passages = [*first, *(row for piece in pieces for row in piece.rows)]
    drawn = {owner[row.id].key: row for row in reversed(passages) if row.id in owner and askable(row)}
    asked = list(known([drawn[piece.key] for piece in pieces if piece.key in drawn], telling, count, seed))
    texts = {piece.key: piece.text for piece in pieces}
    held = {piece.key: [(row, runs(row.passage.own)) for row in piece.rows] for piece in pieces}
    topics = []
    for one in asked:
        item = next(row for row in owner[one.passage].rows if row.id == one.passage)
        wanted = [piece for piece in pieces if _answers(one, item, held[piece.key])]
        topics.append(Topic(one.text, {"the piece": 1}, {piece.key: "the piece" for piece in wanted}, one.kind))
        texts = {key: without(text, one.taken) for key, text in texts.items()} if one.taken else texts
        if one.kind == "title":
            texts.update({piece.key: _untitled(texts[piece.key], piece) for piece in wanted})
    return {key: text for key, text in texts.items() if text.strip()}, topics


def _answers(one: Known, item: Row, held: Sequence[tuple[Row, frozenset[tuple[str, ...]]]]) -> bool:
    if one.kind == "title":
        return any(title(row) == title(item) for row, _ in held)
    whole = runs(item.passage.own)
    return any(row.id == item.id or says_the_same(whole, other) for row, other in held)


def _untitled(text: str, piece: Piece) -> str:
    for row in piece.rows:
        text = untitled(text, row)
    return text


def renamed(topics: Iterable[Topic], pieces: Sequence[Piece]) -> list[Topic]:
    """Return topics whose hits are passages as topics whose hits are the pieces that hold them."""
    owner = {str(row.id): piece.key for piece in pieces for row in piece.rows}
    return [
        replace(topic, places={owner[label]: wanted for label, wanted in topic.places.items() if label in owner})
        for topic in topics
    ]

"""A space as if a field had been taken out of every vector: its store, its index and its encoder, each seen through an eraser.

Nothing is stored anew: what is erased is computed where it is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

from semspace.arrays import Ids, Ranking, TokenVectors, Vectors
from semspace.derived import DerivedVectors
from semspace.encoders import Encoder, words
from semspace.records import Role
from semspace.store import Store
from semspace.vectors import VectorIndex

if TYPE_CHECKING:
    from semspace.latent.erasure import Eraser

EVERY = 10_000
"""Passages up to which each is compared; of more, the best candidates of the index."""

CANDIDATES = 500
"""Passages that the index gives at least, to be compared without the field."""


class ErasedStore(Store):
    """A store whose vectors are without a field; it shares the connection of the one that it was made of."""

    _eraser: Eraser

    @classmethod
    def of(cls, store: Store, eraser: Eraser) -> Self:
        """Return a store as it looks through an eraser."""
        made = cls(store._connection, store._path, store.dim, store.vector_type)
        made._eraser = eraser
        return made

    def vectors(self, ids: Ids) -> Vectors:
        """Return the vectors of passages without the field, shape (n, dim), of unit length."""
        return self._eraser.units(super().vectors(ids))


class ErasedVectors:
    """The vector index of a space, asked for what is nearest without a field."""

    def __init__(self, vectors: DerivedVectors, eraser: Eraser) -> None:
        self._vectors = vectors
        self._eraser = eraser

    def get(self) -> VectorIndex:
        """Return the index, holding the passages of the store."""
        return self._vectors.get()

    def current(self) -> bool:
        """Tell whether the index is that of the store as it is now."""
        return self._vectors.current()

    def search(self, queries: Vectors, k: int, among: Ids | None = None) -> list[Ranking]:
        """Return for each query, itself without the field, the k passages that are then nearest.

        Of few passages each is compared; of many those that the index finds for the vector that ranks them so.
        """
        store = self._vectors.store
        ids = store.encoded_ids() if among is None else store.with_vector(among)
        if len(ids) <= EVERY:
            vectors = self._eraser.units(store.vectors(ids))
            return [Ranking.of(ids, vectors @ query).top(k) for query in queries]
        found = self._vectors.search(self._eraser.seeking(queries), max(2 * k, CANDIDATES), among)
        return [self._scored(query, ranking.ids).top(k) for query, ranking in zip(queries, found, strict=True)]

    def _scored(self, query: Vectors, ids: Ids) -> Ranking:
        return Ranking.of(ids, self._eraser.units(self._vectors.store.vectors(ids)) @ query)


class ErasedEncoder:
    """An encoder whose vectors are without a field."""

    def __init__(self, encoder: Encoder, eraser: Eraser) -> None:
        self._encoder = encoder
        self._eraser = eraser
        self.name = encoder.name
        self.dim = encoder.dim
        self.max_tokens = encoder.max_tokens
        self.fingerprint = encoder.fingerprint
        self.tokenizer_json: Path = encoder.tokenizer_json

    def encode(self, texts: Sequence[str], role: Role) -> Vectors:
        """Map texts to unit vectors without the field, in their order. Shape (n, dim)."""
        return self._eraser.units(self._encoder.encode(texts, role))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, uncut, without special tokens."""
        return self._encoder.count_tokens(texts)

    def capacity(self, role: Role) -> int:
        """Tokens of a text in this role that are not cut off."""
        return self._encoder.capacity(role)

    def words(self, texts: Sequence[str]) -> list[TokenVectors] | None:
        """Return what each token of some texts means by itself: for `reasons`, with the field in it."""
        return words(self._encoder, texts)

"""Arrays of vectors, ids and scores: their types, and the one place where they are checked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from semspace.errors import InvalidVectors

Vectors = npt.NDArray[np.float32]
"""float32, shape (n, dim), rows of unit length."""

Ids = npt.NDArray[np.int64]
"""int64, shape (n,): passage ids."""

Floats32 = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class TokenVectors:
    """The tokens of one text: unit vectors, shape (tokens, dim), and where each stands in the text, shape (tokens, 2).

    Vectors that were looked up in a table without context are as long as the token's weight, about 0 to 1, instead.
    """

    vectors: Vectors
    spans: npt.NDArray[np.int64]

    @classmethod
    def empty(cls, dim: int) -> TokenVectors:
        """Return those of a text without any."""
        return cls(np.zeros((0, dim), dtype=np.float32), np.zeros((0, 2), dtype=np.int64))


@dataclass(frozen=True, slots=True, eq=False)
class SentenceTokens:
    """The token vectors of a passage, shape (tokens, dim), and the rows where its sentences begin, in order.

    Rows before the first are those of its title and headings, which speak of every sentence.
    """

    vectors: Vectors
    begins: Ids


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Passage ids with scores, best first; of equal scores the lower id is first."""

    ids: Ids
    scores: npt.NDArray[np.float32]

    @classmethod
    def of(cls, ids: Ids, scores: npt.NDArray[np.float32]) -> Ranking:
        """Order ids by falling score."""
        order = np.lexsort((ids, -scores))
        return cls(ids[order], scores[order])

    @classmethod
    def empty(cls) -> Ranking:
        """Return the ranking of nothing."""
        return cls(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))

    def __len__(self) -> int:
        return len(self.ids)

    def among(self, ids: Ids) -> Ranking:
        """Return those of some ids, in their order here."""
        kept = np.isin(self.ids, ids)
        return Ranking(self.ids[kept], self.scores[kept])

    def top(self, k: int) -> Ranking:
        """Return the first k."""
        return Ranking(self.ids[:k], self.scores[:k])


def unit(vectors: npt.ArrayLike) -> Vectors:
    """Scale rows to unit length; a row of zeros, or one that is not finite, is an error.

    Shape (n, dim) or (dim,) in, float32 (n, dim) out. Raises InvalidVectors.
    """
    array = np.ascontiguousarray(np.atleast_2d(_numbers(vectors)))
    if array.ndim != 2:
        raise InvalidVectors(f"Vectors must have two dimensions, not {array.ndim}.")
    lengths = np.linalg.norm(array.astype(np.float64), axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or (lengths == 0).any():
        raise InvalidVectors("Every vector must be finite and not zero.")
    scaled: Vectors = (array / lengths).astype(np.float32)
    return scaled


def check(vectors: npt.ArrayLike, dim: int) -> Vectors:
    """Return vectors as contiguous float32 (n, dim) of unit length, or raise InvalidVectors: FAISS itself checks little."""
    array = np.ascontiguousarray(_numbers(vectors))
    if array.ndim != 2 or array.shape[1] != dim:
        raise InvalidVectors(f"Vectors must have the shape (n, {dim}), not {array.shape}.")
    if len(array):
        with np.errstate(over="ignore"):
            lengths = np.linalg.norm(array, axis=1)
        if not np.isfinite(lengths).all() or np.abs(lengths - 1).max() > 1e-2:
            raise InvalidVectors("Every vector must be finite and of unit length.")
    return array


def _numbers(vectors: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Return an array in float32, of whatever shape. Raises InvalidVectors where it is not of real numbers."""
    try:
        given = np.asarray(vectors)
    except (TypeError, ValueError) as error:
        raise InvalidVectors(f"These are no vectors: {error}.") from error
    if given.dtype.kind not in "fiu":
        raise InvalidVectors(f"Vectors must be of real numbers, not of the type {given.dtype}.")
    # What is too large becomes infinite, and is refused by who asks for its length.
    with np.errstate(over="ignore", invalid="ignore"):
        return given.astype(np.float32, copy=False)

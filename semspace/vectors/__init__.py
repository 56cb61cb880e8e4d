"""Vectors -> nearest ids.

A VectorIndex finds the nearest vectors by cosine similarity: larger scores are nearer, everywhere. Those in files are
registered as `kind -> "module:Class"`, so that listing them imports nothing; other packages add theirs through the entry
point group `semspace.vectors`. That of a server is opened by its address: milvus.MilvusIndex.open.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import ClassVar, Protocol, Self

from semspace.arrays import Ids, Ranking, Vectors
from semspace.errors import MissingDependency

KINDS = {
    "flat": "semspace.vectors.flat:FlatIndex",
    "ivf": "semspace.vectors.ivf:IvfIndex",
    "rabitq": "semspace.vectors.ivf:RabitqIndex",
}


class VectorIndex(Protocol):
    """Finds the nearest vectors by cosine similarity. Larger scores are nearer, everywhere.

    `rerank` is how many candidates for each hit have to be scored again by their true vectors, 0 where scores are good
    enough. `exact` tells whether nothing is ever missed. `effort` is how hard to look, of those in `efforts`: more finds
    more and takes longer. It may lie in a file or on a server.
    """

    rerank: ClassVar[int]
    exact: ClassVar[bool]
    effort: int

    def __len__(self) -> int: ...

    def ids(self) -> Ids:
        """Return all ids, in order."""

    def efforts(self) -> Sequence[int]:
        """Return the efforts that make a difference, least first."""

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Add vectors, shape (n, dim), of unit length. An id that is there already is an error: InvalidVectors."""

    def remove(self, ids: Ids) -> None:
        """Remove vectors; an id that is not there is passed over."""

    def search(self, queries: Vectors, k: int, among: Ids | None = None) -> list[Ranking]:
        """Return for each query the min(k, n) nearest of all ids, or of those in `among`: never fewer."""


class FileIndex(VectorIndex, Protocol):
    """An index that lies in a file, with the effort that it takes; with the last of its efforts nothing is left out."""

    @classmethod
    def create(cls, dim: int, sample: Vectors | None = None) -> Self:
        """Return an empty index of vectors with `dim` numbers, shaped by some of those that it will hold."""

    @classmethod
    def sample_size(cls, count: int) -> int:
        """Return how many vectors an index of `count` has to see before it can be filled."""

    @classmethod
    def load(cls, path: Path, dim: int, *, writable: bool = True) -> Self:
        """Return the index in a file whose checksum has been verified; one that is not writable may map it into memory."""

    def save(self, path: Path) -> None:
        """Write the index to a file."""


def engine(kind: str) -> type[FileIndex]:
    """Return the engine of this kind. Raises MissingDependency."""
    target = KINDS.get(kind)
    if target is not None:
        module, name = target.split(":")
        return getattr(import_module(module), name)  # type: ignore[no-any-return]
    for entry in entry_points(group="semspace.vectors", name=kind):
        return entry.load()  # type: ignore[no-any-return]
    raise MissingDependency(f"There is no vector index of the kind {kind!r}.", f"Known kinds: {', '.join(sorted(KINDS))}.")

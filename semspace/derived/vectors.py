"""The vector index of a space."""

from __future__ import annotations

from pathlib import Path

from semspace.arrays import Ids
from semspace.derived.file import Derived, batches, sync
from semspace.store import Store, WritableStore
from semspace.vectors import VectorIndex, engine


class DerivedVectors(Derived[VectorIndex]):
    """The vector index of a space, in `vectors.faiss`."""

    name = "vectors"
    patience = 30.0
    follows_in_memory = True

    def __init__(self, folder: Path | None, store: Store, kind: str) -> None:
        super().__init__(folder, store)
        self._kind = kind

    def _wanted(self) -> Ids:
        return self.store.encoded_ids()

    def _twin(self, store: WritableStore) -> DerivedVectors:
        return DerivedVectors(self.folder, store, self._kind)

    @property
    def _path(self) -> Path:
        assert self.folder is not None
        return self.folder / "vectors.faiss"

    def _files(self) -> list[Path]:
        return [self._path] if self._path.is_file() else []

    def _load(self) -> VectorIndex:
        return engine(self._kind).load(self._path, self.store.dim)

    def _empty(self, folder: Path | None) -> VectorIndex:  # noqa: ARG002  # it is written when it is saved
        return engine(self._kind).create(self.store.dim)

    def _follow(self, index: VectorIndex, removed: Ids, added: Ids) -> None:
        index.remove(removed)
        for part in batches(added):
            index.add(part, self.store.vectors(part))

    def _write(self, index: VectorIndex, store: WritableStore) -> None:
        temporary = self._path.with_name(f"{self._path.name}.new")
        index.save(temporary)
        temporary.chmod(0o600)
        sync(temporary)
        temporary.replace(self._path)
        sync(self._path.parent)
        store.sign(self.name, self._generation, self._digest(), self._identity())

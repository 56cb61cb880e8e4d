"""The lexical index of a space."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from semspace.arrays import Ids
from semspace.derived.file import Derived, batches
from semspace.lexical import LexicalIndex
from semspace.store import LOCK, WritableStore, WriterLock


class DerivedWords(Derived[LexicalIndex]):
    """The lexical index of a space, in the folder `lexical`."""

    name = "lexical"
    patience = 2.0
    follows_in_memory = False

    def _wanted(self) -> Ids:
        return self.store.ids()

    def _twin(self, store: WritableStore) -> DerivedWords:
        return DerivedWords(self.folder, store)

    @property
    def _path(self) -> Path:
        assert self.folder is not None
        return self.folder / "lexical"

    def _files(self) -> list[Path]:
        if not self._path.is_dir():
            return []
        return sorted(path for path in self._path.iterdir() if not path.name.endswith(".lock"))

    def _busy(self) -> bool:
        # While a writer is at work its commits are ahead of what the store remembers; tantivy's own are atomic.
        assert self.folder is not None
        lock = WriterLock(self.folder / LOCK)
        if isinstance(self.store, WritableStore):
            return False
        try:
            free = lock.acquire()
        except OSError:
            return False
        lock.release()
        return not free

    def _load(self) -> LexicalIndex:
        return LexicalIndex(self._path)

    def _empty(self, folder: Path | None) -> LexicalIndex:
        if folder is None:
            return LexicalIndex(None)
        shutil.rmtree(self._path, ignore_errors=True)
        return LexicalIndex(self._path)

    def _follow(self, index: LexicalIndex, removed: Ids, added: Ids) -> None:
        index.update(removed, self._texts(added))

    def _texts(self, ids: Ids) -> Iterator[tuple[int, str, str]]:
        for part in batches(ids):
            for number, row in self.store.rows(part.tolist()).items():
                yield number, row.passage.context, row.passage.text

    def _write(self, index: LexicalIndex, store: WritableStore) -> None:  # noqa: ARG002  # tantivy wrote it at its commit
        store.sign(self.name, self._generation, self._digest(), self._identity())

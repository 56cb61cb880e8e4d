"""The lexical index of a space."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

from semspace.arrays import Ids
from semspace.derived.file import Derived, batches, discard
from semspace.lexical import META, LexicalIndex, digests, whole
from semspace.store import LOCK, STORE, WritableStore, WriterLock

OPENING = ".tantivy-meta.lock"
"""What tantivy locks while it opens an index, or tidies its folder."""


class DerivedWords(Derived[LexicalIndex]):
    """The lexical index of a space, in the folder `lexical`."""

    name = "lexical"
    patience = 2.0
    follows_in_memory = False

    def _wanted(self) -> Ids:
        return self.store.ids()

    def _twin(self, store: WritableStore) -> DerivedWords:
        return DerivedWords(self.folder, store)

    def renew(self, store: WritableStore) -> None:
        """Write the index anew, so that no segment holds what was removed. The caller holds the lock."""
        self.store = store
        self._index = None
        discard(self._path)
        self.save(store)

    @property
    def _path(self) -> Path:
        assert self.folder is not None
        return self.folder / "lexical"

    def _files(self) -> list[Path]:
        if self._path.is_symlink() or not self._path.is_dir():
            return []
        with os.scandir(self._path) as entries:
            regular = {entry.name: entry.is_file(follow_symlinks=False) for entry in entries}
        # A pipe would never end, and a link or a folder is none of ours: all is made anew.
        names = sorted(name for name in regular if not name.endswith(".lock")) if all(regular.values()) else []
        return [self._path / name for name in names]

    def _digest(self) -> str:
        return digests(self._files())

    def _busy(self) -> bool:
        # While a writer is at work its commits are ahead of what the store remembers.
        assert self.folder is not None
        if isinstance(self.store, WritableStore) or not (self.folder / STORE).exists():
            return False
        lock = WriterLock(self.folder / LOCK)
        with suppress(OSError):
            if lock.acquire():
                lock.release()
                return False
            return self._receipt is not None and whole(self._path, self._receipt[1])
        return False

    def _load(self) -> LexicalIndex:
        if not (self._path / META).is_file():
            # tantivy would make an empty index, where another process may just be making one.
            raise FileNotFoundError(self._path / META)
        return LexicalIndex(self._path) if isinstance(self.store, WritableStore) or self._free() else self._apart()

    def _free(self) -> bool:
        """Tell whether tantivy can lock the folder: it waits for ever where a writer stands still with the lock in its hand."""
        try:
            with (self._path / OPENING).open("r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _apart(self) -> LexicalIndex:
        """Open the index by links to its files, in a folder of our own, which goes at once: what is open stays open."""
        place, folder = Path(mkdtemp(prefix="semspace-")), self._path.absolute()
        try:
            # What a commit names is there when it is read; if it goes before it is linked, the next one is there.
            shutil.copyfile(folder / META, place / META)
            for path in self._files():
                if path.name != META:
                    (place / path.name).symlink_to(folder / path.name)
            return LexicalIndex(place)
        finally:
            discard(place)

    def _empty(self, folder: Path | None) -> LexicalIndex:
        if folder is None:
            return LexicalIndex(None)
        discard(self._path)
        return LexicalIndex(self._path)

    def _follow(self, index: LexicalIndex, removed: Ids, added: Ids) -> None:
        index.update(removed, self._texts(added))

    def _texts(self, ids: Ids) -> Iterator[tuple[int, str, str]]:
        for part in batches(ids):
            for number, row in self.store.rows(part.tolist()).items():
                yield number, row.passage.context, row.passage.own

    def _write(self, index: LexicalIndex, store: WritableStore) -> None:  # noqa: ARG002  # tantivy wrote it at its commit
        store.sign(self.name, self._generation, self._digest(), self._identity())

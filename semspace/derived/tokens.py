"""The token vectors of a space's passages, kept for late interaction.

The one derived file that the store alone cannot give again: what it lacks is encoded, by the next run of `index`. Until then
a search encodes those passages itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from semspace.arrays import Ids, SentenceTokens
from semspace.derived.file import Derived, discard, replacement
from semspace.records import Passage, Progress
from semspace.store import Store, WritableStore
from semspace.tokenstore import Codec, TokenIndex

FILE = "tokens.bin"

PART = 256
"""Passages whose tokens are encoded at a time: little is lost with Ctrl-C."""

Encode = Callable[[Sequence[Passage]], list[SentenceTokens]]


class DerivedTokens(Derived[TokenIndex]):
    """The token vectors of a space's passages, in `tokens.bin`; `fingerprint` is the encoder's."""

    name = "tokens"
    patience = 30.0
    follows_in_memory = True

    def __init__(self, folder: Path | None, store: Store, fingerprint: str) -> None:
        super().__init__(folder, store)
        self._fingerprint = fingerprint

    def kept(self) -> bool:
        """Tell whether the space keeps token vectors at all."""
        return self._index is not None if self.folder is None else self.store.receipt(self.name) is not None

    def lacking(self) -> Ids:
        """Return the passages that have a vector and no token vectors yet."""
        return np.setdiff1d(self._wanted(), self.get().ids())

    def fill(self, encode: Encode, tell: Callable[[Progress], None] | None = None) -> int:
        """Encode what is lacking, and return how many passages that were; the caller holds the lock.

        `tell` is called after each part. What is done is kept, whatever happens then.
        """
        wanted, index, started = self.lacking(), self.get(), time.perf_counter()
        for start in range(0, len(wanted), PART):
            part = wanted[start : start + PART].tolist()
            rows = self.store.rows(part)
            self._unsaved = True
            index.add([*rows], encode([row.passage for row in rows.values()]))
            self.save_if_due()
            index = self.get()
            done = start + len(part)
            if tell:
                tell(Progress(1, 1, done, len(wanted) - done, time.perf_counter() - started))
        return len(wanted)

    def drop(self, store: WritableStore) -> None:
        """Delete the file, and that there was one. The caller holds the lock."""
        self._index = None
        if self.folder is not None and self.kept():
            store.unsign(self.name)
            discard(self._path)

    def _wanted(self) -> Ids:
        return self.store.encoded_ids()

    def _twin(self, store: WritableStore) -> DerivedTokens:
        return DerivedTokens(self.folder, store, self._fingerprint)

    def _mend(self) -> None:
        """Leave the file to who writes to the space: a reader cannot encode all of it, and does without in the meantime."""

    @property
    def _path(self) -> Path:
        assert self.folder is not None
        return self.folder / FILE

    def _files(self) -> list[Path]:
        return [self._path] if self._path.is_file() and not self._path.is_symlink() else []

    def _load(self) -> TokenIndex:
        return TokenIndex.load(self._path, Codec(self.store.dim), self._fingerprint)

    def _empty(self, folder: Path | None) -> TokenIndex:  # noqa: ARG002  # it is written when it is saved
        return TokenIndex(Codec(self.store.dim), self._fingerprint)

    def _follow(self, index: TokenIndex, removed: Ids, added: Ids) -> None:  # noqa: ARG002  # `fill` encodes what is new
        index.remove(removed)

    def _write(self, index: TokenIndex, store: WritableStore) -> None:
        with replacement(self._path) as temporary:
            index.save(temporary)
        store.sign(self.name, self._generation, self._digest(), self._identity())
        # What was added is in the file now, and need not be in memory too.
        self._index, self._receipt = self._load(), store.receipt(self.name)

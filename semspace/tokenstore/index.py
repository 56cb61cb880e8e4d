"""Codes of passages by id, in one file that is mapped into memory: what a query does not touch is not read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from semspace.arrays import Ids, SentenceTokens, Vectors
from semspace.tokenstore.codec import Codec, Codes

MAGIC = b"semspace tokens\n"
FORMAT = 2
HEADER = 256
"""Bytes before the first array."""

BLOCK = 1 << 17
"""Rows that are copied at a time."""

Rows = npt.NDArray[np.int64]


class TokenIndex:
    """Token vectors of passages. `fingerprint` is that of the encoder that made them."""

    def __init__(self, codec: Codec, fingerprint: str) -> None:
        """Make an empty one."""
        self.codec = codec
        self.fingerprint = fingerprint
        self._ids: Ids = np.empty(0, dtype=np.int64)
        self._ends: Rows = np.zeros(1, dtype=np.int64)
        self._kept = np.empty(0, dtype=bool)
        self._codes: Codes = np.empty((0, codec.width), dtype=np.uint8)
        self._added: dict[int, Codes] = {}

    @classmethod
    def load(cls, path: Path, codec: Codec, fingerprint: str) -> TokenIndex:
        """Map a file. Raises ValueError where it is not one of this encoder and codec, OSError."""
        index = cls(codec, fingerprint)
        size = path.stat().st_size
        with path.open("rb") as file:
            count, rows = index._promised(file.read(HEADER))
            start = HEADER + 16 * count
            # Before anything is read: a file may promise more than there is memory.
            if min(count, rows) < 0 or size != start + rows * codec.width:
                raise ValueError("it is shorter or longer than it says")
            index._ids = np.frombuffer(file.read(8 * count), dtype="<i8")
            index._ends = np.r_[0, np.frombuffer(file.read(8 * count), dtype="<i8")]
        if int(index._ends[-1]) != rows or (np.diff(index._ends) < 0).any():
            raise ValueError("its passages are not one behind the other")
        index._kept = np.ones(count, dtype=bool)
        if rows:
            index._codes = np.memmap(path, dtype=np.uint8, mode="r", offset=start, shape=(rows, codec.width))
        return index

    def __len__(self) -> int:
        return int(self._kept.sum()) + len(self._added)

    def ids(self) -> Ids:
        """Return all ids, in order."""
        return np.sort(np.r_[self._ids[self._kept], np.array([*self._added], dtype=np.int64)])

    def add(self, ids: Sequence[int], tokens: Sequence[SentenceTokens]) -> None:
        """Take the token vectors of passages; those of an id that is there already are replaced."""
        self.remove(np.array(ids, dtype=np.int64))
        self._added.update((number, self.codec.encode(one)) for number, one in zip(ids, tokens, strict=True))

    def remove(self, ids: Ids) -> None:
        """Remove passages; an id that is not there is passed over."""
        self._kept = self._kept & ~np.isin(self._ids, ids)
        for number in ids.tolist():
            self._added.pop(number, None)

    def codes(self, ids: Ids) -> dict[int, Codes]:
        """Return the codes of those passages that are there."""
        rows = np.flatnonzero(np.isin(self._ids, ids) & self._kept)
        spans = zip(self._ids[rows].tolist(), self._ends[rows].tolist(), self._ends[rows + 1].tolist(), strict=True)
        found = {number: np.asarray(self._codes[start:stop]) for number, start, stop in spans}
        return found | {number: self._added[number] for number in ids.tolist() if number in self._added}

    def turned(self, query: Vectors) -> Vectors:
        """Return a query's token vectors as those of passages are kept. Shape (n, dim)."""
        return self.codec.turned(query)

    def tokens(self, ids: Ids) -> dict[int, SentenceTokens]:
        """Return the tokens of those passages that are there, turned, in their sentences."""
        return {number: self.codec.decode(codes) for number, codes in self.codes(ids).items()}

    def save(self, path: Path) -> None:
        """Write all to a file, in order of ids as far as they came in order. Raises OSError."""
        counts = np.diff(self._ends)[self._kept]
        fresh = [len(codes) for codes in self._added.values()]
        ends = np.cumsum(np.r_[counts, np.array(fresh, dtype=np.int64)])
        ids = np.r_[self._ids[self._kept], np.array([*self._added], dtype=np.int64)]
        facts = {"made": self._made(), "passages": len(ids), "rows": int(ends[-1]) if len(ends) else 0}
        with path.open("wb") as file:
            file.write((MAGIC + json.dumps(facts).encode()).ljust(HEADER))
            file.write(ids.astype("<i8").tobytes())
            file.write(ends.astype("<i8").tobytes())
            self._copy(file)
            for codes in self._added.values():
                file.write(codes.tobytes())

    def _copy(self, file: BinaryIO) -> None:
        """Write the rows of what was kept, a block at a time: there may be more of them than memory."""
        wanted = np.repeat(self._kept, np.diff(self._ends))
        for start in range(0, len(wanted), BLOCK):
            block = self._codes[start : start + BLOCK]
            file.write(np.asarray(block[wanted[start : start + BLOCK]]).tobytes())

    def _promised(self, head: bytes) -> tuple[int, int]:
        """Return how many passages and rows a file begins to tell of. Raises ValueError."""
        try:
            facts = json.loads(head.removeprefix(MAGIC)) if head.startswith(MAGIC) else {}
            if facts.get("made") == self._made():
                return int(facts["passages"]), int(facts["rows"])
        except (AttributeError, LookupError, TypeError, OverflowError, RecursionError) as error:
            raise ValueError("its beginning cannot be read") from error
        raise ValueError("it was made by another encoder, or in another way")

    def _made(self) -> str:
        return f"{FORMAT} {self.codec.dim} {self.codec.bits} {self.fingerprint}"

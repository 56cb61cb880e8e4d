"""Sentences -> those that differ, and their vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from semspace import encoders
from semspace.arrays import Ids, Vectors
from semspace.encoders import Encoder
from semspace.errors import InvalidInput
from semspace.records import Role
from semspace.records.lines import Line, Step

Progress = Callable[[Step], None]

MANY = 512
"""From so many sentences on, the runtime that takes longer to open and is twice as fast."""

SLICE = 2_048
BLANK = -1


@dataclass(frozen=True, slots=True)
class Distinct:
    """Sentences that differ, in the order in which they first come, without blank ones.

    `texts[n]` first stands at `firsts[n]` of what was given; `rows[i]` is the number of the sentence that stands at i, -1
    where it is blank.
    """

    given: Sequence[str]
    texts: list[str]
    firsts: list[int]
    rows: Ids

    @classmethod
    def of(cls, lines: Sequence[str]) -> Distinct:
        """Take sentences. Raises InvalidInput where they are one string."""
        if isinstance(lines, str):
            raise InvalidInput("Sentences come as a list, not as one text.", "Write [text], or text.splitlines().")
        numbers: dict[str, int] = {}
        firsts: list[int] = []
        rows = np.full(len(lines), BLANK, dtype=np.int64)
        for place, text in enumerate(lines):
            if text.strip():
                rows[place] = numbers.setdefault(text, len(numbers))
                if len(numbers) > len(firsts):
                    firsts.append(place)
        return cls(lines, list(numbers), firsts, rows)

    def __len__(self) -> int:
        return len(self.texts)

    def line(self, number: int, similarity: float | None = None) -> Line:
        """Return a sentence where it first stands."""
        return Line(self.firsts[number], self.texts[number], similarity)

    def numbers(self) -> dict[str, int]:
        """Return the number of each sentence."""
        return {text: number for number, text in enumerate(self.texts)}


def vectors(texts: Sequence[str], encoder: Encoder | str | None, progress: Progress | None, role: Role = "passage") -> Vectors:
    """Encode sentences that differ, those of like length together. Shape (n, dim). Raises ModelNotFound."""
    if not texts:
        return np.empty((0, 1), dtype=np.float32)
    opened = _named(encoder, len(texts) >= MANY) if encoder is None or isinstance(encoder, str) else encoder
    found = np.empty((len(texts), opened.dim), dtype=np.float32)
    order = sorted(range(len(texts)), key=lambda number: -len(texts[number]))
    for begin in range(0, len(order), SLICE):
        tell(progress, "encoding", begin, len(order))
        some = order[begin : begin + SLICE]
        found[some] = opened.encode([_readable(texts[number]) for number in some], role)
    return found


def tell(progress: Progress | None, what: str, done: int, total: int) -> None:
    """Say how far the work is to whoever wants to know."""
    if progress:
        progress(Step(what, done, total))


def check_threshold(threshold: float, least: float = -1.0, most: float = 1.0) -> None:
    """Raise InvalidInput where a threshold is none."""
    if not least <= threshold <= most:
        raise InvalidInput(f"A threshold lies between {least:g} and {most:g}, not at {threshold:g}.")


@lru_cache(maxsize=4)
def _named(name: str | None, bulk: bool) -> Encoder:
    return encoders.load(name, bulk=bulk)


def _readable(text: str) -> str:
    """Return what the encoder sees: bytes that are no UTF-8 as letters of Latin-1, lest different lines look alike."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass" if _lone(text) else "surrogateescape").decode("latin-1")
    return text


def _lone(text: str) -> bool:
    """Tell whether a text holds surrogates that stand for no byte."""
    return any("\ud800" <= char <= "\udfff" and not "\udc80" <= char <= "\udcff" for char in text)

"""Features that rose or fell from some passages to others, told by the files that have them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from semspace.arrays import Vectors
from semspace.latent.dictionary import ACTIVE, atoms_for, learn
from semspace.latent.drift import changes, corrected, deviations, proportions
from semspace.latent.naming import log_odds
from semspace.store import Row
from semspace.views.dictionary import TYPICAL, chosen_words
from semspace.views.mention import Mention
from semspace.views.vocabulary import vocabulary

SURE = 0.05
"""Share of the features that are named as changed although they are not, at most."""

COARSE = (160, 80, 40)
"""Directions of further dictionaries, one of which makes up each text; of few texts a half, a quarter, an eighth of the fine.

A topic of a twentieth of the texts is many fine features and one coarse one.
"""

ALIKE = 0.5
"""Share of the files of a change from which on it is the same as a surer one."""

Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Trend:
    """A feature that rose or fell: the share of files that have it before and after, z-score, corrected p-value, one text."""

    words: tuple[str, ...]
    before: float
    after: float
    z: float
    p: float
    example: Mention

    def to_dict(self) -> dict[str, Any]:
        """Return what programs read."""
        return {**asdict(self), "words": list(self.words), "example": self.example.to_dict()}


@dataclass(frozen=True, slots=True, eq=False)
class _Change:
    """A feature: the rows that have it, the strongest first, and what became of it, below 0 where it fell."""

    rows: Ints
    before: float
    after: float
    signed: float


@dataclass(frozen=True, slots=True, eq=False)
class _Files:
    """Which of n files are on which side, (2, n), and which of those on both changed."""

    there: Flags
    changed: Flags

    def change(self, held: Flags) -> tuple[float, float, float]:
        """Return the shares of files that have a feature, (2, n), before and after, and a p-value with the sign of the change.

        Files that are on both sides witness only by what they gained or lost; those on one are compared with the other side.
        The least p-value counts, times the number of tests.
        """
        counts, sizes = held.sum(axis=1), self.there.sum(axis=1)
        shares = (counts / np.maximum(sizes, 1)).tolist()
        both = self.there.all(axis=0)
        if not both.any():
            return *shares, float(proportions(counts[:1], counts[1:], sizes[0], sizes[1])[0])
        tests = []
        for side, sign in ((1, 1), (0, -1)):
            alone = self.there[side] & ~both
            if alone.any():
                mine = held[side, alone].sum(keepdims=True)
                tests.append(sign * float(proportions(counts[1 - side, None], mine, sizes[1 - side], int(alone.sum()))[0]))
        if self.changed.any():
            lost, gained = (held[side] & ~held[1 - side] & both for side in (0, 1))
            tests.append(float(changes(lost.sum(keepdims=True), gained.sum(keepdims=True))[0]))
        best = min(tests, key=abs, default=1.0)
        return *shares, float(np.sign(best) * min(abs(best) * len(tests), 1))


def trends(vectors: Vectors, is_new: Flags, files: Ints, rows: Sequence[Row], *, seed: int = 0) -> tuple[list[Trend], int]:
    """Return the features whose share of files changed by more than chance, the surest first, and how many were compared."""
    found = list(_changes(vectors, is_new, files, rows, seed))
    sure = corrected(np.array([abs(one.signed) for one in found]))
    z = deviations(np.array([one.signed for one in found]))
    named, taken = [], list[tuple[bool, set[int]]]()
    for place in np.argsort(-np.abs(z), kind="stable").tolist():
        if sure[place] > SURE:
            break
        one, rose = found[place], bool(z[place] > 0)
        mine = one.rows[is_new[one.rows] == rose]
        held = set(files[mine].tolist())
        if all(rose != other or len(held & known) < ALIKE * len(held) for other, known in taken):
            taken.append((rose, held))
            named.append((place, mine))
    words = _named([mine for _, mine in named], rows)
    return [
        Trend(title, found[place].before, found[place].after, float(z[place]), float(sure[place]), Mention.of(rows[mine[0]]))
        for (place, mine), title in zip(named, words, strict=True)
    ], len(found)


def _changes(vectors: Vectors, is_new: Flags, files: Ints, rows: Sequence[Row], seed: int) -> Iterator[_Change]:
    """Yield what became of the features of a fine dictionary and of coarser ones."""
    sides = _sides(is_new, files, rows)
    fine = atoms_for(len(vectors))
    coarse = [min(count, fine // part) for count, part in zip(COARSE, (2, 4, 8), strict=True)]
    for atoms, active in ((fine, min(ACTIVE, max(fine // 8, 1))), *((count, 1) for count in coarse if count > 1)):
        made = learn(vectors, atoms, active, seed=seed)
        weights = made.encode(vectors).matrix(atoms).tocsc()
        for atom in range(atoms):
            column = weights[:, atom]
            having = column.indices[np.lexsort((column.indices, -column.data))].astype(np.int64)
            held = np.zeros(sides.there.shape, np.bool_)
            held[is_new[having].astype(np.int64), files[having]] = True
            yield _Change(having, *sides.change(held))


def _sides(is_new: Flags, files: Ints, rows: Sequence[Row]) -> _Files:
    held: tuple[dict[int, set[str]], ...] = ({}, {})
    for side, file, row in zip(is_new.tolist(), files.tolist(), rows, strict=True):
        held[side].setdefault(file, set()).add(row.passage.text)
    every = range(int(files.max(initial=-1)) + 1)
    there = np.array([[file in side for file in every] for side in held])
    changed = np.array([file in held[0] and file in held[1] and held[0][file] != held[1][file] for file in every])
    return _Files(there, changed)


def _named(groups: Sequence[Ints], rows: Sequence[Row]) -> list[tuple[str, ...]]:
    """Return the words that tell the strongest texts of each group from all others."""
    if not groups:
        return []
    known = vocabulary([row.passage.own for row in rows])
    whole = known.counts(range(len(rows)))
    named = []
    for group in groups:
        inside = known.counts(group[: min(TYPICAL, max(len(rows) // 10, 5))].tolist())
        named.append(chosen_words(known.words, known.stems, log_odds(inside, whole - inside, whole), inside))
    return named

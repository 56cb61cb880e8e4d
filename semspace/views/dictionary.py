"""A space -> its dictionary of features, learned three times from different beginnings; those that most texts have first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from semspace.arrays import Floats32
from semspace.errors import InvalidInput
from semspace.latent.dictionary import ACTIVE, MATCHED, Codes, Dictionary, atoms_for, learn, matched
from semspace.latent.naming import log_odds
from semspace.views.material import Material
from semspace.views.vocabulary import vocabulary

SEEDS = 3
SAMPLE = 20_000
"""Texts to learn from at most; of more, a random sample."""

LEAST = 60
"""Texts that there have to be: of fewer nothing can be learned."""

TYPICAL = 100
"""Texts in which a feature is strongest, whose words name it; of few texts a tenth."""

_NUMBER = re.compile(r"f(\d{1,6})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """A dictionary, `stability`, (atoms, seeds - 1): the cosine of each direction to its like by another seed; and a sample.

    `rows` are those of the material that it was learned from, `codes` what makes them up, `names` the words of each direction.
    """

    dictionary: Dictionary
    stability: Floats32
    rows: npt.NDArray[np.int64]
    codes: Codes
    names: tuple[tuple[str, ...], ...] = ()

    @property
    def found(self) -> npt.NDArray[np.int64]:
        """Return by how many of the seeds each direction was found, its own among them."""
        return np.asarray(1 + (self.stability > MATCHED).sum(axis=1))

    @property
    def stable(self) -> npt.NDArray[np.bool_]:
        """Tell which were found by every seed."""
        return np.asarray(self.found == self.stability.shape[1] + 1)

    def name(self, atom: int) -> str:
        """Return the words of a direction, or its number where no word tells it from the rest."""
        return ", ".join(self.names[atom]) or f"f{atom + 1}"

    def place(self, asked: str) -> int:
        """Return the direction that `f12`, or a word of its name, means. Raises InvalidInput."""
        if match := _NUMBER.fullmatch(asked.strip()):
            if 1 <= int(match[1]) <= len(self.dictionary):
                return int(match[1]) - 1
        else:
            wanted = asked.casefold().strip()
            for test in (lambda word: word.casefold() == wanted, lambda word: wanted in word.casefold()):
                hits = [atom for atom, words in enumerate(self.names) if any(test(word) for word in words)]
                if hits:
                    return max(hits, key=lambda atom: (bool(self.stable[atom]), -atom))
        raise InvalidInput(f"There is no feature {asked!r} in this space.", "They are listed by: semspace features --all")


def learned(material: Material, *, seeds: int = SEEDS, seed: int = 0, named: bool = True) -> Learned:
    """Learn the features of some passages: some seconds for each seed. Raises InvalidInput where there are too few."""
    if len(material) < LEAST:
        raise InvalidInput(
            f"Features need {LEAST} passages at least; here are {len(material)}.", "Index more, or narrow the choice less."
        )
    rows = sampled(material, seed)
    vectors = material.vectors[rows]
    atoms = atoms_for(len(rows))
    # Of few directions a text that had eight would have nearly all.
    active = min(ACTIVE, max(atoms // 8, 1))
    made = [learn(vectors, atoms, active, seed=seed + number) for number in range(seeds)]
    first = made[0]
    usage = (first.encode(vectors).matrix(len(first)) > 0).sum(axis=0)
    order = np.argsort(-np.asarray(usage).ravel(), kind="stable")
    first = Dictionary(np.ascontiguousarray(first.atoms[order]), first.mean, first.active)
    likes = [matched(first, other) for other in made[1:]]
    stability = np.stack(likes, axis=1) if likes else np.empty((len(first), 0), np.float32)
    return described(material, first, stability, rows, named=named)


def sampled(material: Material, seed: int = 0) -> npt.NDArray[np.int64]:
    """Return the rows that features are learned from: all, or of many a random sample."""
    rows = np.arange(len(material))
    return rows if len(rows) <= SAMPLE else np.sort(np.random.default_rng(seed).permutation(rows)[:SAMPLE])


def described(
    material: Material, dictionary: Dictionary, stability: Floats32, rows: npt.NDArray[np.int64], *, named: bool = True
) -> Learned:
    """Find which of some passages have which features of a dictionary, and name the features by them."""
    found = Learned(dictionary, stability, rows, dictionary.encode(material.vectors[rows]))
    return replace(found, names=_names(material, found)) if named else found


def _names(material: Material, found: Learned) -> tuple[tuple[str, ...], ...]:
    """Return up to three words for each feature: those that tell the texts in which it is strongest from all others."""
    known = vocabulary([row.passage.own for row in material.passages(found.rows.tolist())])
    whole = known.counts(range(len(found.rows)))
    weights = found.codes.matrix(len(found.dictionary)).tocsc()
    names = []
    for atom in range(len(found.dictionary)):
        inside = known.counts(strongest(weights[:, atom], min(TYPICAL, max(len(found.rows) // 10, 5))))
        strengths = log_odds(inside, whole - inside, whole)
        names.append(chosen_words(known.words, known.stems, strengths, inside))
    return tuple(names)


def strongest(column: object, count: int) -> list[int]:
    """Return the rows of a sparse column with the greatest values, at most `count`; of equal ones the first."""
    rows, values = column.indices, column.data  # type: ignore[attr-defined]
    return [int(rows[place]) for place in np.lexsort((rows, -values))[:count]]


def chosen_words(
    words: Sequence[str],
    stems: Sequence[frozenset[str]],
    strengths: npt.NDArray[np.float64],
    inside: npt.NDArray[np.float64],
) -> tuple[str, ...]:
    """Return the three most telling words that share no stem, of those that at least two of the texts hold."""
    taken: list[int] = []
    for word in np.lexsort((np.arange(len(strengths)), -strengths))[:24].tolist():
        if strengths[word] < 1.64 or inside[word] < 2:
            break
        if not any(stems[word] & stems[other] for other in taken):
            taken.append(word)
        if len(taken) == 3:
            break
    return tuple(words[word] for word in taken)

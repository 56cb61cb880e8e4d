"""Is a space well? What its texts can be found by, and what its geometry is like, a verdict each."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.console import RenderableType

from semspace.latent.dimension import chords, likelihood, two_nn
from semspace.latent.islands import islands
from semspace.latent.structure import hubness
from semspace.pseudoqueries import questions
from semspace.records import MODES, Mode, Sign
from semspace.ui.health import HealthView
from semspace.views.duplicates import duplicates
from semspace.views.material import Material
from semspace.views.mention import Mention
from semspace.views.standouts import links_of
from semspace.views.value import Value

Find = Callable[[str, Mode, int], Sequence[int]]
"""A query, a mode, how many -> ids of passages, best first."""

QUESTIONS = 100
"""Texts that are looked for."""

KEPT = 0.6
"""Share of the words of a question that is kept: nobody remembers a sentence whole."""

DEPTH = 10

SKEWED, UNREACHABLE, ALIKE, TWICE, LOW = 6.0, 0.15, 0.4, 0.25, 0.3
"""Above the first four, and with a reciprocal rank below the last, something should be looked at."""

FEWEST = 20


@dataclass(frozen=True, slots=True)
class Vitals(Value):
    """What was looked at of a space, a verdict each, with the figures behind it."""

    space: str
    passages: int
    signs: tuple[Sign, ...]
    seed: int

    def to_dict(self) -> dict[str, Any]:
        """Return what programs read."""
        return {"space": self.space, "passages": self.passages, "seed": self.seed, "signs": self.rows()}

    def rows(self) -> Sequence[dict[str, Any]]:
        """Return one row for each thing that was looked at."""
        return [{"part": sign.part, "told": sign.told, "remedy": sign.remedy, "facts": dict(sign.facts)} for sign in self.signs]

    def __rich__(self) -> RenderableType:
        """Draw a line for each thing, what to do under those that are not well, and a verdict."""
        return HealthView(self.signs)


def vitals(material: Material, find: Find, seed: int = 7) -> Vitals:
    """Look at a space: `find` answers a query in a mode."""
    if len(material) < FEWEST:
        told = Sign("texts", f"{len(material):,} texts: too few to say anything of a space")
        return Vitals(material.name, len(material), (told,), seed)
    signs = (
        _findable(material, find, seed), _hubs(material), _twins(material), _islands(material), _alike(material),
        _dimension(material),
    )  # fmt: skip
    return Vitals(material.name, len(material), signs, seed)


def known_items(material: Material, seed: int, limit: int = QUESTIONS) -> list[tuple[int, str]]:
    """Return queries out of passages that should be found by them: (id, a sentence with some words left out)."""
    rows = np.random.default_rng(seed).permutation(len(material))[: 3 * limit].tolist()
    rng = random.Random(seed)  # noqa: S311  # a sample, not a secret
    found = []
    for question in questions([(row.id, row.passage.own) for row in material.passages(rows)], limit, seed):
        words = question.text.split()
        places = sorted(rng.sample(range(len(words)), max(round(KEPT * len(words)), 1)))
        query = " ".join(words[place] for place in places)
        if any(letter.isalnum() for letter in query):
            found.append((question.passage, query))
    return found


def reciprocal_ranks(items: Sequence[tuple[int, str]], find: Find, mode: Mode) -> list[float]:
    """Return one over the place of each passage among the ten best answers to its query, 0 where it is not there."""
    found = []
    for number, query in items:
        ids = list(find(query, mode, DEPTH))
        found.append(1 / (ids.index(number) + 1) if number in ids else 0.0)
    return found


def _findable(material: Material, find: Find, seed: int) -> Sign:
    items = known_items(material, seed)
    ranks = {mode: reciprocal_ranks(items, find, mode) for mode in MODES}
    means = {mode: float(np.mean(found)) if found else 0.0 for mode, found in ranks.items()}
    hits = {mode: float(np.mean(np.array(found) > 0)) if found else 0.0 for mode, found in ranks.items()}
    told = ", ".join(f"{mode} {means[mode]:.2f} ({100 * hits[mode]:.0f} % among ten)" for mode in MODES)
    told = f"{len(items)} texts looked for by sentences with gaps, mean reciprocal rank: {told}; such queries favour words"
    remedy = (
        "Texts are hard to find by their own words: does the encoder know their language?"
        if max(means.values()) < LOW
        else None
    )
    return Sign("known items", told, remedy, {"queries": len(items), "mrr": means, "hit_at_10": hits})


def _hubs(material: Material) -> Sign:
    counts, skewness = hubness(material.graph)
    none = float((counts == 0).mean())
    first = int(counts.argmax())
    hub = Mention.of(material.passages([first])[0])
    largest = f"the largest is #{hub.id}, near to {counts[first]:,}"
    told = f"skewness {skewness:.1f}, {100 * none:.0f} % of the texts are near to no other; {largest}"
    bad = skewness > SKEWED or none > UNREACHABLE
    remedy = "Some texts are near to everything: semspace hubs names them." if bad else None
    facts = {"skewness": skewness, "unreachable": none, "largest": hub.to_dict(), "occurrences": int(counts[first])}
    return Sign("hubs", told, remedy, facts)


def _twins(material: Material) -> Sign:
    found = duplicates(material, 1)
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in found.counts.items())
    told = f"{100 * found.share:.0f} % of the texts say what another says ({kinds})"
    remedy = "Many texts are there twice: semspace duplicates shows them." if found.share > TWICE else None
    return Sign("duplicates", told, remedy, {"share": found.share, **found.counts})


def _islands(material: Material) -> Sign:
    found = islands(links_of(material), material.graph)
    texts = sum(len(island.rows) for island in found)
    told = (
        f"{len(found)} groups of {texts:,} texts stand apart (semspace odd names them)"
        if found
        else "no group of texts stands apart"
    )
    return Sign("islands", told, None, {"count": len(found), "texts": texts})


def _alike(material: Material) -> Sign:
    """Say how alike any two texts are: Ethayarajh: How Contextual are Contextualized Word Representations? (2019)."""
    count = len(material)
    mean = float((count * np.sum(material.moments.mean**2) - 1) / (count - 1))
    told = f"two texts taken at random have a cosine of {mean:.2f}"
    remedy = "All texts are alike to this encoder: it may suit them badly." if mean > ALIKE else None
    return Sign("anisotropy", told, remedy, {"random_cosine": mean})


def _dimension(material: Material) -> Sign:
    radii = chords(material.vectors, material.graph)
    one, other = two_nn(radii), likelihood(radii)
    known = np.isfinite([one, other]).all()
    told = f"near to each other texts vary in some {one:.0f} to {other:.0f} directions" if known else "not known"
    return Sign("dimension", told, None, {"two_nn": one, "mle": other, "dimensions": material.store.dim})

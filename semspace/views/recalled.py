"""The features of a space, kept beside it: learned once, they have the same numbers at every later call."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np

from semspace.derived.neighborhoods import marked
from semspace.latent.dictionary import Codes, Dictionary
from semspace.views.dictionary import SEEDS, Learned, described, learned, sampled
from semspace.views.keeping import Arrays, keep, kept
from semspace.views.material import Material

VERSION = 1
"""Of how features are learned: those learned otherwise are learned anew."""

GROWTH = 0.2
"""Share of texts that may come or go before features are learned anew."""

_KEYS = {"about", "atoms", "mean", "stability", "of", "rows", "parts", "weights", "names"}


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    """What was kept, how many passages it was learned among, and whether it describes just the passages that are there."""

    learned: Learned
    passages: int
    current: bool


def recalled(material: Material, *, seed: int = 0, fresh: bool = False) -> Learned:
    """Return the features of some passages: of a whole space those that were kept, unless `fresh` learns them anew.

    Where a few passages came or went the directions stay; which texts have them, and their names, are found again.
    Raises InvalidInput where there are too few passages.
    """
    if not material.whole:
        return learned(material, seed=seed)
    name = f"features.{seed}"
    held = None if fresh else _understood(material, kept(material.folder, name))
    if held is not None and held.current:
        return held.learned
    if held is None:
        found, passages = learned(material, seed=seed), len(material)
    else:
        old, passages = held.learned, held.passages
        found = described(material, old.dictionary, old.stability, sampled(material, seed))
    keep(material.folder, name, _packed(material, found, passages))
    return found


def _packed(material: Material, found: Learned, passages: int) -> Arrays:
    return {
        "about": np.array([VERSION, passages, SEEDS, found.dictionary.active]),
        "atoms": found.dictionary.atoms, "mean": found.dictionary.mean, "stability": found.stability,
        "of": marked(material.ids), "rows": found.rows, "parts": found.codes.atoms, "weights": found.codes.weights,
        # Bytes: numpy reads no texts of any length without running what is in them.
        "names": np.frombuffer(json.dumps(found.names).encode(), np.uint8),
    }  # fmt: skip


def _understood(material: Material, arrays: Arrays | None) -> _Kept | None:
    """Return what arrays hold; None where they hold no features, those of another semspace, or of a space too different."""
    if arrays is None or arrays.keys() != _KEYS or arrays["about"].shape != (4,):
        return None
    version, passages, seeds, active = arrays["about"].tolist()
    atoms, rows = arrays["atoms"], arrays["rows"]
    if (version, seeds) != (VERSION, SEEDS) or atoms.shape[1:] != (material.store.dim,):
        return None
    if abs(len(material) - passages) > GROWTH * passages:
        return None
    names = tuple(tuple(words) for words in json.loads(arrays["names"].tobytes()))
    dictionary, codes = Dictionary(atoms, arrays["mean"], active), Codes(arrays["parts"], arrays["weights"])
    current = np.array_equal(arrays["of"], marked(material.ids))
    return _Kept(Learned(dictionary, arrays["stability"], rows, codes, names), passages, current)

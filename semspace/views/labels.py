"""Regions of a map -> their labels: what lies there, named as topics are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from semspace.arrays import Floats32, Ids
from semspace.derived.arrays import DerivedArrays
from semspace.derived.names import NAMES, DerivedNames, Names
from semspace.latent.regions import Regions, regions
from semspace.ui.labelling import Label
from semspace.views.material import Material
from semspace.views.names import names

REGIONS = 40
"""Regions that get a label, the most populous: a picture has room for fewer."""

LARGEST = 0.125
"""Share of what is seen above which a region is about too much to have a name: it is looked at more sharply."""

FEW = 20
"""Points that a region has on average at least, where it is looked at more sharply."""

SHARPER = (1.0, 0.75, 0.5)
"""By how much the blur is narrowed."""

WORDS = 2
"""Words of a label: three hide too much of the map."""

SHARED = 2
"""Regions that a word may name: what names more tells none of them from the others, and gives way to what does."""

READ = 80
"""Texts of a region that are read to name it; of more, every n-th."""

BACKDROP = 400
"""Texts of the whole space that are read beside those: what is said everywhere names nothing."""

COARSE, FINE = 2.0, 1.0
"""By how much the density is blurred: where it falls into islands, some 30 regions, some 80."""

CELLS = (12, 96)
"""Cells a side in which points are counted, at least and at most: 16 for a point, between those."""


def labels(material: Material, rows: Ids, positions: Floats32, blur: float = COARSE, most: int = REGIONS) -> list[Label]:
    """Return a label for each region that some rows, at positions (n, 2), fall into: at its peak, the most populous first.

    Regions are those of the density of these rows alone: of a part of the map there are more and smaller ones.
    """
    found = _parted(positions, blur)
    members = [rows[found.labels == number] for number in range(min(len(found.peaks), most))]
    titles = named(material, members, WORDS + 1, READ)
    shared = Counter(word for words in titles for word in words)
    return [
        Label(x, y, ", ".join([word for word in words if shared[word] <= SHARED][:WORDS] or words[:WORDS]), float(len(mine)))
        for (x, y), words, mine in zip(found.peaks[: len(members)].tolist(), titles, members, strict=True)
        if words
    ]


def _parted(positions: Floats32, blur: float) -> Regions:
    """Part a map into regions; where one of them holds much of it, into smaller ones."""
    grid = int(np.clip(4 * np.sqrt(len(positions)), *CELLS))
    found, *others = (partial(regions, positions.astype(np.float64), grid, blur * share) for share in SHARPER)
    best = found()
    for sharper in others:
        if np.bincount(best.labels[best.labels >= 0], minlength=1).max() <= LARGEST * len(positions):
            break
        finer = sharper()
        if len(positions) < FEW * len(finer.peaks):
            break
        best = finer
    return best


def named(material: Material, members: Sequence[npt.NDArray[np.int64]], count: int = 3, most: int | None = None) -> Names:
    """Return words that name groups of rows, each other's siblings; those of a whole space are kept with it.

    With `most`, at most about so many texts of each group are read.
    """
    folder = material.folder if material.whole else None
    kept = material.once("names", lambda: DerivedNames(DerivedArrays(folder, material.store, NAMES)))
    groups = [material.ids[rows] for rows in members]
    return kept.get(groups, f"{count} of {most or 'all'}", lambda: _named(material, members, count, most))


def _named(material: Material, members: Sequence[npt.NDArray[np.int64]], count: int, most: int | None) -> Names:
    if most is None or not members:
        return names(material, members, count)
    some = [_thinned(rows, most) for rows in members]
    read = np.unique(np.concatenate([*some, _thinned(np.arange(len(material)), BACKDROP)]))
    return names(material, some, count, read.tolist())


def _thinned(rows: npt.NDArray[np.int64], most: int) -> npt.NDArray[np.int64]:
    return rows[:: -(-len(rows) // most) or 1]

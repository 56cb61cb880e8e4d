"""Parts of a map -> what they are about: the passages that somebody chose, and the hills of the map's density."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from semspace.errors import InvalidInput
from semspace.latent.agreement import means
from semspace.latent.regions import regions
from semspace.ui.safe import safe_text
from semspace.views.map import Map
from semspace.views.material import Material
from semspace.views.mention import Mention
from semspace.views.names import Rows, names
from semspace.views.value import Value

EXEMPLARS = 3
"""Texts that show what a part is about."""

HILLS = ((2.0, 0.8, 24), (1.0, 0.9, 60))
"""Blur, height of the pass that joins two hills, and how many are named: those seen from afar, then those within them."""

LEAST = 8
"""Texts of a hill that has a name."""


@dataclass(frozen=True, slots=True)
class Part(Value):
    """Some passages of a space, by `ids`: the `words` that tell them from all others, and those nearest to their centre."""

    space: str
    ids: tuple[int, ...]
    of: int
    words: tuple[str, ...]
    exemplars: tuple[Mention, ...]

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def name(self) -> str:
        """Return the words of the name in a row."""
        return ", ".join(self.words) or self.exemplars[0].title or f"like #{self.exemplars[0].id}"

    def to_dict(self) -> dict[str, Any]:
        """Return what programs read."""
        return {
            "space": self.space, "count": len(self), "of": self.of, "name": self.name, "words": list(self.words),
            "exemplars": [one.to_dict() for one in self.exemplars], "ids": list(self.ids),
        }  # fmt: skip

    def rows(self) -> Sequence[dict[str, Any]]:
        """Return one row for each text that shows what the part is about."""
        return [one.to_dict() for one in self.exemplars]

    def __rich__(self) -> RenderableType:
        """Draw the name, then the texts that show it."""
        title = Text(no_wrap=True, overflow="ellipsis").append(safe_text(self.name, one_line=True), "title")
        return Group(title.append(f"  {len(self):,} of {self.of:,} texts", "quiet"), *(one.label() for one in self.exemplars))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a name stands on a map, and how many texts are around it: of two that overlap the larger one is shown."""

    x: float
    y: float
    name: str
    count: float


def part(material: Material, ids: Sequence[int]) -> Part:
    """Return what some passages are about. Raises InvalidInput where there are none, PassageNotFound."""
    wanted = sorted({int(number) for number in ids})
    if not wanted:
        raise InvalidInput("No passage was chosen.", "Choose a part of the map that holds some.")
    rows = np.array([material.row(number) for number in wanted], dtype=np.int64)
    words = names(material, [rows])[0] if len(rows) < len(material) else ()
    center = means(material.vectors[rows], np.zeros(len(rows), np.int64))[0]
    nearest = rows[np.argsort(-(material.vectors[rows] @ center), kind="stable")[:EXEMPLARS]]
    shown = tuple(Mention.of(row) for row in material.passages(nearest.tolist()))
    return Part(material.name, tuple(wanted), len(material), words, shown)


def named_hills(material: Material, seen: Map) -> tuple[Place, ...]:
    """Return names for the hills of a map's density, and for the smaller ones within them, told each from the others."""
    places = list[Place]()
    rows = np.searchsorted(material.ids, seen.ids[seen.shown])
    positions = seen.positions.astype(np.float64)
    for level, (blur, keep, most) in enumerate(HILLS):
        found = regions(positions, blur=blur, keep=keep)
        hills = [np.flatnonzero(found.labels == number) for number in range(min(most, len(found.peaks)))]
        hills = [hill for hill in hills if len(hill) >= LEAST]
        titles = names(material, _rows(rows, hills), 2)
        for number, (hill, words) in enumerate(zip(hills, titles, strict=True)):
            if words and not _said(words, places):
                x, y = found.peaks[number].tolist()
                # The smaller ones come out when one zooms in, whatever their size.
                places.append(Place(x, y, ", ".join(words), len(hill) / (1 if level == 0 else len(positions))))
    return tuple(places)


def _rows(rows: Rows, hills: Sequence[Rows]) -> list[Rows]:
    return [rows[hill] for hill in hills]


def _said(words: tuple[str, ...], places: Sequence[Place]) -> bool:
    return ", ".join(words) in {place.name for place in places}

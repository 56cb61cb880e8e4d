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
from semspace.ui.safe import safe_text
from semspace.views.labels import COARSE, FINE, REGIONS, labels
from semspace.views.map import Map
from semspace.views.material import Material
from semspace.views.mention import Mention
from semspace.views.names import names
from semspace.views.value import Value

EXEMPLARS = 3
"""Texts that show what a part is about."""

HILLS = ((COARSE, REGIONS), (FINE, 2 * REGIONS))
"""Blur, and how many regions are named: those seen from afar, then those within them."""


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
    """Return the names that the map has for its regions, seen from afar and from nearby: the same that a picture of it has."""
    rows = np.searchsorted(material.ids, seen.ids[seen.shown])
    places = list[Place]()
    for blur, most in HILLS:
        # The smaller ones come out when one zooms in, whatever their size.
        share = len(seen.positions) if places else 1
        known = {place.name for place in places}
        found = labels(material, rows, seen.positions, blur, most)
        places += [Place(one.x, one.y, one.text, one.priority / share) for one in found if one.text not in known]
    return tuple(places)

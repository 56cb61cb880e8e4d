"""A map -> what its picture needs: the window, the query's place, and a page with all texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.text import Text

from semspace.arrays import Floats32, Ids
from semspace.latent.graph import among
from semspace.latent.placing import place
from semspace.targets import Target
from semspace.ui.canvas import View, bounds
from semspace.ui.labelling import Label
from semspace.ui.page import Grouping, page
from semspace.ui.safe import safe_text
from semspace.views.coloring import Groups, colored
from semspace.views.labels import FINE, REGIONS, labels
from semspace.views.material import Material
from semspace.views.mention import Mention

if TYPE_CHECKING:
    from semspace.views.map import Map

LIT = 15
"""Neighbours of a query that are lit."""

WIDE = 2.0
"""A terminal's picture is up to so many times as wide as high."""

_SIDES = ("topic", "folder", "date")


@dataclass(frozen=True, slots=True, eq=False)
class Spot:
    """Where a query is on a map: in the middle of most of its neighbours, which are the passages nearest to it in the space."""

    text: str
    x: float
    y: float
    neighbors: tuple[tuple[int, float], ...]
    mentions: tuple[Mention, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return what programs read."""
        near = [
            {"id": number, "similarity": round(similarity, 4), "path": said.path, "start_line": said.line, "text": said.text}
            for (number, similarity), said in zip(self.neighbors, self.mentions, strict=True)
        ]
        return {"text": self.text, "x": self.x, "y": self.y, "neighbors": near}

    @property
    def head(self) -> Text:
        """Return what was looked for, as a line."""
        return Text("┼ ", no_wrap=True, overflow="ellipsis").append(safe_text(self.text, one_line=True), "title")

    @property
    def lines(self) -> list[Text]:
        """Return one line for each neighbour: its cosine, where it is from, its id, its first words."""
        return [
            Text(no_wrap=True, overflow="ellipsis").append(f"{similarity:5.2f}  ", "score").append_text(said.label())
            for (_, similarity), said in zip(self.neighbors, self.mentions, strict=True)
        ]


def spot(material: Material, positions: Floats32, query: str) -> Spot:
    """Return where a query is on a map, and what is near it in the space."""
    near = among(material.encode([query]), material.vectors, LIT)
    x, y = place(near, positions, np.zeros(1, np.int64))[0].tolist()
    rows = near.neighbors[0].tolist()
    found = zip(material.ids[rows].tolist(), near.similarities[0].tolist(), strict=True)
    return Spot(query, x, y, tuple(found), tuple(map(Mention.of, material.passages(rows))))


def center(material: Material, positions: Floats32, target: Target) -> tuple[float, float]:
    """Return where a passage, a file or some words are on a map: of several passages the first."""
    own = np.flatnonzero(np.isin(material.ids, target.ids))
    if not len(own):
        near = among(target.vector, material.vectors, LIT)
        x, y = place(near, positions, np.zeros(1, np.int64))[0].tolist()
        return x, y
    x, y = positions[int(own[0])].tolist()
    return x, y


def window(positions: Floats32, zoom: float, middle: tuple[float, float] | None) -> View:
    """Return the square window of the plane that is `zoom` times narrower than all that is there."""
    left, bottom, right, top = bounds(positions)
    x, y = middle or ((left + right) / 2, (bottom + top) / 2)
    half = max(right - left, top - bottom) / 2 / zoom
    return (x - half, y - half, x + half, y + half)


def seen(positions: Floats32, view: View) -> Ids:
    """Return which positions a picture of that window can show, as wide as a terminal's."""
    left, bottom, right, top = view
    aside = (right - left) * (WIDE - 1) / 2
    x, y = positions[:, 0], positions[:, 1]
    return np.flatnonzero((x >= left - aside) & (x <= right + aside) & (y >= bottom) & (y <= top))


def paged(material: Material, found: Map) -> str:
    """Return a map as a page of HTML, with the texts as they are in the space now; what is gone from it is not shown."""
    ids = found.ids[found.shown]
    here = np.isin(ids, material.ids)
    rows, positions, kept = np.searchsorted(material.ids, ids[here]), found.positions[here], found.kept[here]
    passages = material.passages(rows.tolist())
    paths = [None if row.key is not None else row.path for row in passages]
    return page(
        positions,
        [row.passage.text for row in passages],
        paths,
        _groupings(material, found, rows, here),
        kept,
        _signs(material, found, rows, positions),
        found.footer,
        found.space,
    )


def _groupings(material: Material, found: Map, rows: Ids, here: np.ndarray[Any, np.dtype[np.bool_]]) -> Sequence[Grouping]:
    """Return the ways to colour a page: what was asked for, then topic, folder and date where they tell anything apart."""
    ways: dict[str, Groups] = {}
    if found.groups is not None and found.color_by is not None:
        groups = found.groups
        ways[found.color_by] = Groups(groups.numbers[found.shown][here], groups.names, groups.ordered)
    for by in _SIDES:
        if by not in ways and len(rows):
            groups = colored(material, by, found.layout.kept)
            ways[by] = Groups(groups.numbers[rows], groups.names, groups.ordered)
    return [
        Grouping(by, groups.numbers, groups.names, groups.ordered)
        for by, groups in ways.items()
        if by == found.color_by or len(np.unique(groups.numbers)) > 1
    ]


def _signs(material: Material, found: Map, rows: Ids, positions: Floats32) -> list[Label]:
    """Return labels of large regions, which are seen at once, and of those in them, which are seen from nearer."""
    coarse = labels(material, rows, positions)
    known = {label.text for label in coarse}
    fine = [label for label in labels(material, rows, positions, FINE, 2 * REGIONS) if label.text not in known]
    asked = [] if found.spot is None else [Label(found.spot.x, found.spot.y, f"┼ {found.spot.text}", float(len(rows) + 1))]
    return [*asked, *coarse, *fine]

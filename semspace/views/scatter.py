"""Two axes -> the texts as a scatter whose dimensions have a meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from semspace.arrays import Floats32, Ids
from semspace.ui.mapping import MapPicture
from semspace.ui.safe import safe_text
from semspace.views.axes import Axis, along, spread
from semspace.views.material import Material
from semspace.views.mention import Mention
from semspace.views.value import Value

NAME = 40
"""Characters of a pole's name on the picture."""


@dataclass(frozen=True, slots=True)
class Corner:
    """A quarter of the plane, such as ("high", "low"): how many texts are in it, and the one that is farthest out."""

    sides: tuple[str, str]
    count: int
    text: Mention

    def to_dict(self) -> dict[str, Any]:
        """Return what programs read."""
        return {"across": self.sides[0], "up": self.sides[1], "count": self.count, "text": self.text.to_dict()}


@dataclass(frozen=True, slots=True, eq=False)
class Scatter(Value):
    """Texts on two axes: `positions`, (n, 2), in standard deviations from the mean; how much the axes say the same.

    `correlation` is that of the positions: at 1 or -1 the second axis tells nothing that the first does not.
    """

    across: Axis
    up: Axis
    ids: Ids
    positions: Floats32
    correlation: float
    corners: tuple[Corner, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return what programs read."""
        return {
            "across": self.across.to_dict(), "up": self.up.to_dict(), "correlation": self.correlation,
            "corners": [corner.to_dict() for corner in self.corners], "points": self.rows(),
        }  # fmt: skip

    def rows(self) -> Sequence[Mapping[str, Any]]:
        """Return one row for each text."""
        places = np.round(self.positions.astype(np.float64), 3).tolist()
        return [{"id": number, "x": x, "y": y} for number, (x, y) in zip(self.ids.tolist(), places, strict=True)]

    def __rich__(self) -> RenderableType:
        """Draw the plane with the poles at its edges, the text farthest out in each corner, and what was tested."""
        low, high = self.positions.min(axis=0).tolist(), self.positions.max(axis=0).tolist()
        ends = [
            (low[0], 0.0, self.across.taste.dislikes), (high[0], 0.0, self.across.taste.likes),
            (0.0, low[1], self.up.taste.dislikes), (0.0, high[1], self.up.taste.likes),
        ]  # fmt: skip
        labels = [(x, y, _short(names), 1.0) for x, y, names in ends]
        lines = []
        for corner in self.corners:
            sides = _short((self.across.taste.likes if corner.sides[0] == "high" else self.across.taste.dislikes)[:1])
            other = _short((self.up.taste.likes if corner.sides[1] == "high" else self.up.taste.dislikes)[:1])
            line = Text(f"{corner.count:>6,}  ", "score", no_wrap=True, overflow="ellipsis")
            lines.append(line.append(f"{sides} + {other}  ", "title").append_text(corner.text.label(place=False)))
        tested = [f"{what}: {_tested(axis)}" for what, axis in (("across", self.across), ("up", self.up))]
        told = f"the axes correlate by {self.correlation:+.2f}"
        picture = MapPicture(self.positions, labels=labels, footer=f"{len(self.ids):,} texts · {told}")
        about = Text("the texts of each quarter, and the one farthest out", "quiet")
        return Group(picture, about, *lines, *(Text(line, "quiet") for line in tested))


def _tested(axis: Axis) -> str:
    held = f"{axis.right} of {axis.tried} texts of the poles on their own side of a line made without them"
    held = held if axis.tried else "poles of one text each cannot be tested"
    return f"{held} · {spread(axis.strength)}"


def _short(names: Sequence[str]) -> str:
    text = safe_text(" / ".join(names), one_line=True)
    return text if len(text) <= NAME else text[: NAME - 1] + "…"


def scattered(
    material: Material, across: tuple[Sequence[str], Sequence[str]], up: tuple[Sequence[str], Sequence[str]], k: int = 5
) -> Scatter:
    """Return the texts on two axes, each from some texts to others, as `along` takes them. Raises as `along` does."""
    axes = [along(material, low, high, k) for low, high in (across, up)]
    scores = np.stack([axis.taste.scores(material.vectors) for axis in axes], axis=1)
    spread = np.asarray(scores.std(axis=0))
    correlation = float(np.atleast_2d(np.corrcoef(scores.T))[0, 1]) if len(scores) > 1 and spread.min() > 0 else 0.0
    return Scatter(axes[0], axes[1], material.ids, scores.astype(np.float32), correlation, _corners(material, scores))


def _corners(material: Material, scores: Any) -> tuple[Corner, ...]:
    found = []
    for first, second in (("low", "high"), ("high", "high"), ("low", "low"), ("high", "low")):
        signs = np.array([1.0 if side == "high" else -1.0 for side in (first, second)])
        outward = scores * signs
        rows = np.flatnonzero((outward > 0).all(axis=1))
        if len(rows):
            # Far out on both: the lesser of the two counts.
            best = int(rows[np.argmax(outward[rows].min(axis=1))])
            found.append(Corner((first, second), len(rows), Mention.of(material.passages([best])[0])))
    return tuple(found)

"""A point of the space -> words for it: the texts nearest to it, and the phrases whose sum comes nearest to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from semspace.arrays import Vectors, unit
from semspace.asking import count
from semspace.errors import InvalidInput
from semspace.latent.decoding import rebuild
from semspace.ui.bars import bar
from semspace.ui.safe import safe_text
from semspace.views.material import Material
from semspace.views.mention import Mention
from semspace.views.topic_point import TOPIC, topic_point
from semspace.views.value import Value
from semspace.views.vocabulary import vocabulary

NEAR = 100
"""Texts nearest to the point, whose words may rebuild it."""

PHRASES = 300
"""Words and pairs of words that are encoded: those that most of these texts hold."""

BAR = 16

_BETWEEN = re.compile(r"(.+?)\.\.(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Decoded(Value):
    """What a point means: `phrases` with their weights, the cosine of their sum to it, and the nearest texts with theirs."""

    space: str
    target: str
    phrases: tuple[tuple[str, float], ...]
    cosine: float
    nearest: tuple[tuple[float, Mention], ...]
    candidates: int

    def to_dict(self) -> dict[str, Any]:
        """Return what programs read."""
        return {
            "space": self.space, "target": self.target, "phrases": self.rows(), "cosine": self.cosine,
            "nearest": [{"similarity": near, "passage": one.to_dict()} for near, one in self.nearest],
            "candidates": self.candidates,
        }  # fmt: skip

    def rows(self) -> Sequence[Mapping[str, Any]]:
        """Return one row for each phrase."""
        return [{"phrase": phrase, "weight": weight} for phrase, weight in self.phrases]

    def __rich__(self) -> RenderableType:
        """Draw a bar for each phrase, what they reach together, and the nearest texts."""
        most = max((weight for _, weight in self.phrases), default=1.0)
        lines = []
        for phrase, weight in self.phrases:
            line = Text(no_wrap=True, overflow="ellipsis").append(bar(weight / most, BAR), "bar")
            lines.append(line.append(f" {weight:.2f}  ", "score").append(safe_text(phrase, one_line=True), "title"))
        lines.append(Text(f"together {self.cosine:.3f} similar to the point, of {self.candidates} phrases tried", "quiet"))
        lines.append(Text())
        for near, one in self.nearest:
            lines.append(Text(f"{near:.3f}  ", "score", no_wrap=True, overflow="ellipsis").append_text(one.label()))
        return Group(*lines)


def decode(material: Material, target: str, point_of: Callable[[str], Vectors], phrases: int = 5, texts: int = 3) -> Decoded:
    """Say what a point means: a target, or `A..B`, the middle of two. `point_of` gives the vector, (1, dim), of a target.

    `topic:3`, or `topic:bread`, is the centre of a topic, by its number or a word of its name.

    Raises InvalidInput, PassageNotFound.
    """
    count("phrases", phrases, 1)
    count("texts", texts, 0)
    if not len(material):
        raise InvalidInput("There is no passage with a vector here.", "Index something first.")
    match = _BETWEEN.fullmatch(target)
    sides = [side.strip() for side in match.groups()] if match else [target]
    points = [
        topic_point(material, side.removeprefix(TOPIC).strip()) if side.startswith(TOPIC) else point_of(side) for side in sides
    ]
    point = unit(np.sum(points, axis=0))
    cosines = material.vectors @ point[0]
    near = np.argsort(-cosines, kind="stable")[:NEAR]
    rows = material.passages(near.tolist())
    known = vocabulary([row.passage.own for row in rows])
    held = known.counts(range(len(rows)))
    tried = [known.words[place] for place in np.argsort(-held, kind="stable")[:PHRASES].tolist()]
    found = rebuild(point, material.encode(tried, "passage") if tried else material.vectors[:0], phrases)
    nearest = tuple((float(cosines[row]), Mention.of(told)) for row, told in zip(near[:texts], rows[:texts], strict=True))
    made = tuple((tried[place], weight) for place, weight in found.parts)
    return Decoded(material.name, target, made, found.cosine, nearest, len(tried))

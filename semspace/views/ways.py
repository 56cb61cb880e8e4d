"""From one text to another: the way through others, and what lies between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from semspace.asking import count
from semspace.errors import InvalidInput
from semspace.latent.directions import halfway
from semspace.latent.path import bottleneck, widest
from semspace.ui.bars import bar
from semspace.ui.safe import safe_text
from semspace.views.material import Material
from semspace.views.mention import Mention
from semspace.views.standouts import links_of
from semspace.views.value import Value

BAR = 8

NAME = 40
"""Characters of the words that were asked for."""


@dataclass(frozen=True, slots=True)
class Way(Value):
    """Texts from one to another; `cosines[i]` is that of the step from text i to text i + 1.

    `weakest` is the least of them, and no other way through the neighbours of these texts has a better one.
    `asked` are the two ends as they were asked for, with their cosines to the texts that stand for them.
    """

    texts: tuple[Mention, ...]
    cosines: tuple[float, ...]
    weakest: float
    direct: float
    asked: tuple[tuple[str, float], ...]

    def to_dict(self) -> dict[str, Any]:
        """Return what programs read."""
        ends = [{"asked": label, "similarity": similarity} for label, similarity in self.asked]
        return {"from": ends[0], "to": ends[1], "weakest": self.weakest, "direct": self.direct, "steps": self.rows()}

    def rows(self) -> Sequence[dict[str, Any]]:
        """Return one row for each text, with its cosine to the one before it."""
        steps = [None, *self.cosines]
        return [{"similarity": step, **text.to_dict()} for step, text in zip(steps, self.texts, strict=True)]

    def __rich__(self) -> RenderableType:
        """Draw the texts one below the other, each with its step, then the weakest."""
        lines = []
        for step, text in zip([None, *self.cosines], self.texts, strict=True):
            line = Text(no_wrap=True, overflow="ellipsis")
            line.append(" " * BAR if step is None else bar(step, BAR), "bar")
            weak = "bad" if step is not None and len(self.cosines) > 1 and step <= self.weakest + 1e-9 else "score"
            line.append("        " if step is None else f" {step:.3f}  ", weak)
            lines.append(line.append_text(text.label()))
        told = f"weakest step {self.weakest:.3f}, the best that these texts have; straight across {self.direct:.3f}"
        lines.append(Text(told, "quiet"))
        far = [(label, cosine) for label, cosine in self.asked if cosine < 0.999]
        said = "; ".join(f"for '{_short(label)}' stands the text nearest to it ({cosine:.3f})" for label, cosine in far)
        return Group(*lines, *([Text(said, "quiet")] if said else []))


def _short(label: str) -> str:
    text = safe_text(label, one_line=True)
    return text if len(text) <= NAME else text[: NAME - 1] + "…"


def way(material: Material, start: str, end: str) -> Way:
    """Return the way between two texts whose weakest step is strongest, and of those the shortest.

    Ends are passages (`#ID`), files, or words, for which the nearest text stands. Raises InvalidInput, PassageNotFound.
    """
    material.need()
    ends = [material.point(side) for side in (start, end)]
    first, last = (material.nearest_row(point) for point in ends)
    links = links_of(material)
    rows = widest(links, first, last)
    steps = tuple(float(material.vectors[one] @ material.vectors[other]) for one, other in pairwise(rows))
    texts = tuple(Mention.of(row) for row in material.passages(rows))
    near = [
        (label, float(material.vectors[row] @ point.vector[0]))
        for label, row, point in zip((start, end), (first, last), ends, strict=True)
    ]
    direct = float(material.vectors[first] @ material.vectors[last])
    return Way(texts, steps, bottleneck(links, first, last), direct, tuple(near))


@dataclass(frozen=True, slots=True)
class Blend(Value):
    """The texts nearest to a point between two others: (similarity to it, to the first, to the second, text)."""

    first: str
    second: str
    share: float
    similarity: float
    found: tuple[tuple[float, float, float, Mention], ...]

    def to_dict(self) -> dict[str, Any]:
        """Return what programs read."""
        return {
            "first": self.first, "second": self.second, "share": self.share, "similarity": self.similarity,
            "found": self.rows(),
        }  # fmt: skip

    def rows(self) -> Sequence[dict[str, Any]]:
        """Return one row for each text."""
        keys = ("similarity", "to_first", "to_second")
        return [{**dict(zip(keys, found[:3], strict=True)), **found[3].to_dict()} for found in self.found]

    def __rich__(self) -> RenderableType:
        """Draw a line for each text, with its cosines to both."""
        lines = [Text(f"similarity to both, to the first, to the second; the two have {self.similarity:.3f}", "quiet")]
        for near, one, other, text in self.found:
            line = Text(no_wrap=True, overflow="ellipsis").append(bar(near, BAR), "bar").append(f" {near:.3f} ", "score")
            lines.append(line.append(f" {one:.3f}  {other:.3f}  ", "quiet").append_text(text.label()))
        return Group(*lines)


def blend(material: Material, first: str, second: str, k: int = 10, share: float = 0.5) -> Blend:
    """Return the k texts nearest to a point between two: at a share of 0 it is the first, at 1 the second.

    Both are passages (`#ID`), files, or words. Raises InvalidInput, PassageNotFound.
    """
    k = count("k", k, 1)
    if not 0 <= share <= 1:
        raise InvalidInput(f"The share must be from 0 to 1, not {share}.", "0.5 is half way.")
    material.need()
    ends = [material.point(side) for side in (first, second)]
    one, other = (point.vector[0] for point in ends)
    scores = material.vectors @ halfway(one, other, share)
    free = np.flatnonzero(~np.isin(material.ids, np.concatenate([point.ids for point in ends])))
    rows = free[np.lexsort((free, -scores[free]))][:k]
    texts = [Mention.of(row) for row in material.passages(rows.tolist())]
    found = tuple(
        (float(scores[row]), float(material.vectors[row] @ one), float(material.vectors[row] @ other), text)
        for row, text in zip(rows.tolist(), texts, strict=True)
    )
    return Blend(first, second, share, float(one @ other), found)

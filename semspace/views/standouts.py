"""Texts that stand out: lonely ones and islands, hubs, central ones, bridges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Group, RenderableType
from rich.text import Text

from semspace.asking import count
from semspace.latent.islands import islands
from semspace.latent.path import Links, linked
from semspace.latent.structure import ODD, bridging, central, hubness, joined, lonely
from semspace.ui.bars import bar
from semspace.ui.safe import safe_text
from semspace.views.material import Material
from semspace.views.mention import Mention
from semspace.views.names import names
from semspace.views.rooted import rooted
from semspace.views.topics import first, labelled, titles
from semspace.views.value import Value

BAR = 8

FEWEST = 20
"""Texts below which nothing can stand out."""


@dataclass(frozen=True, slots=True)
class Standout:
    """A text that stands out, and by how much: `value` is in the unit of its list. `joins` are the topics of a bridge."""

    value: float
    text: Mention
    joins: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return what programs read."""
        return {"value": self.value, **self.text.to_dict(), **({"joins": list(self.joins)} if self.joins else {})}


@dataclass(frozen=True, slots=True)
class Standouts(Value):
    """Texts that stand out, the most outstanding first; `about` says in what, `facts` what else was measured."""

    kind: str
    about: str
    found: tuple[Standout, ...]
    facts: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return what programs read."""
        return {"kind": self.kind, **self.facts, "found": self.rows()}

    def rows(self) -> Sequence[dict[str, Any]]:
        """Return one row for each text."""
        return [one.to_dict() for one in self.found]

    def __rich__(self) -> RenderableType:
        """Draw a line for each text under one that says what the figures are."""
        if not self.found:
            return Text("Nothing stands out.", "good")
        return Group(Text(self.about, "quiet"), *lines(self.found))


@dataclass(frozen=True, slots=True)
class Islet:
    """An island: how many texts it has, its name, the cosine of the link to others, of its weakest within, and a text of it."""

    count: int
    words: tuple[str, ...]
    outward: float
    inward: float
    typical: Mention
    ids: tuple[int, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return what programs read."""
        return {
            "count": self.count, "words": list(self.words), "outward": self.outward, "inward": self.inward,
            "typical": self.typical.to_dict(), "ids": list(self.ids),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Odd(Value):
    """What is unlike the rest: texts that are like no other, and small groups that are like each other alone."""

    lonely: tuple[Standout, ...]
    islands: tuple[Islet, ...]
    passages: int

    def to_dict(self) -> dict[str, Any]:
        """Return what programs read."""
        return {
            "passages": self.passages,
            "lonely": [one.to_dict() for one in self.lonely],
            "islands": [island.to_dict() for island in self.islands],
        }

    def rows(self) -> Sequence[dict[str, Any]]:
        """Return one row for each lonely text."""
        return [one.to_dict() for one in self.lonely]

    def __rich__(self) -> RenderableType:
        """Draw the lonely texts, then the islands."""
        drawn: list[RenderableType] = []
        if self.lonely:
            drawn += [Text("lonely texts: deviations above the usual", "quiet"), *lines(self.lonely)]
        if self.islands:
            drawn.append(Text("islands: texts, cosine of the best link to any other, of the weakest within", "quiet"))
        for island in self.islands:
            line = Text(no_wrap=True, overflow="ellipsis").append(f"{island.count:>6,}  ", "score")
            line.append(f"{island.outward:.3f}  {island.inward:.3f}  ", "quiet")
            line.append(safe_text(", ".join(island.words), one_line=True), "title").append("  ")
            drawn.append(line.append_text(island.typical.label()))
        return Group(*drawn) if drawn else Text("Nothing is unlike the rest.", "good")


def lines(found: Sequence[Standout]) -> list[Text]:
    """Draw a line for each text: a bar, the figure, the text; of a bridge the topics below it."""
    most = max((one.value for one in found), default=1.0) or 1.0
    drawn = []
    for one in found:
        line = Text(no_wrap=True, overflow="ellipsis").append(bar(one.value / most, BAR), "bar")
        drawn.append(line.append(f" {one.value:>8,.4g}  ", "score").append_text(one.text.label()))
        if one.joins:
            told = safe_text(" + ".join(one.joins), one_line=True)
            drawn.append(Text(" " * (BAR + 11) + told, "quiet", no_wrap=True, overflow="ellipsis"))
    return drawn


def odd(material: Material, k: int = 10) -> Odd:
    """Return up to k texts that are like no other, and up to k small groups that are like each other alone.

    Only what stands out is named, by a robust z-score of 3.5: nothing where nothing does. Raises InvalidInput.
    """
    k = count("k", k, 1)
    if len(material) < FEWEST:
        return Odd((), (), len(material))
    scores = lonely(material.graph)
    groups = islands(links_of(material), material.graph)[:k]
    titles = [names(material, [island.rows])[0] for island in groups]
    told = []
    for island, words in zip(groups, titles, strict=True):
        inside = material.vectors[island.rows]
        typical = int(island.rows[(inside @ inside.mean(axis=0)).argmax()])
        told.append(
            Islet(
                len(island.rows),
                words,
                island.outward,
                island.inward,
                Mention.of(material.passages([typical])[0]),
                tuple(material.ids[island.rows].tolist()),
            )
        )
    return Odd(_top(material, scores, k, ODD), tuple(told), len(material))


def hubs(material: Material, k: int = 10) -> Standouts:
    """Return the texts that are among the ten nearest of most others, and how many are among those of none."""
    k = count("k", k, 1)
    counts, skewness = hubness(material.graph) if len(material) > 1 else (np.zeros(len(material), np.int64), 0.0)
    unreachable = int((counts == 0).sum())
    share = unreachable / max(len(material), 1)
    about = (
        f"among the ten nearest of so many texts (usual: 10); skewness {skewness:.1f}; "
        f"{unreachable:,} {'text is' if unreachable == 1 else 'texts are'} near to no other ({100 * share:.0f} %)"
    )
    facts = {"skewness": skewness, "unreachable": unreachable, "unreachable_share": share}
    return Standouts("hubs", about, _top(material, counts.astype(np.float64), k, 11), facts)


def middle(material: Material, k: int = 10) -> Standouts:
    """Return the texts that are nearest to many that are near to many: LexRank, in units of the mean text's."""
    k = count("k", k, 1)
    ranks = central(material.graph) * len(material) if len(material) else np.zeros(0)
    return Standouts("central", "central texts: weight in units of the usual text's", _top(material, ranks, k, 0), {})


def bridges(material: Material, k: int = 10, seed: int = 7) -> Standouts:
    """Return the texts that join topics, with the names of the two: their neighbours' differ, and short ways lead over them."""
    k = count("k", k, 1)
    about = "bridges, with the topics that they join: near to both, and on the ways between them; in thousandths"
    if len(material) < FEWEST:
        return Standouts("bridges", about, (), {"seed": seed})
    tree = rooted(material)
    heads = first(tree)
    labels = labelled(tree, heads)
    scores = 1_000 * bridging(material.graph, links_of(material), labels, seed=seed)
    found = _top(material, scores, k, 1e-9)
    told, called = [], titles(material, tree, heads) if found else []
    for one in found:
        ends = joined(material.graph, labels, int(np.searchsorted(material.ids, one.text.id)))
        told.append(replace(one, joins=(called[ends[0]], called[ends[1]])))
    return Standouts("bridges", about, tuple(told), {"seed": seed})


def links_of(material: Material) -> Links:
    """Return the links of the neighbour graph, made once."""
    return material.once("links", lambda: linked(material.vectors, material.graph))


def _top(material: Material, scores: npt.NDArray[np.float64], k: int, least: float) -> tuple[Standout, ...]:
    """Return the k texts of the highest scores of at least so much; of equal ones the earlier is first."""
    order = np.lexsort((np.arange(len(scores)), -scores))[:k]
    rows = [int(row) for row in order if scores[row] >= least]
    texts = [Mention.of(row) for row in material.passages(rows)]
    return tuple(Standout(float(scores[row]), text) for row, text in zip(rows, texts, strict=True))

"""Two poles -> the texts along the line between them, and whether that line means anything."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from semspace.arrays import Vectors
from semspace.asking import count
from semspace.errors import InvalidInput
from semspace.latent.directions import axis, held_out, strength
from semspace.records import Filter
from semspace.tastes import Taste
from semspace.ui.safe import safe_text
from semspace.views.material import Material
from semspace.views.mention import Mention
from semspace.views.value import Value

WHERE = "where:"
"""A pole that begins so is all passages that an expression over metadata lets through."""

STRIP = 60
"""Cells of a strip plot."""

MOST = 1_000
"""Texts of a pole at most: more say no more."""

POOL = 300
"""Words out of which random axes are made."""

_WORD = re.compile(r"[^\W\d_]{4,}")

_LEVELS = " ▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True)
class Placed:
    """A text on an axis: `position` in standard deviations from the mean of all texts, towards the second pole."""

    position: float
    text: Mention


@dataclass(frozen=True, slots=True)
class Axis(Value):
    """The texts of a space along a line. `counts` are those in each of equal parts from `lowest` to `highest`.

    `right` of `tried` texts of the poles fall on their own side of a line made without them; `strength` is the share of
    random axes along which the texts are spread less; `poles` are where the means of the poles lie.
    """

    taste: Taste
    low: tuple[Placed, ...]
    high: tuple[Placed, ...]
    counts: tuple[int, ...]
    lowest: float
    highest: float
    poles: tuple[float, float]
    right: int
    tried: int
    strength: float
    seed: int

    def to_dict(self) -> dict[str, Any]:
        """Return what programs read."""
        return {
            "axis": self.taste.name or None, "from": list(self.taste.dislikes), "to": list(self.taste.likes),
            "held_out": {"right": self.right, "tried": self.tried}, "strength": self.strength, "seed": self.seed,
            "lowest": self.lowest, "highest": self.highest, "counts": list(self.counts),
            "poles": list(self.poles), "low": _told(self.low), "high": _told(self.high),
        }  # fmt: skip

    def rows(self) -> Sequence[dict[str, Any]]:
        """Return one row for each text at an end, from the first pole to the second."""
        return [*_told(self.low), *_told(self.high)[::-1]]

    def __rich__(self) -> RenderableType:
        """Draw the texts at both ends with a strip plot between them, and what was tested."""
        most = max(*self.counts, 1)
        strip = "".join(_LEVELS[int(np.ceil(8 * count / most))] for count in self.counts)
        ends = (" / ".join(self.taste.dislikes), " / ".join(self.taste.likes))
        first, last = (safe_text(end, one_line=True) for end in ends)
        width = (self.highest - self.lowest) or 1.0
        marks = [" "] * STRIP
        for pole in self.poles:
            marks[int(np.clip((pole - self.lowest) / width * STRIP, 0, STRIP - 1))] = "▲"
        held = f"{self.right} of {self.tried} texts of the poles on their own side of a line made without them"
        held = held if self.tried else "poles of one text each cannot be tested: name more of each"
        told = f"{held} · {spread(self.strength)}; positions in standard deviations, ▲ the poles"
        return Group(
            *(_line(one) for one in self.low),
            Text(first, "title", no_wrap=True, overflow="ellipsis"), Text(strip, "bar", no_wrap=True),
            Text("".join(marks), "quiet", no_wrap=True),
            Text(last, "title", no_wrap=True, overflow="ellipsis"),
            *(_line(one) for one in self.high[::-1]), Text(told, "quiet"),
        )  # fmt: skip


def spread(strength: float) -> str:
    """Say how far the texts are spread along an axis, beside random ones."""
    return f"the texts lie further apart than along {100 * strength:.0f} % of random axes"


def _told(placed: Sequence[Placed]) -> list[dict[str, Any]]:
    return [{"position": one.position, **one.text.to_dict()} for one in placed]


def _line(one: Placed) -> Text:
    return Text(no_wrap=True, overflow="ellipsis").append(f"{one.position:+6.2f}  ", "score").append_text(one.text.label())


def along(material: Material, low: Sequence[str], high: Sequence[str], k: int = 5, *, name: str = "", seed: int = 7) -> Axis:
    """Return the texts along the line from some texts to others: passages (`#ID`), files, words, or `where:EXPRESSION`.

    Raises InvalidInput, InvalidFilter, PassageNotFound.
    """
    k = count("k", k, 1)
    material.need()
    if not low or not high:
        raise InvalidInput("An axis has two poles.", 'semspace axis --from "beginner tutorial" --to "research paper"')
    first, last = _pole(material, low), _pole(material, high)
    line = axis(first, last, material.moments)
    spread = max(float(line @ material.moments.covariance @ line), 1e-18) ** 0.5
    taste = Taste(name, line, float(material.moments.mean @ line), spread, tuple(high), tuple(low))
    scores = taste.scores(material.vectors)
    order = np.lexsort((np.arange(len(scores)), scores))
    k = min(k, max(len(order) // 2, 1))
    low_end, high_end = ([*map(int, rows)] for rows in (order[:k], order[::-1][:k]))
    right, tried = held_out(first, last, material.moments)
    counts, _ = np.histogram(scores, STRIP)
    ends = tuple(float(taste.scores(pole).mean()) for pole in (first, last))
    sizes = (len(first), len(last))
    return Axis(
        taste, _placed(material, low_end, scores), _placed(material, high_end, scores), tuple(counts.tolist()),
        float(scores.min()), float(scores.max()), (ends[0], ends[1]), right, tried,
        strength(_pool(material, (*low, *high), seed), line, sizes, material.moments, seed), seed,
    )  # fmt: skip


def _placed(material: Material, rows: Sequence[int], scores: Any) -> tuple[Placed, ...]:
    texts = [Mention.of(row) for row in material.passages(rows)]
    return tuple(Placed(float(scores[row]), text) for row, text in zip(rows, texts, strict=True))


def _pole(material: Material, side: Sequence[str]) -> Vectors:
    """Return the vectors of the texts of a pole, (n, dim)."""
    found = []
    for one in side:
        if one.startswith(WHERE):
            ids = material.store.with_vector(material.store.ids(Filter(where=one.removeprefix(WHERE).strip())))
            if not len(ids):
                raise InvalidInput(f"No text is {one!r}.", "semspace show '#ID' says what is known of a text.")
            found.append(material.store.vectors(ids[:: -(-len(ids) // MOST)]))
        else:
            found.append(material.point(one).vector)
    return np.concatenate(found)


def _pool(material: Material, sides: Sequence[str], seed: int) -> Vectors:
    """Return what random axes are made of: passages, or single words of them where a pole is words, (n, dim)."""
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.permutation(len(material))[:MOST])
    if not any(_words(side) for side in sides):
        return material.vectors[rows]
    texts = [row.passage.own for row in material.passages(rows.tolist())]
    words = sorted({word.lower() for text in texts for word in _WORD.findall(text)})
    chosen = [words[place] for place in np.sort(rng.permutation(len(words))[:POOL])]
    return material.encode(chosen, "passage") if len(chosen) > 1 else material.vectors[rows]


def _words(side: str) -> bool:
    return not (side.startswith(WHERE) or side.removeprefix("#").isdecimal())

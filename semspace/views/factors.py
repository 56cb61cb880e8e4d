"""The axes along which a space varies most: how much each explains, how stable it is, and what stands at both ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from semspace.asking import count
from semspace.errors import InvalidInput
from semspace.latent.factors import KINDS, SAMPLE, Kind, axes, stability
from semspace.latent.moments import Floats
from semspace.latent.naming import log_odds
from semspace.ui.bars import bar
from semspace.ui.safe import safe_text
from semspace.views.material import Material
from semspace.views.mention import Mention
from semspace.views.value import Value
from semspace.views.vocabulary import Vocabulary, vocabulary

LEAST = 30
ENDS = 2
"""Texts that are shown at each end."""

WORDED = 100
"""Texts at each end whose words name it."""

BAR = 12


@dataclass(frozen=True, slots=True)
class End:
    """One end of an axis: the words that tell its texts from all others, and those that are furthest out."""

    words: tuple[str, ...]
    examples: tuple[Mention, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return what programs read."""
        return {"words": list(self.words), "examples": [one.to_dict() for one in self.examples]}


@dataclass(frozen=True, slots=True)
class Factor:
    """An axis: the share of the variance that it explains, its cosine to its like in halves of the texts, both its ends."""

    number: int
    explained: float
    stability: float
    high: End
    low: End


@dataclass(frozen=True, slots=True)
class Factors(Value):
    """The axes of a space by falling variance; `kind` is pca, varimax, fa (factor analysis turned by varimax) or ica."""

    space: str
    kind: Kind
    factors: tuple[Factor, ...]
    passages: int
    seed: int

    def to_dict(self) -> dict[str, Any]:
        """Return what programs read."""
        made = {"space": self.space, "kind": self.kind, "passages": self.passages, "seed": self.seed}
        return {**made, "factors": [self._told(one, one.high.to_dict(), one.low.to_dict()) for one in self.factors]}

    @staticmethod
    def _told(one: Factor, high: object, low: object) -> dict[str, Any]:
        return {"factor": one.number, "explained": one.explained, "stability": one.stability, "high": high, "low": low}

    def rows(self) -> Sequence[Mapping[str, Any]]:
        """Return one row for each axis."""
        return [self._told(one, ", ".join(one.high.words), ", ".join(one.low.words)) for one in self.factors]

    def __rich__(self) -> RenderableType:
        """Draw each axis: what it explains, and its ends."""
        most = max((one.explained for one in self.factors), default=1.0)
        lines = []
        for one in self.factors:
            head = Text(no_wrap=True, overflow="ellipsis").append(f"{one.number:>3} ", "rank")
            head.append(bar(one.explained / most, BAR), "bar").append(f" {100 * one.explained:4.1f} %", "score")
            lines.append(head.append(f"  stability {one.stability:.2f}", "quiet" if one.stability < 0.7 else "good"))
            for sign, end in (("+", one.high), ("-", one.low)):
                words = safe_text(", ".join(end.words) or "(no word tells it from the rest)", one_line=True)
                lines.append(Text(f"    {sign} {words}", "title", no_wrap=True, overflow="ellipsis"))
                lines += [Text("      ", no_wrap=True, overflow="ellipsis").append_text(text.label()) for text in end.examples]
        whole = 100 * sum(one.explained for one in self.factors)
        said = f"{self.passages:,} passages; {len(self.factors)} axes ({self.kind}) explain {whole:.0f} % of the variance; "
        return Group(*lines, "", Text(said + "stability: the lower cosine to the same axis of each half", "quiet"))


def factors(material: Material, top: int = 8, kind: Kind = "varimax", *, seed: int = 0) -> Factors:
    """Return `top` axes of some passages. Raises InvalidInput where there are fewer than 30 passages."""
    if kind not in KINDS:
        raise InvalidInput(f"There is no kind of axes {kind!r}.", f"Kinds: {', '.join(KINDS)}.")
    if len(material) < LEAST:
        raise InvalidInput(f"Axes need {LEAST} passages at least; here are {len(material)}.", "Index more.")
    count("top", top, 1)
    rows = np.arange(len(material))
    if len(rows) > SAMPLE:
        rows = np.sort(np.random.default_rng(seed).permutation(rows)[:SAMPLE])
    vectors = material.vectors[rows]
    found = axes(vectors, top, kind, seed)
    steady = stability(vectors, found, kind, seed)
    places = found.places(vectors)
    known = vocabulary([row.passage.own for row in material.passages(rows.tolist())])
    made = tuple(
        Factor(
            number + 1,
            float(found.explained[number]),
            float(steady[number]),
            *(_end(material, known, rows, sign * places[:, number]) for sign in (1, -1)),
        )
        for number in range(len(found.axes))
    )
    return Factors(material.name, kind, made, len(material), seed)


def _end(material: Material, known: Vocabulary, rows: np.ndarray[Any, np.dtype[np.int64]], places: Floats) -> End:
    order = np.argsort(-places, kind="stable")[: min(WORDED, len(places) // 5)]
    inside, whole = known.counts(order.tolist()), known.counts(range(len(places)))
    strengths = log_odds(inside, whole - inside, whole)
    taken: list[int] = []
    for word in np.argsort(-strengths, kind="stable")[:24].tolist():
        if strengths[word] < 1.64 or len(taken) == 3:
            break
        if not any(known.stems[word] & known.stems[other] for other in taken):
            taken.append(word)
    told = material.passages(rows[order[:ENDS]].tolist())
    return End(tuple(known.words[word] for word in taken), tuple(Mention.of(row) for row in told))

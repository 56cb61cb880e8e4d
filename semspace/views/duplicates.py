"""Texts that say the same twice: equal ones, nearly equal ones, and ones that are contained in others."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from semspace.asking import count
from semspace.errors import InvalidInput
from semspace.ui.safe import safe_text
from semspace.views.material import Material
from semspace.views.mention import Mention
from semspace.views.value import Value

Kind = Literal["exact", "contained", "near"]
KINDS: tuple[Kind, ...] = ("exact", "contained", "near")

NEAR = 0.95
"""Cosine from which on two texts say nearly the same."""

RELATED = 0.5
"""Cosine from which on one text may be contained in another."""

HELD = 0.9
"""Share of a text's runs of words that have to be in the other, if it is contained in it."""

SHORTER = 0.8
"""Length of a contained text beside that of the one that it is in, at most; of like lengths they are nearly the same."""

RUN = 4
"""Words of a run; Broder: On the Resemblance and Containment of Documents (1997)."""

DIFF = 400
"""Words of a text that are compared word by word."""

_SPACED = re.compile(r"\S+\s*")
_WORDS = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Twin:
    """Two texts; `held` is the share of the first one's runs of four words that are in the second."""

    kind: Kind
    similarity: float
    held: float
    first: Mention
    second: Mention

    def changes(self) -> list[tuple[str, str]]:
        """Return the texts word by word: ("same" | "first" | "second", words), those only one has marked so."""
        sides = [_SPACED.findall(text)[:DIFF] for text in (self.first.text, self.second.text)]
        found: list[tuple[str, str]] = []
        for what, low, high, start, end in SequenceMatcher(None, sides[0], sides[1], autojunk=False).get_opcodes():
            if what == "equal":
                found.append(("same", "".join(sides[0][low:high])))
                continue
            found += [
                (name, "".join(part)) for name, part in (("first", sides[0][low:high]), ("second", sides[1][start:end])) if part
            ]
        return found


@dataclass(frozen=True, slots=True)
class Duplicates(Value):
    """Pairs of texts that say the same, of `passages` texts; `counts` are all there are of each kind."""

    twins: tuple[Twin, ...]
    counts: dict[str, int]
    share: float
    passages: int
    threshold: float
    diff: bool

    def to_dict(self) -> dict[str, Any]:
        """Return what programs read."""
        pairs = [
            {
                "kind": twin.kind, "similarity": twin.similarity, "held": twin.held, "first": twin.first.to_dict(),
                "second": twin.second.to_dict(), "changes": [list(change) for change in twin.changes()] if self.diff else None,
            }
            for twin in self.twins
        ]  # fmt: skip
        return {
            "passages": self.passages, "threshold": self.threshold, "counts": self.counts, "share": self.share, "pairs": pairs,
        }  # fmt: skip

    def rows(self) -> Sequence[dict[str, Any]]:
        """Return one row for each pair."""
        return [
            {"kind": t.kind, "similarity": t.similarity, "held": t.held, "first": t.first.id, "second": t.second.id}
            for t in self.twins
        ]

    def __rich__(self) -> RenderableType:
        """Draw two lines for each pair, one where the first is that of the pair before, and what differs if wanted."""
        told = ", ".join(f"{self.counts[kind]:,} {kind}" for kind in KINDS)
        drawn: list[RenderableType] = [
            Text(f"pairs: {told}; {100 * self.share:.0f} % of {self.passages:,} texts say what another says", "quiet")
        ]
        families: dict[tuple[Kind, Mention], list[Mention]] = defaultdict(list)
        for twin in self.twins:
            families[twin.kind, twin.first] += [twin.first, twin.second]
        above = None
        for twin in self.twins:
            key, score = (twin.kind, twin.first), f"{twin.similarity:.3f}  "
            if key != above:
                head = Text(no_wrap=True, overflow="ellipsis").append(f"{twin.kind:<9}  ", "title").append(score, "score")
                drawn.append(head.append_text(twin.first.label(beside=families[key])))
            second = Text(no_wrap=True, overflow="ellipsis").append(f"{score:>18}" if key == above else " " * 18, "quiet")
            drawn.append(second.append_text(twin.second.label(beside=families[key])))
            above = key
            if self.diff and twin.kind != "exact":
                drawn.append(_diff(twin))
        return Group(*drawn)


def _diff(twin: Twin) -> Text:
    """Draw what differs: [-only in the first-] {+only in the second+}, also without colours."""
    text = Text()
    for side, words in twin.changes():
        shown = safe_text(" ".join(words.split()), one_line=True)
        if side == "same":
            short = shown if len(shown) <= 80 else f"{shown[:36]} … {shown[-36:]}"
            text.append(short + " ", "quiet")
        else:
            marks, style = ("[-", "-]") if side == "first" else ("{+", "+}"), "bad" if side == "first" else "good"
            text.append(f"{marks[0]}{shown}{marks[1]} ", style)
    return text


def duplicates(
    material: Material, k: int = 20, threshold: float = NEAR, kinds: Sequence[Kind] = KINDS, *, diff: bool = False
) -> Duplicates:
    """Return the pairs of texts that say the same: equal, one within the other, or nearly the same.

    At most k pairs of each kind, the most alike first; of equal texts each is paired with the first. Raises InvalidInput.
    """
    k = count("k", k, 1)
    if not 0 < threshold <= 1 or not set(kinds) <= set(KINDS):
        raise InvalidInput(f"A threshold is from 0 to 1, a kind one of {', '.join(KINDS)}.", "0.95 is nearly the same.")
    texts = material.texts()
    found: dict[str, list[tuple[float, float, int, int]]] = {kind: [] for kind in KINDS}
    equal = list(_equal(texts))
    found["exact"] = [(1.0, 1.0, one, other) for one, other in equal]
    known = {other for _, other in equal}
    for one, other, cosine in _pairs(material):
        if one in known or other in known:
            continue
        short, long = sorted((one, other), key=lambda row: (len(texts[row]), row))
        held = _held(texts[short], texts[long])
        if held >= HELD and len(texts[short]) <= SHORTER * len(texts[long]):
            found["contained"].append((cosine, held, short, long))
        elif cosine >= threshold or held >= HELD:
            found["near"].append((cosine, held, one, other))
    for pairs in found.values():
        pairs.sort(key=lambda pair: (-pair[0], pair[2], pair[3]))
    rows = {row for kind in kinds for pair in found[kind] for row in pair[2:]}
    shown = [(kind, pair) for kind in KINDS if kind in kinds for pair in found[kind][:k]]
    counts: dict[str, int] = {kind: len(found[kind]) if kind in kinds else 0 for kind in KINDS}
    share = len(rows) / max(len(material), 1)
    return Duplicates(tuple(_told(material, shown)), counts, share, len(material), threshold, diff)


def _told(material: Material, shown: Sequence[tuple[Kind, tuple[float, float, int, int]]]) -> Iterator[Twin]:
    passages = iter(material.passages([row for _, pair in shown for row in pair[2:]]))
    for kind, (cosine, held, _, _) in shown:
        yield Twin(kind, cosine, held, Mention.of(next(passages)), Mention.of(next(passages)))


def _equal(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the first text and each that equals it but for blanks and letter case: (row, row)."""
    groups: dict[str, list[int]] = defaultdict(list)
    for row, text in enumerate(texts):
        groups[" ".join(text.casefold().split())].append(row)
    for first, *others in groups.values():
        yield from ((first, other) for other in others)


def _pairs(material: Material) -> Iterator[tuple[int, int, float]]:
    """Yield the neighbours that may say the same, each pair once: (row, row, cosine), the lower row first."""
    graph = material.graph
    rows, places = np.nonzero(graph.similarities >= RELATED)
    others = graph.neighbors[rows, places]
    pairs = np.stack([np.minimum(rows, others), np.maximum(rows, others)], axis=1)
    unique, first = np.unique(pairs, axis=0, return_index=True)
    cosines = graph.similarities[rows, places][first]
    yield from ((int(one), int(other), float(cosine)) for (one, other), cosine in zip(unique, cosines, strict=True))


def _held(short: str, long: str) -> float:
    """Return the share of a text's runs of words that are in another; 0 where it is too short to say."""
    runs = [_runs(text) for text in (short, long)]
    return len(runs[0] & runs[1]) / len(runs[0]) if len(runs[0]) >= RUN else 0.0


def _runs(text: str) -> set[tuple[str, ...]]:
    words = _WORDS.findall(text.casefold())
    return set(zip(*(words[start:] for start in range(RUN)), strict=False))

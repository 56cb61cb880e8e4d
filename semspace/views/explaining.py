"""A text, or the similarity of two -> a sum of named features, with what they do not explain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from semspace.latent.attribution import Sum, of_one, of_two
from semspace.ui.bars import bar
from semspace.ui.safe import safe_text
from semspace.views.dictionary import Learned
from semspace.views.material import Material
from semspace.views.mention import Mention
from semspace.views.recalled import recalled
from semspace.views.value import Value

BAR = 20


@dataclass(frozen=True, slots=True)
class Part:
    """What one feature gives to the sum; `stable` tells whether every seed found it."""

    feature: int
    words: tuple[str, ...]
    amount: float
    stable: bool

    def to_dict(self) -> dict[str, Any]:
        """Return what programs read."""
        return {"feature": f"f{self.feature}", "words": list(self.words), "amount": self.amount, "stable": self.stable}


@dataclass(frozen=True, slots=True)
class Explained(Value):
    """One text or two as a sum: `parts` + `shared` (by all texts) + `unexplained` is `whole`.

    Of one text the whole is 1, all that sets it apart from the mean of the space; of two it is their cosine.
    """

    space: str
    passages: tuple[Mention, ...]
    parts: tuple[Part, ...]
    shared: float
    unexplained: float
    whole: float
    seed: int

    def to_dict(self) -> dict[str, Any]:
        """Return what programs read."""
        return {
            "space": self.space, "passages": [one.to_dict() for one in self.passages],
            "parts": [part.to_dict() for part in self.parts], "shared": self.shared, "unexplained": self.unexplained,
            "whole": self.whole, "seed": self.seed,
        }  # fmt: skip

    def rows(self) -> Sequence[Mapping[str, Any]]:
        """Return one row for each part."""
        return [{**part.to_dict(), "words": ", ".join(part.words)} for part in self.parts]

    def __rich__(self) -> RenderableType:
        """Draw the texts, then a bar for each part."""
        two = len(self.passages) == 2
        told = [one.label() for one in self.passages]
        lines = [self._line(p.amount, ", ".join(p.words) or f"f{p.feature}", f"f{p.feature}", p.stable) for p in self.parts]
        if two:
            lines.append(self._line(self.shared, "what all texts of the space share", "", True))
        lines.append(self._line(self.unexplained, "unexplained", "", False))
        whole = f"{self.whole:.3f} is their cosine similarity" if two else "1.000 is all that sets this text apart"
        return Group(*told, "", *lines, Text(f"{'=':>{BAR + 1}} {whole}", "title"))

    def _line(self, amount: float, name: str, number: str, plain: bool) -> Text:
        most = max((abs(part.amount) for part in self.parts), default=1.0)
        most = max(most, abs(self.shared), abs(self.unexplained), 1e-9)
        text = Text(no_wrap=True, overflow="ellipsis").append(bar(abs(amount) / most, BAR), "bar" if amount >= 0 else "bad")
        text.append(f" {amount:+.3f}  ", "score").append(safe_text(name, one_line=True), "" if plain else "quiet")
        return text.append(f"  {number}", "key")


def explained(material: Material, ids: Sequence[int], *, seed: int = 0) -> Explained:
    """Return what makes up one passage, or the similarity of two. Raises PassageNotFound, InvalidInput."""
    rows = [material.row(number) for number in ids]
    found = recalled(material, seed=seed)
    vectors = [material.vectors[row : row + 1] for row in rows]
    made = of_one(found.dictionary, vectors[0]) if len(vectors) == 1 else of_two(found.dictionary, *vectors[:2])
    told = tuple(Mention.of(row) for row in material.passages(rows))
    return Explained(material.name, told, _parts(found, made), made.shared, made.rest, made.whole, seed)


def _parts(found: Learned, made: Sum) -> tuple[Part, ...]:
    return tuple(Part(atom + 1, found.names[atom], amount, bool(found.stable[atom])) for atom, amount in made.parts)


STRENGTH = 0.5
"""Length of one feature beside a query of length 1: as much as a text that is taken from a query."""


def direction(material: Material, boost: Sequence[str], mute: Sequence[str]) -> tuple[float, ...]:
    """Return what is added to a query for more of some features and less of others, (dim,). Raises InvalidInput."""
    found = recalled(material)
    sides = ((STRENGTH, boost), (-STRENGTH, mute))
    parts = [weight * found.dictionary.atoms[found.place(name)] for weight, side in sides for name in side]
    return tuple(float(number) for number in sum(parts, start=0 * found.dictionary.mean))

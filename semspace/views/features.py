"""What the dimensions of a space mean: features, of which a few make up each text, named by the words of their texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from semspace.asking import count
from semspace.ui.safe import safe_text
from semspace.views.dictionary import SEEDS, Learned, strongest
from semspace.views.material import Material
from semspace.views.mention import Mention
from semspace.views.recalled import recalled
from semspace.views.value import Value

EXAMPLES = 2


@dataclass(frozen=True, slots=True)
class Feature:
    """One direction: its number, its words, the share of texts that have it, and by how many of the seeds it was found.

    `stability` is the lowest of its cosines to the same direction by another seed. `examples` are the texts with most of it.
    """

    number: int
    words: tuple[str, ...]
    share: float
    found: int
    stability: float
    examples: tuple[Mention, ...]

    @property
    def name(self) -> str:
        """Return its words."""
        return ", ".join(self.words) or "(no word tells it from the rest)"

    def to_dict(self) -> dict[str, Any]:
        """Return what programs read."""
        plain = {key: value for key, value in asdict(self).items() if key != "examples"}
        return {
            "feature": f"f{self.number}",
            **plain,
            "words": list(self.words),
            "examples": [e.to_dict() for e in self.examples],
        }


@dataclass(frozen=True, slots=True)
class Features(Value):
    """The features of some passages, those that most texts have first; unstable ones come only where they were asked for.

    `unexplained` is the share of the variance that `active` of the `atoms` leave over, `axes` how many principal components it
    takes to leave as little.
    """

    space: str
    features: tuple[Feature, ...]
    stable: int
    atoms: int
    active: int
    unexplained: float
    axes: int
    passages: int
    learned_from: int
    seeds: int
    seed: int

    def to_dict(self) -> dict[str, Any]:
        """Return what programs read."""
        return {
            **{name: getattr(self, name) for name in Features.__slots__ if name != "features"},
            "features": [feature.to_dict() for feature in self.features],
        }

    def rows(self) -> Sequence[Mapping[str, Any]]:
        """Return one row for each feature."""
        plain = [feature.to_dict() for feature in self.features]
        return [{**row, "words": ", ".join(row["words"]), "examples": [e["id"] for e in row["examples"]]} for row in plain]

    def __rich__(self) -> RenderableType:
        """Draw a table, and what it rests on."""
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="key", expand=False)
        for name, justify in (("", "left"), ("texts", "right"), ("seeds", "right")):
            table.add_column(name, justify=justify, no_wrap=True, style="key" if not name else "")  # type: ignore[arg-type]
        # Their texts do not wrap; that the columns may lets these two shrink, and not the numbers.
        table.add_column("feature", overflow="ellipsis", max_width=44)
        table.add_column("strongest in", overflow="ellipsis")
        for one in self.features:
            steady = Text(f"{one.found}/{self.seeds}", "good" if one.found == self.seeds else "quiet")
            example = one.examples[0].label(place=False) if one.examples else Text()
            words = Text(no_wrap=True, overflow="ellipsis")
            words.append(safe_text(one.name, one_line=True), "title" if one.words else "quiet")
            table.add_row(f"f{one.number}", f"{100 * one.share:.1f} %", steady, words, example)
        return Group(table, "", Text(self._about(), "quiet")) if self.features else Text(self._about(), "quiet")

    def _about(self) -> str:
        sample = f", learned from {self.learned_from:,}" if self.learned_from < self.passages else ""
        return (
            f"{self.passages:,} passages{sample}: at most {self.active} of {self.atoms} features make up a text and explain "
            f"{100 * (1 - self.unexplained):.0f} % of what sets texts apart, as much as {self.axes} principal components; "
            f"{self.stable} of {self.atoms} were found by all {self.seeds} seeds"
            + (
                ", the others are hidden (--all)."
                if any(f.found == self.seeds for f in self.features) and self._hides()
                else "."
            )
        )

    def _hides(self) -> bool:
        return all(feature.found == self.seeds for feature in self.features) and self.stable < self.atoms


def features(
    material: Material, top: int | None = None, *, everything: bool = False, seed: int = 0, fresh: bool = False
) -> Features:
    """Return the features of some passages, `top` of them at most; of a whole space those that were kept, unless `fresh`.

    Raises InvalidInput where there are too few passages.
    """
    if top is not None:
        count("top", top, 1)
    found = recalled(material, seed=seed, fresh=fresh)
    shown = np.arange(len(found.dictionary)) if everything else np.flatnonzero(found.stable)
    unexplained = found.dictionary.unexplained(material.vectors[found.rows], found.codes)
    return Features(
        material.name,
        _features(material, found, shown[:top].tolist()),
        stable=int(found.stable.sum()),
        atoms=len(found.dictionary),
        active=found.dictionary.active,
        unexplained=unexplained,
        axes=_axes(material, unexplained),
        passages=len(material),
        learned_from=len(found.rows),
        seeds=SEEDS,
        seed=seed,
    )


def _features(material: Material, found: Learned, shown: Sequence[int]) -> tuple[Feature, ...]:
    weights = found.codes.matrix(len(found.dictionary)).tocsc()
    best = [strongest(weights[:, atom], EXAMPLES) for atom in shown]
    rows = [int(found.rows[place]) for places in best for place in places]
    told = iter([Mention.of(row) for row in material.passages(rows)])
    return tuple(
        Feature(
            number=atom + 1,
            words=found.names[atom],
            share=weights[:, atom].nnz / len(found.rows),
            found=int(found.found[atom]),
            stability=float(found.stability[atom].min(initial=1.0)),
            examples=tuple(next(told) for _ in places),
        )
        for atom, places in zip(shown, best, strict=True)
    )


def _axes(material: Material, unexplained: float) -> int:
    """Return how many principal components leave as little of the variance over."""
    variances = np.linalg.eigvalsh(material.moments.covariance)[::-1]
    left = 1 - np.cumsum(variances) / max(float(variances.sum()), 1e-12)
    return min(int((left > unexplained).sum()) + 1, len(left))

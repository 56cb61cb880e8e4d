"""What has changed between two sets of passages: can they be told apart, which features rose and fell, which files are new."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Group, RenderableType
from rich.text import Text

from semspace.errors import InvalidInput
from semspace.latent.dictionary import ACTIVE, Dictionary, atoms_for, learn
from semspace.latent.drift import Separability, corrected, nearest_before, proportions, separability
from semspace.latent.naming import log_odds
from semspace.store import Row
from semspace.ui.safe import safe_text
from semspace.views.dictionary import TYPICAL, chosen_words, strongest
from semspace.views.material import Material
from semspace.views.mention import Mention
from semspace.views.value import Value
from semspace.views.vocabulary import vocabulary

LEAST = 30
"""Passages that each side needs."""

SURE = 0.05
"""Share of the features that are named as changed although they are not, at most."""

SHOWN = 8
SAMPLE = 10_000
"""Passages of each side that are looked at, at most: a random sample."""


@dataclass(frozen=True, slots=True)
class Trend:
    """A feature that rose or fell: the share of files that have it before and after, z-score, corrected p-value, one text."""

    words: tuple[str, ...]
    before: float
    after: float
    z: float
    p: float
    example: Mention

    def to_dict(self) -> dict[str, Any]:
        """Return what programs read."""
        return {**asdict(self), "words": list(self.words), "example": self.example.to_dict()}


@dataclass(frozen=True, slots=True)
class Novelty:
    """A new file: the mean cosine of its passages to the nearest old one, and the passage that is furthest from any."""

    nearest: float
    passage: Mention


@dataclass(frozen=True, slots=True)
class Drift(Value):
    """The change from some passages to others. `separable` compares the two, and the same texts split by chance."""

    old: str
    new: str
    separable: Separability
    rising: tuple[Trend, ...]
    falling: tuple[Trend, ...]
    novel: tuple[Novelty, ...]
    passages: tuple[int, int]
    files: tuple[int, int]
    features: int
    seed: int

    @property
    def found(self) -> bool:
        """Tell whether the two sides differ by more than chance: an area of 3 deviations above that of chance, or a trend."""
        return self.separable.auc > self.separable.null + 3 * self.separable.spread or bool(self.rising or self.falling)

    def to_dict(self) -> dict[str, Any]:
        """Return what programs read."""
        return {
            "old": self.old, "new": self.new, "found": self.found, "separability": asdict(self.separable),
            "rising": [one.to_dict() for one in self.rising], "falling": [one.to_dict() for one in self.falling],
            "novel": [{"nearest": one.nearest, "passage": one.passage.to_dict()} for one in self.novel],
            "passages": list(self.passages), "files": list(self.files), "features": self.features, "seed": self.seed,
        }  # fmt: skip

    def rows(self) -> Sequence[Mapping[str, Any]]:
        """Return one row for each feature that rose or fell."""
        trends = [("rising", one) for one in self.rising] + [("falling", one) for one in self.falling]
        return [
            {"trend": trend, **one.to_dict(), "words": ", ".join(one.words), "example": one.example.id or None}
            for trend, one in trends
        ]

    def __rich__(self) -> RenderableType:
        """Draw the verdict, what rose, what fell, and the newest files."""
        old, new = (safe_text(name, one_line=True) for name in (self.old, self.new))
        lines = [
            Text(
                f"{old}: {self.files[0]:,} files, {self.passages[0]:,} passages; {new}: {self.files[1]:,}, {self.passages[1]:,}"
            )
        ]
        one = self.separable
        verdict = "they differ" if self.found else "no difference that chance would not make"
        head = Text(verdict, "title").append(f"   separability {one.auc:.3f}", "score")
        lines.append(head.append(f"  (split by chance: {one.null:.3f} ± {one.spread:.3f})", "quiet"))
        for name, style, trends in (("rising", "good", self.rising), ("falling", "bad", self.falling)):
            lines += [Text(), Text(name, style)] if trends else []
            lines += [self._trend(trend) for trend in trends[:SHOWN]]
        if self.novel:
            lines += [Text(), Text("least like anything before (cosine to the nearest old passage)", "title")]
        for file in self.novel[:SHOWN]:
            lines.append(
                Text(f"  {file.nearest:.2f}  ", "score", no_wrap=True, overflow="ellipsis").append_text(file.passage.label())
            )
        said = f"{self.features} features were compared by the share of files that have them; "
        return Group(*lines, Text(), Text(f"{said}{100 * SURE:.0f} % of those named may be false", "quiet"))

    def _trend(self, one: Trend) -> Text:
        text = Text(no_wrap=True, overflow="ellipsis")
        text.append(f"  {100 * one.before:5.1f} → {100 * one.after:5.1f} %", "score").append(f"  z {one.z:+5.1f}  ", "quiet")
        text.append(safe_text(", ".join(one.words) or "(no word tells it from the rest)", one_line=True), "title")
        return text.append("  ").append_text(one.example.label(place=False))


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """The passages of one side: their vectors, (n, dim), what the store says of each, and the name of the file of each."""

    name: str
    vectors: npt.NDArray[np.float32]
    rows: list[Row]
    files: list[str]


def drift(old: Material, new: Material, names: tuple[str, str], roots: tuple[str, str] = ("", ""), *, seed: int = 0) -> Drift:
    """Compare two sets of passages, of one space or of two with the same encoder. Raises InvalidInput where one has too few.

    A file below `roots[0]` is the same file as one of the same name below `roots[1]`.
    """
    sides = [_side(*one, seed) for one in zip((old, new), names, roots, strict=True)]
    vectors = np.concatenate([side.vectors for side in sides])
    is_new = np.arange(len(vectors)) >= len(sides[0].vectors)
    _, groups = np.unique([file for side in sides for file in side.files], return_inverse=True)
    found = learn(vectors, atoms_for(len(vectors)), min(ACTIVE, max(atoms_for(len(vectors)) // 8, 1)), seed=seed)
    trends = _trends(found, vectors, is_new, groups, [row for side in sides for row in side.rows])
    return Drift(
        *names,
        separability(vectors, is_new, groups, seed),
        tuple(one for one in trends if one.z > 0),
        tuple(one for one in trends if one.z < 0),
        _novelties(*sides),
        (len(old), len(new)),
        (len(set(sides[0].files)), len(set(sides[1].files))),
        len(found),
        seed,
    )


def _side(material: Material, name: str, root: str, seed: int) -> _Side:
    if len(material) < LEAST:
        raise InvalidInput(f"Each side needs {LEAST} passages; {name} has {len(material)}.", "Compare more, or ask `similar`.")
    chosen = np.sort(np.random.default_rng(seed).permutation(len(material))[:SAMPLE])
    rows = material.passages(chosen.tolist())
    files = [os.path.relpath(row.path, root) if root and row.key is None else row.path for row in rows]
    return _Side(name, material.vectors[chosen], rows, files)


def _trends(
    found: Dictionary,
    vectors: npt.NDArray[np.float32],
    is_new: npt.NDArray[np.bool_],
    groups: npt.NDArray[np.int64],
    rows: Sequence[Row],
) -> list[Trend]:
    """Return the features whose share of files changed by more than chance, those that changed most surely first."""
    weights = found.encode(vectors).matrix(len(found)).tocsc()
    # Passages of a file are no independent witnesses: a file has a feature or has it not.
    sizes = [len(np.unique(groups[side])) for side in (~is_new, is_new)]
    tallies = np.zeros((2, len(found)))
    for atom in range(len(found)):
        held = weights[:, atom].indices
        for number, side in enumerate((held[~is_new[held]], held[is_new[held]])):
            tallies[number, atom] = len(np.unique(groups[side]))
    z, p = proportions(tallies[0], tallies[1], *sizes)
    sure = corrected(p)
    order = [atom for atom in np.argsort(-np.abs(z), kind="stable").tolist() if sure[atom] <= SURE]
    known = vocabulary([row.passage.own for row in rows]) if order else None
    trends = []
    for atom in order:
        best = strongest(weights[:, atom], min(TYPICAL, max(len(rows) // 10, 5)))
        assert known is not None
        inside, whole = known.counts(best), known.counts(range(len(rows)))
        words = chosen_words(known.words, known.stems, log_odds(inside, whole - inside, whole), inside)
        before, after = (float(tallies[number, atom] / max(sizes[number], 1)) for number in (0, 1))
        trends.append(Trend(words, before, after, float(z[atom]), float(sure[atom]), Mention.of(rows[best[0]])))
    return trends


def _novelties(old: _Side, new: _Side) -> tuple[Novelty, ...]:
    """Return the new files, those least like anything before first."""
    near = nearest_before(old.vectors, new.vectors)
    files: dict[str, list[int]] = {}
    for place, file in enumerate(new.files):
        files.setdefault(file, []).append(place)
    found = [(float(near[places].mean()), min(places, key=lambda place: float(near[place]))) for places in files.values()]
    return tuple(Novelty(nearest, Mention.of(new.rows[place])) for nearest, place in sorted(found))

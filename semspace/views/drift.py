"""What has changed between two sets of passages: can they be told apart, which features rose and fell, which files are new."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Group, RenderableType
from rich.text import Text

from semspace.arrays import Vectors
from semspace.errors import InvalidInput
from semspace.latent.drift import Separability, nearest_before, separability
from semspace.store import Row
from semspace.ui.safe import safe_text
from semspace.views.material import Material
from semspace.views.mention import Mention
from semspace.views.trends import SURE, Trend, trends
from semspace.views.value import Value

LEAST = 30
"""Passages that each side needs."""

SHOWN = 8
SAMPLE = 10_000
"""Passages of each side that are looked at, at most."""


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
        for name, style, some in (("rising", "good", self.rising), ("falling", "bad", self.falling)):
            lines += [Text(), Text(name, style)] if some else []
            lines += [self._trend(trend) for trend in some[:SHOWN]]
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
    """The passages of one side: their vectors, (n, dim), what the store says of each, the name of the file of each.

    `fresh` marks those that their file has not on the other side.
    """

    vectors: Vectors
    rows: list[Row]
    files: list[str]
    fresh: npt.NDArray[np.bool_]


def drift(old: Material, new: Material, names: tuple[str, str], roots: tuple[str, str] = ("", ""), *, seed: int = 0) -> Drift:
    """Compare two sets of passages, of one space or of two with the same encoder. Raises InvalidInput where one has too few.

    A file below `roots[0]` is the same file as one of the same name below `roots[1]`.
    """
    sides = _fresh(*(_side(*one, seed) for one in zip((old, new), names, roots, strict=True)))
    vectors = np.concatenate([side.vectors for side in sides])
    is_new = np.arange(len(vectors)) >= len(sides[0].vectors)
    _, groups = np.unique([file for side in sides for file in side.files], return_inverse=True)
    found, features = trends(vectors, is_new, groups, [row for side in sides for row in side.rows], seed=seed)
    return Drift(
        *names,
        _separability(sides, vectors, is_new, groups, seed),
        tuple(one for one in found if one.z > 0),
        tuple(one for one in found if one.z < 0),
        _novelties(*sides),
        (len(old), len(new)),
        (len(set(sides[0].files)), len(set(sides[1].files))),
        features,
        seed,
    )


def _side(material: Material, name: str, root: str, seed: int) -> _Side:
    if len(material) < LEAST:
        raise InvalidInput(f"Each side needs {LEAST} passages; {name} has {len(material)}.", "Compare more, or ask `similar`.")
    chosen = _sampled(material, seed)
    rows = material.passages(chosen.tolist())
    files = [os.path.relpath(row.path, root) if root and row.key is None else row.path for row in rows]
    return _Side(material.vectors[chosen], rows, files, np.ones(len(rows), np.bool_))


def _sampled(material: Material, seed: int) -> npt.NDArray[np.int64]:
    """Return the rows that are looked at: of many those whose text has the lowest hash, so that both sides choose alike."""
    if len(material) <= SAMPLE:
        return np.arange(len(material))
    hashes = np.frombuffer(b"".join(one[:8] for one in material.store.hashes(material.ids)), np.uint64)
    salt = np.random.default_rng(seed).integers(1, 2**63, dtype=np.uint64)
    return np.sort(np.argsort(hashes ^ salt, kind="stable")[:SAMPLE])


def _fresh(old: _Side, new: _Side) -> tuple[_Side, _Side]:
    held = [{(file, row.passage.text) for file, row in zip(side.files, side.rows, strict=True)} for side in (old, new)]
    marked = []
    for side, others in zip((old, new), held[::-1], strict=True):
        pairs = zip(side.files, side.rows, strict=True)
        marked.append(replace(side, fresh=np.array([(file, row.passage.text) not in others for file, row in pairs])))
    return marked[0], marked[1]


def _separability(
    sides: Sequence[_Side], vectors: Vectors, is_new: npt.NDArray[np.bool_], groups: npt.NDArray[np.int64], seed: int
) -> Separability:
    """Tell what is fresh on one side from all of the other: what both have in the same file tells nothing apart."""
    fresh = np.concatenate([side.fresh for side in sides])
    # What came, or where nothing did, what went.
    for side in (is_new, ~is_new):
        marked = side & fresh
        if marked.sum() >= LEAST:
            kept = marked | ~side
            return separability(vectors[kept], marked[kept], groups[kept], seed)
    return Separability(0.5, 0.5, 0.0)


def _novelties(old: _Side, new: _Side) -> tuple[Novelty, ...]:
    """Return the new files, and those with new passages, those least like anything before first."""
    near = nearest_before(old.vectors, new.vectors)
    files: dict[str, list[int]] = {}
    for place, file in enumerate(new.files):
        files.setdefault(file, []).append(place)
    found = [
        (float(near[places].mean()), min(places, key=lambda place: float(near[place])))
        for places in files.values()
        if new.fresh[places].any()
    ]
    return tuple(Novelty(nearest, Mention.of(new.rows[place])) for nearest, place in sorted(found))

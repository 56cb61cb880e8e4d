"""A field of the metadata -> how well it can be told from the vectors, before and after it was erased from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Group, RenderableType
from rich.text import Text

from semspace.arrays import Vectors
from semspace.erasures import Erasure, check_name
from semspace.errors import InvalidInput
from semspace.latent.drift import separability
from semspace.latent.erasure import Eraser
from semspace.latent.graph import nearest
from semspace.store import Row
from semspace.ui.safe import safe_text
from semspace.views.material import Material
from semspace.views.value import Value

LEAST = 40
"""Passages that a class needs: half of them teach, half of them test."""

CLASSES = 12
"""Values that are told apart at most: the most frequent ones."""

SAMPLE = 10_000
K = 10


@dataclass(frozen=True, slots=True)
class Told:
    """One value: its passages, and how well a classifier tells them from all others (0.5 is chance), before and after."""

    value: str
    passages: int
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Erased(Value):
    """What erasing a field does, on files that it was not learned from; `after` is of vectors scaled to unit length again.

    `moved` is the mean cosine of a vector to itself before, `kept` the share of the ten nearest that are the same as before.
    """

    space: str
    by: str
    classes: tuple[Told, ...]
    before: float
    after: float
    moved: float
    kept: float
    passages: int
    seed: int
    view: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return what programs read."""
        return {**{name: getattr(self, name) for name in Erased.__slots__}, "classes": self.rows()}

    def rows(self) -> Sequence[Mapping[str, Any]]:
        """Return one row for each value."""
        return [asdict(one) for one in self.classes]

    def __rich__(self) -> RenderableType:
        """Draw a line for each value, and what the whole costs."""
        lines = [Text(f"{'before':>8}{'after':>8}{'passages':>10}", "key")]
        for one in self.classes:
            line = Text(f"{one.before:8.3f}{one.after:8.3f}", "score", no_wrap=True, overflow="ellipsis")
            lines.append(line.append(f"{one.passages:10,}  ", "quiet").append(safe_text(one.value, one_line=True), "title"))
        name = safe_text(self.by, one_line=True)
        lines.append(
            Text(f"\na classifier told {name} apart at {self.before:.3f}; now at {self.after:.3f}, where 0.5 is chance")
        )
        kept = f"a text is {self.moved:.3f} similar to itself before, and keeps {100 * self.kept:.0f} % of its nearest ten"
        if self.view is not None:
            view = safe_text(self.view, one_line=True)
            lines.append(Text(f"kept as {view}, of all these texts: semspace topics --view {view}", "quiet"))
        return Group(*lines, Text(f"{kept}; all measured on files held out of {self.passages:,} passages", "quiet"))


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """Passages that have one of the most frequent values of a field: vectors, class of each, its file, and the values."""

    vectors: Vectors
    labels: npt.NDArray[np.int64]
    groups: npt.NDArray[np.int64]
    values: tuple[str, ...]


def erase(material: Material, by: str, *, seed: int = 0) -> Erased:
    """Measure what it does to erase a field: half of the files teach, the other half tests. Raises InvalidInput.

    `by` is kind, or a name in the metadata; each of its 12 most frequent values is a class.
    """
    classes = material.once(f"classes {by} {seed}", lambda: _classes(material, by, seed))
    teaching = _half(classes.groups, seed)
    eraser = Eraser.fit(classes.vectors[teaching], classes.labels[teaching])
    held = classes.vectors[~teaching]
    groups = classes.groups[~teaching]
    return _told(material, by, classes.values, held, eraser.units(held), classes.labels[~teaching], groups, seed)


def erasure(material: Material, by: str, name: str, *, seed: int = 0) -> Erasure:
    """Return what takes a field out, learned from all files, also those that test it. Raises InvalidInput, InvalidName."""
    classes = material.once(f"classes {by} {seed}", lambda: _classes(material, by, seed))
    return Erasure(check_name(name), by, Eraser.fit(classes.vectors, classes.labels))


def _classes(material: Material, by: str, seed: int) -> Classes:
    chosen = np.sort(np.random.default_rng(seed).permutation(len(material))[:SAMPLE])
    rows = material.passages(chosen.tolist())
    values = [_value(row, by) for row in rows]
    frequent = _frequent(values)
    if len(frequent) < 2:
        others = [name for name in _fields(rows) if len(_frequent(_value(row, name) for row in rows)) > 1]
        hint = (
            f"Fields here that have: {', '.join(others)}."
            if others
            else "No field here has; erasing needs one that parts the texts."
        )
        raise InvalidInput(f"{by!r} has fewer than two values with {LEAST} passages.", hint)
    places = [place for place, value in enumerate(values) if value in frequent]
    labels = np.array([frequent.index(str(values[place])) for place in places])
    groups = np.array([rows[place].document_id for place in places])
    return Classes(material.vectors[chosen[places]], labels, groups, tuple(frequent))


def _told(
    material: Material,
    by: str,
    frequent: Sequence[str],
    held: Vectors,
    erased: Vectors,
    labels: npt.NDArray[np.int64],
    groups: npt.NDArray[np.int64],
    seed: int,
) -> Erased:
    told = []
    for number, value in enumerate(frequent):
        mine = labels == number
        before, after = (separability(some, mine, groups, seed, nulls=0).auc for some in (held, erased))
        told.append(Told(value, int(mine.sum()), before, after))
    graphs = [nearest(some, K) for some in (held, erased)]
    same = [len(set(one) & set(other)) for one, other in zip(*(graph.neighbors.tolist() for graph in graphs), strict=True)]
    weights = [one.passages for one in told]
    return Erased(
        material.name, by, tuple(told),
        before=float(np.average([one.before for one in told], weights=weights)),
        after=float(np.average([one.after for one in told], weights=weights)),
        moved=float((held * erased).sum(axis=1).mean()),
        kept=float(np.mean(same) / max(graphs[0].k, 1)),
        passages=2 * len(held), seed=seed,
    )  # fmt: skip


def _half(groups: npt.NDArray[np.int64], seed: int) -> npt.NDArray[np.bool_]:
    """Choose half of the files."""
    every, places = np.unique(groups, return_inverse=True)
    return np.asarray((np.random.default_rng(seed).permutation(len(every)) % 2 == 0)[places])


def _fields(rows: Iterable[Row]) -> list[str]:
    return ["kind", *sorted({name for row in rows for name in row.metadata})]


def _frequent(values: Iterable[str | None]) -> list[str]:
    return [value for value, count in Counter(v for v in values if v is not None).most_common(CLASSES) if count >= LEAST]


def _value(row: Row, by: str) -> str | None:
    found = row.kind if by == "kind" else row.metadata.get(by)
    found = found[0] if isinstance(found, list) and found else found
    return None if found is None or found == [] else str(found)

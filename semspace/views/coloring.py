"""By what points are told apart: topic, folder, date, a field of the metadata, or how far each is to be believed."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from semspace.arrays import Floats32
from semspace.derived.names import Names
from semspace.errors import InvalidInput
from semspace.store import TEXT_PREFIX
from semspace.views.labels import named
from semspace.views.material import Material
from semspace.views.rooted import rooted
from semspace.views.topics import COUNT, SMALLEST, labelled

MOST = 9
"""Groups that can be told apart by their colours; what is left is one more."""

CROWDED = 0.5
"""Share of the passages in one folder above which its own folders tell more."""

OTHER, NONE = "other", "none"

KEPT = ("keeps none", "up to a fifth", "up to two fifths", "up to three fifths", "more")


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """The group of each point, (n,), and the names of the groups; `ordered` ones are steps of one scale."""

    numbers: npt.NDArray[np.int32]
    names: list[str]
    ordered: bool = False


def colored(material: Material, by: str, shares: Floats32) -> Groups:
    """Group passages by `topic`, `folder`, `date`, `kept` (what each keeps, (n,)), or a field of the metadata.

    Raises InvalidInput.
    """
    if by == "topic":
        return _topics(material)
    if by == "kept":
        edges = np.array([0.0, 0.2, 0.4, 0.6], np.float32)
        return Groups(np.searchsorted(edges, shares).astype(np.int32), list(KEPT), ordered=True)
    sources = material.store.sources(material.ids)
    if by == "folder":
        return _named(_folders([path for path, _, _ in sources]))
    if by == "date":
        return _periods([date for _, date, _ in sources])
    values = [json.loads(metadata).get(by) for _, _, metadata in sources]
    if all(value is None for value in values) and values:
        known = sorted({key for _, _, metadata in sources for key in json.loads(metadata)})
        fields = f"Its fields: {', '.join(known[:12])}." if known else "It has no metadata."
        raise InvalidInput(
            f"No passage of this space has a field {by!r}.", f"{fields} Or color by topic, folder, date or kept."
        )
    return _named([_word(value) for value in values])


def _topics(material: Material) -> Groups:
    """Group by the topics that `semspace topics` shows first."""
    numbers, titles = first_topics(material)
    names = [", ".join(words) or f"topic {number}" for number, words in enumerate(titles, 1)]
    return Groups(numbers.astype(np.int32), names)


def first_topics(material: Material) -> tuple[npt.NDArray[np.int64], Names]:
    """Return the topic of each passage, (n,), at the first level of the tree, and the words that name each topic."""
    if not len(material):
        return np.empty(0, np.int64), []
    tree = rooted(material)
    numbers = labelled(tree, tree.split(tree.root, max(min(COUNT, len(material) // SMALLEST), 1)))
    return numbers, named(material, [np.flatnonzero(numbers == topic) for topic in range(int(numbers.max()) + 1)])


def _word(value: object) -> str:
    """Return a value as a name; of a list the first, as it comes first in the document, too."""
    if isinstance(value, list):
        value = value[0] if value else None
    return NONE if value is None else str(value)


def _folders(paths: Sequence[str]) -> list[str]:
    """Return for each path a folder that it is in: one that holds most of them gives way to those in it, while it can."""
    parents = [None if path.startswith(TEXT_PREFIX) else os.path.dirname(path) for path in paths]  # noqa: PTH120
    files = sorted({parent for parent in parents if parent is not None})
    shared = os.path.commonpath(files) if files else ""
    parts = {parent: Path(os.path.relpath(parent, shared)).parts for parent in files}
    names = {parent: "/".join(inner[:1]) or os.path.basename(shared) or "/" for parent, inner in parts.items()}  # noqa: PTH119
    counts = Counter(parent for parent in parents if parent is not None)
    for depth in range(2, 1 + max(map(len, parts.values()), default=0)):
        sizes = Counter[str]()
        for parent, count in counts.items():
            sizes[names[parent]] += count
        crowded = [name for name, size in sizes.items() if size > CROWDED * len(paths)]
        if len(sizes) >= MOST or not crowded:
            break
        names.update({parent: "/".join(parts[parent][:depth]) for parent in files if names[parent] in crowded})
    return ["texts" if parent is None else names[parent] for parent in parents]


def _periods(dates: Sequence[float | None]) -> Groups:
    """Group by year; by month where all are of one year, by spans of years with as many points where there are many."""
    moments = [None if date is None else datetime.fromtimestamp(date, UTC) for date in dates]
    known = [moment for moment in moments if moment is not None]
    pattern = "%Y-%m" if len({moment.year for moment in known}) == 1 else "%Y"
    names = [NONE if moment is None else moment.strftime(pattern) for moment in moments]
    distinct = sorted(set(names) - {NONE})
    if len(distinct) > MOST:
        ordered = sorted(name for name in names if name != NONE)
        starts = sorted({ordered[len(ordered) * part // MOST] for part in range(MOST)})
        ends = [*(distinct[distinct.index(start) - 1] for start in starts[1:]), distinct[-1]]
        spans = [a if a == b else f"{a} to {b}" for a, b in zip(starts, ends, strict=True)]
        names = [name if name == NONE else spans[int(np.searchsorted(starts, name, side="right")) - 1] for name in names]
        distinct = spans
    order = distinct + [NONE] * (NONE in names)
    place = {name: number for number, name in enumerate(order)}
    return Groups(np.array([place[name] for name in names], np.int32), order, ordered=True)


def _named(values: Sequence[str]) -> Groups:
    """Group by name, the largest group first; of many names the rare ones are one group."""
    counts = Counter(values)
    order = sorted(counts, key=lambda name: (-counts[name], name))
    names = order if len(order) <= MOST else [*order[: MOST - 1], OTHER]
    place = {name: min(number, len(names) - 1) for number, name in enumerate(order)}
    return Groups(np.array([place[name] for name in values], np.int32), names)

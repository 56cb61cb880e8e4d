"""A judged query, and how a ranking is read by it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Topic:
    """A query with its judgements.

    `relevance` maps what is wanted to its grade, larger is better. What is wanted may be found in several places (a file in
    any of its passages, a passage in its duplicates): `places` maps a hit's label to what it stands for; a label that is
    not there stands for itself. `ignored` is a label that proves nothing. `kind` says how the query was made.
    """

    text: str
    relevance: Mapping[str, int]
    places: Mapping[str, str] = field(default_factory=dict)
    kind: str = ""
    ignored: str | None = None

    def read(self, labels: Iterable[str]) -> list[str]:
        """Return what a ranking of hits holds, best first, each thing once."""
        return list(dict.fromkeys(self.places.get(label, label) for label in labels if label != self.ignored))

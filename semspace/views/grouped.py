"""Hits -> hits by the topic of the space that each belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.console import RenderableType
from rich.text import Text
from rich.tree import Tree

from semspace.records import Hit, Hits
from semspace.ui.formats import hit as hit_dict
from semspace.ui.safe import safe_text
from semspace.views.material import Material
from semspace.views.mention import Mention
from semspace.views.names import names
from semspace.views.rooted import rooted
from semspace.views.topics import COUNT, SMALLEST, labelled
from semspace.views.value import Value


@dataclass(frozen=True, slots=True)
class Grouped(Value):
    """Hits under the names of their topics: the topic of the best hit is first, and within a topic the best hit."""

    query: str
    groups: tuple[tuple[tuple[str, ...], tuple[Hit, ...]], ...]

    def to_dict(self) -> dict[str, Any]:
        """Return what programs read."""
        topics = [{"words": list(words), "hits": [hit_dict(hit) for hit in hits]} for words, hits in self.groups]
        return {"query": self.query, "topics": topics}

    def rows(self) -> Sequence[dict[str, Any]]:
        """Return one row for each hit."""
        return [
            {"topic": ", ".join(words), "rank": hit.rank, "id": hit.id, "score": hit.score, "path": hit.path, "text": hit.text}
            for words, hits in self.groups
            for hit in hits
        ]

    def __rich__(self) -> RenderableType:
        """Draw a tree: topics, and below each its hits in a line."""
        tree = Tree(Text(safe_text(self.query, one_line=True), "title"), guide_style="quiet")
        for words, hits in self.groups:
            head = Text(safe_text(", ".join(words) or "not in a topic yet", one_line=True), "title")
            branch = tree.add(head.append(f"  {len(hits)}", "quiet"))
            for hit in hits:
                line = Text(no_wrap=True, overflow="ellipsis").append(f"{hit.rank:>3}  {hit.score:.3f}  ", "score")
                said = Mention(hit.id, hit.path, hit.start_line, hit.key, hit.title, hit.heading, hit.text)
                branch.add(line.append_text(said.label()))
        return tree


def grouped(material: Material, hits: Hits) -> Grouped:
    """Return hits by their topics, as `topics` shows those of a whole space at its first level."""
    tree = rooted(material)
    count = max(min(COUNT, len(material) // SMALLEST), 1)
    labels = labelled(tree, tree.split(tree.root, count))
    titles = names(material, [np.flatnonzero(labels == topic) for topic in range(int(labels.max(initial=-1)) + 1)])
    found: dict[int, list[Hit]] = {}
    for hit in hits:
        # A passage that waits for its vector has no topic yet.
        place = int(np.searchsorted(material.ids, hit.id))
        held = place < len(material) and int(material.ids[place]) == hit.id
        found.setdefault(int(labels[place]) if held else -1, []).append(hit)
    return Grouped(hits.query, tuple((_title(titles, topic, mine), tuple(mine)) for topic, mine in found.items()))


def _title(titles: Sequence[tuple[str, ...]], topic: int, hits: Sequence[Hit]) -> tuple[str, ...]:
    """Return the name of a topic; of one that no word tells from the others, a text that stands for it."""
    return () if topic < 0 else titles[topic] or (f"like #{hits[0].id}",)

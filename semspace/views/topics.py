"""What the texts of a space are about: a tree of topics, each with a name, two examples, and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import RenderableType
from rich.text import Text
from rich.tree import Tree

from semspace.asking import count as whole_number
from semspace.latent.agreement import means, purity, split_half
from semspace.latent.topics import TopicTree
from semspace.ui.bars import bar
from semspace.ui.safe import safe_text
from semspace.views.material import Material
from semspace.views.mention import Mention
from semspace.views.names import names
from semspace.views.rooted import rooted
from semspace.views.value import Value

COUNT = 10
"""Topics at the first level: as many as one reads at a glance."""

BRANCHES = 5
"""Topics into which each falls at the next."""

SMALLEST = 4
"""Texts of a topic on average, at least."""

BAR = 10

Labels = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic: `number` is its place in the tree (2.1), `words` its name, `share` its part of all texts.

    `purity` is the share of its texts' ten nearest neighbours that are in it, `chance` what that would be by chance.
    `typical` is the text nearest to its centre, `farthest` the one that is least like it; `ids` are its passages.
    """

    number: str
    words: tuple[str, ...]
    count: int
    share: float
    purity: float
    chance: float
    typical: Mention
    farthest: Mention
    inner: tuple[Topic, ...] = ()
    ids: tuple[int, ...] = field(default=(), repr=False)

    @property
    def name(self) -> str:
        """Return the words of the name in a row."""
        return ", ".join(self.words) or self.typical.title or f"like #{self.typical.id}"

    def to_dict(self) -> dict[str, Any]:
        """Return what programs read."""
        return {
            "number": self.number, "name": self.name, "words": list(self.words), "count": self.count, "share": self.share,
            "purity": self.purity, "chance": self.chance, "lift": self.lift, "typical": self.typical.to_dict(),
            "farthest": self.farthest.to_dict(), "topics": [topic.to_dict() for topic in self.inner],
        }  # fmt: skip

    @property
    def lift(self) -> float | None:
        """Return how many times chance its purity is, as a power of two; None where it has no neighbour at all."""
        return float(np.log2(self.purity / self.chance)) if self.purity > 0 and self.chance > 0 else None

    def walk(self) -> Iterator[Topic]:
        """Yield the topic and all below it."""
        yield self
        for topic in self.inner:
            yield from topic.walk()


@dataclass(frozen=True, slots=True)
class Topics(Value):
    """The topics of a space. `agreement` is how much those of two halves of it agree (adjusted Rand index)."""

    space: str
    count: int
    topics: tuple[Topic, ...]
    purity: float
    chance: float
    agreement: float | None
    groups: int
    exemplars: bool

    def to_dict(self) -> dict[str, Any]:
        """Return what programs read."""
        return {
            "space": self.space, "passages": self.count, "purity": self.purity, "chance": self.chance,
            "agreement": self.agreement, "groups": self.groups, "topics": [topic.to_dict() for topic in self.topics],
        }  # fmt: skip

    def rows(self) -> Sequence[dict[str, Any]]:
        """Return one row for each topic of each level."""
        found = [inner for topic in self.topics for inner in topic.walk()]
        keys = ("number", "name", "count", "share", "purity", "chance", "lift")
        return [{key: getattr(topic, key) for key in keys} for topic in found]

    def __rich__(self) -> RenderableType:
        """Draw a tree with a bar and a count for each topic, and a line about how far it can be trusted."""
        counted = f"  {self.count:,} {'passage' if self.count == 1 else 'passages'}"
        tree = Tree(Text(safe_text(self.space, one_line=True), "title").append(counted, "quiet"), guide_style="quiet")
        if not self.topics:
            return tree
        most = max((topic.count for topic in self.topics), default=1)
        for topic in self.topics:
            _draw(tree, topic, most, self.exemplars)
        kept = f"{100 * self.purity:.0f} % of nearest neighbours share a topic (by chance {100 * self.chance:.0f} %)"
        halves = "" if self.agreement is None else f" · two halves of the texts agree by {self.agreement:.2f} of 1"
        tree.add(Text(kept + halves, "quiet"))
        return tree


def _draw(tree: Tree, topic: Topic, most: int, exemplars: bool) -> None:
    label = Text(no_wrap=True, overflow="ellipsis").append(bar(topic.count / most, BAR), "bar")
    label.append(f"{topic.count:>7,}  ", "score").append(f"{topic.number}  ", "quiet")
    branch = tree.add(label.append(safe_text(topic.name, one_line=True), "title"))
    for inner in topic.inner:
        _draw(branch, inner, most, exemplars)
    if exemplars:
        for what, one in (("typical ", topic.typical), ("farthest", topic.farthest)):
            line = Text(no_wrap=True, overflow="ellipsis").append(f"{what}  ", "quiet")
            branch.add(line.append_text(one.label()))


def topics(
    material: Material, depth: int = 1, count: int | None = None, *, exemplars: bool | None = None, fresh: bool = False
) -> Topics:
    """Return the topics of a space, `depth` levels deep, `count` of them at the first level.

    The tree is kept beside the space: new texts join the topics that are there, and old ones stay where they are, until the
    space has grown or shrunk by a fifth, or `fresh` makes it anew. Examples are drawn with a single level unless said
    otherwise. Raises InvalidInput.
    """
    depth = whole_number("depth", depth, 1, 4)
    wanted = whole_number("count", count, 1) if count is not None else COUNT
    tree = rooted(material, fresh=fresh)
    if not len(material):
        return Topics(material.name, 0, (), 0.0, 0.0, None, 0, False)
    heads = tree.split(tree.root, wanted) if count is not None else first(tree)
    labels = labelled(tree, heads)
    held, chance = purity(labels, material.graph)
    sizes = np.bincount(labels)
    weights = sizes / sizes.sum()
    halves = split_half(material.vectors, len(heads)) if len(material) >= 2 * SMALLEST * len(heads) else None
    return Topics(
        material.name, len(material), _level(material, tree, heads, "", depth), float(held @ weights), float(chance @ weights),
        halves, len(tree.centers), depth == 1 if exemplars is None else exemplars,
    )  # fmt: skip


def first(tree: TopicTree) -> list[int]:
    """Return the nodes of the first level."""
    return tree.split(tree.root, min(COUNT, max(len(tree.places) // SMALLEST, 1)))


def below(tree: TopicTree, head: int) -> list[int]:
    """Return the nodes into which one falls, none where its texts are too few."""
    branches = min(BRANCHES, len(tree.members(head)) // SMALLEST)
    inner = tree.split(head, branches) if branches > 1 else []
    return inner if len(inner) > 1 else []


def titles(material: Material, tree: TopicTree, heads: Sequence[int]) -> list[str]:
    """Return the names of the topics at some nodes, in the order of `labelled`."""
    return [topic.name for topic in _level(material, tree, heads, "", 1)]


def labelled(tree: TopicTree, heads: Sequence[int]) -> Labels:
    """Return the topic of each text, (n,): the place of its head in the list, which is ordered by falling size."""
    labels = np.full(len(tree.places), -1, dtype=np.int64)
    for number, head in enumerate(ordered(tree, heads)):
        labels[tree.members(head)] = number
    return labels


def ordered(tree: TopicTree, heads: Sequence[int]) -> list[int]:
    """Return nodes by falling size; of equal ones that of the earliest text is first."""
    members = {head: tree.members(head) for head in heads}
    held = [head for head in heads if len(members[head])]
    return sorted(held, key=lambda head: (-len(members[head]), int(members[head][0])))


def _level(material: Material, tree: TopicTree, heads: Sequence[int], prefix: str, depth: int) -> tuple[Topic, ...]:
    """Return the topics of some nodes that share a parent, with what is below them."""
    heads = ordered(tree, heads)
    members = [tree.members(head) for head in heads]
    titles = names(material, members)
    found = []
    for number, (head, rows, words) in enumerate(zip(heads, members, titles, strict=True), 1):
        within = np.isin(np.arange(len(material)), rows).astype(np.int64)
        held, chance = purity(1 - within, material.graph)
        typical, farthest = _examples(material, rows)
        inner = below(tree, head) if depth > 1 else []
        deeper = _level(material, tree, inner, f"{prefix}{number}.", depth - 1) if inner else ()
        found.append(
            Topic(
                f"{prefix}{number}",
                words,
                len(rows),
                len(rows) / len(material),
                float(held[0]),
                float(chance[0]),
                typical,
                farthest,
                deeper,
                tuple(material.ids[rows].tolist()),
            )
        )
    return tuple(found)


def _examples(material: Material, rows: npt.NDArray[np.int64]) -> tuple[Mention, Mention]:
    """Return the text of a topic that is nearest to its centre, and the one that is least like it."""
    center = means(material.vectors[rows], np.zeros(len(rows), dtype=np.int64))[0]
    nearness = material.vectors[rows] @ center
    ends = [int(rows[nearness.argmax()]), int(rows[nearness.argmin()])]
    typical, farthest = (Mention.of(row) for row in material.passages(ends))
    return typical, farthest

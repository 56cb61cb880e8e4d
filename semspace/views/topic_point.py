"""The name or the number of a topic -> the centre of its texts: a point that need not be any text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from semspace.arrays import Vectors, unit
from semspace.errors import InvalidInput
from semspace.latent.topics import TopicTree
from semspace.views.material import Material
from semspace.views.names import Rows, names
from semspace.views.rooted import rooted
from semspace.views.topics import below, first, ordered

TOPIC = "topic:"
"""A target that begins so is the centre of a topic: topic:3, topic:2.1, topic:bread."""

_NUMBER = re.compile(r"\d+(\.\d+)*")


def topic_point(material: Material, asked: str) -> Vectors:
    """Return the centre of a topic, (1, dim), by its number as `topics` gives it, or a word of its name.

    Names are those of the first level, then of the second. Raises InvalidInput where there is none.
    """
    tree = rooted(material)
    heads = ordered(tree, first(tree))
    found = _numbered(tree, heads, asked) if _NUMBER.fullmatch(asked) else _named(material, tree, heads, asked)
    if found is None:
        raise InvalidInput(f"There is no topic {asked!r} in this space.", "They are listed by: semspace topics --depth 2")
    return unit(material.vectors[found].mean(axis=0))


def _numbered(tree: TopicTree, heads: Sequence[int], number: str) -> Rows | None:
    """Go down the tree by the places that a number names."""
    head = None
    for place in map(int, number.split(".")):
        if not 1 <= place <= len(heads):
            return None
        head = heads[place - 1]
        heads = ordered(tree, below(tree, head))
    return None if head is None else tree.members(head)


def _named(material: Material, tree: TopicTree, heads: Sequence[int], asked: str) -> Rows | None:
    """Return the texts of the first topic of which a word, or the whole name, is what was asked for."""
    wanted = asked.casefold().strip()
    for level in (list(heads), [inner for head in heads for inner in ordered(tree, below(tree, head))]):
        members = [tree.members(head) for head in level]
        for rows, words in zip(members, names(material, members), strict=True):
            if wanted and wanted in {", ".join(words).casefold(), *(word.casefold() for word in words)}:
                return rows
    return None

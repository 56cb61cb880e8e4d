"""The topic tree of a space, kept beside it so that a few new texts do not shuffle it."""

from __future__ import annotations

import numpy as np

from semspace.latent.topics import TopicTree, assign, grow
from semspace.views.keeping import keep, kept
from semspace.views.material import Material

NAME = "topics"

VERSION = 1
"""Of how trees are made: one made otherwise is made anew."""

GROWTH = 0.2
"""Share of texts that may come or go before the tree is made anew."""


def rooted(material: Material, *, fresh: bool = False) -> TopicTree:
    """Return the topic tree of some passages: of a whole space the one that was kept, with each text at its nearest centre."""
    if not material.whole:
        return grow(material.vectors)
    tree = None if fresh else _remembered(material)
    if tree is None:
        tree = grow(material.vectors)
        made = np.array([VERSION, len(material), material.store.dim])
        keep(material.folder, NAME, {"centers": tree.centers, "joins": tree.joins, "made": made})
    return tree


def _remembered(material: Material) -> TopicTree | None:
    arrays = kept(material.folder, NAME)
    if arrays is None or not {"centers", "joins", "made"} <= arrays.keys() or not len(material):
        return None
    centers, joins, made = arrays["centers"], arrays["joins"], arrays["made"].tolist()
    if made[0] != VERSION or made[2:] != [material.store.dim] or abs(len(material) - made[1]) > GROWTH * made[1]:
        return None
    return TopicTree(assign(material.vectors, centers), centers, joins)

"""Groups of passages -> names for them, each told from its siblings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from semspace.latent.agreement import means
from semspace.latent.naming import PRIOR, log_odds, spread_out
from semspace.views.material import Material
from semspace.views.vocabulary import Vocabulary, vocabulary

CANDIDATES = 16
"""Words that tell a group best, of which the nearest to its centre make the name."""

SURE = 1.64
"""z-score below which a word may be there by chance: one-sided, 5 %."""

SAMPLE = 20_000
"""Texts whose words are counted at most; of more, every n-th."""

Rows = npt.NDArray[np.int64]


def names(
    material: Material, members: Sequence[Rows], count: int = 3, read: Sequence[int] | None = None
) -> list[tuple[str, ...]]:
    """Return up to `count` words for each of some groups of rows, which are each other's siblings.

    A group that no word tells for sure from its siblings has those that may be there by chance. With `read` only the words
    of those rows are counted, which should hold those of the groups.
    """
    if not members:
        return []
    known = counted(material) if read is None else _counted(material, read)
    tallies = [known.counts(rows) for rows in members]
    whole = known.counts(range(len(material)))
    among = np.sum(tallies, axis=0)
    picked = []
    for tally in tallies:
        outside = among - tally if len(members) > 1 else whole - tally
        # Of a group of few words a large prior would leave nothing.
        strengths = log_odds(tally, outside, whole, min(PRIOR, float(tally.sum())))
        best = np.lexsort((np.arange(len(strengths)), -strengths))[:CANDIDATES]
        likely = [int(word) for word in best if strengths[word] > 0 and tally[word] > 1]
        sure = [word for word in likely if strengths[word] >= SURE] or likely
        picked.append((sure, strengths))
    meanings = _meanings(material, known, {word for sure, _ in picked for word in sure})
    return [
        _name(known, sure, strengths, meanings, means(material.vectors[rows], np.zeros(len(rows), np.int64))[0], count)
        for (sure, strengths), rows in zip(picked, members, strict=True)
    ]


def counted(material: Material) -> Vocabulary:
    """Return the words of some passages, counted once."""
    step = max(-(-len(material) // SAMPLE), 1)
    return material.once("vocabulary", lambda: _counted(material, range(0, len(material), step)))


def _counted(material: Material, chosen: Sequence[int]) -> Vocabulary:
    found = vocabulary([row.passage.own for row in material.passages(chosen)])
    if len(chosen) == len(material):
        return found
    empty = np.empty(0, dtype=np.int64)
    texts = [empty] * len(material)
    for place, row in enumerate(chosen):
        texts[row] = found.texts[place]
    return Vocabulary(found.words, found.stems, texts)


def _meanings(material: Material, known: Vocabulary, wanted: set[int]) -> dict[int, npt.NDArray[np.float32]]:
    order = sorted(wanted)
    if not order:
        return {}
    vectors = material.encode([known.words[word] for word in order], "passage")
    return dict(zip(order, vectors, strict=True))


def _name(
    known: Vocabulary,
    sure: Sequence[int],
    strengths: npt.NDArray[np.float64],
    meanings: dict[int, npt.NDArray[np.float32]],
    center: npt.NDArray[np.float32],
    count: int,
) -> tuple[str, ...]:
    if not sure:
        return ()
    vectors = np.stack([meanings[word] for word in sure])
    chosen = spread_out(strengths[list(sure)], vectors, center, [known.stems[word] for word in sure], count)
    return tuple(known.words[sure[place]] for place in chosen)

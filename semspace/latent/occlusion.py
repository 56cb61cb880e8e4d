"""A text -> its words, texts without some of them, and what their loss costs. Whatever encoder it is, it is only asked.

Zeiler, Fergus: Visualizing and Understanding Convolutional Networks (2014); the test by deletion is that of Petsiuk, Das,
Saenko: RISE (2018), against words taken at random.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

Span = tuple[int, int]

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")  # noqa: RUF001  # typographers' apostrophe


def word_spans(text: str) -> list[Span]:
    """Return the (start, end) of each word; of scripts without spaces, of each character."""
    found: list[Span] = []
    for word in _WORD.finditer(text):
        if any("\u2e80" <= character <= "\U0003ffff" or "\u0e00" <= character <= "\u0eff" for character in word.group()):
            found += [(place, place + 1) for place in range(*word.span())]
        else:
            found.append(word.span())
    return found


def without(text: str, spans: Sequence[Span]) -> str:
    """Return a text without some spans of it, in any order, that do not overlap."""
    kept, at = [], 0
    for start, end in sorted(spans):
        kept.append(text[at:start])
        at = end
    return re.sub(r"[ \t]{2,}", " ", "".join([*kept, text[at:]])).strip()


def random_sets(words: int, size: int, count: int, seed: int = 0) -> list[list[int]]:
    """Return `count` sets of `size` of some words, by their places."""
    random = np.random.default_rng(seed)
    return [np.sort(random.permutation(words)[:size]).tolist() for _ in range(count)]

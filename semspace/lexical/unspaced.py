"""Scripts that put no space between words: each pair of neighbouring characters counts as a word.

Kwok: Comparing Representations in Chinese Information Retrieval (1997): pairs are as good as words, without a dictionary.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

_RUN = re.compile(
    "["
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U000323af"
    "\u0e00-\u0e7f\u0e80-\u0eff\u1000-\u109f\u1780-\u17ff"
    "]+"
)
"""A run of Chinese, Japanese, Thai, Lao, Burmese or Khmer."""


def parted(text: str) -> str:
    """Return a text in which each run of an unspaced script stands as its pairs, with spaces; any other text as it is."""
    if text.isascii() or not _RUN.search(text):
        return text
    return _RUN.sub(lambda run: f" {' '.join(grams(run.group()))} ", text)


def grams(run: str) -> list[str]:
    """Return the pairs of neighbouring characters of a run; a single one stands for itself."""
    characters = _characters(run)
    return [a + b for a, b in pairwise(characters)] or characters


def singles(text: str) -> list[str]:
    """Return the characters of unspaced scripts that stand alone in a text."""
    return [run.group() for run in _RUN.finditer(text) if len(_characters(run.group())) == 1] if not text.isascii() else []


def places(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield each pair of a text with its start and end, and each character of a run that has only one."""
    if text.isascii():
        return
    for run in _RUN.finditer(text):
        at = [run.start() + i for i, character in enumerate(run.group()) if character.isalnum()]
        if len(at) == 1:
            yield text[at[0]], at[0], at[0] + 1
        for first, second in pairwise(at):
            yield text[first] + text[second], first, second + 1


def _characters(run: str) -> list[str]:
    # Vowel signs that stand above or below a letter are none of their own to the index.
    return [character for character in run if character.isalnum()]

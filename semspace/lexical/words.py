"""How texts and queries become words: one analysis for both."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from semspace.lexical.unspaced import parted, places

LONGEST = 64
"""Bytes; a longer run of letters is no word that anyone would type."""

_FUNCTION_WORDS = """
a about again all am an and any are aren as at be because been being both but by can could did didn do does
doesn doing don down each few for from further had has have having he her here hers herself him himself his
how i if in into is isn it its itself just ll me more most my myself now of off on once only or other our ours
ourselves out over own re same she should so some such than that the their theirs them themselves then there
these they this those through to too up ve very was wasn we were what when where which who whom why will with
won would you your yours yourself yourselves
"""

STOP_WORDS = frozenset(_FUNCTION_WORDS.split())
"""Words of English that say nothing about a passage: dropped from queries, kept in the index. Words of order, place and
negation (before, under, not) and single letters (vitamin D, T cells) do say something."""

_WORD = re.compile(r"\w+")


@lru_cache(maxsize=1)
def analyzer() -> TextAnalyzer:
    """Return the analysis of the index: words, lower case, without accents, stemmed."""
    return _folded().filter(Filter.stemmer("english")).build()


@lru_cache(maxsize=1)
def _unstemmed() -> TextAnalyzer:
    return _folded().build()


def _folded() -> TextAnalyzerBuilder:
    builder = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.remove_long(LONGEST))
    return builder.filter(Filter.lowercase()).filter(Filter.ascii_fold())


def terms(query: str) -> list[str]:
    """Return the stems of a query's words, without function words unless there is nothing else."""
    words = _unstemmed().analyze(parted(query))
    kept = [word for word in words if word not in STOP_WORDS] or words
    return list(analyzer().analyze(" ".join(kept)))


def phrase(text: str) -> list[str]:
    """Return the stems of all words of a text, in their order."""
    return list(analyzer().analyze(parted(text)))


def beginnings(text: str) -> list[str]:
    """Return what words that begin so can begin with in the index, where they are stemmed."""
    words = _unstemmed().analyze(parted(text))
    return [*dict.fromkeys([*words[-1:], *analyzer().analyze(" ".join(words[-1:]))])]


def units(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield what is looked up of a text, with its start and end: words, and pairs of characters of unspaced scripts."""
    spaced = text.isascii()
    for found in _WORD.finditer(text):
        word = found.group()
        if spaced or parted(word) == word:
            yield word, *found.span()
    yield from places(text)


def spans(query: str, text: str) -> tuple[tuple[int, int], ...]:
    """Return the (start, end) character offsets of the words in `text` that a query's words match, in order."""
    wanted = set(terms(query))
    if not wanted:
        return ()
    return _joined(sorted((start, end) for word, start, end in units(text) if not wanted.isdisjoint(_stems(word))))


@lru_cache(maxsize=1 << 14)
def _stems(word: str) -> tuple[str, ...]:
    return tuple(analyzer().analyze(word))


def _joined(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Join pairs that share a character."""
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start < joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return tuple(joined)

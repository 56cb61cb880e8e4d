"""A query and the passages that answer it -> why: the sentence of each that answers best, and the words that carry it.

Words are compared by the vectors of their tokens: looked up in an encoder's table, or read in their context. Words of one
stem are the same word whatever their vectors say, and all that there is where an encoder has no vectors of tokens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from semspace.arrays import TokenVectors
from semspace.boundaries import bare, sentences
from semspace.lexical import STOP_WORDS, parted, terms
from semspace.records import Hit

DEVIATIONS = 7.0
"""How many deviations above unrelated words a word has to be: some ten words of a vocabulary of 30,000 are, its family."""

SHARE = 0.4
"""How far it has to be from unrelated words to the same word, at least."""

CARRIES = 0.25
"""The weight from which on a word says something: that of the hundred most frequent is less."""

PIECES = 2
"""Tokens of a word whose sum still means something; of more, it only tells which letters it shares."""

BEFORE = 0.5
"""What the sentence before one counts for it: it often names what the sentence speaks of."""

_ENOUGH = 50
"""Pairs of words from which on their median is one."""

_WORD = re.compile(r"\w+")

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class _Words:
    """The words of a text: where they stand, vectors (n, dim), weights (n,), and which may mean what other words mean.

    The vectors have unit length; those of single characters are zero: they mean themselves alone.
    """

    spans: Ints
    vectors: Floats
    weights: Floats
    telling: Flags


def explain(query: str, hits: Sequence[Hit], tokens: Sequence[TokenVectors] | None = None) -> list[Hit]:
    """Return hits with the sentence that answers (`answer`) and the words that carry the match (`marks`).

    `tokens` are those of the query, then those of each hit's text: `encoder.words([query, *texts])`, or read in context.
    Without them only words of the same stem count.
    """
    asked = _words(query, tokens[0] if tokens else None)
    found = [_words(hit.text, tokens[row] if tokens else None) for row, hit in enumerate(hits, start=1)]
    if not found or not len(asked.spans):
        return list(hits)
    # So few products are done before the threads of a faster one are awake.
    similar = np.einsum("qd,wd->qw", asked.vectors, np.concatenate([words.vectors for words in found]))
    far, near = _background(similar[asked.telling], asked.vectors.shape[1])
    ends = np.cumsum([len(words.spans) for words in found])
    explained = []
    for hit, words, part in zip(hits, found, np.split(similar, ends[:-1], axis=1), strict=True):
        same = _same(query, asked, hit, words)
        answer = _answer(hit.text, words, np.where(same, 1, (part - far) / (1 - far)), asked.weights)
        meant = np.where(asked.telling[:, None] & words.telling, part, 0).max(axis=0)
        explained.append(replace(hit, answer=answer, marks=_marks(hit, words, meant, near)))
    return explained


def shifted(tokens: TokenVectors, start: int) -> TokenVectors:
    """Return the tokens of a text from a character on, placed as in that part alone."""
    kept = tokens.spans[:, 0] >= start
    return TokenVectors(tokens.vectors[kept], tokens.spans[kept] - start)


def _words(text: str, tokens: TokenVectors | None) -> _Words:
    """Part a text into words, and give each the sum of its tokens' vectors."""
    spans = np.array(list(_units(text)), dtype=np.int64).reshape(-1, 2)
    plain = [text[start:end].casefold() for start, end in spans.tolist()]
    saying = np.array([word not in STOP_WORDS for word in plain], dtype=bool)
    if tokens is None:
        return _Words(spans, np.zeros((len(spans), 1), np.float32), np.where(saying, 1, 0).astype(np.float32), saying & False)
    sums, pieces, widths = _summed(spans, tokens)
    lengths = np.linalg.norm(sums, axis=1)
    weights = np.where(lengths > 0, lengths, 1).astype(np.float32)  # a word that an encoder does not know is rare
    vectors = sums / weights[:, None] * (widths > 1)[:, None]
    words = np.array([word.isalpha() for word in plain], dtype=bool)  # and numbers
    telling = saying & words & (widths > 1) & (lengths >= CARRIES) & (pieces <= PIECES)
    return _Words(spans, vectors, weights, telling)


def _units(text: str) -> Iterator[Span]:
    """Yield the words of a text; of scripts that put no space between them, the characters."""
    for word in _WORD.finditer(text):
        if word.group().isascii() or parted(word.group()) == word.group():
            yield word.span()
        else:
            yield from _characters(word)


def _characters(word: re.Match[str]) -> Iterator[Span]:
    start = word.start()
    for place, character in enumerate(word.group(), start=word.start()):
        if parted(character) != character:
            if start < place:
                yield start, place
            yield place, place + 1
            start = place + 1
    if start < word.end():
        yield start, word.end()


def _summed(spans: Ints, tokens: TokenVectors) -> tuple[Floats, Ints, Ints]:
    """Return for each word the sum of its tokens' vectors, their number, and how many characters they have in all.

    Where a script puts no space between words a token may cover several of ours.
    """
    sums = np.zeros((len(spans), tokens.vectors.shape[1]), dtype=np.float32)
    first = np.searchsorted(spans[:, 1], tokens.spans[:, 0], side="right")
    last = np.searchsorted(spans[:, 0], tokens.spans[:, 1] - 1, side="right") - 1
    counts = np.maximum(last - first + 1, 0)
    rows = np.repeat(np.arange(len(counts)), counts)
    owners = first[rows] + np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    if len(rows):
        order = np.argsort(owners, kind="stable")
        owned, begins = np.unique(owners[order], return_index=True)
        sums[owned] = np.add.reduceat(tokens.vectors[rows[order]], begins, axis=0)
    ends = np.minimum(tokens.spans[rows, 1], spans[last[rows], 1])
    widths = np.bincount(owners, ends - np.maximum(tokens.spans[rows, 0], spans[first[rows], 0]), minlength=len(spans))
    return sums, np.bincount(owners, minlength=len(spans)), widths.astype(np.int64)


def _background(similar: Floats, dim: int) -> tuple[float, float]:
    """Return how similar unrelated words are, and how similar those are that mean nearly the same.

    Most words of a passage have nothing to do with one word of a query, so their median is the background. Vectors of a
    table are whitened, which makes it 0 with a deviation of one by the root of the dimensions.
    """
    centre = max(float(np.median(similar)), 0.0) if similar.size >= _ENOUGH else 0.0
    spread = 1.4826 * float(np.median(np.abs(similar - centre))) if similar.size >= _ENOUGH else 0.0
    return centre, centre + max(DEVIATIONS * max(spread, dim**-0.5), SHARE * (1 - centre))


def _same(query: str, asked: _Words, hit: Hit, words: _Words) -> Flags:
    """Tell which words of a query and of a passage have the same stem, among those that the search found to match."""
    same = np.zeros((len(asked.spans), len(words.spans)), dtype=bool)
    stems = [_stem(query[start:end]) for start, end in asked.spans.tolist()]
    for start, end in hit.matches:
        first, last = np.searchsorted(words.spans[:, 1], start, side="right"), np.searchsorted(words.spans[:, 0], end)
        for row in range(first, last):
            stem = _stem(hit.text[slice(*words.spans[row].tolist())])
            same[:, row] = [stem == other for other in stems]
    return same


@lru_cache(maxsize=4096)
def _stem(word: str) -> tuple[str, ...]:
    return tuple(terms(word))


def _answer(text: str, words: _Words, similar: Floats, weights: Floats) -> Span | None:
    """Return the sentence whose words are nearest to the query's, each by its best, together with the sentence before.

    Late interaction, with the weights of the query's words: Khattab, Zaharia: ColBERT (2020).
    """
    parts = sentences(text)
    owners = np.searchsorted([start for start, _ in parts], words.spans[:, 0], side="right") - 1
    worded, begins = np.unique(owners, return_index=True)
    if not len(worded):
        return None
    best = np.maximum(np.maximum.reduceat(similar, begins, axis=1), 0)
    before = np.concatenate([np.zeros_like(best[:, :1]), best[:, :-1]], axis=1)
    scores = weights @ np.maximum(best, BEFORE * before)
    full = np.array([not bare(text[slice(*parts[row])]) for row in worded])
    scores[~full & full.any()] = 0
    return parts[worded[scores.argmax()]] if scores.max() > 0 else None


def _marks(hit: Hit, words: _Words, meant: Floats, near: float) -> tuple[tuple[int, int, float], ...]:
    """Return the words that the query shares, and those that are near to one of its words, with how near they are."""
    taken = np.zeros(len(meant), dtype=bool)
    for start, end in hit.matches:
        taken |= (words.spans[:, 0] < end) & (words.spans[:, 1] > start)
    found = [(start, end, 1.0) for start, end in hit.matches]
    for row in np.flatnonzero((meant >= near) & ~taken).tolist():
        start, end = words.spans[row].tolist()
        strength = min(float(meant[row]), 1.0)
        if found and found[-1][1:] == (start, strength):  # characters of one token
            start = found.pop()[0]
        found.append((start, end, strength))
    return tuple(sorted(found))

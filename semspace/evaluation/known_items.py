"""A space's own passages -> queries that they answer, for whoever has no judgements: known items.

Azzopardi, de Rijke, Balog: Building Simulated Queries for Known-Item Topics (2007). What is held out of the passage that is
looked for, so that it is not found by what was copied from it:

* words, thinned: nothing. They are what a person remembers of a text, and words of it in another choice: words help the
  lexical side, as they are spelt as the text spells them; of a thinned text both sides find most.
* title: title and headings, from the context and from the text of every passage that stands under them.
* sentence: the sentence itself; what is left of the passage has to be found. Who asks so uses the author's own style, which
  helps neither side more than the other.

A near-duplicate of the passage is as good an answer as the passage; it counts as the same.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from semspace.lexical import terms
from semspace.pseudoqueries import questions, rare_words, thinned
from semspace.store import Row

FAVOURS: Mapping[str, str] = {
    "words": "lexical: spelt as the text spells them",
    "thinned": "both: most of the text itself",
    "title": "semantic: it sums up what the text says in words of its own",
    "sentence": "neither: what stood beside it has to be found",
}
"""Kind of query -> the side that it helps."""

QUERIES = 200
"""Queries that are made of a space at most: a difference of 0.05 is then seen where ways to search differ at all often."""

LEAST = 8
"""Words that say something, in a passage that can be looked for: shorter ones are headings, links, captions."""

RUN = 3
"""Words in a row that are compared to tell a near-duplicate."""

RESEMBLES = 0.5
"""The share of a text's runs of words from which on another text says the same.
Broder, Glassman, Manasse, Zweig: Syntactic Clustering of the Web (1997)."""

_OPERATORS = re.compile(r'["*]|(?<!\S)[+-]+')


@dataclass(frozen=True, slots=True)
class Known:
    """A query whose answer is known: it was made of `passage`. `taken` is what must not be there when it is looked for."""

    passage: int
    text: str
    kind: str
    taken: str = ""


def known(rows: Sequence[Row], telling: Callable[[str], float], count: int, seed: int = 7) -> Iterator[Known]:
    """Make up to `count` queries, one of each passage that gives one, the kinds in turn.

    One query to a passage: what is then said of the mean holds for other passages, too. `telling(word)` is how much a word
    tells in the space.
    """
    rng, kinds, made = random.Random(seed), list(FAVOURS), 0  # noqa: S311  # a sample, not a secret
    for row in rows:
        if made == count:
            return
        # Each kind is tried in its turn; a passage without a title gives the next kind instead.
        for kind in kinds[made % len(kinds) :] + kinds[: made % len(kinds)]:
            if one := _query(row, kind, telling, rng):
                yield one
                made += 1
                break


def _query(row: Row, kind: str, telling: Callable[[str], float], rng: random.Random) -> Known | None:
    text, taken = row.passage.own, ""
    if not askable(row):
        return None
    asked: str | None = None
    if kind == "words":
        asked = rare_words(text, telling, rng)
    elif kind == "thinned":
        asked = thinned(text, rng)
    elif kind == "title":
        asked = title(row)
    elif found := questions([(row.id, text)], 1, rng.randrange(2**31)):
        asked, taken = found[0].text, found[0].taken
    asked = " ".join(_OPERATORS.sub(" ", asked).split()) if asked else ""
    return Known(row.id, asked, kind, taken) if re.search(r"\w", asked) else None


def askable(row: Row) -> bool:
    """Tell whether a passage says enough to be looked for."""
    return len(terms(row.passage.own)) >= LEAST


def title(row: Row) -> str | None:
    """Return what a passage stands under: the title of its document and its own heading, where they say enough."""
    parts = [part for part in (row.title, *row.passage.heading[-1:]) if part]
    asked = " ".join(dict.fromkeys(parts))
    return asked if len(set(terms(asked))) >= 2 else None


def untitled(text: str, row: Row) -> str:
    """Return a text without the lines that are a title or a heading of a passage."""
    names = {_bare(part) for part in (row.title or "", *row.passage.heading)} - {""}
    return "\n".join(line for line in text.split("\n") if _bare(line) not in names)


def without(text: str, taken: str) -> str:
    """Return a text without some words of it, however they are spaced."""
    return re.sub(r"\s+".join(map(re.escape, taken.split())), " ", text) if taken.split() else text


def _bare(line: str) -> str:
    return " ".join(re.findall(r"\w+", line)).casefold()


def runs(text: str) -> frozenset[tuple[str, ...]]:
    """Return the runs of words of a text; of a shorter one, all of its words as one."""
    words = terms(text)
    return frozenset(zip(*(words[at:] for at in range(RUN)), strict=False)) or frozenset([tuple(words)])


def says_the_same(text: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> bool:
    """Tell whether a text holds so many runs of another one that it says the same."""
    return len(text & other) >= RESEMBLES * len(text)

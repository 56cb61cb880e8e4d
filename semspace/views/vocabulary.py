"""Texts -> the words and pairs of words that can name them, counted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from semspace.lexical import STOP_WORDS, parted, terms

LEAST = 2
"""Texts in which a word must be to name anything."""

SPREAD = 0.5
"""Share of all texts above which a word names none of them."""

LETTERS = 2
"""Letters of the shortest word in a script with spaces that names something."""

_LINK = re.compile(r"(?<=\])\([^()\s]*\)|</?[a-zA-Z][^<>\n]*>")
_NO_PROSE = re.compile(
    r"^[ \t]*(```|~~~).*?^[ \t]*\1|^[ \t]*(?:```|~~~)[^\n]*|\{\{[^{}]*\}\}|\bwww\.\S+|`[^`\n]*`|&[a-z]+;"
    r"|(?<!\S)\S*[/\\_=<>{}$|#@]\S*",
    re.MULTILINE | re.DOTALL,
)
"""Code, markup, links and names of files: they stand in texts about everything, and read badly."""

_BREAK = re.compile(r"[^\w\s'’-]+|\n\s*\n|\s[-–—]\s|\n\s*[-*+#>|]")  # noqa: RUF001  # dashes part what stands beside them
_WORD = re.compile(r"[^\W\d_][^\W_]*(?:['’-][^\W\d_]+)*")  # noqa: RUF001  # typographers' apostrophe

_EMPTY_WORDS = """
also another because become becomes cannot case cases could do does done etc even every example examples first following
found get gets give given gives go goes going had however include includes including instead kind know known less let like
likely made make makes making many may might much must need needs never new non note number one often others part per
please rather related s see set several show shows since still t take than thing things though thus two type under upon us
use used user useful uses using usually value values various via want way ways well whether within without would yes yet
"""

_EMPTY = frozenset(_EMPTY_WORDS.split())
"""Words that say little by themselves, in prose and in manuals."""


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """The words of some texts: `words` as they are written most often, `stems` of each, and what each text holds.

    `texts[i]` are the places in `words` of what text i holds, each once.
    """

    words: Sequence[str]
    stems: Sequence[frozenset[str]]
    texts: Sequence[np.ndarray[tuple[int], np.dtype[np.int64]]]

    def counts(self, rows: Iterable[int]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Return in how many of some texts each word is, (words,)."""
        held = [self.texts[row] for row in rows]
        flat = np.concatenate(held) if held else np.empty(0, dtype=np.int64)
        return np.bincount(flat, minlength=len(self.words)).astype(np.float64)


def vocabulary(texts: Sequence[str], *, pairs: bool = True) -> Vocabulary:
    """Count the words of texts, and their pairs: by stem, without function words, code, markup and links."""
    written: dict[tuple[str, ...], Counter[str]] = {}
    held: list[set[tuple[str, ...]]] = []
    for text in texts:
        mine: set[tuple[str, ...]] = set()
        for key, words in _phrases(text, pairs=pairs):
            mine.add(key)
            written.setdefault(key, Counter())[words] += 1
        held.append(mine)
    spread = Counter(key for mine in held for key in mine)
    most = max(SPREAD * len(texts), LEAST)
    kept = sorted(key for key, count in spread.items() if min(LEAST, len(texts)) <= count <= most or len(texts) < 4)
    place = {key: number for number, key in enumerate(kept)}
    # Of two ways to write a word, equally frequent, the first in the alphabet.
    shown = [min(written[key].items(), key=lambda item: (-item[1], item[0]))[0] for key in kept]
    rows = [np.array(sorted(place[key] for key in mine if key in place), dtype=np.int64) for mine in held]
    return Vocabulary(shown, [frozenset(key) for key in kept], rows)


def prose(text: str) -> str:
    """Return a text without code, markup and links."""
    return _NO_PROSE.sub(" . ", _LINK.sub(" ", text))


def _phrases(text: str, *, pairs: bool) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the words of a text, and pairs of words that stand side by side: (stems, as written)."""
    for piece in _BREAK.split(parted(prose(text))):
        row = [_stemmed(word.lower()) for word in _WORD.findall(piece)]
        yield from ((key, word) for key, word in row if key)
        if pairs:
            for (one, first), (other, second) in pairwise(row):
                if one and other and one != other:
                    yield one + other, f"{first} {second}"


@lru_cache(maxsize=200_000)
def _stemmed(word: str) -> tuple[tuple[str, ...], str]:
    """Return the stem of a word that can name something, nothing where it cannot, and the word as it is shown."""
    plain = word.replace("’", "'").removesuffix("'s")  # noqa: RUF001
    short = len(plain) < LETTERS or (len(plain) == LETTERS and plain.isascii() and plain not in _SHORT)
    if short or plain in STOP_WORDS or plain in _EMPTY or "'" in plain:
        return (), plain
    stems = terms(plain)
    return ((" ".join(stems),) if stems else ()), plain


_SHORT = frozenset({"ai", "db", "id", "io", "ip", "it", "js", "os", "pc", "tv", "ui", "uk", "un", "us", "eu", "go", "gp", "dj"})

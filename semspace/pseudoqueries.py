"""Passages -> questions that they answer, and questions of everyday subjects that they do not: labels without a labeller.

A sentence is taken out of a passage and asked for; what is left of the passage is the answer (the inverse cloze task).
Lee, Chang, Toutanova: Latent Retrieval for Weakly Supervised Open Domain Question Answering (2019).
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from semspace.lexical import parted

LONGEST = 16
"""Words of a question at most: people ask with few."""

WORDS = 4
"""Fewer words are no sentence, nor a passage that can be halved."""

CHARACTERS = 2
"""What makes a word in a script that puts no spaces between words."""

FEW = 3
"""Words of a query that names a few."""

RARER = 10
"""The words of a text out of which they are drawn: the very rarest are often slips."""

_BREAK = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n+")  # noqa: RUF001  # full-width marks end sentences too
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_WORD = re.compile(r"\w+")
_VOWELS, _CONSONANTS = "aeiou", "bdfgklmnprstvz"


@dataclass(frozen=True, slots=True)
class Question:
    """What a passage can be asked, and what is left of it: `sentence` is true where a whole one was taken of several.

    `taken` is all that was taken out, of which `text` may be a part.
    """

    passage: int
    text: str
    rest: str
    sentence: bool
    taken: str = ""


def questions(passages: Iterable[tuple[int, str]], limit: int, seed: int = 7) -> list[Question]:
    """Take a question out of each of some passages, (id, text) each, until there are `limit`."""
    rng = random.Random(seed)  # noqa: S311  # a sample, not a secret
    found: list[Question] = []
    for number, text in passages:
        taken = _sentence(text, rng) or _half(text, rng)
        if taken and taken[1]:
            found.append(Question(number, *taken))
            if len(found) == limit:
                break
    return found


def _sentence(text: str, rng: random.Random) -> tuple[str, str, bool, str] | None:
    """Take one of several sentences: (question, rest, True, all that was taken)."""
    sentences = [part for part in _BREAK.split(text) if part and _length(part) >= WORDS]
    if len(sentences) < 2:
        return None
    chosen = rng.choice(sentences)
    start = text.find(chosen)
    return _shortened(chosen.strip(), rng), f"{text[:start]} {text[start + len(chosen) :]}".strip(), True, chosen.strip()


def _half(text: str, rng: random.Random) -> tuple[str, str, bool, str] | None:
    """Take the first or the last words of a passage that is one sentence: (question, rest, False, what was taken)."""
    words = text.split()
    if len(words) < WORDS:
        return None
    count = min(LONGEST, len(words) // 2)
    first, rest = (words[:count], words[count:]) if rng.random() < 0.5 else (words[-count:], words[:-count])
    return " ".join(first), " ".join(rest), False, " ".join(first)


def rare_words(text: str, telling: Callable[[str], float], rng: random.Random) -> str | None:
    """Return a few of a text's rarer words; `telling(word)` is how much a word tells, 0 for one that says nothing.

    Azzopardi, de Rijke, Balog: Building Simulated Queries for Known-Item Topics (2007).
    """
    words = {word.casefold(): word for word in _WORD.findall(parted(text)) if not word.isdigit()}
    told = sorted(((telling(word), word) for word in words.values()), reverse=True)
    rarer = [word for weight, word in told if weight > 0][:RARER]
    return " ".join(rng.sample(rarer, FEW)) if len(rarer) >= FEW else None


def thinned(text: str, rng: random.Random, share: float = 0.4) -> str | None:
    """Return a text without a share of its words, drawn by chance; without spaces, of its pairs of characters."""
    spaces = "" if _UNSPACED.search(text) else " "
    words = text.split() if spaces else [text[at : at + CHARACTERS] for at in range(0, len(text), CHARACTERS)]
    kept = sorted(rng.sample(range(len(words)), round((1 - share) * len(words))))
    return spaces.join(words[at] for at in kept) if len(kept) >= WORDS else None


def _shortened(sentence: str, rng: random.Random) -> str:
    """Cut a long sentence to as many words as a question has."""
    words = sentence.split()
    if len(words) > LONGEST:
        start = rng.randrange(len(words) - LONGEST + 1)
        return " ".join(words[start : start + LONGEST])
    return sentence[: LONGEST * CHARACTERS] if _UNSPACED.search(sentence) else sentence


def _length(text: str) -> int:
    return len(text.split()) + len(_UNSPACED.findall(text)) // CHARACTERS


@lru_cache(maxsize=1)
def everyday() -> Mapping[str, Sequence[str]]:
    """Return short questions, statements and keywords by everyday subject, in many languages."""
    found: dict[str, list[str]] = {}
    lines = resources.files("semspace").joinpath("background.txt").read_text(encoding="utf-8").splitlines()
    for line in lines[1:]:
        if line.startswith("# "):
            subject = found.setdefault(line[2:], [])
        elif line.strip():
            subject.append(line.strip())
    return found


def nonsense(count: int, seed: int = 7) -> list[str]:
    """Make queries of words that no language has."""
    rng = random.Random(seed)  # noqa: S311  # a sample, not a secret

    def word() -> str:
        return "".join(rng.choice(_CONSONANTS) + rng.choice(_VOWELS) for _ in range(rng.randint(2, 4)))

    return [" ".join(word() for _ in range(rng.randint(1, 4))) for _ in range(count)]

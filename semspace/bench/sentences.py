"""Verbs over meaning: near-duplicates that were planted, and the pairs that people judged."""

from __future__ import annotations

import csv
import random
import time
from collections.abc import Callable, Sequence

import numpy as np

from semspace import sentences
from semspace.arrays import Vectors, unit
from semspace.bench.figures import Figure, Result
from semspace.bench.material import Material, glosses
from semspace.bench.setting import Setting
from semspace.encoders import Encoder
from semspace.records import Role
from semspace.records.lines import Group
from semspace.sentences import grouping
from semspace.sentences.distinct import Distinct

LINES = 100_000
COPIES = 5_000
"""Lines that are there twice, and as many that are there once more with a small change."""

TYPOS = 1_000
BEST = 200
SEED = 29

Edit = Callable[[str, random.Random], str]


class Remembering:
    """An encoder that knows the vectors of the glosses, and what it has encoded once; `seconds` is what encoding took."""

    def __init__(self, real: Encoder, material: Material) -> None:
        """Take the encoder that it stands in for, and what that one encoded."""
        self._real = real
        self._known = dict(zip(material.texts, material.vectors, strict=True))
        self.name, self.dim, self.max_tokens = real.name, real.dim, real.max_tokens
        self.fingerprint, self.tokenizer_json = real.fingerprint, real.tokenizer_json
        self.seconds = 0.0

    def encode(self, texts: Sequence[str], role: Role) -> Vectors:
        """Return vectors, encoding what is new."""
        started = time.perf_counter()
        new = [text for text in texts if text not in self._known]
        if new:
            self._known.update(zip(new, self._real.encode(new, role).astype(np.float16), strict=True))
        found = unit(np.stack([self._known[text] for text in texts]))
        self.seconds += time.perf_counter() - started
        return found

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count as the encoder does."""
        return self._real.count_tokens(texts)

    def capacity(self, role: Role) -> int:
        """Return what the encoder takes."""
        return self._real.capacity(role)


def measure(setting: Setting) -> Result:
    """Plant duplicates among glosses and look for them; mine the judged pairs, and compare with brute force."""
    material = glosses(setting)
    encoder = Remembering(setting.encoder, material)
    return Result([*_planted(setting, material, encoder), *_judged(setting)])


def _planted(setting: Setting, material: Material, encoder: Remembering) -> list[Figure]:
    lines, origins, typos = _lines(setting, material)
    setting.say(f"looking for {len(origins):,} near-duplicates among {len(lines):,} lines")
    started = time.perf_counter()
    groups = sentences.uniq(lines, encoder=encoder)
    seconds = time.perf_counter() - started - encoder.seconds
    exact = _kept(groups)
    setting.say("the same by lists of an index, as for more lines than can all be compared")
    told = Distinct.of(lines)
    vectors = encoder.encode(told.texts, "passage")
    listed = grouping._Listed(vectors, grouping.DUPLICATE)
    heads, _ = grouping._heads(vectors, listed, grouping.DUPLICATE, None)
    near = {told.firsts[row] for row in np.flatnonzero(heads == np.arange(len(heads))).tolist()}
    planted = {place: origin for place, origin in origins.items() if place not in typos}
    note = f"{len(lines):,} lines, threshold {grouping.DUPLICATE}"
    return [
        Figure("uniq, once encoded", seconds, "s", "under", 120.0, note),
        Figure(
            "uniq, planted duplicates found: equal, or other in case, punctuation, an article",
            _share(planted, exact),
            "",
            "at least",
            1.0,
        ),
        Figure("uniq, the same with a typo in a long word", _share(typos, exact)),
        Figure("uniq by an IVF index (beyond 200,000 lines), planted duplicates found", _share(planted, near)),
    ]


def _lines(setting: Setting, material: Material) -> tuple[list[str], dict[int, int], dict[int, int]]:
    """Return lines in random order, for each planted one the place of its origin, and those of them that have a typo."""
    dice = random.Random(SEED)
    copies, typos = setting.size(COPIES, 50), setting.size(TYPOS, 10)
    texts = list(material.texts[: setting.size(LINES, 1_000) - 2 * copies - typos])
    sources = [dice.randrange(len(texts)) for _ in range(2 * copies + typos)]
    planted = [texts[source] for source in sources[:copies]]
    planted += [EDITS[turn % len(EDITS)](texts[source], dice) for turn, source in enumerate(sources[copies : 2 * copies])]
    planted += [_typo(texts[source], dice) for source in sources[2 * copies :]]
    order = [*range(len(texts) + len(planted))]
    dice.shuffle(order)
    place = {number: position for position, number in enumerate(order)}
    every = [*texts, *planted]
    origins = {place[len(texts) + turn]: place[source] for turn, source in enumerate(sources)}
    wrong = {place[len(texts) + turn]: place[sources[turn]] for turn in range(2 * copies, len(sources))}
    return [every[number] for number in order], origins, wrong


def _kept(groups: Sequence[Group]) -> set[int]:
    return {group.first.index for group in groups}


def _share(planted: dict[int, int], kept: set[int]) -> float:
    """Return the share of planted lines of which not both are kept, they and what they were made from."""
    return sum(not (place in kept and origin in kept) for place, origin in planted.items()) / max(1, len(planted))


def _article(text: str, dice: random.Random) -> str:  # noqa: ARG001
    for one, other in ((" a ", " the "), (" the ", " a "), (" an ", " the ")):
        if one in text:
            return text.replace(one, other, 1)
    return f"{text}."


def _typo(text: str, dice: random.Random) -> str:
    """Swap two letters inside a long word."""
    words = text.split()
    long = [place for place, word in enumerate(words) if len(word) > 6 and word.isalpha()]
    if long:
        place = dice.choice(long)
        word, cut = words[place], dice.randrange(2, len(words[place]) - 2)
        words[place] = f"{word[:cut]}{word[cut + 1]}{word[cut]}{word[cut + 2 :]}"
    return " ".join(words)


EDITS: tuple[Edit, ...] = (
    lambda text, _: text.upper(),
    lambda text, _: text.capitalize(),
    lambda text, _: f"{text}.",
    lambda text, _: text.replace("; ", ", ").replace(": ", " - "),
    lambda text, _: "  ".join(text.split()),
    _article,
)


def _judged(setting: Setting) -> list[Figure]:
    """Mine the sentences of the STS benchmark; of the best pairs that people judged, return what they said."""
    with (setting.need("stsb") / "stsb-en-test.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    gold = {frozenset(row[:2]): float(row[2]) for row in rows}
    texts = list(dict.fromkeys(text for row in rows for text in row[:2]))[: setting.size(10_000, 100)]
    found = sentences.pairs(texts, threshold=-1.0, max_pairs=setting.size(100_000, 1_000), encoder=setting.encoder)
    scores = [gold[key] for pair in found if (key := frozenset((pair.first.text, pair.second.text))) in gold][:BEST]
    vectors = setting.encoder.encode(texts, "passage")
    every = np.sort((vectors @ vectors.T)[np.triu_indices(len(texts), 1)])[::-1][: len(found)]
    off = np.abs(every - [pair.score for pair in found])
    return [
        Figure(f"pairs, stsb-en test: mean gold score (0 to 5) of the best {BEST} judged pairs", float(np.mean(scores))),
        Figure(
            "pairs, against brute force: share of the best that are as similar",
            float((off < 1e-3).mean()),
            "",
            "at least",
            1.0,
            f"{len(found):,} pairs",
        ),
    ]

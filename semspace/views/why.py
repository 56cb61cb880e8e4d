"""A query and a passage -> the words of the passage that carry its similarity, tested by leaving them out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from semspace.arrays import Vectors
from semspace.errors import EmptyQuery, InvalidInput
from semspace.latent.occlusion import Span, random_sets, without, word_spans
from semspace.store import Row
from semspace.ui.safe import safe_text
from semspace.views.material import Material
from semspace.views.mention import Mention
from semspace.views.value import Value

CARRYING = 3
"""Words that are left out together in the test."""

DRAWS = 20
"""Sets of random words that they are compared with."""

SHOWN = 8


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the passage: (start, end) in its text, and by how much the similarity falls without it (below 0: it rises)."""

    start: int
    end: int
    text: str
    loss: float


@dataclass(frozen=True, slots=True)
class Why(Value):
    """Why a passage is near to a query, by leaving out one word after the other.

    The test: `carried` is the loss where the `tested` most important words go at once, `chance` the mean loss of as many random
    ones over `draws` sets; where the first is not much above the second, the words explain nothing.
    """

    query: str
    passage: Mention
    similarity: float
    words: tuple[Word, ...]
    tested: int
    carried: float
    chance: float
    draws: int
    seed: int

    def to_dict(self) -> dict[str, Any]:
        """Return what programs read."""
        return {
            "query": self.query, "passage": self.passage.to_dict(), "similarity": self.similarity, "words": self.rows(),
            "deletion_test": {"words": self.tested, "carried": self.carried, "chance": self.chance, "draws": self.draws},
            "seed": self.seed,
        }  # fmt: skip

    def rows(self) -> Sequence[Mapping[str, Any]]:
        """Return one row for each word, in the order of the text."""
        return [{"start": w.start, "end": w.end, "word": w.text, "loss": w.loss} for w in self.words]

    def __rich__(self) -> RenderableType:
        """Draw the text with its words in four strengths, the words that carry most, and the test."""
        first = Text(no_wrap=True, overflow="ellipsis").append(f"{self.similarity:.3f}", "score").append("  ")
        best = sorted(self.words, key=lambda word: (-word.loss, word.start))[:SHOWN]
        listed = Text("  ".join(f"{safe_text(word.text, one_line=True)} {word.loss:+.3f}" for word in best))
        by_them, by_chance = (self.similarity - loss for loss in (self.carried, self.chance))
        told = f"deletion test: {by_them:.3f} without its top {self.tested} words, {by_chance:.3f} without as many at random"
        test = Text(told, "quiet")
        return Group(first.append_text(self.passage.label()), "", self._shaded(), "", listed, test)

    def _shaded(self) -> Text:
        most = max((word.loss for word in self.words), default=0.0)
        text, at = Text(), 0
        for word in self.words:
            text.append(safe_text(self.passage.text[at : word.start]), "quiet")
            strength = word.loss / most if most > 0 else 0.0
            style = "bold reverse" if strength > 0.66 else "bold" if strength > 0.33 else "" if strength > 0.1 else "quiet"
            text.append(safe_text(self.passage.text[word.start : word.end]), style)
            at = word.end
        return text.append(safe_text(self.passage.text[at:]), "quiet")


def why(material: Material, query: str, passage_id: int, *, seed: int = 0) -> Why:
    """Return the words of a passage that carry its similarity to a query: as many texts are encoded as it has words.

    Raises EmptyQuery, PassageNotFound, InvalidInput where the passage has no word.
    """
    if not query.strip():
        raise EmptyQuery("The query is empty.", "Ask with at least one word.")
    row = material.passages([material.row(passage_id)])[0]
    spans = _seen(row)
    if not spans:
        raise InvalidInput(f"Passage #{passage_id} has no word.", "Ask about another one.")
    asked = material.encode([query], "query")
    whole, *rest = _similarities(material, asked, row, [[], *([span] for span in spans)])
    losses = [whole - one for one in rest]
    order = np.lexsort((np.arange(len(losses)), -np.array(losses)))
    # Of a short text a third: without all of its words any text is as far as another.
    tested = min(CARRYING, max(len(spans) // 3, 1))
    sets = [order[:tested].tolist(), *random_sets(len(spans), tested, DRAWS, seed)]
    carried, *drawn = (whole - one for one in _similarities(material, asked, row, [[spans[at] for at in one] for one in sets]))
    text = row.passage.text
    return Why(
        query, Mention.of(row), whole,
        tuple(Word(start, end, text[start:end], loss) for (start, end), loss in zip(spans, losses, strict=True)),
        tested, carried, float(np.mean(drawn)), DRAWS, seed,
    )  # fmt: skip


def _seen(row: Row) -> list[Span]:
    """Return the words that the encoder was shown: not those that are left out as boilerplate."""
    skips = row.passage.skips
    return [(a, b) for a, b in word_spans(row.passage.text) if not any(a < end and start < b for start, end in skips)]


def _similarities(material: Material, asked: Vectors, row: Row, left_out: Sequence[Sequence[Span]]) -> list[float]:
    """Return the similarity to a query of a passage without some of its words, once for each choice of them."""
    context = f"{row.passage.context}\n" if row.passage.context else ""
    texts = [context + (without(row.passage.text, [*row.passage.skips, *spans]) or " ") for spans in left_out]
    texts[:] = [row.passage.encoded if not spans else text for spans, text in zip(left_out, texts, strict=True)]
    # Of equal texts one is encoded.
    each = list(dict.fromkeys(texts))
    vectors = dict(zip(each, material.encode(each, "passage") @ asked[0], strict=True))
    return [float(vectors[text]) for text in texts]

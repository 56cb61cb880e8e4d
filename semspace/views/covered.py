"""Questions -> which of them nothing in a space answers, and what those are about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from semspace.errors import InvalidInput
from semspace.latent.naming import log_odds
from semspace.records import Hit, Hits
from semspace.ui.safe import safe_text
from semspace.views.value import Value
from semspace.views.vocabulary import vocabulary

OTHERS = 5
"""Other words of a question."""

ABOUT = 8
"""Words that say what the questions without an answer are about."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the hit that comes nearest; `found`: that looks like an answer."""

    question: str
    found: bool
    nearest: Hit | None

    def to_dict(self) -> dict[str, Any]:
        """Return what programs read."""
        near = self.nearest
        return {
            "question": self.question, "found": self.found, "relevance": near.relevance if near else None,
            "id": near.id if near else None, "path": near.path if near else None, "text": near.text if near else None,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Coverage(Value):
    """Questions that were asked of a space, and words that those without an answer share more than the others."""

    space: str
    asked: tuple[Asked, ...]
    about: tuple[str, ...]

    @property
    def gaps(self) -> list[Asked]:
        """Return the questions that nothing looks like an answer to."""
        return [one for one in self.asked if not one.found]

    def to_dict(self) -> dict[str, Any]:
        """Return what programs read."""
        return {
            "space": self.space, "questions": len(self.asked), "uncovered": len(self.gaps), "about": list(self.about),
            "asked": self.rows(),
        }  # fmt: skip

    def rows(self) -> Sequence[dict[str, Any]]:
        """Return one row for each question."""
        return [one.to_dict() for one in self.asked]

    def __rich__(self) -> RenderableType:
        """Draw a line for each question without an answer, then the share."""
        lines = []
        for one in self.gaps:
            line = Text(no_wrap=True, overflow="ellipsis")
            near = one.nearest.relevance if one.nearest else None
            line.append(f"{near:.2f}  " if near is not None else "   -  ", "score")
            lines.append(line.append(safe_text(one.question, one_line=True)))
        if self.gaps:
            lines.insert(0, Text("relevance of the passage that comes nearest, 0 to 1", "quiet"))
        share = 100 * len(self.gaps) / max(len(self.asked), 1)
        alone = len(self.gaps) == 1
        told = (
            f"{len(self.gaps):,} of {len(self.asked):,} questions ({share:.0f} %) {'has' if alone else 'have'} no answer here"
        )
        lines.append(Text(told, "quiet"))
        if self.about:
            lines.append(Text("about: " + safe_text(", ".join(self.about), one_line=True), "title"))
        return Group(*lines)


def coverage(space: str, questions: Sequence[str], search: Callable[[str], Hits]) -> Coverage:
    """Return which questions a space answers, by what it learned of its own answers. Raises InvalidInput."""
    wanted = [line.strip() for line in questions if any(letter.isalnum() for letter in line)]
    if not wanted:
        raise InvalidInput("There are no questions.", "Write one a line.")
    asked = []
    for question in wanted:
        # Bytes that are no text are no words either.
        hits = search(question.encode("utf-8", "replace").decode())
        asked.append(Asked(question, bool(hits), hits[0] if hits else hits.nearest))
    return Coverage(space, tuple(asked), _about(asked))


def _about(asked: Sequence[Asked]) -> tuple[str, ...]:
    known = vocabulary([one.question for one in asked], pairs=False)
    gaps = [row for row, one in enumerate(asked) if not one.found]
    # What else each question says, words of a single one, counts as one word of all: shares are then those of questions.
    inside, whole = (np.append(known.counts(rows), OTHERS * len(rows)) for rows in (gaps, range(len(asked))))
    strengths = log_odds(inside, whole - inside, whole, float(max(inside.sum(), 1.0)))[:-1]
    order = sorted(range(len(strengths)), key=lambda word: (-strengths[word], -inside[word], known.words[word]))
    return tuple(known.words[word] for word in order[:ABOUT] if strengths[word] > 0)

"""What one likes -> what else one may like, and what to judge next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from semspace.asking import count
from semspace.errors import InvalidInput
from semspace.latent.directions import leverage, next_to_judge, preference
from semspace.tastes import Taste
from semspace.ui.bars import bar
from semspace.ui.safe import safe_text
from semspace.views.material import Material
from semspace.views.mention import Mention
from semspace.views.value import Value

BAR = 8


@dataclass(frozen=True, slots=True)
class Liked:
    """A text to somebody's taste: `score` in standard deviations above the mean of the space, `similarity` to what is liked."""

    score: float
    similarity: float
    text: Mention


@dataclass(frozen=True, slots=True)
class Liking(Value):
    """The texts that are most to a taste, and (`ask`) the one whose judgement would teach most."""

    taste: Taste
    found: tuple[Liked, ...]
    ask: Mention | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return what programs read."""
        return {
            "taste": self.taste.name or None, "like": list(self.taste.likes), "unlike": list(self.taste.dislikes),
            "found": [{"score": one.score, "similarity": one.similarity, **one.text.to_dict()} for one in self.found],
            "ask": self.ask.to_dict() if self.ask else None,
        }  # fmt: skip

    def rows(self) -> Sequence[dict[str, Any]]:
        """Return one row for each text."""
        return [{"score": one.score, "similarity": one.similarity, **one.text.to_dict()} for one in self.found]

    def __rich__(self) -> RenderableType:
        """Draw a line for each text, and one for what to judge next."""
        best = max((one.score for one in self.found), default=1.0)
        lines = [Text("so many deviations more to this taste than the mean text", "quiet")] if self.found else []
        for one in self.found:
            line = Text(no_wrap=True, overflow="ellipsis").append(bar(one.score / best, BAR), "bar")
            lines.append(line.append(f" {one.score:5.2f}  ", "score").append_text(one.text.label()))
        if self.ask:
            line = Text(no_wrap=True, overflow="ellipsis").append("judge next  ", "hint")
            lines.append(line.append_text(self.ask.label()))
        if self.taste.name:
            name = safe_text(self.taste.name, one_line=True)
            lines.append(Text(f"kept as {name}: semspace search --taste {name} ...", "quiet"))
        return Group(*lines)


def liking(
    material: Material,
    like: Sequence[str],
    unlike: Sequence[str] = (),
    k: int = 10,
    *,
    name: str = "",
    ask: bool = False,
    skip: Sequence[str] = (),
) -> Liking:
    """Return the k texts most like some texts and unlike others: passages (`#ID`), files, or words.

    By what they are near to, and by the whitened difference: what sets them apart from all texts. With `ask` also the text to
    judge next, none of those to `skip`.
    Raises InvalidInput, PassageNotFound.
    """
    k = count("k", k, 1)
    material.need()
    if not like:
        raise InvalidInput("Nothing is said to be liked.", "Name texts that you like: semspace like '#12' '#40'")
    sides = [[material.point(one) for one in side] for side in (like, unlike)]
    likes, dislikes = (np.concatenate([point.vector for point in side]) if side else material.vectors[:0] for side in sides)
    direction = preference(likes, dislikes, material.moments)
    taste = Taste(
        name, direction, float(material.moments.mean @ direction),
        max(float(direction @ material.moments.covariance @ direction), 1e-18) ** 0.5, tuple(like), tuple(unlike),
    )  # fmt: skip
    scores = taste.scores(material.vectors)
    judged = np.concatenate([point.ids for side in sides for point in side])
    free = ~np.isin(material.ids, judged)
    order = np.flatnonzero(free)[np.lexsort((np.flatnonzero(free), -scores[free]))][:k]
    center = likes.mean(axis=0) / max(float(np.linalg.norm(likes.mean(axis=0))), 1e-12)
    near = material.vectors @ center
    texts = [Mention.of(row) for row in material.passages(order.tolist())]
    found = tuple(Liked(float(scores[row]), float(near[row]), text) for row, text in zip(order.tolist(), texts, strict=True))
    open_ = free & ~np.isin(material.ids, [number for one in skip for number in material.point(one).ids])
    asked = _asked(material, taste, likes, dislikes, open_) if ask and open_.any() else None
    return Liking(taste, found, asked)


def _asked(material: Material, taste: Taste, likes: Any, dislikes: Any, free: Any) -> Mention:
    """Return the text to judge next: near the border between what is liked and the rest, and unlike what is known."""
    liked = float(taste.scores(likes).mean())
    other = float(taste.scores(dislikes).mean()) if len(dislikes) else 0.0
    rows = np.flatnonzero(free)
    scores = taste.scores(material.vectors[rows])
    chosen = next_to_judge(scores, (liked + other) / 2, leverage(material.vectors[rows], material.moments))
    return Mention.of(material.passages([int(rows[chosen])])[0])

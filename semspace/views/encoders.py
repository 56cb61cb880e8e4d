"""Two encoders on the same passages: where they agree, where they differ, and what a linear map from one to the other loses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from semspace.arrays import Vectors
from semspace.latent.comparing import K, best_ridge, overlap, procrustes, recall
from semspace.latent.graph import nearest
from semspace.store import Row
from semspace.ui.bars import bar
from semspace.ui.safe import safe_text
from semspace.views.mention import Mention
from semspace.views.value import Value

BAR = 20


@dataclass(frozen=True, slots=True)
class Disputed:
    """A passage, the share of its nearest that both encoders name, and the nearest of all by each."""

    overlap: float
    passage: Mention
    nearest: tuple[Mention, Mention]

    def to_dict(self) -> dict[str, Any]:
        """Return what programs read."""
        return {
            "overlap": self.overlap, "passage": self.passage.to_dict(), "nearest": [one.to_dict() for one in self.nearest],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mapped:
    """What a linear map from the first encoder to the second finds of the second's own ten nearest, on held-out passages.

    `unmapped` is what the first encoder finds of them by itself; all that is searched is mapped, and taught nothing.
    """

    orthogonal: float
    ridge: float
    unmapped: float
    taught: int
    held_out: int


@dataclass(frozen=True, slots=True)
class Quality:
    """How well one encoder finds known items: means over the same queries."""

    model: str
    ndcg: float
    recall: float
    mrr: float


@dataclass(frozen=True, slots=True)
class ModelComparison(Value):
    """Two encoders, side by side. `shares[i]` is the share of the passages of whose ten nearest they have i in common."""

    space: str
    models: tuple[str, str]
    dims: tuple[int, int]
    passages: int
    overlap: float
    chance: float
    shares: tuple[float, ...]
    disputed: tuple[Disputed, ...]
    mapped: Mapped
    quality: tuple[Quality, ...]
    queries: int
    verdict: str
    seed: int

    def to_dict(self) -> dict[str, Any]:
        """Return what programs read."""
        return {
            **{name: getattr(self, name) for name in ModelComparison.__slots__},
            "models": list(self.models), "dims": list(self.dims), "shares": list(self.shares),
            "disputed": [one.to_dict() for one in self.disputed], "mapped": asdict(self.mapped),
            "quality": [asdict(one) for one in self.quality],
        }  # fmt: skip

    def rows(self) -> Sequence[Mapping[str, Any]]:
        """Return one row for each passage on which they differ most."""
        return [one.to_dict() for one in self.disputed]

    def __rich__(self) -> RenderableType:
        """Draw quality, agreement, the passages in dispute, and the map."""
        first, second = (safe_text(name, one_line=True) for name in self.models)
        lines = [Text(f"{self.passages:,} passages of {safe_text(self.space, one_line=True)}", "quiet"), Text()]
        lines += [self._score(one) for one in self.quality]
        lines += [Text(safe_text(self.verdict, one_line=True), "quiet"), Text()] if self.verdict else []
        told = f" of a passage's ten nearest are the same by both (by chance {100 * self.chance:.1f} %)"
        lines.append(Text(f"{100 * self.overlap:.0f} %", "score").append(told, ""))
        most = max(self.shares) or 1.0
        for common, share in enumerate(self.shares):
            line = Text(f"{common:>4} of {len(self.shares) - 1:<4}", "key").append(bar(share / most, BAR), "bar")
            lines.append(line.append(f" {100 * share:3.0f} %", "score"))
        lines += [Text(), Text("they differ most on" if self.disputed else "they differ on no passage", "title")]
        for one in self.disputed:
            lines.append(one.passage.label())
            for name, near in zip((first, second), one.nearest, strict=True):
                label = Text(f"    by {name}: ", "quiet", no_wrap=True, overflow="ellipsis")
                lines.append(label.append_text(near.label(place=False)))
        return Group(*lines, Text(), *self._moving(first, second))

    def _score(self, one: Quality) -> Text:
        figures = f"nDCG {one.ndcg:.3f}  recall {one.recall:.3f}  MRR {one.mrr:.3f}  "
        return Text(figures, "score").append(safe_text(one.model, one_line=True), "title")

    def _moving(self, first: str, second: str) -> list[Text]:
        found = self.mapped
        return [
            Text(f"moving from {first} to {second} without encoding anew", "title"),
            Text(f"{found.orthogonal:.3f}", "score").append("  recall@10 by a rotation (orthogonal Procrustes)", ""),
            Text(f"{found.ridge:.3f}", "score").append("  by a ridge regression", ""),
            Text(f"{found.unmapped:.3f}", "score").append(f"  of {second}'s ten nearest are those of {first} as it is", ""),
            Text(f"taught by {found.taught:,} passages, measured on {found.held_out:,} others", "quiet"),
        ]


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """The same passages by two encoders, in no order."""

    rows: Sequence[Row]
    models: tuple[str, str]
    vectors: tuple[Vectors, Vectors]


def agreement(
    space: str, sides: Sides, k: int, quality: Sequence[Quality], queries: int, verdict: str, seed: int
) -> ModelComparison:
    """Compare two encoders by their vectors; `k` is how many passages in dispute are told."""
    one, other = sides.vectors
    shared = overlap(one, other)
    depth = min(K, max(len(one) - 1, 0))
    counts = np.bincount(np.rint(shared * depth).astype(np.int64), minlength=depth + 1)
    return ModelComparison(
        space, sides.models, (one.shape[1], other.shape[1]), len(one), float(shared.mean()), depth / max(len(one) - 1, 1),
        tuple((counts / max(len(one), 1)).tolist()), _disputed(sides, shared, k), mapping(one, other), tuple(quality),
        queries, verdict, seed,
    )  # fmt: skip


def _disputed(sides: Sides, shared: Any, k: int) -> tuple[Disputed, ...]:
    """Return the passages of which most neighbours differ, none of which all are the same; of equal ones the nearest first."""
    firsts = [nearest(vectors, 1) for vectors in sides.vectors]
    # Where an encoder has nothing near, that another has something else says little.
    sure = np.minimum(*(graph.similarities[:, 0] for graph in firsts))
    chosen = [row for row in np.lexsort((np.arange(len(shared)), -sure, shared))[:k].tolist() if shared[row] < 1]
    told = [Mention.of(row) for row in sides.rows]
    near = [graph.neighbors[:, 0].tolist() for graph in firsts]
    return tuple(Disputed(float(shared[row]), told[row], (told[near[0][row]], told[near[1][row]])) for row in chosen)


def mapping(one: Vectors, other: Vectors) -> Mapped:
    """Measure linear maps from one encoder to another: half of the passages teach, the other half tests."""
    half = len(one) // 2
    held, wanted = one[half:], other[half:]
    found = [recall(made(one[:half], other[:half]).apply(held), wanted) for made in (procrustes, best_ridge)]
    return Mapped(found[0], found[1], float(overlap(held, wanted).mean()), half, len(held))

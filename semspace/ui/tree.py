"""Neighbourhoods and comparisons -> what a person sees of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text
from rich.tree import Tree

from semspace.records import Comparison, Hit, Neighborhood
from semspace.ui.bars import bar, word
from semspace.ui.console import on_terminal
from semspace.ui.paths import ANYWHERE, Stand, place
from semspace.ui.safe import safe_text

BAR = 8
PATH = 34
WORDS = 120


@dataclass(frozen=True, slots=True)
class NeighborhoodTree:
    """A passage with its nearest passages and theirs; bars run from the lowest similarity shown to the highest."""

    neighborhood: Neighborhood
    stand: Stand = ANYWHERE

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw a tree: a bar, the similarity to the passage one level up, the place, the first words."""
        values = [near.similarity or 0.0 for near in _below(self.neighborhood)]
        low, high = min(values, default=0.0), max(values, default=1.0)
        root = self.neighborhood.hit
        tree = Tree(self._label(root, console, options.max_width), guide_style="quiet")

        def grow(branch: Tree, node: Neighborhood, width: int) -> None:
            for near in node.near:
                similarity = near.hit.similarity or 0.0
                share = (similarity - low) / (high - low) if high > low else 1.0
                label = Text(no_wrap=True, overflow="ellipsis")
                # A little of a bar is left to the lowest, so that every line has one.
                label.append(bar(0.1 + 0.9 * share, BAR), "bar").append(f" {similarity:.3f}  ", "score")
                label.append_text(self._label(near.hit, console, width - 4 - BAR - 8))
                grow(branch.add(label), near, width - 4)

        grow(tree, self.neighborhood, options.max_width)
        yield tree

    def _label(self, hit: Hit, console: Console, width: int) -> Text:
        label = Text(no_wrap=True, overflow="ellipsis")
        # Path and words share what there is.
        label.append_text(place(hit, console, self.stand, min(max(width // 2, 16), PATH if on_terminal(console) else width)))
        label.append(f"  #{hit.id}", "quiet")
        words = safe_text(" ".join(hit.text[: 4 * WORDS].split()), one_line=True)
        return label.append("  " + (words if len(words) <= WORDS else words[:WORDS].rstrip() + "…"))


def _below(node: Neighborhood) -> Iterator[Hit]:
    for near in node.near:
        yield near.hit
        yield from _below(near)


@dataclass(frozen=True, slots=True)
class ComparisonView:
    """How near two texts are: a bar, the cosine and a word; in a pipe the cosine alone."""

    comparison: Comparison

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw one line."""
        similarity = self.comparison.similarity
        if not on_terminal(console):
            yield Text(f"{similarity:.4f}")
            return
        room = min(max(options.max_width - 30, 10), 40)
        text = Text(no_wrap=True).append(bar(similarity, room), "bar")
        yield text.append(f"  {similarity:.4f}", "score").append(f"  {word(similarity)}", "quiet")

"""Groups of points -> their colours or letters, and the lines that explain them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Literal

import numpy as np
import numpy.typing as npt
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions
from rich.segment import Segment

from semspace.ui.canvas import Group, Mask
from semspace.ui.labelling import cut
from semspace.ui.palette import ANSI, ANSI_RAMP, GROUPS, Ground, group_colors, ramp
from semspace.ui.safe import safe_text
from semspace.ui.sheet import DEFAULT, Ink, style_of

LETTERS = "ABCDEFGHIJ"
_WIDEST = 28
_BETWEEN = "  "
_ONE = {"none": DEFAULT, "few": 6, "many": 0x1796AA}


def ink_of(console: Console, options: ConsoleOptions, ground: Ground) -> Ink:
    """Return what a console can show."""
    colors: Literal["none", "few", "many"] = "many"
    if console.color_system is None or console.no_color:
        colors = "none"
    elif console.color_system in {"standard", "windows"}:
        colors = "few"
    return Ink(colors, not options.ascii_only, ground)


@dataclass(frozen=True, slots=True, eq=False)
class Legend:
    """Which points have which colour: `slots` (n,) counts into `colors`, of which the last is of all others.

    `colors` are numbers 0xRRGGBB, of the sixteen colours where there are few, or none. `names` (slot, name) are of those
    slots that have points.
    """

    slots: Group | None
    colors: npt.NDArray[np.int64]
    names: tuple[tuple[int, str], ...]
    ink: Ink

    def sign(self, slot: int) -> str:
        """Return what stands for a group: a square, or where there are no colours a letter, of many bins a digit."""
        if self.ink.colors != "none":
            return "■" if self.ink.unicode else "#"
        named = len(self.colors) - 1
        if slot == named:
            return "."
        return LETTERS[slot] if named <= len(LETTERS) else str(10 * slot // named)

    def lines(self, columns: int, most: int, seen: Mask | None = None, *, single: bool = False) -> list[list[Segment]]:
        """Return lines that name the groups (those that are `seen`, by slot), as many as fit into so many lines.

        Where it is to be a `single` column, each has a line of its own and may be as long as that.
        """
        widest = columns - 2 if single else min(_WIDEST, columns - 2)
        entries = [(slot, cut(name, widest)) for slot, name in self.names if seen is None or seen[slot]]
        lines: list[list[Segment]] = []
        used = columns
        for done, (slot, name) in enumerate(entries):
            width = 2 + cell_len(name)
            if single or used + len(_BETWEEN) + width > columns:
                if len(lines) == most:
                    more = f"{_BETWEEN}+{len(entries) - done}"
                    if lines and used + len(more) <= columns:
                        lines[-1].append(Segment(more))
                    break
                lines.append([])
                used = -len(_BETWEEN)
            lead = _BETWEEN if lines[-1] else ""
            few = self.ink.colors == "few"
            style = style_of(int(self.colors[slot]), DEFAULT, bold=False, dim=few and slot == len(self.colors) - 1, few=few)
            lines[-1] += [Segment(lead), Segment(self.sign(slot), style), Segment(" " + name)]
            used += len(_BETWEEN) + width
        return lines


def legend(groups: Group | None, names: Sequence[str], ink: Ink, *, ordered: bool = False) -> Legend:
    """Give colours to the most frequent groups, the same at every zoom; where they are ordered, to all, along a ramp."""
    if groups is None:
        return Legend(None, np.full(2, _ONE[ink.colors]), (), ink)
    *_, unnamed = counted = np.roll(np.bincount(groups + 1, minlength=len(names) + 1), -1)
    sizes = counted[:-1]
    most = len(LETTERS) if ink.colors != "few" else len(ANSI)
    ranked = np.arange(len(sizes)) if ordered else np.argsort(-sizes, kind="stable")[: min(most, GROUPS)]
    chosen = [int(group) for group in ranked if ordered or sizes[group]]
    slot_of = np.full(len(sizes) + 1, len(chosen), dtype=np.int32)
    slot_of[chosen] = np.arange(len(chosen))
    # Those of no group, -1, find the last.
    slots = slot_of[groups]
    shown = [(slot, names[group]) for slot, group in enumerate(chosen) if sizes[group]]
    if unnamed or len(chosen) < np.count_nonzero(sizes):
        shown.append((len(chosen), "other"))
    return Legend(slots, _colors(len(chosen), ink, ordered=ordered), tuple(shown), ink)


def beside(left: list[list[Segment]], right: list[list[Segment]], column: int) -> list[list[Segment]]:
    """Return lines with others that begin at a column to their right."""
    joined = list(left)
    for row, line in enumerate(right):
        gap = column - Segment.get_line_length(left[row])
        joined[row] = [*left[row], Segment(" " * gap), *line]
    return joined


def wrapped(text: str, columns: int, most: int) -> list[str]:
    """Return a text as at most so many safe lines, none wider than that."""
    lines = wrap(safe_text(text, one_line=True), columns) if columns > 0 else []
    if len(lines) > most > 0:
        lines[most - 1] = cut(lines[most - 1] + " …", columns)
    return [cut(line, columns) for line in lines[:most]]


def _colors(count: int, ink: Ink, *, ordered: bool) -> npt.NDArray[np.int64]:
    if ink.colors == "none":
        return np.full(count + 1, DEFAULT)
    if ink.colors == "few":
        scale = [ANSI_RAMP[round(at * (len(ANSI_RAMP) - 1))] for at in np.linspace(0, 1, count)] if ordered else ANSI[:count]
        return np.array([*scale, DEFAULT])
    colors = group_colors(0 if ordered else count, ink.ground)
    if ordered:
        colors = np.concatenate([ramp(np.linspace(0, 1, count), ink.ground), colors])
    packed: npt.NDArray[np.int64] = colors.astype(np.int64) @ np.array([1 << 16, 1 << 8, 1])
    return packed

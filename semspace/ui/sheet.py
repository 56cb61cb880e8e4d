"""A grid of characters with colours -> the segments that Rich prints."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt
from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from semspace.ui.canvas import Mask
from semspace.ui.palette import Ground

DEFAULT = -1
"""The colour that the terminal has of itself."""

_BOLD, _DIM = 1 << 60, 1 << 61
_BACK = 30


@dataclass(frozen=True, slots=True)
class Ink:
    """What a console can show: no colours, the sixteen that its owner chose, or any; letters beyond ASCII or none."""

    colors: Literal["none", "few", "many"]
    unicode: bool
    ground: Ground


class Sheet:
    """Rows of cells, each a character in two colours. Texts that are written on it lie above all of them."""

    __slots__ = ("chars", "few", "kept", "looks", "texts")

    def __init__(self, rows: int, columns: int, *, few: bool) -> None:
        """Begin with blanks; colours are numbers of the sixteen where there are few, else 0xRRGGBB."""
        self.chars = np.full((rows, columns), ord(" "), dtype=np.uint32)
        self.looks = np.zeros((rows, columns), dtype=np.int64)
        self.kept: Mask = np.zeros((rows, columns), dtype=np.bool_)
        self.texts: list[list[tuple[int, int, str, Style]]] = [[] for _ in range(rows)]
        self.few = few

    def put(self, row: int, column: int, char: str, *, bold: bool = True) -> None:
        """Set one character, in no colour, and keep it clear of labels. What is outside is not drawn."""
        if 0 <= row < self.chars.shape[0] and 0 <= column < self.chars.shape[1]:
            self.chars[row, column] = ord(char)
            self.looks[row, column] = looks(DEFAULT, DEFAULT, bold=bold)
            self.kept[row, column] = True

    def clear(self, row: int, column: int, width: int) -> None:
        """Blank some cells of a row, so that what is written on them can be read."""
        start = max(column, 0)
        self.chars[row, start : column + width] = ord(" ")
        self.looks[row, start : column + width] = 0

    def write(self, row: int, column: int, width: int, text: str, style: Style) -> None:
        """Lay a text of so many cells over a row, where none is yet."""
        self.texts[row].append((column, width, text, style))

    def lift(self) -> None:
        """Blank all characters: what is left are the texts, to lie on an image."""
        self.chars[:] = ord(" ")
        self.looks[:] = 0

    def segments(self) -> list[list[Segment]]:
        """Return the rows, without blanks at their ends."""
        return [self._row(row) for row in range(len(self.texts))]

    def _row(self, row: int) -> list[Segment]:
        blank = (self.chars[row] == ord(" ")) & (self.looks[row] == 0)
        used = np.flatnonzero(~blank)
        end = int(used[-1]) + 1 if len(used) else 0
        line: list[Segment] = []
        column = 0
        for start, width, text, style in sorted(self.texts[row], key=lambda text: text[0]):
            line += self._cells(row, column, start)
            line.append(Segment(text, style))
            column = start + width
        return line + self._cells(row, column, end)

    def _cells(self, row: int, start: int, end: int) -> list[Segment]:
        if end <= start:
            return []
        styles = self.looks[row, start:end]
        text = self.chars[row, start:end].astype("<u4").tobytes().decode("utf-32-le")
        edges = [0, *(np.flatnonzero(np.diff(styles)) + 1).tolist(), end - start]
        return [Segment(text[first:last], _style(int(styles[first]), self.few)) for first, last in pairwise(edges)]


def looks(
    front: npt.NDArray[np.int64] | int, back: npt.NDArray[np.int64] | int, *, bold: bool = False, dim: Mask | bool = False
) -> npt.NDArray[np.int64]:
    """Return one number for the two colours and the weight of each cell, 0 for a plain one."""
    packed: npt.NDArray[np.int64] = (
        np.asarray(front, dtype=np.int64)
        + 1
        + ((np.asarray(back, dtype=np.int64) + 1) << _BACK)
        + (_BOLD if bold else 0)
        + np.where(dim, _DIM, 0)
    )
    return packed


def style_of(front: int, back: int, *, bold: bool, dim: bool, few: bool) -> Style:
    """Return the style of two colours."""
    return _style(int(looks(front, back, bold=bold, dim=dim)), few)


@lru_cache(maxsize=1 << 14)
def _style(packed: int, few: bool) -> Style:
    colors = [(packed & ((1 << _BACK) - 1)) - 1, (packed >> _BACK & ((1 << _BACK) - 1)) - 1]
    front, back = (None if color == DEFAULT else _color(color, few) for color in colors)
    return Style(color=front, bgcolor=back, bold=bool(packed & _BOLD) or None, dim=bool(packed & _DIM) or None)


def _color(number: int, few: bool) -> Color:
    return Color.from_ansi(number) if few else Color.from_rgb(number >> 16, number >> 8 & 255, number & 255)

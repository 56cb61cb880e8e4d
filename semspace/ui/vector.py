"""A map -> SVG: points, or squares of density where there are many, labels, a legend and what the map is worth."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape

import numpy as np
from rich.cells import cell_len

from semspace.ui.canvas import Group, Mask, View, Whole, bounds, cells_of, fit, levels, pixel_of, place, tally
from semspace.ui.labelling import cut, place_labels
from semspace.ui.legend import Legend, legend
from semspace.ui.mapping import MapPicture
from semspace.ui.pixels import GROUNDS
from semspace.ui.safe import safe_text
from semspace.ui.sheet import Ink

POINTS = 20_000
"""Where more points than that are seen, squares are drawn, fainter where few are."""

_LETTER, _LINE = 8, 16
"""What a letter takes, across and up: a cell of the terminal's shape, so that labels are placed as there."""

_SQUARE, _STEPS = 4, 6
_FAINT = 0.25
_NO_XML = re.compile("[^\\t\\n\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


def svg(picture: MapPicture, width: int = 1200, height: int = 900) -> str:
    """Return a map as a file of its own, of about that size, which refers to nothing and runs nothing."""
    columns, rows = max(width // _LETTER, 8), max(height // _LINE, 4)
    known = legend(picture.groups, picture.names, Ink("many", True, picture.ground), ordered=picture.ordered)
    names = [(slot, cut(name, min(columns // 3, 32))) for slot, name in known.names][: height // _LINE // 2]
    # Beside the map: on it, it would hide points.
    wide, columns = columns * _LETTER, columns - _beside(names)
    width, height = columns * _LETTER, rows * _LINE
    view = fit(picture.view or bounds(picture.positions), width, height)
    back = f"#{bytes(GROUNDS[picture.ground]).hex()}"
    front = "#ececf0" if sum(GROUNDS[picture.ground]) < 384 else "#1b1b1f"
    tall = height + 2 * _LINE
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{tall}" viewBox="0 0 {wide} {tall}" '
            f'font-family="system-ui, sans-serif" font-size="13" fill="{front}">'
        ),
        "<metadata>semspace</metadata>",
        f"<title>{_text(picture.footer)}</title>",
        f'<rect width="100%" height="100%" fill="{back}"/>',
        *_points(picture, known, view, width, height),
        *_marks(picture, view, width, height, front),
        *_labels(picture, view, rows, columns, back),
        *_legend(known, names, width),
        f'<text x="12" y="{tall - 11}" opacity="0.75">{_text(picture.footer)}</text>',
        "</svg>\n",
    ]
    return "\n".join(parts)


def _points(picture: MapPicture, known: Legend, view: View, width: int, height: int) -> Iterator[str]:
    """Yield one path for all points of one look: a line of no length with round ends, or a square."""
    seen, pixels = place(picture.positions, view, width, height)
    rows = np.arange(len(picture.positions)) if seen is None else seen
    groups = None if known.slots is None else known.slots[rows]
    dim = None if picture.dim is None else picture.dim[rows]
    if len(pixels) > POINTS:
        yield from _squares(
            known, cells_of(pixels, width // _SQUARE, _SQUARE, _SQUARE), groups, dim, (height, width), picture.ordered
        )
        return
    left, _, right, top = view
    scale = width / (right - left)
    at = np.stack([(picture.positions[rows, 0] - left) * scale, (top - picture.positions[rows, 1]) * scale], axis=1)
    size = float(np.clip(0.35 * np.sqrt(width * height / max(len(rows), 1)), 2, 8))
    slots = np.zeros(len(rows), dtype=np.int32) if groups is None else groups
    doubted = np.zeros(len(rows), dtype=np.bool_) if dim is None else dim
    for slot in np.unique(slots):
        for faint in (True, False):
            dots = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in at[(slots == slot) & (doubted == faint)].tolist())
            if dots:
                look = f'stroke="#{known.colors[slot]:06x}" opacity="{_FAINT if faint else 0.8}"'
                yield f'<path d="{dots}" fill="none" stroke-linecap="round" stroke-width="{size:.1f}" {look}/>'


def _squares(
    known: Legend, cells: Whole, groups: Group | None, dim: Mask | None, size: tuple[int, int], ordered: bool
) -> Iterator[str]:
    rows, columns = size[0] // _SQUARE, size[1] // _SQUARE
    found = tally(cells, groups, len(known.colors), dim, rows, columns, ordered=ordered)
    steps = levels(found.count, _STEPS)
    for slot in np.unique(found.group[found.group >= 0]):
        for step in range(1, _STEPS + 1):
            for faint in (True, False):
                where = np.argwhere((found.group == slot) & (steps == step) & (found.dim == faint)) * _SQUARE
                if len(where):
                    squares = "".join(f"M{x} {y}h{_SQUARE}v{_SQUARE}h-{_SQUARE}z" for y, x in where.tolist())
                    opacity = (0.25 + 0.75 * step / _STEPS) * (_FAINT if faint else 1)
                    yield f'<path d="{squares}" fill="#{known.colors[slot]:06x}" opacity="{opacity:.2f}"/>'


def _marks(picture: MapPicture, view: View, width: int, height: int, front: str) -> Iterator[str]:
    for x, y, look in picture.marks:
        at = pixel_of(x, y, view, width, height) if np.isfinite([x, y]).all() else None
        if at is not None:
            row, column = at
            cross = f'<path d="M{column - 18} {row}h36M{column} {row - 18}v36" stroke="{front}" stroke-width="2"/>'
            yield (
                cross
                if look == "cross"
                else f'<circle cx="{column}" cy="{row}" r="4.5" fill="none" stroke="{front}" stroke-width="2"/>'
            )


def _labels(picture: MapPicture, view: View, rows: int, columns: int, back: str) -> Iterator[str]:
    for label in place_labels(picture.labels, view, rows, columns):
        x, y = (label.column + label.width / 2) * _LETTER, label.row * _LINE + 12
        halo = f'stroke="{back}" stroke-width="4" stroke-linejoin="round" paint-order="stroke"'
        yield f'<text x="{x:g}" y="{y}" text-anchor="middle" font-weight="600" {halo}>{_text(label.text)}</text>'


def _beside(names: Sequence[tuple[int, str]]) -> int:
    """Return how many columns a legend takes."""
    return max((cell_len(name) for _, name in names), default=-6) + 6


def _legend(known: Legend, names: Sequence[tuple[int, str]], left: int) -> Iterator[str]:
    for place_, (slot, name) in enumerate(names):
        y = 12 + 20 * place_
        yield f'<rect x="{left + 12}" y="{y}" width="12" height="12" rx="3" fill="#{known.colors[slot]:06x}"/>'
        yield f'<text x="{left + 31}" y="{y + 11}">{_text(name)}</text>'


def _text(text: str) -> str:
    return escape(_NO_XML.sub("\ufffd", safe_text(text, one_line=True)))

"""A map with its texts -> one page of HTML that opens without a network."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from semspace.arrays import Floats32
from semspace.errors import InvalidInput
from semspace.ui.canvas import Group
from semspace.ui.palette import GROUPS, Ground, group_colors, hexadecimal, ramp
from semspace.ui.safe import safe_text

DOUBT = 0.1
"""Points that keep less than this share of their neighbours are drawn dimmer."""

NOWHERE = -32768
"""Coordinate of a point that has no place."""

_MOST = 32767
_GROUNDS: tuple[Ground, ...] = ("dark", "light")
_ONE = {"dark": "#5fb4c8", "light": "#17707f"}


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """A way to colour points: `groups` (n,) counts into `names`, -1 is none; those of a number, in its order, are `ordered`."""

    title: str
    groups: Group
    names: Sequence[str]
    ordered: bool = False


def page(
    positions: Floats32,
    texts: Sequence[str],
    paths: Sequence[str | None],
    groupings: Sequence[Grouping] = (),
    kept: Floats32 | None = None,
    labels: Sequence[tuple[float, float, str, float]] = (),
    footer: str = "",
    title: str = "Map",
    doubt: float = DOUBT,
) -> str:
    """Return a self-contained page that shows positions (n, 2), each with its text, and asks nobody for anything.

    `kept` (n,) is each point's share of neighbours kept, below `doubt` it is drawn dimmer. Positions are rounded to a
    65,000th of the map's width. Its policy lets the browser run this script, use this style and reach nothing else.
    Raises InvalidInput where the lengths differ.
    """
    arrays = [grouping.groups for grouping in groupings] + ([kept] if kept is not None else [])
    if {len(texts), len(paths), *map(len, arrays)} != {len(positions)}:
        raise InvalidInput("A page needs one position, text and path, and one group of each grouping, for every point.")
    grid, center, unit = _quantised(positions)
    known = sorted({path for path in paths if path is not None})
    number = {path: at for at, path in enumerate(known)}
    words = {
        "title": title,
        "footer": footer,
        "texts": list(texts),
        "paths": known,
        "groupings": [_described(grouping) for grouping in groupings],
        "labels": [[*_moved(label[:2], center, unit), safe_text(label[2], one_line=True), float(label[3])] for label in labels],
        "kept": kept is not None,
        "doubt": doubt * 255,
        "span": _span(grid),
        "ramp": {ground: _colors(ramp(np.linspace(0, 1, 10), ground)) for ground in _GROUNDS},
        "one": _ONE,
    }
    parts = [np.array([-1 if path is None else number[path] for path in paths], dtype="<i4")]
    parts += [grouping.groups.astype("<i4") for grouping in groupings]
    parts += [grid.astype("<i2")]
    parts += [np.rint(np.clip(np.nan_to_num(kept), 0, 1) * 255).astype(np.uint8)] if kept is not None else []
    numbers = b"".join(part.tobytes() for part in parts)
    # JSON in ASCII: a lone surrogate, which UTF-8 cannot hold, is an escape as well.
    return _filled(title, _packed(json.dumps(words).encode("ascii")), _packed(numbers))


def _quantised(positions: Floats32) -> tuple[npt.NDArray[np.int16], Floats32, float]:
    """Return positions as int16, with the plane's center and how long one step is, the same both ways."""
    known = np.isfinite(positions).all(axis=1)
    grid = np.full((len(positions), 2), NOWHERE, dtype=np.int16)
    if not known.any():
        return grid, np.zeros(2, dtype=np.float32), 1.0
    low, high = positions[known].min(axis=0), positions[known].max(axis=0)
    center = (low + high) / 2
    unit = float((high - low).max()) / 2 / _MOST or 1.0
    grid[known] = np.rint((positions[known] - center) / unit).clip(-_MOST, _MOST).astype(np.int16)
    return grid, center, unit


def _span(grid: npt.NDArray[np.int16]) -> list[int]:
    """Return how wide and how high the map is, in steps."""
    known = grid[grid[:, 0] != NOWHERE].astype(np.int64)
    return np.maximum(np.ptp(known, axis=0), 1).tolist() if len(known) else [1, 1]


def _moved(place: Sequence[float], center: Floats32, unit: float) -> list[float]:
    return [round((float(at) - float(middle)) / unit, 1) for at, middle in zip(place, center, strict=True)]


def _described(grouping: Grouping) -> dict[str, Any]:
    """Return a grouping's names, which groups have colours of their own, and those, the last for all others."""
    sizes = np.bincount(grouping.groups[grouping.groups >= 0], minlength=len(grouping.names))
    ranked = np.arange(len(sizes)) if grouping.ordered else np.argsort(-sizes, kind="stable")[:GROUPS]
    # Slots are bytes in the page.
    chosen = [int(group) for group in ranked if grouping.ordered or sizes[group]][:250]
    colors = {}
    for ground in _GROUNDS:
        own = ramp(np.linspace(0, 1, len(chosen)), ground) if grouping.ordered else group_colors(len(chosen), ground)[:-1]
        colors[ground] = _colors(own) + _colors(group_colors(0, ground))
    names = [safe_text(name, one_line=True) for name in grouping.names]
    return {"title": safe_text(grouping.title, one_line=True), "names": names, "chosen": chosen, "colors": colors}


def _colors(colors: npt.NDArray[np.uint8]) -> list[str]:
    return [hexadecimal(color) for color in colors]


def _packed(data: bytes) -> str:
    return base64.b64encode(gzip.compress(data, 9, mtime=0)).decode("ascii")


def _filled(title: str, words: str, numbers: str) -> str:
    room = files("semspace.ui")
    template, style, script = (room.joinpath(name).read_text(encoding="utf-8") for name in ("page.html", "page.css", "page.js"))
    policy = (
        f"default-src 'none'; script-src {hashed(script)}; style-src {hashed(style)}; connect-src 'none'; "
        "base-uri 'none'; form-action 'none'"
    )
    parts: Mapping[str, str] = {
        "policy": policy,
        "title": escape(safe_text(title, one_line=True)),
        "style": style,
        "script": script,
        "words": words,
        "numbers": numbers,
    }
    # In one pass: what is filled in is not looked at again.
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], template)


def hashed(text: str) -> str:
    """Return how a policy names a script or a style that may be used."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}'"

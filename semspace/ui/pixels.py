"""A map -> pixels: a PNG, or an image below the text of a terminal that has kitty's graphics protocol."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from semspace.ui.canvas import View, bounds, fit, pixel_of, place
from semspace.ui.legend import legend
from semspace.ui.palette import Ground
from semspace.ui.sheet import Ink

if TYPE_CHECKING:
    from semspace.ui.mapping import MapPicture

Image = npt.NDArray[np.uint8]
"""sRGB, or with a fourth channel of opacity; shape (height, width, 3 or 4)."""

GROUNDS: dict[Ground, tuple[int, int, int]] = {"either": (252, 252, 250), "dark": (20, 20, 23), "light": (252, 252, 250)}
_DIM = 0.2
_CHUNK = 4096


def image(picture: MapPicture, width: int, height: int, *, clear: bool = False) -> Image:
    """Return a map without its words: each point a soft spot of its colour, opaque where many are.

    A `clear` image has a fourth channel, opacity, and no ground; else it stands on that of the picture.
    """
    view = fit(picture.view or bounds(picture.positions), width, height)
    known = legend(picture.groups, picture.names, Ink("many", True, picture.ground), ordered=picture.ordered)
    seen, pixels = place(picture.positions, view, width, height)
    weight = np.ones(len(picture.positions)) if picture.dim is None else np.where(picture.dim, _DIM, 1.0)
    slots = np.zeros(len(picture.positions), dtype=np.int32) if known.slots is None else known.slots
    if seen is not None:
        weight, slots = weight[seen], slots[seen]
    colors = np.stack([known.colors >> shift & 255 for shift in (16, 8, 0)], axis=1)[slots]
    radius = _radius(len(pixels), width, height)
    layers = [weight, *(weight * channel for channel in colors.T)]
    sums = [np.bincount(pixels, layer, width * height).astype(np.float64) for layer in layers]
    spots = [_soft(each.reshape(height, width), radius) for each in sums]
    strength = 16.0 * radius * radius
    opacity = 1 - np.exp(-strength * spots[0])
    ink = np.stack([layer / np.maximum(spots[0], 1e-9) for layer in spots[1:]], axis=-1)
    if clear:
        drawn = np.concatenate([ink, 255 * opacity[:, :, None]], axis=-1)
    else:
        drawn = np.array(GROUNDS[picture.ground]) * (1 - opacity[:, :, None]) + ink * opacity[:, :, None]
    return _marked(np.rint(drawn.clip(0, 255)).astype(np.uint8), picture, view)


def png(pixels: Image, description: str = "") -> bytes:
    """Return an image as PNG, with a description of it for those who look inside: there are no words on it."""
    height, width, channels = pixels.shape
    rows = np.zeros((height, 1 + width * channels), dtype=np.uint8)
    rows[:, 1:] = pixels.reshape(height, -1)
    # Each row as its difference from the one above ("Up"), which packs smooth pictures better.
    rows[1:, 1:] -= pixels.reshape(height, -1)[:-1]
    rows[1:, 0] = 2
    header = struct.pack(">IIBBBBB", width, height, 8, {3: 2, 4: 6}[channels], 0, 0, 0)
    words = b"Description\0\0\0\0\0" + description.encode("utf-8", "replace").replace(b"\0", b"")
    parts = [
        (b"IHDR", header),
        (b"tEXt", b"Software\0semspace"),
        (b"iTXt", words),
        (b"IDAT", zlib.compress(rows.tobytes(), 6)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_part(kind, data) for kind, data in parts)


def kitty(data: bytes, rows: int, columns: int) -> str:
    """Return what makes a terminal show a PNG below the text of so many cells, and leaves its cursor where that begins."""
    text = base64.b64encode(data).decode("ascii")
    chunks = [text[at : at + _CHUNK] for at in range(0, len(text), _CHUNK)]
    first = f"a=T,f=100,q=2,C=1,z=-1,c={columns},r={rows},"
    last = len(chunks) - 1
    # A terminal at its last line makes room first.
    room = "\n" * rows + f"\x1b[{rows}A"
    return room + "".join(f"\x1b_G{first if not at else ''}m={int(at < last)};{chunk}\x1b\\" for at, chunk in enumerate(chunks))


def shows_images(environ: Mapping[str, str]) -> bool:
    """Tell whether a terminal says that it has kitty's protocol, and no multiplexer stands between."""
    if any(environ.get(name) for name in ("TMUX", "STY", "ZELLIJ")):
        return False
    return environ.get("TERM") in {"xterm-kitty", "xterm-ghostty"} or bool(environ.get("KITTY_WINDOW_ID"))


def _radius(count: int, width: int, height: int) -> float:
    """Return how far a spot spreads, in pixels: less where many share the picture."""
    return float(np.clip(0.15 * np.sqrt(width * height / max(count, 1)), 0.7, width / 260 + 0.7))


def _soft(layer: npt.NDArray[np.float64], radius: float) -> npt.NDArray[np.float64]:
    """Spread each pixel by a Gaussian, in both directions."""
    reach = int(np.ceil(3 * radius))
    bell = np.exp(-0.5 * (np.arange(-reach, reach + 1) / radius) ** 2)
    bell /= bell.sum()
    for axis in (0, 1):
        size = layer.shape[axis]
        padded = np.pad(layer, [(reach, reach) if axis == at else (0, 0) for at in (0, 1)])
        spread = np.zeros_like(layer)
        for at, share in enumerate(bell.tolist()):
            spread += share * (padded[at : at + size] if axis == 0 else padded[:, at : at + size])
        layer = spread
    return layer


def _marked(pixels: Image, picture: MapPicture, view: View) -> Image:
    """Draw marks in the ground's opposite, on a rim of the ground."""
    height, width, channels = pixels.shape
    ground = np.array([*GROUNDS[picture.ground], 255][:channels], dtype=np.uint8)
    front = np.array([*(255 - side for side in GROUNDS[picture.ground]), 255][:channels], dtype=np.uint8)
    unit = max(width // 400, 1)
    placed = [(pixel_of(x, y, view, width, height), look) for x, y, look in picture.marks if np.isfinite([x, y]).all()]
    # Crosses last: what they point at is what was asked for.
    for at, look in sorted((mark for mark in placed if mark[0] is not None), key=lambda mark: mark[1] == "cross"):
        if at is not None:
            for (up, across), color in _strokes(look, unit, ground, front):
                row, column = at
                pixels[max(row - up, 0) : row + up + 1, max(column - across, 0) : column + across + 1] = color
    return pixels


def _strokes(look: str, unit: int, ground: Image, front: Image) -> Iterator[tuple[tuple[int, int], Image]]:
    """Yield rectangles around a point, as half their height and width, each with its colour."""
    shapes = [(unit, 9 * unit), (9 * unit, unit)] if look == "cross" else [(2 * unit, 2 * unit)]
    for up, across in shapes:
        yield (up + unit, across + unit), ground
    for up, across in shapes:
        yield (up, across), front


def _part(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

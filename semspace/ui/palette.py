"""Groups and numbers -> colours that can be told apart: on dark and light grounds, and by the colour-blind."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

Ground = Literal["either", "dark", "light"]
"""What the colours stand on; `either` asks for colours that can be read on both."""

Colors = npt.NDArray[np.uint8]
"""sRGB, shape (n, 3)."""

_GROUPS = ("5484b4", "cc0c3c", "a88400", "9c00c0", "006c00", "d87878", "9c78fc", "243cfc", "fc00b4", "785478")
GROUPS = len(_GROUPS)
"""How many groups have colours of their own."""

# Chosen by a farthest-first search among the colours that have a contrast of 3 with black and white, for the largest
# least difference in OKLab as seen with normal, protan, deutan and tritan eyes (Machado, Oliveira, Fernandes 2009).
_OTHER: dict[Ground, str] = {"either": "808080", "dark": "5c5c5c", "light": "b4b4b4"}

ANSI = (4, 1, 2, 5, 6, 3)
"""Numbers of those of the sixteen colours that stand for groups: blue, red, green, magenta, cyan, yellow."""

ANSI_RAMP = (4, 6, 2, 3, 1)
"""Numbers of those that stand for a number that grows."""

# Lightness, chroma and hue (degrees) in OKLCH, of the colours that a ramp passes.
_RAMPS: dict[Ground, tuple[tuple[float, float, float], ...]] = {
    "either": ((0.50, 0.15, 290.0), (0.59, 0.17, 355.0), (0.72, 0.14, 75.0)),
    "dark": ((0.44, 0.13, 285.0), (0.64, 0.11, 200.0), (0.92, 0.15, 100.0)),
    "light": ((0.88, 0.12, 110.0), (0.62, 0.11, 200.0), (0.33, 0.14, 300.0)),
}
_TO_LINEAR = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)
_TO_LMS = np.array(
    [[1.0, 0.3963377774, 0.2158037573], [1.0, -0.1055613458, -0.0638541728], [1.0, -0.0894841775, -1.2914855480]]
)


def group_colors(count: int, ground: Ground = "either") -> Colors:
    """Return the colours of so many groups, `GROUPS` at most, and as one more row that of all others."""
    colors = np.array([_parsed(text) for text in (*_GROUPS[:count], _OTHER[ground])], dtype=np.float64)
    if ground == "dark":
        colors[:-1] += (255 - colors[:-1]) * 0.28
    if ground == "light":
        colors[:-1] *= 0.88
    return np.rint(colors).astype(np.uint8)


def ramp(values: npt.ArrayLike, ground: Ground = "either") -> Colors:
    """Return colours of numbers from 0 to 1, in steps that look even: Ottosson, A perceptual color space (2020)."""
    light, chroma, hue = np.array(_RAMPS[ground]).T
    passed = np.stack([light, chroma * np.cos(np.radians(hue)), chroma * np.sin(np.radians(hue))], axis=1)
    steps = np.concatenate([[0.0], np.linalg.norm(np.diff(passed, axis=0), axis=1).cumsum()])
    at = np.clip(np.asarray(values, dtype=np.float64).ravel(), 0, 1) * steps[-1]
    return _srgb(np.stack([np.interp(at, steps, side) for side in passed.T], axis=1))


def shades(colors: Colors, levels: int, ground: Ground = "either") -> Colors:
    """Return each colour from sparse to dense, shape (n, levels, 3): nearer to the ground where there is little."""
    # Where the ground is not known, what is sparse is greyer instead: grey can be seen on both.
    toward = {"either": 128.0, "dark": 24.0, "light": 244.0}[ground]
    strength = np.linspace(0.5 if ground == "either" else 0.35, 1, levels).reshape(1, -1, 1)
    return np.rint(toward + (colors[:, None, :].astype(np.float64) - toward) * strength).astype(np.uint8)


def faint(colors: Colors, ground: Ground = "either") -> Colors:
    """Return colours with less to them, for what is not to be trusted; any shape (..., 3)."""
    toward = {"either": 128.0, "dark": 48.0, "light": 216.0}[ground]
    return np.rint(toward + (colors.astype(np.float64) - toward) * 0.4).astype(np.uint8)


def hexadecimal(color: npt.NDArray[np.uint8]) -> str:
    """Return `#rrggbb`."""
    return "#" + bytes(color.tolist()).hex()


def _parsed(text: str) -> list[int]:
    return list(bytes.fromhex(text))


def _srgb(oklab: npt.NDArray[np.float64]) -> Colors:
    linear = np.clip((oklab @ _TO_LMS.T) ** 3 @ _TO_LINEAR.T, 0, 1)
    curved: npt.NDArray[np.float64] = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    colors: Colors = np.rint(curved * 255).astype(np.uint8)
    return colors

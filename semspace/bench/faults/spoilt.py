"""Arrays that are vectors in other clothes, and arrays that are none."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np

from semspace.arrays import Vectors

Spoil = Callable[[Vectors, Random], Any]


def number(value: float) -> Spoil:
    """Return what puts a number somewhere."""

    def spoil(rows: Vectors, random: Random) -> Any:
        spoilt = rows.copy()
        spoilt[random.randrange(len(rows)), random.randrange(rows.shape[1])] = value
        return spoilt

    return spoil


def scaled(factor: float) -> Spoil:
    """Return what makes one row longer or shorter."""

    def spoil(rows: Vectors, random: Random) -> Any:
        spoilt = rows.copy()
        spoilt[random.randrange(len(rows))] *= np.float32(factor)
        return spoilt

    return spoil


def _strided(rows: Vectors) -> Any:
    wide = np.full((2 * len(rows), 3 * rows.shape[1]), np.nan, dtype=np.float32)
    wide[::2, ::3] = rows
    return wide[::2, ::3]


def _read_only(rows: Vectors) -> Any:
    kept = rows.copy()
    kept.flags.writeable = False
    return kept


def _with_denormals(rows: Vectors) -> Any:
    kept = rows.copy()
    kept[np.abs(kept) < 1e-2] = np.float32(1e-42)
    return kept


SOUND: dict[str, Spoil] = {
    "as they are": lambda rows, _: rows,
    "float64": lambda rows, _: rows.astype(np.float64),
    "float16": lambda rows, _: rows.astype(np.float16),
    "long double": lambda rows, _: rows.astype(np.longdouble),
    "column by column": lambda rows, _: np.asfortranarray(rows),
    "strided": lambda rows, _: _strided(rows),
    "backwards in memory": lambda rows, _: rows[::-1].copy()[::-1],
    "read-only": lambda rows, _: _read_only(rows),
    "big endian": lambda rows, _: rows.astype(">f4"),
    "lists": lambda rows, _: rows.tolist(),
    "a list of rows": lambda rows, _: [*rows],
}
"""Name -> what gives the same vectors otherwise."""

OTHER_LENGTHS: dict[str, Spoil] = {
    "denormal": scaled(1e-40),
    "tiny": scaled(1e-20),
    "half": scaled(0.5),
    "a little long": scaled(1.05),
    "twice": scaled(2.0),
    "huge": scaled(1e30),
    "wide": lambda rows, _: np.hstack([rows, rows[:, :1]]),
    "narrow": lambda rows, _: rows[:, 1:],
    "of one dimension": lambda rows, _: rows[0],
}
"""Name -> what `unit` would make vectors of, and nothing else takes."""

UNSOUND: dict[str, Spoil] = {
    "NaN": number(float("nan")),
    "infinite": number(float("inf")),
    "minus infinite": number(float("-inf")),
    "zeros": scaled(0.0),
    "too large for float32": lambda rows, _: rows.astype(np.float64) * 1e300,
    "of three dimensions": lambda rows, _: rows[None],
    "objects": lambda rows, _: rows.astype(object),
    "texts": lambda rows, _: rows.astype(str),
    "complex": lambda rows, _: rows.astype(complex),
    "truth values": lambda rows, _: rows > 0,
    "records": lambda rows, _: rows.view([("a", np.float32)]),
    "ragged": lambda rows, _: [rows[0].tolist(), rows[0].tolist()[1:]],
    "nothing": lambda _, __: None,
    "a text": lambda _, __: "vectors",
    "dates": lambda rows, _: rows.astype("datetime64[s]"),
}
"""Name -> what gives no vectors at all."""

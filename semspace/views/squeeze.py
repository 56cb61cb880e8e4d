"""How few bytes a vector of this space can do with: recall against size, for codes, axes and learnt bottlenecks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from semspace.asking import count
from semspace.errors import InvalidInput
from semspace.latent.codes import RERANKED, K, Measured, measure
from semspace.ui.bars import bar
from semspace.views.material import Material
from semspace.views.value import Value

LEAST = 200
"""Texts below which recall says nothing and nothing can be learnt."""

SAMPLE = 10_000
"""Texts that are measured at most; of more, a random sample."""

QUERIES = 400
HELD_OUT = 0.2
"""Share of the texts, up to `QUERIES`, that are taken out and then asked for their nearest."""

ENGINES = {"float16": "ivf", "RaBitQ 1 bit": "rabitq"}
"""What a space can use: the code -> its kind of vector index. Of the others no file is kept."""

BAR = 12
ROWS, COLUMNS = 11, 56


@dataclass(frozen=True, slots=True)
class Squeezed(Value):
    """Codes of a space's vectors, those of most bytes first, measured on `passages` by `queries` texts held out of them."""

    space: str
    codes: tuple[Measured, ...]
    to: int
    dim: int
    passages: int
    queries: int
    total: int
    seed: int
    applied: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return what programs read."""
        return {
            **{name: getattr(self, name) for name in Squeezed.__slots__ if name != "codes"},
            "recall_at": K, "reranked": RERANKED, "codes": self.rows(),
        }  # fmt: skip

    def rows(self) -> Sequence[Mapping[str, Any]]:
        """Return one row for each code."""
        return [{**asdict(code), "can_be_applied": code.name in ENGINES} for code in self.codes]

    def __rich__(self) -> RenderableType:
        """Draw a table, a plot of recall against bytes, and what was measured."""
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="key")
        headings = ("", "code", "bytes", f"recall@{K}", f"best {RERANKED} again", "not rebuilt")
        for name, side in zip(headings, ("left", "left", *["right"] * 4), strict=True):
            table.add_column(name, justify=side, no_wrap=True)  # type: ignore[arg-type]
        table.add_column("", no_wrap=True)
        for letter, code in zip(_letters(), self.codes, strict=False):
            left = "-" if code.unexplained is None else f"{100 * code.unexplained:.1f} %"
            figures = (f"{code.bytes:,}", f"{code.recall:.3f}", f"{code.reranked:.3f}", left)
            table.add_row(Text(letter, "key"), Text(code.name, "title"), *figures, Text(bar(code.recall, BAR), "bar"))
        said = f"{self.passages:,} of {self.total:,} passages, {self.queries} others held out as queries; {self.dim} dimensions"
        applied = [Text(f"applied: the space now uses {self.applied}", "good")] if self.applied else []
        return Group(table, "", *_plot(self.codes), "", Text(said, "quiet"), *applied)


def _letters() -> list[str]:
    return [chr(ord("a") + place) for place in range(26)]


def _plot(codes: Sequence[Measured]) -> list[Text]:
    """Draw recall upwards against bytes to the right, in powers of two; a capital is that of the best scored again."""
    sizes = [math.log2(code.bytes) for code in codes]
    low, high = min(sizes), max(*sizes, min(sizes) + 1)
    floor = math.floor(10 * min(code.recall for code in codes)) / 10
    cells = [[" "] * COLUMNS for _ in range(ROWS)]
    points = [(code.reranked, letter.upper(), size) for code, letter, size in zip(codes, _letters(), sizes, strict=False)]
    points += [(code.recall, letter, size) for code, letter, size in zip(codes, _letters(), sizes, strict=False)]
    for recall, letter, size in points:
        row = round((1 - recall) / max(1 - floor, 1e-9) * (ROWS - 1))
        column = round((size - low) / (high - low) * (COLUMNS - 1))
        # Beside one that is there already.
        while cells[row][column] != " " and column < COLUMNS - 1:
            column += 1
        cells[row][column] = letter
    lines = []
    for row, line in enumerate(cells):
        mark = f"{1 - row / (ROWS - 1) * (1 - floor):.2f}" if row % 5 == 0 else ""
        lines.append(Text(no_wrap=True).append(f"{mark:>5} ", "key").append("".join(line), "bar"))
    first, last = f"{min(code.bytes for code in codes)} bytes", f"{max(code.bytes for code in codes)} bytes"
    lines.append(Text(" " * 6 + first + " " * (COLUMNS - len(first) - len(last)) + last, "key"))
    lines.append(Text(f"{'':6}small: by itself   CAPITAL: the best {RERANKED} scored again by the true vectors", "key"))
    return lines


def squeeze(material: Material, to: int = 64, *, seed: int = 0) -> Squeezed:
    """Measure codes of some passages' vectors, bottlenecks of `to` numbers among them. Raises InvalidInput.

    20 % of the texts, 400 at most, are taken out, and ask the others. Of more than 10,000 a random sample is measured.
    """
    dim, total = material.store.dim, len(material)
    if total < LEAST:
        raise InvalidInput(f"It takes {LEAST} passages to measure codes; here are {total}.", "Index more.")
    count("to", to, 1, dim)
    rows = np.random.default_rng(seed).permutation(total)[: SAMPLE + QUERIES]
    held = min(QUERIES, int(HELD_OUT * len(rows)))
    vectors = material.vectors
    found = measure(np.ascontiguousarray(vectors[rows[held:]]), np.ascontiguousarray(vectors[rows[:held]]), to, seed=seed)
    found.sort(key=lambda code: -code.bytes)
    return Squeezed(material.name, tuple(found), to, dim, len(rows) - held, held, total, seed)


def engine_of(code: str) -> str:
    """Return the kind of vector index that keeps a code. Raises InvalidInput where none does."""
    if code not in ENGINES:
        raise InvalidInput(
            f"No vector index of semspace keeps {code!r}; it is only measured.", f"What can be applied: {', '.join(ENGINES)}."
        )
    return ENGINES[code]

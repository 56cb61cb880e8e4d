"""What a space shows of itself, measured: each part against referees and against what it must do."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from semspace.bench.figures import Absent, Figure, Result, Table
from semspace.bench.setting import Setting

PARTS = (
    "semspace.bench.maps:maps",
    "semspace.bench.equal:equal",
    "semspace.bench.excluding:excluding",
    "semspace.bench.tasting:tasting",
    "semspace.bench.drifting:drifting",
    "semspace.bench.dictionaries:dictionaries",
    "semspace.bench.squeezing:squeezing",
    "semspace.bench.grouping:grouping",
    "semspace.bench.planting:planting",
)
"""Functions from a setting to a result, in the order in which they run."""


def latent(setting: Setting) -> Result:
    """Run all parts, and put what they found together; one that cannot run here says why. Raises Absent where none can."""
    figures: list[Figure] = []
    tables: list[Table] = []
    for part in PARTS:
        module, _, attribute = part.partition(":")
        measure: Callable[[Setting], Result] = getattr(import_module(module), attribute)
        try:
            found = measure(setting)
        except Absent as absent:
            setting.say(f"skipped: {absent}")
            continue
        figures += found.figures
        tables += found.tables
    if not figures:
        raise Absent("no part of it found its texts")
    return Result(figures, tables)

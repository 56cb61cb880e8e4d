"""What a space shows of itself, measured: each part against referees and against what it must do."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from semspace.bench.figures import Figure, Result, Table
from semspace.bench.setting import Setting

PARTS = ("semspace.bench.maps:maps",)
"""Functions from a setting to a result, in the order in which they run."""


def latent(setting: Setting) -> Result:
    """Run all parts, and put what they found together."""
    figures: list[Figure] = []
    tables: list[Table] = []
    for part in PARTS:
        module, _, attribute = part.partition(":")
        measure: Callable[[Setting], Result] = getattr(import_module(module), attribute)
        found = measure(setting)
        figures += found.figures
        tables += found.tables
    return Result(figures, tables)

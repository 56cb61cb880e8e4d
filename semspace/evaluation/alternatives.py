"""What a person wants compared -> the ways to search that are then measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from itertools import product
from typing import Any

from semspace.errors import InvalidInput
from semspace.records import MODES, Alternative

Axes = Mapping[str, Sequence[str]]
"""Name of an axis -> what is compared along it."""

USUAL: Axes = {"mode": MODES, "rerank": ("none", "tokens"), "model": (), "chunk": ("usual", "64", "128", "whole")}
"""What is compared along an axis of which nothing else is said; of models, those that are installed."""

MOST = 24
"""Ways to search at a time: more comparisons leave little that can be told apart."""

LEAST_TOKENS = 16
"""A passage of fewer tokens is a few words."""


def parse_axes(words: Sequence[str], installed: Sequence[str] = ()) -> dict[str, list[str]]:
    """Read AXIS or AXIS=A,B,... of a command line. Raises InvalidInput."""
    axes: dict[str, list[str]] = {}
    for word in words:
        name, _, values = word.partition("=")
        if name not in USUAL:
            raise InvalidInput(
                f"There is nothing called {name!r} to compare.", f"Compare {', '.join(USUAL)}: mode=hybrid,semantic"
            )
        given = [value.strip() for value in values.split(",") if value.strip()]
        axes[name] = axes.get(name, []) + (given or list(USUAL[name] or installed))
    return axes


def alternatives(axes: Axes, base: Alternative) -> list[Alternative]:
    """Return every combination of what is compared; what is not compared stays as in `base`. Raises InvalidInput."""
    for name, values in axes.items():
        if name not in USUAL:
            raise InvalidInput(f"There is nothing called {name!r} to compare.", f"Axes: {', '.join(USUAL)}.")
        for value in values:
            _check(name, value)
    chosen: list[dict[str, Any]] = [
        dict(zip(axes, values, strict=True)) for values in product(*(dict.fromkeys(axis) for axis in axes.values()))
    ]
    if len(chosen) > MOST:
        raise InvalidInput(f"These are {len(chosen)} ways to search; {MOST} are the most.", "Compare along one axis at a time.")
    return [replace(base, **one) for one in chosen]


def wished(rerank: str) -> bool | str:
    """Return who reads the best again, as a search is told: `none`, `tokens`, or the name of a reranker."""
    return False if rerank == "none" else rerank


def _check(name: str, value: str) -> None:
    known = {"mode": MODES}.get(name, (value,))
    if value not in known:
        raise InvalidInput(f"There is no {name} {value!r}.", f"Known: {', '.join(known)}.")
    if name == "chunk" and value not in {"usual", "whole"} and not (value.isdecimal() and int(value) >= LEAST_TOKENS):
        raise InvalidInput(
            f"{value!r} is no size of a passage.", f"Write usual, whole, or tokens from {LEAST_TOKENS} on: chunk=64,128"
        )


def names(chosen: Sequence[Alternative]) -> list[str]:
    """Return a name for each way to search: what it differs by."""
    rows = [{key: str(value) for key, value in asdict(one).items()} for one in chosen]
    varied = [key for key in USUAL if len({row[key] for row in rows}) > 1] or ["mode"]
    shown = {"rerank": {"none": "no rerank", "tokens": "rerank by tokens"}}
    if len(varied) == 1:
        return [row[varied[0]] for row in rows]
    return [", ".join(_worded(key, row[key], shown) for key in varied) for row in rows]


def _worded(key: str, value: str, shown: Mapping[str, Mapping[str, str]]) -> str:
    if key == "chunk":
        return f"chunk {value}"
    return shown.get(key, {}).get(value, value)

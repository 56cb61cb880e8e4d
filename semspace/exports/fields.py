"""Metadata -> columns, each of one type: what documents say of themselves is of any."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from semspace.ui.safe import true_bytes

Kind = Literal["bool", "integer", "number", "text", "texts", "json"]

MOST = 100
"""Fields that become columns, the most frequent ones; the column `metadata` holds all."""

OWN = (
    "id", "text", "path", "key", "start_line", "end_line", "page", "heading", "title", "kind", "date", "metadata", "x", "y",
    "vector",
)  # fmt: skip
"""The columns that every export has a use for."""

_LARGEST = 2**63
"""Beyond a whole number of 64 bits."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the metadata: how it is called there, the column's name, and what is in it."""

    key: str
    name: str
    kind: Kind

    def value(self, metadata: Mapping[str, Any]) -> Any:
        """Return what the column holds for a document, None where it says nothing."""
        value = metadata.get(self.key)
        return None if value is None else _AS[self.kind](value)


def fields_of(facts: Iterable[str]) -> list[Field]:
    """Return the fields of metadata (JSON, each) that become columns, by name. The same metadata give the same columns."""
    counts: Counter[str] = Counter()
    kinds: dict[str, set[Kind]] = {}
    last = None
    for text in facts:
        # The passages of a document come one after another.
        if text == last:
            continue
        last = text
        for key, value in json.loads(text).items():
            if value is not None and key.strip():
                counts[key] += 1
                kinds.setdefault(key, set()).add(_kind(value))
    chosen = sorted(sorted(counts, key=lambda key: (-counts[key], key))[:MOST])
    taken = set(OWN)
    return [Field(key, _name(key, taken), _joined(kinds[key])) for key in chosen]


def clean(text: str) -> str:
    """Return text that is UTF-8: a byte of a file name that is none is shown as U+FFFD."""
    return true_bytes(text).decode("utf-8", "replace")


def as_json(value: Any) -> str:
    """Return a value as JSON."""
    return clean(json.dumps(value, ensure_ascii=False))


def _name(key: str, taken: set[str]) -> str:
    """Return a name that no other column has, in whatever case: SQL does not tell `Title` from `title`."""
    name = plain = clean(key.strip().replace("\0", "\ufffd"))
    number = 1
    while name.casefold() in taken:
        name = f"metadata_{plain}" if number == 1 else f"metadata_{plain}_{number}"
        number += 1
    taken.add(name.casefold())
    return name


def _kind(value: Any) -> Kind:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "integer" if -_LARGEST <= value < _LARGEST else "json"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "text"
    return "texts" if isinstance(value, list) and all(isinstance(item, str) for item in value) else "json"


def _joined(kinds: set[Kind]) -> Kind:
    """Return the one kind that holds values of several."""
    if len(kinds) == 1:
        return next(iter(kinds))
    if kinds == {"integer", "number"}:
        return "number"
    # One tag is often written without its brackets.
    return "texts" if kinds == {"text", "texts"} else "json"


_AS: Mapping[Kind, Callable[[Any], Any]] = {
    "bool": bool,
    "integer": int,
    "number": float,
    "text": clean,
    "texts": lambda value: [clean(item) for item in ([value] if isinstance(value, str) else value)],
    "json": as_json,
}

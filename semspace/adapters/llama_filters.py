"""The filters of LlamaIndex -> an expression of `--where`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llama_index.core.vector_stores.types import FilterCondition, FilterOperator, MetadataFilter, MetadataFilters

from semspace.adapters.filters import compare, equal, field
from semspace.errors import InvalidFilter

_ORDER = {
    FilterOperator.EQ: "=", FilterOperator.NE: "!=", FilterOperator.GT: ">", FilterOperator.GTE: ">=",
    FilterOperator.LT: "<", FilterOperator.LTE: "<=", FilterOperator.CONTAINS: "=", FilterOperator.TEXT_MATCH: "~",
    FilterOperator.TEXT_MATCH_INSENSITIVE: "~",
}  # fmt: skip
"""A list in the metadata has a value if one of its items is that; what contains a text does so in whatever case."""

_SEVERAL: dict[FilterOperator, Callable[[str, Sequence[Any]], str]] = {
    FilterOperator.IN: equal,
    FilterOperator.ANY: equal,
    FilterOperator.NIN: lambda name, values: f"not {equal(name, values)}",
    FilterOperator.ALL: lambda name, values: "(" + " and ".join(equal(name, value) for value in values) + ")",
}


def where_of(filters: MetadataFilters | None, documents: Sequence[str] | None = None) -> str | None:
    """Return the expression of filters, and of the documents that nodes are of. Raises InvalidFilter."""
    parts = [_joined(filters)] if filters is not None and filters.filters else []
    parts += [equal("doc_id", documents)] if documents is not None else []
    return " and ".join(parts) or None


def _joined(filters: MetadataFilters) -> str:
    parts = [_joined(part) if isinstance(part, MetadataFilters) else _one(part) for part in filters.filters]
    if filters.condition == FilterCondition.NOT:
        return "not (" + " or ".join(parts) + ")"
    word = " or " if filters.condition == FilterCondition.OR else " and "
    return "(" + word.join(parts) + ")"


def _one(part: MetadataFilter) -> str:
    if part.operator == FilterOperator.IS_EMPTY:
        # Whatever is there contains the empty text; a list without items and null do not.
        return f"not {field(part.key)} ~ ''"
    if part.operator in _ORDER:
        return compare(part.key, _ORDER[part.operator], part.value)
    if not isinstance(part.value, list) or not part.value:
        raise InvalidFilter(f"The filter of {part.key} needs a list of values.", "Give one value at least.")
    return _SEVERAL[part.operator](part.key, part.value)

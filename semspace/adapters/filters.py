"""What frameworks filter by -> an expression of `--where`, with every name and value quoted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from semspace.errors import InvalidFilter


def where_of(wanted: str | Mapping[str, Any] | None) -> str | None:
    """Return the expression that a filter means: one as it is, or values that fields of the metadata have, all of them.

    A list of values means any of them. Raises InvalidFilter.
    """
    if wanted is None or isinstance(wanted, str):
        return wanted
    return " and ".join(equal(name, value) for name, value in wanted.items()) or None


def equal(name: str, value: Any) -> str:
    """Return the expression that a field has a value, or one of several."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        if not value:
            raise InvalidFilter(f"No value is given that {name} may have.", "Give one at least.")
        return f"{field(name)} in ({', '.join(map(literal, value))})"
    return compare(name, "=", value)


def compare(name: str, operator: str, value: Any) -> str:
    """Return the expression that compares a field of the metadata with a value."""
    return f"{field(name)} {operator} {literal(value)}"


def field(name: str) -> str:
    """Return a field of the metadata, quoted: never a column of ours of the same name."""
    return quoted(f"metadata.{name}")


def literal(value: Any) -> str:
    """Return a value as an expression holds it. Raises InvalidFilter where it is neither text nor a number."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        return quoted(value)
    raise InvalidFilter(f"{value!r} cannot be compared with.", "Give text, a number, or true or false.")


def quoted(text: str) -> str:
    """Return text as a string of an expression."""
    return "'" + text.replace("'", "''") + "'"

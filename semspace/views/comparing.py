"""What was typed -> the two sides that are compared."""

from __future__ import annotations

import re

from semspace.errors import InvalidInput
from semspace.settings import Settings

_PLAIN = re.compile(r"[\w.:+-]+")


def periods(by: str | None, before: str | None, after: str | None, named: tuple[str | None, str | None]) -> tuple[str, str]:
    """Return the two filters that a field and one or two of its values mean. Raises InvalidInput."""
    first, last = before or after, after or before
    if by is None or first is None or last is None or any(named):
        raise InvalidInput(
            "Name two sides: OLD and NEW, or a field with a value.", "semspace drift OLD NEW, or --by date --before 2024"
        )
    return f"{by} < {_value(first)}", f"{by} >= {_value(last)}"


def _value(value: str) -> str:
    """Return a value as a filter writes it."""
    if _PLAIN.fullmatch(value) and value not in {"and", "or", "not", "in", "exists"}:
        return value
    return "'" + value.replace("'", "''") + "'"


def common(settings: Settings) -> str:
    """Return the folder that a space follows, "" where it follows none or several: files of two spaces are matched below it."""
    return settings.roots[0].path if len(settings.roots) == 1 else ""

"""Numbers -> text of Milvus's filter language.

Milvus 2.3 and milvus-lite know no parameters of filters, and do not agree on what is true of a field that is missing: so no
filter of a person ever goes there. It is evaluated by SQLite, here, and what goes there are the numbers of passages.
"""

from __future__ import annotations

from collections.abc import Iterable

from semspace.arrays import Ids


def number(value: int) -> str:
    """Return a whole number as a literal."""
    return str(int(value))


def among(field: str, ids: Ids | Iterable[int]) -> str:
    """Return the condition that a field of ours is one of some numbers."""
    return f"{field} in [{','.join(number(value) for value in ids)}]"


def every(*conditions: str) -> str:
    """Join conditions, none of them empty."""
    return " and ".join(f"({one})" for one in conditions)

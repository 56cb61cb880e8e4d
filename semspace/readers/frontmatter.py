"""Front matter (YAML, TOML, JSON) -> metadata that JSON can hold."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from math import isfinite
from typing import Any

from semspace.readers.decoding import clean

_YAML = re.compile(r"\ufeff?---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_TOML = re.compile(r"\ufeff?\+\+\+[ \t]*\n(.*?)^\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_MAX_CHARACTERS = 65536
_MAX_VALUES = 1000
"""A few aliases of YAML can stand for billions of values."""
_MAX_DEPTH = 50
"""The parsers of YAML and TOML recurse, that of YAML in C, where too deep is the end of the process."""
_MAX_MERGED = 8
"""Aliases in YAML that also merges mappings: each merge copies, so that a few lines could fill any memory."""
_MAX_BITS = 1024
"""Longer integers cannot be written as decimals."""
_MANY_DOTS = re.compile(rf"(?:\.[^.=\n]*){{{_MAX_DEPTH}}}")
_DATES: tuple[str, ...] = ("date", "published", "publishdate", "pubdate", "created", "created_at")
_DATES += ("lastmod", "last_modified", "modified", "updated")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What the block before a text says."""

    values: dict[str, Any]


def split_front_matter(text: str) -> tuple[str, FrontMatter | None]:
    """Return the text with its front matter replaced by empty lines, and the front matter; None where there is none.

    A block that does not parse, or is no mapping, is left in the text.
    """
    head = text[:_MAX_CHARACTERS]
    for pattern, parse in ((_YAML, _yaml), (_TOML, _toml)):
        if (match := pattern.match(head)) and (values := parse(match[1])) is not None:
            return "\n" * match[0].count("\n") + text[match.end() :], FrontMatter(values)
    if head.startswith(("{\n", "{ ", '{"')):
        return _split_json(text)
    return text, None


def metadata_of(values: Mapping[str, Any]) -> tuple[str | None, float | None, dict[str, Any]]:
    """Return the title, the date in seconds since 1970, and the rest of a front matter as JSON values."""
    lowered = {key.lower(): value for key, value in values.items()}
    title = lowered.get("title")
    title = " ".join(title.split()) if isinstance(title, str) else None
    when = next((stamp for key in _DATES if (stamp := seconds(lowered.get(key))) is not None), None)
    budget = [_MAX_VALUES]
    rest = {key: _plain(value, budget) for key, value in values.items() if key.lower() != "title"}
    return title or None, when, rest


def seconds(value: object) -> float | None:
    """Return a date as seconds since 1970; None where it is none. A date without a zone counts as UTC."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    return _timestamp(value) if isinstance(value, datetime) else None


def _timestamp(moment: datetime) -> float | None:
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (OverflowError, ValueError):
        return None


def _plain(value: object, budget: list[int], depth: int = 0) -> Any:
    """Return a value as JSON can hold it: dates as ISO strings, whatever is too much or too deep as None."""
    budget[0] -= 1
    if budget[0] < 0 or depth > 8:
        return None
    if isinstance(value, Mapping):
        return {clean(str(key)): _plain(item, budget, depth + 1) for key, item in _first(value.items(), budget)}
    if isinstance(value, (list, tuple, set)):
        return [_plain(item, budget, depth + 1) for item in _first(value, budget)]
    return _scalar(value)


def _scalar(value: object) -> Any:
    if isinstance(value, int) and value.bit_length() > _MAX_BITS:
        return None
    if value is None or isinstance(value, (bool, int)) or (isinstance(value, float) and isfinite(value)):
        return value
    return clean(value.isoformat() if isinstance(value, (date, time)) else str(value))


def _first(items: Any, budget: list[int]) -> list[Any]:
    return list(items)[: max(budget[0], 0)]


def _yaml(block: str) -> dict[str, Any] | None:
    import yaml  # type: ignore[import-untyped]

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        if not _is_modest(yaml.parse(block, Loader=loader)):
            return None
        values = yaml.load(block, Loader=loader)  # noqa: S506 - a safe loader, in C where there is one
    except (yaml.YAMLError, ValueError, TypeError, AttributeError, RecursionError, OverflowError):
        return None
    return _keyed(values if values is not None else {})


def _is_modest(events: Iterable[Any]) -> bool:
    """Tell whether YAML nests and merges no more than a person would write; its events come without recursion."""
    depth = aliases = merges = 0
    for event in events:
        kind = type(event).__name__
        depth += kind.endswith("StartEvent") - kind.endswith("EndEvent")
        aliases += kind == "AliasEvent"
        merges += kind == "ScalarEvent" and event.value == "<<"
        if depth > _MAX_DEPTH or (merges and aliases > _MAX_MERGED):
            return False
    return True


def _toml(block: str) -> dict[str, Any] | None:
    import tomllib

    if _MANY_DOTS.search(block):
        return None
    try:
        return tomllib.loads(block)
    except (ValueError, RecursionError):
        return None


def _split_json(text: str) -> tuple[str, FrontMatter | None]:
    try:
        values, end = json.JSONDecoder().raw_decode(text[:_MAX_CHARACTERS])
    except (ValueError, RecursionError):
        return text, None
    values = _keyed(values)
    if values is None or (text[end : end + 1] not in ("", "\n")):
        return text, None
    return "\n" * text.count("\n", 0, end) + text[end:], FrontMatter(values)


def _keyed(values: object) -> dict[str, Any] | None:
    return {str(key): value for key, value in values.items()} if isinstance(values, Mapping) else None

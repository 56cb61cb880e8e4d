"""Filter expressions drawn from their grammar, and the truth of each over a document, told without SQL."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

TEXTS = ("kind", "title", "language", "path")
NUMBERS = ("size", "page")
DATES = ("date", "modified")
COLUMNS = frozenset({*TEXTS, *NUMBERS, *DATES})
FIELDS = ("tags", "n", "draft", "who.name", "metadata.n", "first name", "note", "year", "nothing", "deep.list", "Ä", "tags.x")
VALUES = (
    "red", "blue", "5", "7.5", "it's", 'a"b', "100%", "a_b", "x\\y", "Ä", "É", "", " ", "true", "null", "2024", "--", "/*",
    "; DROP TABLE documents", "' OR 1=1 --", "%", "and", "RED", "[/]", "\u202e", "\x1b[31m", "0", "1",
)  # fmt: skip
COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "==": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_BARE = re.compile(r"[^\s'\"<>=!~(),]+")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_WORDS = {"and", "or", "not", "in", "exists", "true", "false"}

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Predicate:
    """An expression as it is typed, and what it means."""

    text: str
    holds: Callable[[Facts], bool]


def predicate(random: Random, depth: int = 3) -> Predicate:
    """Draw an expression."""
    kind = random.choice(["and", "or", "not", "(", "compare", "compare", "compare", "in", "exists"]) if depth else "compare"
    if kind in {"and", "or"}:
        parts = [predicate(random, depth - 1) for _ in range(random.randint(2, 3))]
        every = all if kind == "and" else any
        # Within each other only in parentheses: `and` binds more than `or`.
        text = f" {_cased(kind, random)} ".join(f"({part.text})" for part in parts)
        return Predicate(text, lambda facts: every(part.holds(facts) for part in parts))
    if kind in {"not", "("}:
        inner = predicate(random, depth - 1)
        if kind == "(":
            return Predicate(f"({inner.text})", inner.holds)
        return Predicate(f"{_cased('not', random)} ({inner.text})", lambda facts: not inner.holds(facts))
    field = random.choice([*FIELDS, *FIELDS, *COLUMNS])
    if kind == "exists":
        return Predicate(f"{_name(field, random)} {_cased('exists', random)}", lambda facts: _exists(facts, field))
    return _membership(field, random) if kind == "in" else _comparison(field, random)


def _comparison(field: str, random: Random) -> Predicate:
    mark = random.choice(["=", "==", "!=", "<>", "<", "<=", ">", ">=", "~"])
    text, value = _literal(field, random)
    blank = random.choice(["", " ", "  ", "\t"])
    told = f"{_name(field, random)}{blank}{mark}{blank}{text}"
    if mark in {"!=", "<>"}:
        return Predicate(told, lambda facts: not _any(facts, field, "=", value))
    return Predicate(told, lambda facts: _any(facts, field, mark, value))


def _membership(field: str, random: Random) -> Predicate:
    chosen = [_literal(field, random) for _ in range(random.randint(1, 4))]
    negated = random.random() < 0.5
    words = f"{_cased('not', random)} " if negated else ""
    told = f"{_name(field, random)} {words}{_cased('in', random)} ({', '.join(text for text, _ in chosen)})"
    return Predicate(told, lambda facts: negated != any(_any(facts, field, "=", value) for _, value in chosen))


def _literal(field: str, random: Random) -> tuple[str, Any]:
    if field in DATES:
        year, month, day = random.randint(2015, 2028), random.randint(1, 12), random.randint(1, 28)
        text = random.choice([f"{year}", f"{year}-{month:02}", f"{year}-{month:02}-{day:02}"])
        return random.choice([text, f"'{text}'"]), _span(text)
    if random.random() < 0.15:
        value = random.random() < 0.5
        return _cased(str(value).lower(), random), value
    if random.random() < 0.3:
        text = random.choice(["5", "7.5", "-1", "+5", "5.0", "0", "1", "1e3", "2024", ".5", "007", "1e999"])
        return text, float(text)
    text = random.choice(VALUES)
    if _BARE.fullmatch(text) and not _NUMBER.fullmatch(text) and text.lower() not in _WORDS and random.random() < 0.5:
        return text, text
    return _quoted(text, random), text


def _span(text: str) -> tuple[float, float]:
    parts = [int(part) for part in text.split("-")]
    first = datetime(parts[0], *[*parts[1:], 1, 1][:2]).astimezone()  # type: ignore[arg-type]
    if len(parts) == 3:
        after = datetime.fromordinal(first.toordinal() + 1)
    elif len(parts) == 2 and parts[1] < 12:
        after = datetime(parts[0], parts[1] + 1, 1)  # noqa: DTZ001
    else:
        after = datetime(parts[0] + 1, 1, 1)  # noqa: DTZ001
    return first.timestamp(), after.astimezone().timestamp()


def _cased(word: str, random: Random) -> str:
    return random.choice([word, word.upper(), word.title()])


def _quoted(text: str, random: Random) -> str:
    quote = random.choice("'\"")
    return quote + text.replace(quote, quote * 2) + quote


def _name(field: str, random: Random) -> str:
    return field if _BARE.fullmatch(field) and random.random() < 0.7 else _quoted(field, random)


def _any(facts: Facts, field: str, mark: str, value: Any) -> bool:
    """Tell whether one of the items of a field compares so."""
    if field in DATES:
        return facts[field] is not None and _dated(facts[field], mark, value)
    return any(_compares(item, mark, value, column=field in COLUMNS) for item in _items(facts, field))


def _dated(when: float, mark: str, span: tuple[float, float]) -> bool:
    begin, end = span
    if mark in {"=", "==", "~"}:
        return begin <= when < end
    return {"<": when < begin, "<=": when < end, ">": when >= end, ">=": when >= begin}[mark]


def _compares(item: Any, mark: str, value: Any, *, column: bool) -> bool:
    if item is None:
        return False
    if mark == "~":
        return _lower(_plain(value)) in _lower(_plain(item))
    compare, text = COMPARE[mark], isinstance(item, str)
    if isinstance(value, bool):
        if text:
            # SQLite: a column of texts takes the number as text; elsewhere every text comes after every number.
            return compare(_bytes(item), _bytes(str(int(value)))) if column else mark in {">", ">="}
        return compare(item, int(value))
    if isinstance(value, float):
        return (mark in {"=", "=="} and item == _plain(value)) if text else compare(item, value)
    return text and compare(_bytes(item), _bytes(value))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _plain(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _lower(text: str) -> str:
    return "".join(char.lower() if char.isascii() else char for char in text)


def _items(facts: Facts, field: str) -> list[Any]:
    if field in COLUMNS:
        return [facts[field]]
    found, value = _held(facts, field)
    if not found:
        return []
    items = value if isinstance(value, list) else [*value.values()] if isinstance(value, dict) else [value]
    return [int(item) if isinstance(item, bool) else item for item in items]


def _held(facts: Facts, field: str) -> tuple[bool, Any]:
    value: Any = facts["metadata"]
    for part in field.removeprefix("metadata.").split("."):
        if not isinstance(value, dict) or part not in value:
            return False, None
        value = value[part]
    return True, value


def _exists(facts: Facts, field: str) -> bool:
    return facts[field] is not None if field in COLUMNS else _held(facts, field)[0]


def metadata(random: Random) -> dict[str, Any]:
    """Draw metadata for a document."""
    kinds: list[Callable[[], Any]] = [
        lambda: random.choice(VALUES), lambda: random.choice([5, 7, 0, 1, -1, 2024]), lambda: random.choice([7.5, 0.5]),
        lambda: random.random() < 0.5, lambda: None,
        lambda: [random.choice([*VALUES, 5, 7.5, True]) for _ in range(random.randint(0, 3))],
    ]  # fmt: skip
    names = ("tags", "n", "draft", "first name", "note", "year", "Ä")
    made = {name: random.choice(kinds)() for name in names if random.random() < 0.6}
    if random.random() < 0.5:
        made["who"] = {"name": random.choice(kinds)(), "age": 5}
    if random.random() < 0.5:
        made["deep"] = {"list": [random.choice(VALUES) for _ in range(3)]}
    return made

"""`--where` expressions: parsed here, run by SQLite with every name and value as a parameter.

    expression  = term ("or" term)*
    term        = factor ("and" factor)*
    factor      = "not" factor | "(" expression ")" | comparison
    comparison  = field ("=" | "!=" | "<" | "<=" | ">" | ">=" | "~") value
                | field ["not"] "in" "(" value ("," value)* ")"
                | field "exists"

A field is a column (path, kind, title, language, size, date, modified, page) or a name in the metadata, with dots for what
is nested. A list in the metadata matches when one of its items does. `~` means contains, whatever the case.
Expressions may come from anybody: their length, parts and depth have limits, below those of SQLite.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from semspace.errors import InvalidFilter
from semspace.store.periods import period

COLUMNS = {
    "path": "d.path",
    "kind": "d.kind",
    "title": "d.title",
    "language": "d.language",
    "size": "d.size",
    "page": "p.page",
    "date": "d.date",
    "modified": "d.mtime_ns / 1e9",
}
DATES = frozenset({"date", "modified"})

_TOKEN = re.compile(
    r"""(?:
        (?P<string>'(?:[^']|'')*' | "(?:[^"]|"")*")
      | (?P<operator><=|>=|!=|<>|==|=|<|>|~)
      | (?P<mark>[(),])
      | (?P<word>[^\s'"<>=!~(),]+)
    )""",
    re.VERBOSE,
)
LONGEST = 10_000
"""Characters of an expression."""

PARTS = 400
"""Names, values, operators and marks of an expression."""

DEEPEST = 16
"""Parentheses and negations within each other: SQLite's parser has room for little more."""

SHOWN = 200
"""Characters of an expression that an error quotes."""

_SPACE = re.compile(r"\s*")
_NO_TEXT = re.compile("[\x00\ud800-\udc7f\udd00-\udfff]")
_BYTE = re.compile("[\udc80-\udcff]")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_KEYWORDS = frozenset({"and", "or", "not", "in", "exists"})


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition in SQL over `passages AS p JOIN documents AS d`, with its parameters."""

    sql: str
    parameters: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int


def parse(expression: str) -> Condition:
    """Parse an expression. Raises InvalidFilter, which points at the place."""
    return _Parser(expression).whole()


class _Parser:
    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._index = 0
        self._depth = 0
        self._tokens = self._scan()

    def _scan(self) -> list[_Token]:
        tokens, position = list[_Token](), 0
        if len(self._expression) > LONGEST:
            self._fail(f"it has {len(self._expression):,} characters, {LONGEST:,} are the most", LONGEST)
        if unheard := _NO_TEXT.search(self._expression):
            self._fail("no text holds this character", unheard.start())
        end = len(self._expression.rstrip())
        while position < end:
            position = _SPACE.match(self._expression, position).end()  # type: ignore[union-attr]  # it matches nothing, too
            match = _TOKEN.match(self._expression, position)
            if match is None:
                self._fail("this is not a name, a value or an operator", position)
            kind = str(match.lastgroup)
            if len(tokens) == PARTS:
                self._fail("the expression is too long", position)
            tokens.append(_Token(kind, match.group(kind), match.start(kind)))
            position = match.end()
        return [*tokens, _Token("end", "", len(self._expression))]

    def _fail(self, problem: str, position: int) -> NoReturn:
        first = max(0, position - SHOWN // 2)
        shown = self._expression[first : first + SHOWN]
        raise InvalidFilter(
            f"The filter does not parse at character {position + 1}: {problem}.\n  {shown}\n  {' ' * (position - first)}^",
            "Write it like: tags = 'python' and date >= 2024-01-01",
        )

    @property
    def _token(self) -> _Token:
        return self._tokens[self._index]

    def _take(self, text: str) -> bool:
        if self._token.kind != "string" and self._token.text.lower() == text:
            self._index += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._take(text):
            self._fail(f"expected {text!r}", self._token.position)

    def whole(self) -> Condition:
        condition = self._expression_()
        if self._token.kind != "end":
            self._fail("expected 'and', 'or' or the end", self._token.position)
        return condition

    def _expression_(self) -> Condition:
        return self._chain("or", self._term)

    def _term(self) -> Condition:
        return self._chain("and", self._factor)

    def _chain(self, word: str, part: Callable[[], Condition]) -> Condition:
        conditions = [part()]
        while self._take(word):
            conditions.append(part())
        if len(conditions) == 1:
            return conditions[0]
        return Condition(
            "(" + f" {word.upper()} ".join(condition.sql for condition in conditions) + ")",
            tuple(parameter for condition in conditions for parameter in condition.parameters),
        )

    def _factor(self) -> Condition:
        if self._depth > DEEPEST:
            self._fail("too much within each other", self._token.position)
        self._depth += 1
        if self._take("not"):
            condition = _negated(self._factor())
        elif self._take("("):
            condition = self._expression_()
            self._expect(")")
        else:
            condition = self._comparison()
        self._depth -= 1
        return condition

    def _comparison(self) -> Condition:
        field = self._field()
        if self._take("exists"):
            return _exists(field)
        negated = self._take("not")
        if self._take("in"):
            self._expect("(")
            found = [_compare(field, "=", self._value(field))]
            while self._take(","):
                found.append(_compare(field, "=", self._value(field)))
            self._expect(")")
            sql = "(" + " OR ".join(condition.sql for condition in found) + ")"
            condition = Condition(sql, tuple(p for condition in found for p in condition.parameters))
            return _negated(condition) if negated else condition
        if negated or self._token.kind != "operator":
            self._fail("expected one of = != < <= > >= ~ in exists", self._token.position)
        operator = self._token.text
        self._index += 1
        value = self._value(field)
        if operator in {"!=", "<>"}:
            return _negated(_compare(field, "=", value))
        return _compare(field, "=" if operator == "==" else operator, value)

    def _field(self) -> str:
        token = self._token
        name = _unquoted(token)
        if token.kind not in {"word", "string"} or (token.kind == "word" and name.lower() in _KEYWORDS):
            self._fail("expected the name of a field", token.position)
        if '"' in name or "\\" in name or not name:
            self._fail("a field's name holds neither quotes nor backslashes", token.position)
        if _BYTE.search(name):
            self._fail("a field's name is text", token.position)
        self._index += 1
        return name

    def _value(self, field: str) -> Any:
        token = self._token
        if token.kind not in {"word", "string"}:
            self._fail("expected a value", token.position)
        self._index += 1
        text = _unquoted(token)
        if field in DATES:
            span = period(text)
            if span is None:
                self._fail("expected a date such as 2024, 2024-05, 2024-05-31 or 7d", token.position)
            return span
        if token.kind == "string":
            return text
        if text.lower() in {"true", "false"}:
            return text.lower() == "true"
        return float(text) if _NUMBER.fullmatch(text) else text


def _unquoted(token: _Token) -> str:
    if token.kind != "string":
        return token.text
    quote = token.text[0]
    return token.text[1:-1].replace(quote * 2, quote)


def _negated(condition: Condition) -> Condition:
    # COALESCE: a document without the field is one that does not match.
    return Condition(f"NOT COALESCE({condition.sql}, 0)", condition.parameters)


def _compare(field: str, operator: str, value: Any) -> Condition:
    if field in DATES:
        return _compare_date(COLUMNS[field], operator, value)
    if field in COLUMNS:
        return Condition(*_test(COLUMNS[field], operator, value))
    test, parameters = _test("j.value", operator, value)
    sql = f"EXISTS (SELECT 1 FROM json_each(d.metadata, ?) AS j WHERE {test})"  # noqa: S608  # `test` holds no foreign text
    return Condition(sql, (_pointer(field), *parameters))


def _test(column: str, operator: str, value: Any) -> tuple[str, tuple[Any, ...]]:
    if operator == "~":
        return f"instr(lower({column}), lower(CAST(? AS TEXT))) > 0", (_bound(_plain(value)),)
    if isinstance(value, bool):
        return f"{column} {operator} ?", (int(value),)
    if isinstance(value, float):
        # 5 is also the text "5": front matter quotes numbers as its author likes.
        number = f"(typeof({column}) IN ('integer', 'real') AND {column} {operator} ?)"
        return (f"({number} OR {column} = ?)", (value, _plain(value))) if operator == "=" else (number, (value,))
    return f"(typeof({column}) = 'text' AND {column} {operator} CAST(? AS TEXT))", (_bound(value),)


def _compare_date(column: str, operator: str, span: tuple[float, float]) -> Condition:
    begin, end = span
    if operator in {"=", "~"}:
        return Condition(f"({column} >= ? AND {column} < ?)", (begin, end))
    comparison, edge = {">": (">=", end), ">=": (">=", begin), "<": ("<", begin), "<=": ("<", end)}[operator]
    return Condition(f"{column} {comparison} ?", (edge,))


def _exists(field: str) -> Condition:
    if field in COLUMNS:
        return Condition(f"{COLUMNS[field]} IS NOT NULL", ())
    return Condition("json_type(d.metadata, ?) IS NOT NULL", (_pointer(field),))


def _pointer(field: str) -> str:
    name = field.removeprefix("metadata.")
    return "$" + "".join(f".{json.dumps(part, ensure_ascii=False)}" for part in name.split("."))


def _bound(text: str) -> str | bytes:
    """Return a text as SQLite takes it: one with bytes of a file name that is not UTF-8 in it, as these bytes."""
    return text.encode("utf-8", "surrogateescape") if _BYTE.search(text) else text


def _plain(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)

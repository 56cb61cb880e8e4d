"""No text, name or pattern of anybody can make a regular expression take for ever. Nobody can give one of his own.

Every expression of the package is run over texts that are made to hurt it, in the ways in which its module uses it.
"""

from __future__ import annotations

import ast
import re
import time
from collections.abc import Iterator
from importlib import import_module
from itertools import product
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import pytest

import semspace
from semspace.globs import glob
from semspace.lexical import understand
from semspace.readers import formats
from semspace.readers.ignore import Rules
from semspace.ui import safe

WAYS = ("search", "match", "fullmatch", "finditer", "sub", "split", "findall")
SCANS = {"finditer", "sub", "split", "findall"}

LONG = 20_000
LINE = 2_000
"""Characters of a line that a reader looks at: its expressions may take the square of them."""

SECONDS = 0.15
"""Of the processor: what is linear takes a hundredth of it."""

BEFORE = ("", "# ", "[", "---\n", "\\section{", "#!env ", "<?xml ", "D:", "'", "1")
PUMPED = (
    " ", "\n", "\t", " \n", "a", "1", "a ", "1:", "#", "# ", "![", "[", "[](", "<", "<a ", "</", "{", "{#", "{\\", "\\",
    "\\a", "\\section[", "`", "*", "**a", "_a", "~~", '"', '"a', "'", "''", "(", "-", "=", "= ", ":", "a:", "!", "%", ".",
    "1.", "1e", "a\n", "\r\n", "\x1e", "From ", "encoding=", "a-", "-S ", "env ", "/", "a/", "[Image: ", "[a](", "\u200d",
    "\u0301", "\ufe0f", "\u2764\u200d", "\ud800", ":a", "+", "\\{", "TODO ", "0:0", "<v.a", " \"a", "\u6cb3",
)  # fmt: skip
AFTER = ("", "\n!")


def modules() -> Iterator[str]:
    for info in walk_packages(semspace.__path__, "semspace."):
        if not re.search(r"\.(samples|bench)\b|__main__", info.name):
            yield info.name


def expressions(value: Any, depth: int = 0) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, (tuple, list, set, frozenset)) and depth < 3:
        for one in value:
            yield from expressions(one, depth + 1)
    elif isinstance(value, dict) and depth < 3:
        yield from expressions([*value.keys(), *value.values()], depth + 1)


def uses(module: Any, name: str) -> set[str]:
    """Return the methods that a module calls on an expression; of those in a table, the one that looks furthest."""
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in WAYS]
    found = {node.attr for node in calls if isinstance(node.value, ast.Name) and node.value.id == name}
    return {"finditer" if way in SCANS else way for way in found} or {"finditer"}


ALL = [
    (f"{name}.{attribute}", place, one, way)
    for name in modules()
    for attribute, value in list(vars(import_module(name)).items())
    if not attribute.startswith("__")
    for place, one in enumerate(expressions(value))
    for way in sorted(uses(import_module(name), attribute))
    if f"{attribute} =" in Path(str(import_module(name).__file__)).read_text(encoding="utf-8")
]
ALL += [
    ("semspace.readers.formats.magic", place, re.compile(pattern, re.DOTALL | re.IGNORECASE), "match")
    for table in vars(formats).values()
    if isinstance(table, tuple) and table and isinstance(table[0], tuple) and isinstance(table[0][0], bytes)
    for place, (pattern, _) in enumerate(table)
]
# What compiles a pattern only when it is asked for.
ALL += [
    (f"semspace.ui.safe.{name}", 0, re.compile(getattr(safe, name)), "finditer")
    for name in sorted(set(re.findall(r"_compiled\((_\w+)\)", Path(safe.__file__).read_text(encoding="utf-8"))))
]


def test_there_are_expressions_to_try() -> None:
    assert len(ALL) > 60


@pytest.mark.parametrize(
    ("name", "place", "expression", "way"), ALL, ids=[f"{name}-{place}-{way}" for name, place, _, way in ALL]
)
def test_an_expression_takes_no_longer_than_its_text_is_long(
    name: str, place: int, expression: re.Pattern[Any], way: str
) -> None:
    size = LINE if name.startswith("semspace.readers.") else LONG
    letters = set(expression.pattern if isinstance(expression.pattern, str) else expression.pattern.decode("latin-1"))
    # What an expression does not name it can only skip, and that is tried with the letters, digits and blanks.
    pumped = [one for one in PUMPED if set(one) & letters or one.isalnum() or one.isspace()]
    for before, pump, after in product(BEFORE, pumped, AFTER):
        text: Any = before + pump * (size // len(pump)) + after
        if isinstance(expression.pattern, bytes):
            text = text.encode("utf-8", "surrogatepass")
        started = time.thread_time()
        found = getattr(expression, way)(text)
        if way == "finditer":
            for _ in found:
                pass
        assert time.thread_time() - started < SECONDS, f"{before!r} + {pump!r} * n + {after!r}"


@pytest.mark.parametrize(
    "pattern",
    [
        "*a*a*a*a*a*a*a*a*b", "?a*?a*?a*?a*b", "[a]*[a]*[a]*[a]*[!a]", "a/**/a/**/a/**/a/**/b", "**/a/**/a/**/*a*a*/**/b",
        "*" * 900 + "b", "**/" * 300 + "b",
    ],
)  # fmt: skip
def test_a_glob_takes_no_longer_than_the_path_is_long(pattern: str) -> None:
    rules = Rules.of("/d/", [pattern])
    for path in ("a/" * 2000 + "c", "a" * 255 + "/" + "a" * 255, ("a" * 255 + "/") * 15 + "c"):
        started = time.thread_time()
        rules.says(f"/d/{path}")
        rules.says_inside(f"/d/{path}")
        expression = glob(pattern).regex
        assert expression
        expression.search(path)
        assert time.thread_time() - started < SECONDS


@pytest.mark.parametrize(
    "query", ['"' + "a" * 100_000, '"a ' * 30_000, ' "' * 50_000, "+a*" * 30_000, "-" * 100_000, "a'" * 50_000]
)
def test_a_query_is_understood_in_no_time(query: str) -> None:
    started = time.thread_time()
    understand(query)
    assert time.thread_time() - started < SECONDS


def test_no_expression_is_made_of_what_a_user_typed() -> None:
    """`re.compile` and its like get what is written in the source, or what was escaped or made by `globs`."""
    made = []
    for name in modules():
        path = Path(str(import_module(name).__file__))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {f"re.{way}" for way in (*WAYS, "compile")}:
                told = ast.unparse(node.args[0])
                plain = isinstance(node.args[0], ast.Constant) or "re.escape" in told
                made += [f"{name}: {told}"] if not plain and not _of_constants(node.args[0], path) else []
    assert sorted(made) == KNOWN


KNOWN = [
    "semspace.globs: _straight(pattern.regex.pattern)",
    "semspace.readers.formats: pattern",
    "semspace.readers.pdf: pattern",
    "semspace.ui.safe: pattern",
]
"""Expressions that are computed: of globs, which are tried above; of a table, which is too; of the escaped words of a title;
and constants that are compiled when they are asked for, tried above as well."""


def _of_constants(node: ast.expr, path: Path) -> bool:
    """Tell whether an expression is put together of names of the module that are written out there."""
    names = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
    tree = ast.parse(path.read_text(encoding="utf-8"))
    written = {target.id for item in tree.body if isinstance(item, (ast.Assign, ast.AnnAssign)) for target in _targets(item)}
    return names <= written


def _targets(item: ast.Assign | ast.AnnAssign) -> list[ast.Name]:
    targets = item.targets if isinstance(item, ast.Assign) else [item.target]
    return [target for target in targets if isinstance(target, ast.Name)]

"""A file of a person's own queries -> topics about his space.

Lines of `query TAB target [TAB grade]`, or JSON, one object a line: {"query": "...", "relevant": ["...", ...]} with targets,
or with {"target": grade}. A target is a path, path:line, #ID, or the id that a program gave a text; a file is wanted in any
of its passages.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from semspace import targets
from semspace.errors import InvalidInput, NotFound, PathNotFound
from semspace.evaluation.topics import Topic
from semspace.paths import real
from semspace.store import TEXT_PREFIX, Store

FORM = 'A line is: query TAB path, path:line or #ID [TAB grade]; or {"query": ..., "relevant": [...]}.'

Judged = tuple[int, str, str, int]
"""(number of the line, query, target, grade)"""


def read_queries(path: Path, store: Store) -> tuple[list[Topic], bool]:
    """Return the queries of a file in their order, and whether every target is a whole document.

    Lines of one query belong together.

    Raises PathNotFound where there is no file, InvalidInput with the number of a line that is none, NotFound where its target
    is not in the space.
    """
    wanted: dict[str, dict[str, int]] = {}
    places: dict[str, dict[str, str]] = {}
    documents = True
    for number, query, target, grade in _judged(path):
        ids, document = _passages(target, store, f"Line {number} of {path}")
        documents = documents and document
        wanted.setdefault(query, {})[target] = grade
        for one in ids:
            places.setdefault(query, {})[str(one)] = target
    topics = [Topic(query, grades, places[query]) for query, grades in wanted.items() if max(grades.values()) > 0]
    if not topics:
        raise InvalidInput(f"{path} holds no query with anything that answers it.", FORM)
    return topics, documents


def _judged(path: Path) -> Iterator[Judged]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise PathNotFound(f"There is no file {path}.", FORM) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path} cannot be read as text: {error}.", FORM) from error
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("# "):
            for query, target, grade in _of_json(line, path, number) if line.startswith("{") else _of_tabs(line, path, number):
                if not any(map(str.isalnum, query)):
                    raise InvalidInput(f"Line {number} of {path} has no query.", FORM)
                yield number, query, target, grade


def _of_tabs(line: str, path: Path, number: int) -> Iterator[tuple[str, str, int]]:
    fields = [field.strip() for field in line.split("\t")]
    if not 2 <= len(fields) <= 3 or not fields[1]:
        raise InvalidInput(f"Line {number} of {path} has {len(fields)} fields, not 2 or 3.", FORM)
    yield fields[0], fields[1], _grade(fields[2], path, number) if len(fields) == 3 else 1


def _of_json(line: str, path: Path, number: int) -> Iterator[tuple[str, str, int]]:
    try:
        row: dict[str, Any] = json.loads(line)
        query, relevant = row["query"], row["relevant"]
    except (ValueError, KeyError) as error:
        raise InvalidInput(f"Line {number} of {path} has no query or nothing relevant: {error}.", FORM) from error
    given = {relevant: 1} if isinstance(relevant, str | int) else relevant
    given = dict.fromkeys(given, 1) if isinstance(given, list) else given
    if not isinstance(query, str) or not isinstance(given, dict) or not given:
        raise InvalidInput(f"Line {number} of {path} is not a query with a list of targets.", FORM)
    for target, grade in given.items():
        yield query.strip(), str(target), _grade(grade, path, number)


def _grade(value: object, path: Path, number: int) -> int:
    text = str(value)
    if isinstance(value, bool) or not text.isdecimal():
        raise InvalidInput(f"Line {number} of {path}: {text!r} is no grade.", "A grade is 0, 1, 2 ...; larger is better.")
    return int(text)


def _passages(target: str, store: Store, where: str) -> tuple[list[int], bool]:
    """Return the passages in which a target is found, and whether it is a whole document. Raises NotFound."""
    try:
        held = store.passages_of(TEXT_PREFIX + target) or store.passages_of(real(target))
        return (held, True) if held else ([targets.passage_at(target, store)], False)
    except (NotFound, InvalidInput) as error:
        raise type(error)(f"{where}: {error.message}", error.hint) from error

"""Filters: an expression over metadata, paths, globs and dates, never built into SQL as text."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semspace.errors import InvalidFilter
from semspace.records import Document, Filter, Passage, Stamp
from semspace.store import Entry, WritableStore, period, text_hash


def put(store: WritableStore, path: str, metadata: dict[str, Any] | None = None, **facts: Any) -> None:
    document = Document(path, path, metadata=metadata or {}, **facts)
    stamp = Stamp(10, 1_600_000_000_000_000_000, 0, 0)
    row = np.array([[1.0, 0.0]], dtype=np.float32)
    store.put(
        [Entry(document, [Passage(0, len(path), path, page=3)], [text_hash(path)], b"", "1", stamp)], {text_hash(path): row[0]}
    )


def found(store: WritableStore, chosen: Filter) -> list[str]:
    rows = store.rows(store.ids(chosen).tolist())
    return [row.path for row in rows.values()]


@pytest.fixture(scope="module")
def store() -> WritableStore:
    store = WritableStore.create(":memory:", 2)
    put(store, "/d/a.md", {"tags": ["red", "blue"], "n": 5, "draft": True, "who": {"first name": "Ann"}}, title="Alpha")
    put(store, "/d/b.txt", {"tags": "red", "n": "5", "draft": False, "year": "2021-03-01"}, date=1_700_000_000.0)
    put(store, "/d/sub/c.md", {"n": 7.5, "note": '100% it\'s "so"'}, kind="markdown", language="en")
    put(store, "/dd/d.md", {})
    return store


A, B, C, D = "/d/a.md", "/d/b.txt", "/d/sub/c.md", "/dd/d.md"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("tags = red", [A, B]),
        ("tags = 'blue'", [A]),
        ("tags != red", [C, D]),
        ("not tags = red", [C, D]),
        ("n = 5", [A, B]),
        ("n = '5'", [B]),
        ("n > 5", [C]),
        ("n >= 5 and n < 7.6", [A, C]),
        ("n <= 7.5", [A, C]),
        ("draft = true", [A]),
        ("draft = false or draft = true", [A, B]),
        ("'who.first name' = Ann", [A]),
        ("metadata.tags = red", [A, B]),
        ("year >= '2021-02' and year < '2022'", [B]),
        ("tags in (blue, green)", [A]),
        ("tags not in (blue, green)", [B, C, D]),
        ("tags exists", [A, B]),
        ("not (tags exists or n exists)", [D]),
        ("note ~ '100%'", [C]),
        ("note ~ '1%0'", []),
        ('note ~ "it\'s"', [C]),
        ("note ~ 'IT''S'", [C]),
        ("title ~ alp", [A]),
        ("kind = markdown", [C]),
        ("language = en", [C]),
        ("size = 10", [A, B, C, D]),
        ("page = 3 and path ~ sub", [C]),
        ("date = 2023", [B]),
        ("date < 2021", [A, C, D]),
        ("date > 2020-09-13", [B]),
        ("date >= 2020-09-13", [A, B, C, D]),
        ("date <= 2020-09-13", [A, C, D]),
        ("AND_ = 1 OR n = 5", [A, B]),
        ("n=5 AND NOT draft=true", [B]),
        ("n=7.5 or n=5 and draft=true", [A, C]),
    ],
)
def test_an_expression_lets_through(store: WritableStore, expression: str, expected: list[str]) -> None:
    assert found(store, Filter(where=expression)) == expected


@pytest.mark.parametrize(
    ("expression", "position"),
    [
        ("", 1), ("   ", 4), ("n =", 4), ("= 5", 1), ("n 5", 3), ("n = 5 6", 7), ("(n = 5", 7), ("n = 5)", 6), ("n ! 5", 3),
        ("and", 1), ("n in 5", 6), ("n in (5", 8), ("n = 'open", 5), ("n not 5", 7), ("date = soon", 8), ("'' = 1", 1),
        ("n = 5; DROP TABLE documents", 8), ("'a\"b' = 1", 1), ("n exists 5", 10), ("n = 5 or", 9),
    ],
)  # fmt: skip
def test_an_expression_that_does_not_parse_points_at_the_place(store: WritableStore, expression: str, position: int) -> None:
    with pytest.raises(InvalidFilter) as error:
        store.ids(Filter(where=expression))
    assert f"at character {position}:" in str(error.value)
    assert error.value.hint


@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from(["n", "=", "5", "(", ")", "and", "or", "not", "in", "'x'", ","])).map(" ".join)
)
@settings(max_examples=300, deadline=None)
def test_any_expression_filters_or_is_refused_and_changes_nothing(store: WritableStore, expression: str) -> None:
    with suppress(InvalidFilter):
        store.ids(Filter(where=expression))
    assert store.counts() == (4, 4)


FIELDS = st.sampled_from(["a", "b", "c d"])
VALUES = st.sampled_from(["x", "y", "it's", 'q"', "%", "x%y"])


@given(st.dictionaries(FIELDS, VALUES | st.lists(VALUES, max_size=3)), FIELDS, VALUES, st.booleans())
@settings(max_examples=200, deadline=None)
def test_a_comparison_agrees_with_python(metadata: dict[str, Any], field: str, value: str, contains: bool) -> None:
    store = WritableStore.create(":memory:", 2)
    put(store, "/x", metadata)
    literal = "'" + value.replace("'", "''") + "'"
    answer = found(store, Filter(where=f"'{field}' {'~' if contains else '='} {literal}"))
    held = metadata.get(field, [])
    items = held if isinstance(held, list) else [held]
    assert bool(answer) == any(value in item if contains else value == item for item in items)


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (Filter(paths=("/d",)), [A, B, C]),
        (Filter(paths=("/d/sub/", B)), [B, C]),
        (Filter(paths=("/d/a",)), []),
        (Filter(paths=("/",)), [A, B, C, D]),
        (Filter(include=("*.md",)), [A, C, D]),
        (Filter(include=("sub/",)), [C]),
        (Filter(exclude=("*.md",)), [B]),
        (Filter(include=("*.md",), exclude=("/d/sub",), paths=("/d",)), [A]),
        (Filter(since=1_650_000_000), [B]),
        (Filter(until=1_650_000_000), [A, C, D]),
        (Filter(where="n = 5", include=("*.txt",)), [B]),
    ],
)
def test_paths_globs_and_dates_let_through(store: WritableStore, chosen: Filter, expected: list[str]) -> None:
    assert found(store, chosen) == expected


def test_a_date_is_the_whole_of_what_it_names() -> None:
    def local(*parts: int) -> float:
        return datetime(*parts).astimezone().timestamp()  # type: ignore[arg-type, misc]

    assert period("2024") == (local(2024, 1, 1), local(2025, 1, 1))
    assert period("2024-12") == (local(2024, 12, 1), local(2025, 1, 1))
    assert period("2024-02-29") == (local(2024, 2, 29), local(2024, 3, 1))
    assert period("2024-02-29T12:30:00+00:00") == (1709209800.0, 1709209800.0)
    week = period("7d")
    assert week is not None
    assert week[0] == pytest.approx(time.time() - 7 * 86400, abs=5)
    assert [period(text) for text in ("", "soon", "2024-13", "2024-02-30", "99999999d", "-7d")] == [None] * 6

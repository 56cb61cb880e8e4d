"""Indexes in files: what they write and read again, and what lists do to recall."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vector_samples import DIM, answers, assert_same, brute_force, clustered, recall, some_ids, some_vectors

from semspace.arrays import Ids, Vectors, unit
from semspace.errors import InvalidVectors, MissingDependency
from semspace.vectors import KINDS, FileIndex, engine


@pytest.fixture(params=sorted(KINDS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["ivf", "rabitq"])
def approximate(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def filled(kind: str, count: int = 300) -> tuple[FileIndex, Ids, Vectors]:
    index = engine(kind).create(DIM)
    index.add(some_ids(count), some_vectors(count))
    return index, some_ids(count), some_vectors(count)


def learnt(kind: str, vectors: Vectors) -> FileIndex:
    """Make an index in lists, whose ids are rows."""
    size = engine(kind).sample_size(len(vectors))
    index = engine(kind).create(vectors.shape[1], vectors[:size])
    index.add(np.arange(len(vectors)), vectors)
    return index


def test_an_index_comes_back_from_its_file(kind: str, tmp_path: Path) -> None:
    index, ids, vectors = filled(kind)
    index.remove(ids[:5])
    index.save(tmp_path / "index")
    again = engine(kind).load(tmp_path / "index", DIM)
    queries = some_vectors(10, seed=6)
    assert_same("flat", again.search(queries, 10), index.search(queries, 10))
    again.add(ids[:5], vectors[:5])
    assert_same(kind, answers(again, queries, 10, ids, vectors), brute_force(queries, ids, vectors, 10))


def test_a_mapped_index_answers_and_can_be_changed_without_changing_its_file(kind: str, tmp_path: Path) -> None:
    index, ids, vectors = filled(kind)
    index.save(tmp_path / "index")
    before = (tmp_path / "index").read_bytes()
    mapped = engine(kind).load(tmp_path / "index", DIM, writable=False)
    queries = some_vectors(10, seed=6)
    assert_same("flat", mapped.search(queries, 10), index.search(queries, 10))
    mapped.remove(ids[:5])
    mapped.add(np.array([5]), vectors[:1])
    assert len(mapped) == 296
    again = engine(kind).load(tmp_path / "index", DIM, writable=False)
    again.add(np.array([6]), vectors[:1])
    assert 5 not in again.ids()
    assert len(again) == 301
    assert (tmp_path / "index").read_bytes() == before


def test_a_file_of_another_kind_is_refused(kind: str, tmp_path: Path) -> None:
    filled(kind)[0].save(tmp_path / "index")
    for other in {*KINDS} - {kind}:
        with pytest.raises(InvalidVectors):
            engine(other).load(tmp_path / "index", DIM)


def test_lists_find_nearly_all_in_real_clusters(approximate: str) -> None:
    vectors = clustered(10_000, 64)
    index, ids = learnt(approximate, vectors), np.arange(10_000)
    queries = clustered(50, 64, seed=2)
    expected = brute_force(queries, ids, vectors, 10)
    index.effort = 24
    assert recall(answers(index, queries, 10, ids, vectors), expected) >= 0.95


def test_with_the_most_effort_nothing_is_missed() -> None:
    vectors = clustered(3_000, 64)
    index, ids = learnt("ivf", vectors), np.arange(3_000)
    queries = some_vectors(20, seed=2)
    index.effort = index.efforts()[-1]
    assert len(index.efforts()) > 5
    assert_same("ivf", index.search(queries, 10), brute_force(queries, ids, vectors, 10))


def test_too_little_effort_is_seen_to_miss(approximate: str) -> None:
    vectors = unit(np.random.default_rng(3).normal(size=(10_000, 64)))
    index, ids = learnt(approximate, vectors), np.arange(10_000)
    queries = some_vectors(50, seed=4)
    index.effort = 1
    assert recall(answers(index, queries, 10, ids, vectors), brute_force(queries, ids, vectors, 10)) < 0.6


def test_effort_is_kept_in_the_file(approximate: str, tmp_path: Path) -> None:
    index = learnt(approximate, clustered(2_000, 64))
    index.effort = 5
    index.save(tmp_path / "index")
    assert engine(approximate).load(tmp_path / "index", 64, writable=False).effort == 5


def test_as_many_as_asked_for_are_found_whatever_the_effort(approximate: str) -> None:
    vectors = clustered(3_000, 64)
    index = learnt(approximate, vectors)
    index.effort = 1
    assert [len(one) for one in index.search(some_vectors(3, seed=5), 2_500)] == [2_500] * 3
    among = np.arange(100, 3_000, 7)
    assert [len(one) for one in index.search(some_vectors(3, seed=5), 3_000, among)] == [len(among)] * 3


def test_the_same_vectors_make_the_same_file(approximate: str, tmp_path: Path) -> None:
    for name in ("one", "two"):
        learnt(approximate, clustered(3_000, 64)).save(tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_lists_follow_adding_and_removing(approximate: str) -> None:
    vectors = clustered(4_000, 64)
    index, ids = learnt(approximate, vectors[:3_000]), np.arange(4_000)
    index.add(ids[3_000:], vectors[3_000:])
    index.remove(ids[:1_500])
    assert index.ids().tolist() == ids[1_500:].tolist()
    index.effort = 24
    queries = clustered(30, 64, seed=6)
    found = answers(index, queries, 10, ids[1_500:], vectors[1_500:])
    assert recall(found, brute_force(queries, ids[1_500:], vectors[1_500:], 10)) >= 0.95


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 20)), max_size=40))
def test_any_order_of_adding_and_removing_leaves_what_a_dict_holds(steps: list[tuple[bool, int]]) -> None:
    for kind in KINDS:
        index, model = engine(kind).create(DIM), dict[int, Vectors]()
        pool = some_vectors(21)
        for add, number in steps:
            if add and number not in model:
                index.add(np.array([number]), pool[number : number + 1])
                model[number] = pool[number]
            elif not add:
                index.remove(np.array([number]))
                model.pop(number, None)
        ids = np.array(sorted(model), dtype=np.int64)
        rows = np.array([model[number] for number in sorted(model)], dtype=np.float32).reshape(-1, DIM)
        queries = some_vectors(3, seed=9)
        assert_same(kind, answers(index, queries, 5, ids, rows), brute_force(queries, ids, rows, 5))


def test_a_file_of_another_dimension_is_refused(kind: str, tmp_path: Path) -> None:
    filled(kind)[0].save(tmp_path / "index")
    with pytest.raises(InvalidVectors):
        engine(kind).load(tmp_path / "index", DIM * 2)


def test_an_unknown_kind_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(MissingDependency) as error:
        engine("hyperspace")
    assert "flat" in str(error.value.hint)

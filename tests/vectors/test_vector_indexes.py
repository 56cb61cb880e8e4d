"""Every index against one oracle: numpy, by brute force, in values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semspace.arrays import Ids, Ranking, Vectors, unit
from semspace.errors import InvalidVectors, MissingDependency
from semspace.vectors import KINDS, VectorIndex, engine

DIM = 16


def some_vectors(count: int, seed: int = 1) -> Vectors:
    return unit(np.random.default_rng(seed).normal(size=(count, DIM)))


def some_ids(count: int) -> Ids:
    return np.arange(count, dtype=np.int64) * 7 + 1_000_000_000_000


def brute_force(queries: Vectors, ids: Ids, vectors: Vectors, k: int, among: Ids | None = None) -> list[Ranking]:
    kept = np.isin(ids, among) if among is not None else np.ones(len(ids), dtype=bool)
    return [Ranking.of(ids[kept], vectors[kept] @ query).top(k) for query in queries]


@pytest.fixture(params=sorted(KINDS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def filled(kind: str, count: int = 300) -> tuple[VectorIndex, Ids, Vectors]:
    index = engine(kind).create(DIM)
    index.add(some_ids(count), some_vectors(count))
    return index, some_ids(count), some_vectors(count)


def assert_same(found: list[Ranking], expected: list[Ranking]) -> None:
    for one, other in zip(found, expected, strict=True):
        assert one.ids.tolist() == other.ids.tolist()
        np.testing.assert_allclose(one.scores, other.scores, atol=1e-6)


@pytest.mark.parametrize("k", [1, 10, 300, 1000])
def test_search_gives_what_brute_force_gives(kind: str, k: int) -> None:
    index, ids, vectors = filled(kind)
    queries = some_vectors(20, seed=2)
    assert_same(index.search(queries, k), brute_force(queries, ids, vectors, k))


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 1.0])
def test_search_among_some_ids_gives_what_brute_force_gives(kind: str, share: float) -> None:
    index, ids, vectors = filled(kind)
    queries = some_vectors(5, seed=3)
    among = np.random.default_rng(4).permutation(ids)[: int(share * len(ids))]
    assert_same(index.search(queries, 10, among), brute_force(queries, ids, vectors, 10, among))


def test_ids_that_are_not_there_do_not_answer(kind: str) -> None:
    index, ids, _ = filled(kind)
    assert index.search(some_vectors(1), 5, np.array([3, int(ids[4])]))[0].ids.tolist() == [int(ids[4])]


def test_what_is_removed_is_not_found_and_the_rest_is(kind: str) -> None:
    index, ids, vectors = filled(kind)
    index.remove(np.concatenate([ids[::3], [5]]))
    kept = np.setdiff1d(np.arange(len(ids)), np.arange(len(ids))[::3])
    assert len(index) == len(kept)
    assert index.ids().tolist() == ids[kept].tolist()
    queries = some_vectors(10, seed=5)
    assert_same(index.search(queries, 10), brute_force(queries, ids[kept], vectors[kept], 10))


def test_an_index_comes_back_from_its_file(kind: str, tmp_path: Path) -> None:
    index, ids, vectors = filled(kind)
    index.remove(ids[:5])
    index.save(tmp_path / "index")
    again = engine(kind).load(tmp_path / "index", DIM)
    queries = some_vectors(10, seed=6)
    assert_same(again.search(queries, 10), index.search(queries, 10))
    again.add(ids[:5], vectors[:5])
    assert_same(again.search(queries, 10), brute_force(queries, ids, vectors, 10))


def test_a_batch_of_queries_equals_one_by_one(kind: str) -> None:
    index, _, _ = filled(kind)
    queries = some_vectors(9, seed=8)
    assert_same(index.search(queries, 7), [index.search(query[None], 7)[0] for query in queries])


def test_an_empty_index_answers_with_nothing(kind: str) -> None:
    index = engine(kind).create(DIM)
    assert [len(ranking) for ranking in index.search(some_vectors(2), 5)] == [0, 0]
    index.add(some_ids(0), some_vectors(0))
    index.remove(some_ids(3))
    assert len(index) == 0


@settings(max_examples=30, deadline=None)
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
        assert_same(index.search(queries, 5), brute_force(queries, ids, rows, 5))


@pytest.mark.parametrize(
    "bad",
    [
        np.ones((1, DIM + 1)),
        np.ones(DIM),
        np.full((1, DIM), np.nan),
        np.full((1, DIM), np.inf),
        np.zeros((1, DIM)),
        np.full((1, DIM), 3.0),
    ],
)
def test_bad_vectors_are_refused_and_nothing_is_stored(kind: str, bad: Vectors) -> None:
    index, _, _ = filled(kind)
    with pytest.raises(InvalidVectors):
        index.add(np.array([1]), bad.astype(np.float32))
    with pytest.raises(InvalidVectors):
        index.search(bad.astype(np.float32), 3)
    assert len(index) == 300


def test_an_id_that_is_there_already_is_refused(kind: str) -> None:
    index, ids, _ = filled(kind)
    with pytest.raises(InvalidVectors):
        index.add(ids[:1], some_vectors(1))
    with pytest.raises(InvalidVectors):
        index.add(np.array([1, 1]), some_vectors(2))
    assert len(index) == 300


def test_a_file_of_another_dimension_is_refused(kind: str, tmp_path: Path) -> None:
    filled(kind)[0].save(tmp_path / "index")
    with pytest.raises(InvalidVectors):
        engine(kind).load(tmp_path / "index", DIM * 2)


def test_an_unknown_kind_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(MissingDependency) as error:
        engine("hyperspace")
    assert "flat" in str(error.value.hint)

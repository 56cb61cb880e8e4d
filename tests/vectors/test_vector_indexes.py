"""Every index against one oracle: numpy, by brute force, in values.

An index without a sample has one list, so that nothing is missed; what samples do to recall has tests of its own.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semspace.arrays import Ids, Ranking, Vectors, unit
from semspace.errors import InvalidVectors, MissingDependency
from semspace.vectors import KINDS, VectorIndex, engine

DIM = 64

SCORES = {"flat": 1e-6, "ivf": 2e-3, "rabitq": 1e-6}
"""How near scores have to be: `ivf` rounds to float16, the candidates of `rabitq` are scored again."""

FOUND = {"flat": 1.0, "ivf": 0.99, "rabitq": 0.75}
"""Share of the right answers that has to be there, where the vectors have no structure at all: one bit a number is little."""


def some_vectors(count: int, seed: int = 1) -> Vectors:
    return unit(np.random.default_rng(seed).normal(size=(count, DIM))) if count else np.empty((0, DIM), dtype=np.float32)


def some_ids(count: int) -> Ids:
    return np.arange(count, dtype=np.int64) * 7 + 1_000_000_000_000


def clustered(count: int, dim: int, seed: int = 1) -> Vectors:
    """Draw vectors around 200 centres."""
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(0).normal(size=(200, dim))
    return unit(centres[random.integers(0, 200, count)] + 0.6 * random.normal(size=(count, dim)))


def brute_force(queries: Vectors, ids: Ids, vectors: Vectors, k: int, among: Ids | None = None) -> list[Ranking]:
    kept = np.isin(ids, among) if among is not None else np.ones(len(ids), dtype=bool)
    return [Ranking.of(ids[kept], vectors[kept] @ query).top(k) for query in queries]


def answers(
    index: VectorIndex, queries: Vectors, k: int, ids: Ids, vectors: Vectors, among: Ids | None = None
) -> list[Ranking]:
    """Search, and score candidates again where the index says that it has to be done."""
    found = index.search(queries, max(k, k * index.rerank), among)
    if not index.rerank:
        return found
    return [
        Ranking.of(one.ids, vectors[np.searchsorted(ids, one.ids)] @ query).top(k)
        for one, query in zip(found, queries, strict=True)
    ]


def recall(found: list[Ranking], expected: list[Ranking]) -> float:
    shares = [len(np.intersect1d(one.ids, other.ids)) / max(1, len(other)) for one, other in zip(found, expected, strict=True)]
    return float(np.mean([1.0 if not len(other) else share for share, other in zip(shares, expected, strict=True)]))


@pytest.fixture(params=sorted(KINDS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["ivf", "rabitq"])
def approximate(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def filled(kind: str, count: int = 300) -> tuple[VectorIndex, Ids, Vectors]:
    index = engine(kind).create(DIM)
    index.add(some_ids(count), some_vectors(count))
    return index, some_ids(count), some_vectors(count)


def learnt(kind: str, vectors: Vectors) -> VectorIndex:
    """Make an index in lists, whose ids are rows."""
    size = engine(kind).sample_size(len(vectors))
    index = engine(kind).create(vectors.shape[1], vectors[:size])
    index.add(np.arange(len(vectors)), vectors)
    return index


def assert_same(kind: str, found: list[Ranking], expected: list[Ranking]) -> None:
    assert [len(one) for one in found] == [len(other) for other in expected]
    assert recall(found, expected) >= FOUND[kind]
    for one, other in zip(found, expected, strict=True):
        right = dict(zip(other.ids.tolist(), other.scores.tolist(), strict=True))
        for number, score in zip(one.ids.tolist(), one.scores.tolist(), strict=True):
            assert score == pytest.approx(right.get(number, score), abs=SCORES[kind])
        if kind == "flat":
            assert one.ids.tolist() == other.ids.tolist()


@pytest.mark.parametrize("k", [1, 10, 300, 1000])
def test_search_gives_what_brute_force_gives(kind: str, k: int) -> None:
    index, ids, vectors = filled(kind)
    queries = some_vectors(20, seed=2)
    assert_same(kind, answers(index, queries, k, ids, vectors), brute_force(queries, ids, vectors, k))


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 1.0])
def test_search_among_some_ids_gives_what_brute_force_gives(kind: str, share: float) -> None:
    index, ids, vectors = filled(kind)
    queries = some_vectors(5, seed=3)
    among = np.random.default_rng(4).permutation(ids)[: int(share * len(ids))]
    assert_same(kind, answers(index, queries, 10, ids, vectors, among), brute_force(queries, ids, vectors, 10, among))


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
    assert_same(
        kind,
        answers(index, queries, 10, ids[kept], vectors[kept]),
        brute_force(queries, ids[kept], vectors[kept], 10),
    )


def test_an_index_comes_back_from_its_file(kind: str, tmp_path: Path) -> None:
    index, ids, vectors = filled(kind)
    index.remove(ids[:5])
    index.save(tmp_path / "index")
    again = engine(kind).load(tmp_path / "index", DIM)
    queries = some_vectors(10, seed=6)
    assert_same("flat", again.search(queries, 10), index.search(queries, 10))
    again.add(ids[:5], vectors[:5])
    assert_same(kind, answers(again, queries, 10, ids, vectors), brute_force(queries, ids, vectors, 10))


def test_a_batch_of_queries_equals_one_by_one(kind: str) -> None:
    index, _, _ = filled(kind)
    queries = some_vectors(9, seed=8)
    assert_same("flat", index.search(queries, 7), [index.search(query[None], 7)[0] for query in queries])


def test_an_empty_index_answers_with_nothing(kind: str) -> None:
    index = engine(kind).create(DIM)
    assert [len(ranking) for ranking in index.search(some_vectors(2), 5)] == [0, 0]
    index.add(some_ids(0), some_vectors(0))
    index.remove(some_ids(3))
    assert len(index) == 0


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

"""Every index against one oracle, in values: those in files, Milvus in a file beside us, a real server, and a cluster.

An index without a sample has one list, so that nothing is missed; what samples do to recall has tests of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from vector_samples import DIM, answers, assert_same, brute_force, some_ids, some_vectors

from semspace.arrays import Ids, Vectors
from semspace.errors import InvalidVectors
from semspace.records import Engine
from semspace.vectors import KINDS, VectorIndex, engine
from semspace.vectors.milvus import MilvusIndex

ENGINES = ["lite", "server", "cluster"]
opened: dict[str, MilvusIndex] = {}


@pytest.fixture(scope="module", autouse=True)
def closed() -> Iterator[None]:
    yield
    for index in opened.values():
        index.close()
    opened.clear()


@pytest.fixture(params=[*sorted(KINDS), *ENGINES])
def kind(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    name = str(request.param)
    if name in ENGINES and name not in opened:
        pytest.importorskip("pymilvus")
        opened[name] = MilvusIndex.open(chosen(name, request, tmp_path_factory), dim=DIM)
    return name


def chosen(name: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Start an engine, if it does not run yet, and give a collection of it; that of the cluster has shards and replicas."""
    if name == "cluster":
        return Engine(request.getfixturevalue("milvus_cluster").uri, "contract", shards=2, replicas=2)
    if name == "server":
        return Engine(request.getfixturevalue("milvus_server"), "contract")
    return Engine(str(tmp_path_factory.mktemp("lite") / "a.db"), "contract")


def empty(kind: str) -> VectorIndex:
    """Give an empty index; that of an engine is emptied, for making one takes seconds."""
    if kind not in opened:
        return engine(kind).create(DIM)
    opened[kind].remove(opened[kind].ids())
    return opened[kind]


def filled(kind: str, count: int = 300) -> tuple[VectorIndex, Ids, Vectors]:
    index = empty(kind)
    index.add(some_ids(count), some_vectors(count))
    return index, some_ids(count), some_vectors(count)


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


def test_a_batch_of_queries_equals_one_by_one(kind: str) -> None:
    index, _, _ = filled(kind)
    queries = some_vectors(9, seed=8)
    assert_same("flat", index.search(queries, 7), [index.search(query[None], 7)[0] for query in queries])


def test_an_empty_index_answers_with_nothing(kind: str) -> None:
    index = empty(kind)
    assert [len(ranking) for ranking in index.search(some_vectors(2), 5)] == [0, 0]
    index.add(some_ids(0), some_vectors(0))
    index.remove(some_ids(3))
    assert len(index) == 0


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


def test_an_index_gives_as_many_as_there_are_among_any_ids(kind: str) -> None:
    index, ids, vectors = filled(kind, 1_000)
    random = np.random.default_rng(5)
    queries = some_vectors(3, seed=11)
    for size in (1, 2, 17, 150, 999):
        among = random.permutation(ids)[:size]
        for k in (1, 10, 500):
            found = answers(index, queries, k, ids, vectors, among)
            assert [len(one) for one in found] == [min(k, size)] * 3
            assert_same(kind, found, brute_force(queries, ids, vectors, k, among))


def test_any_steps_leave_what_a_dict_holds(kind: str) -> None:
    random, pool = np.random.default_rng(3), some_vectors(40)
    index, model = empty(kind), dict[int, Vectors]()
    for step in range(30):
        number = int(random.integers(0, 40))
        if number in model:
            index.remove(np.array([number]))
            model.pop(number)
        else:
            index.add(np.array([number]), pool[number : number + 1])
            model[number] = pool[number]
        if step % 10 == 9:
            ids = np.array(sorted(model), dtype=np.int64)
            rows = np.array([model[one] for one in sorted(model)], dtype=np.float32).reshape(-1, DIM)
            queries = some_vectors(2, seed=step)
            assert index.ids().tolist() == ids.tolist()
            assert_same(kind, answers(index, queries, 5, ids, rows), brute_force(queries, ids, rows, 5))

"""What a collection of Milvus promises its readers, and what may be said to it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from vector_samples import DIM, some_vectors

from semspace.errors import EngineRefused, EngineUnreachable, InvalidInput, SemspaceError
from semspace.records import Engine
from semspace.vectors import expressions
from semspace.vectors.collection import PART
from semspace.vectors.connecting import Connection, check_engine, warning
from semspace.vectors.milvus import MilvusIndex

pytest.importorskip("pymilvus")
COUNT = 12


@pytest.fixture(scope="module", params=["lite", "server"])
def uri(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    if request.param == "server":
        return str(request.getfixturevalue("milvus_server"))
    return str(tmp_path_factory.mktemp("lite") / "a.db")


@pytest.fixture
def writer(uri: str, request: pytest.FixtureRequest) -> Iterator[MilvusIndex]:
    index = MilvusIndex.open(Engine(uri, f"c{abs(hash(request.node.name))}"), dim=DIM)
    yield index
    index._connection.call("drop_collection", index._name)
    index.close()


def reader_of(index: MilvusIndex) -> MilvusIndex:
    """Open the collection as another program does, which wrote nothing."""
    return MilvusIndex.open(index._connection.engine)


def rows(ids: range, generation: int, text: str = "", document: int = 1) -> list[dict[str, Any]]:
    vectors = some_vectors(len(ids), seed=generation)
    facts = {"document": document, "generation": generation, "mark": generation, "key": "", "text": text, "facts": "{}"}
    return [{"id": number, "vector": vector, **facts} for number, vector in zip(ids, vectors, strict=True)]


def test_what_is_written_ahead_is_seen_when_it_is_published_and_not_before(writer: MilvusIndex) -> None:
    query = some_vectors(1)
    writer.stage(rows(range(COUNT), 1))
    assert [len(one) for one in writer.search(query, 100)] == [0]
    writer.publish(1, np.empty(0, dtype=np.int64), {"space": "a"}, "learned")
    assert [len(one) for one in writer.search(query, 100)] == [COUNT]
    reader = reader_of(writer)
    assert reader.publication().facts == {"space": "a"}
    assert reader.publication().learned == "learned"
    reader.close()


def test_a_reader_sees_a_document_before_or_after_and_never_both_or_neither(writer: MilvusIndex) -> None:
    query, seen, wrong = some_vectors(1), set[frozenset[int]](), list[str]()
    begun, done = threading.Event(), threading.Event()
    writer.stage(rows(range(COUNT), 1))
    writer.publish(1, np.empty(0, dtype=np.int64), {})

    def read() -> None:
        reader = reader_of(writer)
        while not done.is_set():
            try:
                one = frozenset(reader.search(query, 1_000)[0].ids.tolist())
                # A bounded look is some seconds old at first: of a collection in which nothing is published yet.
                begun.set() if one else None
                seen.add(one) if begun.is_set() else None
            except SemspaceError as error:
                wrong.append(str(error))
        reader.close()

    thread = threading.Thread(target=read)
    thread.start()
    assert begun.wait(20)
    versions = [frozenset(range(start * COUNT, (start + 1) * COUNT)) for start in range(3)]
    for number, version in enumerate(versions[1:], 2):
        writer.stage(rows(range(min(version), max(version) + 1), number))
        gone = np.array(sorted(versions[number - 2]), dtype=np.int64)
        writer.publish(number, gone, {})
        writer.retire(gone)
        assert len(writer) == COUNT
    done.set()
    thread.join()
    assert wrong == []
    assert seen
    assert seen <= set(versions)


def test_more_passages_may_go_at_once_than_one_row_can_name(writer: MilvusIndex) -> None:
    gone = np.arange(1, 2 * PART + 10, dtype=np.int64)
    writer.stage(rows(range(3), 0))
    writer.publish(1, gone, {})
    assert writer.publication().lost.tolist() == gone.tolist()
    assert writer.search(some_vectors(1), 10)[0].ids.tolist() == [0]
    writer.publish(2, gone[:1], {})
    assert writer.publication().lost.tolist() == [1]


def test_what_is_delivered_twice_is_there_once(writer: MilvusIndex) -> None:
    for _ in range(3):
        writer.stage(rows(range(COUNT), 0))
    assert len(writer) == COUNT
    assert len(writer.search(some_vectors(1), 100)[0]) == COUNT


def test_more_rows_than_an_answer_holds_are_read_whole(writer: MilvusIndex) -> None:
    ids = [*range(0, 3_000, 3), *range(50_000, 51_500)]
    for start in range(0, len(ids), 500):
        writer.stage([{**row, "id": ids[start + i]} for i, row in enumerate(rows(range(len(ids[start : start + 500])), 0))])
    found = [row["id"] for part in writer.rows(("id", "facts")) for row in part]
    assert sorted(found) == ids


def test_a_number_is_a_number() -> None:
    assert expressions.among("id", np.array([3, -1])) == "id in [3,-1]"
    with pytest.raises(ValueError, match="invalid literal"):
        expressions.among("id", ["1] or id >= 0 or id in [1"])  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("version", "warned"),
    [
        ("v2.3.5-lite", True),
        ("2.5.26", True),
        ("2.5.27", False),
        ("v2.6.9", True),
        ("2.6.10", False),
        ("2.7.0", False),
        ("v3.0.1", False),
        ("milvus_lite-3.2.2", False),
    ],
)
def test_a_server_that_lets_in_anybody_is_warned_about(version: str, warned: bool) -> None:
    assert (warning(version) is not None) == warned


@pytest.mark.parametrize(
    ("uri", "token", "fits"),
    [
        ("http://127.0.0.1:19530", "secret", True),
        ("http://localhost:19530", "secret", True),
        ("http://[::1]:19530", "secret", True),
        ("https://search.example", "secret", True),
        ("http://search.example:19530", None, True),
        ("http://search.example:19530", "secret", False),
        ("http://127.0.0.1.evil.example:19530", "secret", False),
        ("http://10.0.0.1:19530", "secret", False),
        ("https://me:secret@search.example", None, False),
        ("ftp://search.example", None, False),
        ("folder", None, False),
        ("notes.db", None, True),
    ],
)
def test_a_token_never_travels_in_the_clear(uri: str, token: str | None, fits: bool) -> None:
    if fits:
        check_engine(Engine(uri, "notes"), token)
    else:
        with pytest.raises((EngineRefused, InvalidInput)) as refused:
            check_engine(Engine(uri, "notes"), token)
        assert "secret" not in str(refused.value) + str(refused.value.hint)


@pytest.mark.parametrize("name", ["", "a b", "a-b", "1a", 'a"', "a" * 300, "../a"])
def test_the_name_of_a_collection_is_a_plain_name(name: str) -> None:
    with pytest.raises(InvalidInput):
        check_engine(Engine("notes.db", name), None)


def test_where_nobody_answers_an_error_says_so_in_time() -> None:
    with pytest.raises(EngineUnreachable, match="did not answer"):
        Connection(Engine("http://127.0.0.1:9", "notes", timeout=0.5)).call("list_collections")


def test_a_collection_of_somebody_else_is_refused(uri: str) -> None:
    MilvusIndex.open(Engine(uri, "other"), dim=8).close()
    with pytest.raises(EngineRefused, match="none of this space's"):
        MilvusIndex.open(Engine(uri, "other"), dim=DIM)
    with pytest.raises(EngineRefused, match="no collection"):
        MilvusIndex.open(Engine(uri, "missing"))

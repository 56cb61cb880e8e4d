"""A cluster of Milvus whose every role is a process: a query node that dies costs no query and no answer.

Each replica holds every passage. A node that is gone is noticed by whoever waits for it, and asked no more when its lease on
etcd has run out: some queries wait, and none may fail.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import pytest
from vector_samples import DIM, clustered, recall, some_ids

from semspace.arrays import Ranking
from semspace.bench.cluster import Cluster, wait_for_replicas
from semspace.errors import SemspaceError
from semspace.records import Engine
from semspace.vectors import engine
from semspace.vectors.milvus import MilvusIndex

pytest.importorskip("pymilvus")
COUNT, PART, K = 3_000, 500, 10
LEASE = 32.0
"""Seconds after which etcd has forgotten a role that is gone: 30, and some more."""

QUERIES = clustered(100, DIM, seed=2)


@dataclass(slots=True)
class Stream:
    """Searches one after the other, each compared with exact ones."""

    expected: list[Ranking]
    recalls: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    longest: float = 0.0

    def ask(self, index: MilvusIndex, number: int) -> None:
        begun = time.monotonic()
        try:
            found = index.search(QUERIES[number : number + 1], K)
            self.recalls.append(recall(found, self.expected[number : number + 1]))
        except SemspaceError as error:
            self.failures.append(f"after {time.monotonic() - begun:.1f} s: {error}")
        self.longest = max(self.longest, time.monotonic() - begun)


@contextmanager
def searching(chosen: Engine, expected: list[Ranking]) -> Iterator[Stream]:
    """Search from two threads, each with a connection of its own, while something else is done."""
    stream, done = Stream(expected), threading.Event()

    def read(first: int) -> None:
        index = MilvusIndex.open(chosen)
        while not done.is_set():
            stream.ask(index, first % len(QUERIES))
            first += 1
            # A person does not ask as fast as a program can; the two cores are for the cluster, too.
            time.sleep(0.02)
        index.close()

    threads = [threading.Thread(target=read, args=(first,)) for first in (0, len(QUERIES) // 2)]
    for thread in threads:
        thread.start()
    try:
        yield stream
    finally:
        done.set()
        for thread in threads:
            thread.join()


@pytest.fixture(scope="module")
def filled(milvus_cluster: Cluster) -> Iterator[MilvusIndex]:
    """Fill a collection of two shards and two replicas: most of it in segments on disk, with graphs, the rest in memory."""
    index = MilvusIndex.open(Engine(milvus_cluster.uri, "replicated", shards=2, replicas=2), dim=DIM)
    ids, vectors = some_ids(COUNT), clustered(COUNT, DIM)
    for start in range(0, COUNT, PART):
        index.add(ids[start : start + PART], vectors[start : start + PART])
        # The broker drops what comes faster than it is read.
        assert len(index) == start + PART
        if start + PART == COUNT - PART:
            index._connection.call("flush", index._name)
    yield index
    index._connection.call("drop_collection", index._name)
    index.close()


@pytest.fixture(scope="module")
def expected() -> list[Ranking]:
    exact = engine("flat").create(DIM)
    exact.add(some_ids(COUNT), clustered(COUNT, DIM))
    return exact.search(QUERIES, K)


def test_a_query_node_that_is_killed_costs_no_query_and_no_answer(
    milvus_cluster: Cluster, filled: MilvusIndex, expected: list[Ranking]
) -> None:
    wait_for_replicas(filled)
    gone = milvus_cluster.query_nodes[0]
    with searching(filled._connection.engine, expected) as stream:
        time.sleep(3)
        before = len(stream.recalls)
        milvus_cluster.kill(gone)
        time.sleep(LEASE)
    after = len(stream.recalls) - before
    print(f"{before} searches before, {after} after, the longest {stream.longest:.1f} s")
    assert stream.failures == []
    assert np.min(stream.recalls) == 1.0
    assert before > 20
    assert after > 100
    milvus_cluster.restart(gone)
    wait_for_replicas(filled)
    wait_until_whole(filled, expected)
    assert milvus_cluster.resident() < 3e9


def wait_until_whole(index: MilvusIndex, expected: list[Ranking]) -> None:
    """Wait until every query is answered exactly: for some seconds a node of this version that comes back knows a part."""
    ends, found = time.monotonic() + 60, 0.0
    while time.monotonic() < ends:
        found = recall([index.search(query[None], K)[0] for query in QUERIES], expected)
        if found == 1.0 and len(index) == COUNT:
            return
    pytest.fail(f"a minute after a node came back, recall is {found}")

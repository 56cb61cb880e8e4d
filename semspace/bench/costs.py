"""What a passage costs on its way into a server and a cluster, and what millions of them would."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from semspace.arrays import Ids, Vectors, unit
from semspace.bench.cluster import Cluster, cluster, lacking
from semspace.bench.faults import Impossible
from semspace.bench.figures import Absent, Figure, Result, Table
from semspace.bench.report import number as amount
from semspace.bench.setting import Setting
from semspace.bench.spaces import size
from semspace.records import Engine
from semspace.space import Space
from semspace.vectors import engine
from semspace.vectors.collection import FIELDS
from semspace.vectors.milvus import MilvusIndex

PLANNED = (10_000_000, 100_000_000, 1_000_000_000)
MACHINES = 50
NODE = 64e9
"""Bytes of memory of a query node that the plan reckons with."""

PART = 500
NEAR = 0.05
"""The share of noise in a vector that is drawn around a real one."""

QUERIES = 200
BUILT = 300.0
TEXTS = {"key", "text", "facts"}
KEPT = ("insert_log", "delta_log", "stats_log", "index_files")
"""Where the engine keeps what it holds; its queue and its own log are another matter."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one passage takes: seconds, and bytes. `indexing` is a whole run into the engine, the encoder included."""

    encoding: float
    indexing: float
    loading: float
    graph: float
    store: float
    files: float
    memory: float


def engines(setting: Setting) -> Result:
    """Index hugo-docs into a cluster, then load and search many more passages like them. Raises Absent."""
    if why := lacking():
        raise Absent(why)
    if "encoding" not in setting.results:
        raise Absent("it reckons with the figures of encoding")
    try:
        with TemporaryDirectory(dir=setting.work) as work, cluster(Path(work) / "cluster") as servers:
            return _measured(setting, servers, Path(work))
    except Impossible as impossible:
        raise Absent(str(impossible)) from impossible


def _measured(setting: Setting, servers: Cluster, work: Path) -> Result:
    whole = servers.resident()
    rows, indexing, store = _indexed(setting, servers, work)
    rows = _more(rows, setting.size(20_000, 600))
    with _collection(servers, "costs", len(rows[0]["vector"])) as index:
        before = _held(servers)
        setting.say(f"loading {len(rows):,} passages, {PART} at a time")
        loading = _loaded(index, rows)
        graph = _built(index)
        files = (_held(servers) - before) / len(rows)
        found, exact, seconds = _searched(index, rows)
    facts = setting.results["encoding"].facts
    encoding = facts["tokens_per_passage"] / facts["tokens_per_second"]
    cost = Cost(encoding, indexing, loading / len(rows), graph / len(rows), store, files, memory_of(rows))
    shares = [len(np.intersect1d(some, other)) / len(other) for some, other in zip(found, exact, strict=True)]
    figures = [
        Figure("recall of the true 10 in a cluster of two replicas", float(np.mean(shares)), "", "at least", 0.99),
        Figure("a search of it, median", 1e3 * median(seconds), "ms"),
        Figure("memory of the cluster's processes with nothing in it", whole / 1e9, "GB"),
    ]
    return Result(figures, [_per_passage(cost, len(rows)), plan(cost)])


def memory_of(rows: Sequence[Mapping[str, Any]]) -> float:
    """Return the bytes that one row takes in a query node: its vector, its links at the lowest level of the graph, its fields.

    Arithmetic, as hnswlib has it: 4 bytes for a dimension and for each of twice 32 links. Measured differences between two
    query nodes were smaller than what one of them takes more or less from minute to minute.
    """
    fields = [sum(len(str(row[name]).encode()) if name in TEXTS else 8 for name in (*FIELDS, "id")) for row in rows]
    return 4 * len(rows[0]["vector"]) + 4 * 2 * 32 + float(np.mean(fields))


def _indexed(setting: Setting, servers: Cluster, work: Path) -> tuple[list[dict[str, Any]], float, float]:
    """Index hugo-docs; return the rows, and for a passage the seconds of the run and the bytes of the store."""
    folder = setting.few("hugo-docs", "*.md", 20)
    setting.say("indexing hugo-docs into the cluster")
    with Space.create("docs", setting.model, home=work / "home", models=setting.models) as space:
        space.engage(_engine(servers, "docs"))
        begun = time.perf_counter()
        space.index([folder])
        seconds, count = time.perf_counter() - begun, len(space)
        store = size(space.folder / "store.db")
    with _collection(servers, "docs", None) as index:
        fetched = index.fetch(index.ids(), [*FIELDS, "vector"])
    return [dict(row) for row in fetched.values()], seconds / count, store / count


def _engine(servers: Cluster, collection: str) -> Engine:
    return Engine(servers.uri, collection, shards=2, replicas=2)


@contextmanager
def _collection(servers: Cluster, name: str, dim: int | None) -> Iterator[MilvusIndex]:
    index = MilvusIndex.open(_engine(servers, name), dim=dim)
    try:
        yield index
    finally:
        index.close()


def _more(rows: Sequence[Mapping[str, Any]], count: int) -> list[dict[str, Any]]:
    """Return so many rows: real ones over and over, with vectors drawn around theirs, and their words in another order.

    Equal texts would take less room on a disk than as many real ones do: they are compressed together.
    """
    random = np.random.default_rng(1)
    picked = [rows[place % len(rows)] for place in range(count)]
    vectors = np.array([row["vector"] for row in picked], dtype=np.float32)
    drawn = unit(vectors + NEAR * unit(random.normal(size=vectors.shape)))
    more: list[dict[str, Any]] = []
    for number, (row, vector) in enumerate(zip(picked, drawn, strict=True)):
        text = row["text"] if number < len(rows) else " ".join(random.permutation(row["text"].split()).tolist())
        more.append({**row, "id": number, "generation": 0, "text": text, "vector": vector})
    return more


def _loaded(index: MilvusIndex, rows: Sequence[Mapping[str, Any]]) -> float:
    """Write rows as fast as the broker forgives; return the seconds until all are counted. Raises Impossible."""
    begun = time.perf_counter()
    for start in range(0, len(rows), PART):
        index.stage(rows[start : start + PART])
        if (count := len(index)) != min(start + PART, len(rows)):
            raise Impossible(f"the engine counts {count:,} passages where there are {start + PART:,}")
    return time.perf_counter() - begun


def _built(index: MilvusIndex) -> float:
    """Have what was loaded written to segments with their graphs; return the seconds that took. Raises Impossible."""
    begun = time.perf_counter()
    index._connection.call("flush", index._name)
    while index._connection.call("describe_index", index._name, "vector")["pending_index_rows"]:
        if time.perf_counter() - begun > BUILT:
            raise Impossible("the engine does not end its graphs")
        time.sleep(0.2)
    return time.perf_counter() - begun


def _held(servers: Cluster) -> int:
    """Return the bytes of the engine's files."""
    return sum(size(path) for name in KEPT for path in (servers.folder / "data").rglob(name))


def _searched(index: MilvusIndex, rows: Sequence[Mapping[str, Any]]) -> tuple[list[Ids], list[Ids], list[float]]:
    """Search one by one near some of what is there; return what was found, what exact search finds, and the seconds."""
    vectors: Vectors = np.array([row["vector"] for row in rows], dtype=np.float32)
    random = np.random.default_rng(2)
    near = vectors[random.choice(len(vectors), min(QUERIES, len(vectors)), replace=False)]
    queries = unit(near + 4 * NEAR * unit(random.normal(size=near.shape)))
    exact = engine("flat").create(vectors.shape[1])
    exact.add(np.arange(len(vectors), dtype=np.int64), vectors)
    found, seconds = [], []
    for query in queries:
        begun = time.perf_counter()
        found.append(index.search(query[None], 10)[0].ids)
        seconds.append(time.perf_counter() - begun)
    return found, [one.ids for one in exact.search(queries, 10)], seconds


def _per_passage(cost: Cost, count: int) -> Table:
    rows = [
        ("encoding, all cores of this machine", f"{amount(1e3 * cost.encoding)} ms", "the bench `encoding`"),
        (
            "a whole run into the cluster: read, cut, encode, store, load, learn",
            f"{amount(1e3 * cost.indexing)} ms",
            "hugo-docs",
        ),
        ("loading alone, one writer that counts after each 500", f"{amount(1e3 * cost.loading)} ms", f"{count:,} passages"),
        ("segments and their graphs, beyond that", f"{amount(1e3 * cost.graph)} ms", f"{count:,} passages"),
        ("the store", f"{amount(cost.store)} bytes", "hugo-docs"),
        ("the engine's files", f"{amount(cost.files)} bytes", f"{count:,} passages"),
        ("memory of a query node, each replica", f"{amount(cost.memory)} bytes", "arithmetic: vector, graph, fields"),
    ]
    return Table("One passage on its way into a cluster", ("what", "a passage", "with"), rows)


def plan(cost: Cost) -> Table:
    """Multiply what one passage costs."""
    columns = (
        "passages",
        "encoding, this machine",
        f"{MACHINES} such machines",
        "loading, one writer",
        "store",
        "engine's files",
        "memory, two replicas",
        "query nodes of 64 GB",
    )
    return Table("Many passages, by multiplication", columns, [_planned(cost, count) for count in PLANNED])


def _planned(cost: Cost, count: int) -> list[str]:
    memory = 2 * count * cost.memory
    spans = (count * cost.encoding, count * cost.encoding / MACHINES, count * (cost.loading + cost.graph))
    bytes_held = (count * cost.store, count * cost.files, memory)
    return [amount(count), *map(span, spans), *map(volume, bytes_held), amount(2 * -(-memory // (2 * NODE)))]


def span(seconds: float) -> str:
    """Return a span of time in the unit that a person would use."""
    for unit_seconds, name in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * unit_seconds:
            return f"{amount(seconds / unit_seconds)} {name}"
    return f"{amount(seconds)} s"


def volume(count: float) -> str:
    """Return bytes in the unit that a person would use."""
    for unit_bytes, name in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB")):
        if count >= unit_bytes:
            return f"{amount(count / unit_bytes)} {name}"
    return f"{amount(count)} bytes"

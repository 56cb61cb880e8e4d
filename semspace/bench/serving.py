"""A server under load: 32 clients at once for minutes; and a search of the command line that asks a server."""

from __future__ import annotations

import http.client
import json
import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from semspace.bench import spaces
from semspace.bench.figures import Absent, Figure, Result
from semspace.bench.material import glosses
from semspace.bench.measuring import MB, Run, semspace
from semspace.bench.searching import search
from semspace.bench.setting import Setting

CLIENTS = 32
PASSAGES = 100_000
MINUTES = 10.0
QUICK_MINUTES = 0.05
SAMPLES = 60
"""Looks at the server's memory."""

FLAT = 1.05
"""Memory of the last quarter against that of the second: after a while it grows no more."""

_MEMORY = re.compile(r"VmRSS:\s+(\d+) kB")


@dataclass(slots=True)
class Load:
    """What clients met: seconds of each answer, and what went wrong."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)


def serving(setting: Setting) -> Result:
    """Ask a server as 32 clients do, each as soon as it has its answer, for ten minutes, or for the minutes that were said."""
    if find_spec("uvicorn") is None or find_spec("starlette") is None:
        raise Absent("serving HTTP needs the extra serve")
    built = spaces.drawn(setting, setting.size(PASSAGES, 200))
    queries = glosses(setting).queries[: setting.size(300, 20)]
    minutes = setting.minutes or setting.size(1, 0) * MINUTES or QUICK_MINUTES
    colds = [search(setting, built.name, queries[0]) for _ in range(setting.size(5, 1) + 1)][1:]
    with _server(setting, built.name) as (port, token, process):
        asked = [search(setting, built.name, queries[0]) for _ in range(setting.size(15, 1) + 1)][1:]
        setting.say(f"asking as {CLIENTS} clients for {minutes:g} minutes")
        right = _right(port, token, queries)
        alone = _loaded(port, token, process, right, 1, min(minutes, 0.25))
        load = _loaded(port, token, process, right, CLIENTS, minutes)
    return Result([*_figures(load, alone, minutes), *_command_line(asked, colds, built.passages)])


def _figures(load: Load, alone: Load, minutes: float) -> list[Figure]:
    middle, late = (1000 * np.quantile(load.seconds, [0.5, 0.99])).tolist()
    memory = np.asarray(load.memory)
    quarter = max(1, len(memory) // 4)
    growth = float(memory[-quarter:].max() / memory[quarter : 2 * quarter + 1].max())
    return [
        Figure(f"errors of {CLIENTS} clients at once", len(load.errors), "", "at most", 0, note="; ".join(load.errors[:3])),
        Figure(
            "answers a second", len(load.seconds) / (60 * minutes), "", note=f"{len(load.seconds):,} in {minutes:g} minutes"
        ),
        Figure("answers a second to one client alone", len(alone.seconds) / sum(alone.seconds)),
        Figure("median of an answer over HTTP", middle, "ms"),
        Figure("99 % are faster than", late, "ms"),
        Figure("median of an answer to one client alone", 1000 * float(np.median(alone.seconds)), "ms"),
        Figure("memory in the last quarter against the second", growth, "x", "at most", FLAT),
        Figure("memory of the server, most", float(memory.max()) / MB, "MB"),
    ]


def _command_line(asked: Sequence[Run], colds: Sequence[Run], passages: int) -> list[Figure]:
    return [
        Figure("`search` that asks a server, median", float(np.median([run.seconds for run in asked])), "s", "under", 0.2),
        Figure("the same without a server", float(np.median([run.seconds for run in colds])), "s"),
        Figure("peak memory of a `search` that asks a server", max(run.peak for run in asked) / MB, "MB"),
        Figure("passages that are served", passages),
    ]


@contextmanager
def _server(setting: Setting, name: str) -> Iterator[tuple[int, str, int]]:
    """Serve a space in the background, and give (port, token, process)."""
    semspace("serve", name, "--background", "--port", "0", *setting.place(), codes=(0,))
    try:
        told = json.loads((setting.home / name / "server.json").read_text(encoding="utf-8"))
        yield int(told["url"].rpartition(":")[2]), told["token"], told["pid"]
    finally:
        semspace("serve", name, "--stop", *setting.place())


Right = Sequence[tuple[str, list[int]]]


def _right(port: int, token: str, queries: Sequence[str]) -> Right:
    """Return each query with the passages that one client alone is told."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    found = [(query, _once(link, token, query)) for query in queries]
    link.close()
    return found


def _loaded(port: int, token: str, process: int, right: Right, clients: int, minutes: float) -> Load:
    """Have clients ask until the time is over, and look at the server's memory meanwhile."""
    load, until = Load(), time.monotonic() + 60 * minutes
    threads = [threading.Thread(target=_client, args=(port, token, right, at, until, load)) for at in range(clients)]
    for thread in threads:
        thread.start()
    while time.monotonic() < until:
        load.memory.append(_memory(process))
        time.sleep(60 * minutes / SAMPLES)
    for thread in threads:
        thread.join()
    return load


def _client(port: int, token: str, right: Right, begin: int, until: float, load: Load) -> None:
    """Ask one query after the other over one connection; every query is another one than its neighbours ask just now."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    number = begin * 7
    while time.monotonic() < until:
        number += 1
        query, wanted = right[number % len(right)]
        started = time.perf_counter()
        try:
            found = _once(link, token, query)
            if found != wanted:
                load.errors.append(f"{query[:40]!r} is answered otherwise")
        except (OSError, ValueError, http.client.HTTPException) as error:
            load.errors.append(f"{type(error).__name__}: {error}")
            link.close()
        load.seconds.append(time.perf_counter() - started)
    link.close()


def _once(link: http.client.HTTPConnection, token: str, query: str) -> list[int]:
    """Ask once, and return the passages that answer. Raises OSError, ValueError, HTTPException."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    link.request("POST", "/search", json.dumps({"query": query, "everything": True}), headers)
    answer = link.getresponse()
    said = json.loads(answer.read())
    if answer.status != 200:
        raise ValueError(f"{answer.status}: {said['error']['message']}")
    return [hit["id"] for hit in said["hits"]]


def _memory(process: int) -> float:
    """Return the bytes of memory that a process has just now."""
    try:
        found = _MEMORY.search(Path(f"/proc/{process}/status").read_text(encoding="utf-8"))
    except OSError as error:
        raise Absent("this system does not tell what memory a process has") from error
    return 1024.0 * int(found[1]) if found else 0.0

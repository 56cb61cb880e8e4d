"""A server of HTTP under attack: what comes back is refused or right, and whoever may ask is answered all the while."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from random import Random
from typing import Any

from semspace.bench.faults import Impossible, Tally, Trial, requests
from semspace.bench.faults.requests import QUESTION, Case
from semspace.bench.faults.served import Server, answered, request, server, space
from semspace.server.limits import SILENCE

CANARY = "canary-of-the-forest"
SLOW = 6
"""Connections that dawdle, of each kind."""

PATIENCE = 3.0


def web(trial: Trial) -> list[Tally]:
    """Send what strangers, foreign pages and broken programs send over raw sockets; search between."""
    if find_spec("uvicorn") is None or find_spec("starlette") is None:
        raise Impossible("serving HTTP needs the extra serve")
    space(trial.work, trial.models)
    secret = trial.work / "secret.txt"
    secret.write_text(f"{CANARY} bread", encoding="utf-8")
    told = Tally(
        "HTTP from strangers",
        "tokens, Host and Origin in forty spellings, paths, preflights, smuggling, bodies of 100 MB and 100,000 levels, "
        "file names and addresses as arguments; a case is a request, and a search that is right after it",
    )
    slow = Tally("HTTP that dawdles", "headers, bodies and answers that take for ever; they end, and searches go on meanwhile")
    with server(trial.work, trial.models, "served") as running, ExitStack() as held:
        right = running.post("/search", _question())[1]["hits"]
        waiting = _dawdle(running, held)
        for case in _cases(running, str(secret), trial):
            told.case(_problem(running, case, right))
        for name, link, since in waiting:
            slow.case(_left_open(name, link, since))
        if running.post("/search", _question())[1]["hits"] != right or running.process.poll() is not None:
            slow.problems.append("the server does not answer as before")
    return [told, slow]


def _question() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(QUESTION)
    return found


def _cases(running: Server, secret: str, trial: Trial) -> Iterator[Case]:
    """Yield so many cases: all that are written out, in an order of chance, then mutations of them."""
    random = Random(trial.seed)
    makers: list[Callable[[Server], Iterator[Case]]] = [
        requests.hosts, requests.origins, requests.preflights, requests.tokens, requests.paths, requests.frames,
        requests.bodies,
    ]  # fmt: skip
    written = [case for make in makers for case in make(running)] + [*requests.arguments(running, secret)]
    random.shuffle(written)
    yield from written[: trial.cases]
    for _ in range(trial.cases - len(written)):
        yield requests.mutated(random.choice(written), random)


def _problem(running: Server, case: Case, right: Any) -> str | None:
    started = time.monotonic()
    data = running.sent(case.data, PATIENCE)
    took = time.monotonic() - started
    status, said = answered(data)
    status = status or (0 if not data else -1)
    silent = status == 0 and took >= PATIENCE
    if status not in case.allowed and not (silent and 0 in case.allowed):
        return f"{case.name}: {status} {str(said)[:200]}"
    if b"access-control" in data.lower() or (CANARY.encode() in data):
        return f"{case.name}: it gives something away"
    if status >= 400 and not (isinstance(said, dict) and set(said["error"]) == {"kind", "message", "hint", "retryable"}):
        return f"{case.name}: the error is no error of ours: {str(said)[:200]}"
    found = running.post("/search", _question())
    return None if found[0] == 200 and found[1]["hits"] == right else f"{case.name}: search is not as it was: {found[0]}"


def _dawdle(running: Server, held: ExitStack) -> list[tuple[str, socket.socket, float]]:
    """Open connections that never get to their end."""
    question = request("POST", "/search", running.headers(**{"Content-Type": "application/json", "Content-Length": "200"}))
    starts = {"silence": b"", "half a line": b"GET /sta", "half the headers": question[:60], "half a body": question + b'{"que'}
    waiting = []
    for name, start in starts.items():
        for _ in range(SLOW):
            link = held.enter_context(socket.create_connection(("127.0.0.1", running.port), timeout=PATIENCE))
            link.sendall(start)
            waiting.append((name, link, time.monotonic()))
    return waiting


def _left_open(name: str, link: socket.socket, since: float) -> str | None:
    """Wait until the server has had enough, and say so where it has not."""
    until = max(since + SILENCE + 10, time.monotonic() + 0.1)
    try:
        while (left := until - time.monotonic()) > 0:
            link.settimeout(left)
            if not link.recv(1 << 16):
                return None
    except ConnectionError:
        return None
    except TimeoutError:
        pass
    return f"{name}: still open after {time.monotonic() - since:.0f} seconds"

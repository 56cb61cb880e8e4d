"""A process that has imported everything and forks for each case, so that a case costs no imports.

`python -m semspace.bench.faults.warm` reads calls as lines of JSON and answers each with one. It has a single thread and
never works itself: what is killed, refused or watched is a child that it forks.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Literal, Self

from semspace.bench.faults import Impossible
from semspace.bench.faults.forked import one_thread

LIMIT = 30.0
"""Seconds that a case may take: one that takes longer hangs."""

ATTACHING = 10.0

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")
"""A process with threads of its own cannot be forked safely."""

PR_SET_PTRACER = 0x59616D61

Ended = Literal["returned", "killed", "late", "died"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call ended: `value` is what it returned, `trace` what strace wrote about it."""

    ended: Ended
    value: Any = None
    seconds: float = 0.0
    trace: str = ""


class Warm:
    """The process that forks, as seen from outside. Use it as a context manager."""

    def __init__(self) -> None:
        environment = {**os.environ, **dict.fromkeys(ONE_THREAD, "1"), "TOKENIZERS_PARALLELISM": "false"}
        command = [sys.executable, "-m", "semspace.bench.faults.warm"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True, encoding="utf-8"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def call(
        self,
        function: Callable[..., Any],
        *arguments: Any,
        kill_after: float | None = None,
        strace: Sequence[str] = (),
        waits: bool = False,
        limit: float = LIMIT,
    ) -> Outcome:
        """Call a function of a module in a fork; `kill_after` so many seconds it gets a SIGKILL.

        It is watched and timed from its beginning, or (`waits`) from when it says that it is `ready`.

        Raises RuntimeError where the function raised: a case reports its problem as a value.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        name = f"{function.__module__}:{function.__qualname__}"
        order = {
            "name": name,
            "arguments": arguments,
            "kill_after": kill_after,
            "strace": strace,
            "waits": waits,
            "limit": limit,
        }
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "impossible" in answer:
            raise Impossible(answer["impossible"])
        if "raised" in answer:
            raise RuntimeError(f"{name}{arguments}:\n{answer['raised']}")
        return Outcome(**answer)

    def learn(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function in a fork, and import what it imported for all later ones. Return its value."""
        value, modules = self.call(_modules_of, f"{function.__module__}:{function.__qualname__}", arguments).value
        self.call(_import_all, modules)
        return value


_gate: tuple[int, int] | None = None
"""In a child: where it says that it is ready, and where it waits until its parent is."""


def ready() -> None:
    """Tell the parent, from within a call, that now is the time to watch; return when it does."""
    global _gate  # noqa: PLW0603  # a process has one parent
    if _gate is not None:
        asking, answered = _gate
        _gate = None
        os.write(asking, b".")
        os.read(answered, 1)


def _modules_of(name: str, arguments: Sequence[Any]) -> tuple[Any, list[str]]:
    value = _function(name)(*arguments)
    return value, [*sys.modules]


def _import_all(modules: Sequence[str]) -> int:
    """Import modules, in the process that forks; return how many threads it has then."""
    # Ours first: they keep out what the others would bring along.
    for module in sorted(modules, key=lambda name: not name.startswith("semspace")):
        with suppress(ImportError):
            import_module(module)
    return len([*Path("/proc/self/task").iterdir()]) if Path("/proc/self/task").is_dir() else 1


def traceable() -> None:
    """Raise Impossible where strace is lacking."""
    if shutil.which("strace") is None:
        raise Impossible("there is no strace")


def _function(name: str) -> Callable[..., Any]:
    module, _, attribute = name.partition(":")
    found: Callable[..., Any] = getattr(import_module(module), attribute)
    return found


def _serve() -> None:
    """Answer calls until nobody asks any more."""
    for line in sys.stdin:
        order = json.loads(line)
        try:
            if order["name"].endswith(":_import_all"):
                threads = _import_all(*order["arguments"])
                answer = {"ended": "returned"} if threads == 1 else {"raised": f"{threads} threads in the process that forks"}
            else:
                answer = _fork(order)
        except Impossible as lacking:
            answer = {"impossible": str(lacking)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _fork(order: dict[str, Any]) -> dict[str, Any]:
    """Run one call in a child, and wait for its end."""
    asked, asking = os.pipe()
    answered, opener = os.pipe()
    result, writer = os.pipe()
    child = os.fork()
    if child == 0:
        one_thread()
        for descriptor in (asked, opener, result):
            os.close(descriptor)
        _work(order, (asking, answered), writer)
    for descriptor in (asking, answered, writer):
        os.close(descriptor)
    try:
        # Nothing comes where the child has ended without being ready.
        watched = bool(os.read(asked, 1))
        with _traced(child, order["strace"] if watched else ()) as trace:
            started = time.perf_counter()
            os.close(opener)
            data, ended = _wait(child, result, order["kill_after"], order["limit"])
            seconds = time.perf_counter() - started
            seen = trace()
    finally:
        os.close(result)
        os.close(asked)
    answer = json.loads(data) if ended == "returned" and data else {}
    if "raised" in answer:
        return {"raised": answer["raised"]}
    return asdict(Outcome(ended, answer.get("value"), seconds, seen))


def _work(order: dict[str, Any], gate: tuple[int, int], writer: int) -> None:
    """Be the child: wait until the parent is ready, call, write what came of it, and end."""
    # The module that serves is __main__; the one that a case imports is another.
    here = import_module("semspace.bench.faults.warm")
    vars(here)["_gate"] = gate
    try:
        _let_trace()
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1):
            os.dup2(nothing, stream)
        if not order["waits"]:
            here.ready()
        answer = {"value": _function(order["name"])(*order["arguments"])}
    except BaseException:  # noqa: BLE001  # told to the parent
        answer = {"raised": traceback.format_exc()}
    data = json.dumps(answer).encode()
    while data:
        # What is injected may hit this call too.
        with suppress(OSError):
            data = data[os.write(writer, data) :]
    os._exit(0)


def _let_trace() -> None:
    """Let a process that is no ancestor trace this one, where the system asks for that."""
    import ctypes

    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PTRACER, ctypes.c_ulong(-1), 0, 0, 0)


def _wait(child: int, result: int, kill_after: float | None, limit: float) -> tuple[bytes, Ended]:
    """Read the result until the child has ended, by itself or by force."""
    data, late = b"", False
    until = time.monotonic() + (limit if kill_after is None else kill_after)
    while True:
        ready, _, _ = select.select([result], [], [], max(0.0, until - time.monotonic()))
        if not ready:
            late = kill_after is None
            os.kill(child, signal.SIGKILL)
            until = time.monotonic() + LIMIT
            continue
        if not (block := os.read(result, 1 << 16)):
            break
        data += block
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if late:
        return data, "late"
    return data, "returned" if status == 0 else "killed" if status == -signal.SIGKILL else "died"


@contextmanager
def _traced(child: int, options: Sequence[str]) -> Iterator[Callable[[], str]]:
    """Attach strace to a child for as long as it lives; yields what reads its trace. Raises Impossible."""
    if not options:
        yield str
        return
    with NamedTemporaryFile("r", encoding="utf-8", errors="replace") as file:
        command = ["strace", "-f", "-p", str(child), "-o", file.name, *options]
        tracer = subprocess.Popen(command, stderr=subprocess.PIPE)
        assert tracer.stderr is not None

        def trace() -> str:
            tracer.wait(ATTACHING)
            return file.read()

        try:
            ready, _, _ = select.select([tracer.stderr], [], [], ATTACHING)
            said = os.read(tracer.stderr.fileno(), 4096).decode(errors="replace") if ready else "it says nothing"
            if "attached" not in said:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                raise Impossible(f"strace cannot trace: {said.strip()}")
            yield trace
        finally:
            tracer.kill()
            tracer.wait()
            tracer.stderr.close()


if __name__ == "__main__":
    _serve()

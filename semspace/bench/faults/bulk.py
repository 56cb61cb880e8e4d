"""A run that many workers share, whose workers, scheduler or client are killed, and whose results come twice.

After each: the next run does what is left, and the space is the one that a single process makes.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from semspace.bench.faults import Impossible, Tally, Trial, tiny
from semspace.bench.faults.sample import texts
from semspace.bulk import Bulk, Job
from semspace.errors import EngineUnreachable
from semspace.intake import Outcome, Task
from semspace.records import Progress
from semspace.space import Space

FILES = 120
POISON = "poison.md"
PATIENCE = 3.0

Contents = dict[str, list[tuple[str, int, bytes]]]


@dataclass(slots=True)
class Scene:
    """A space to fill, and the folder that it is filled from."""

    trial: Trial
    folder: Path
    home: Path
    chance: Random

    @contextmanager
    def space(self) -> Iterator[Space]:
        """Open the space, or make it."""
        there = (self.home / "bulk" / "store.db").exists()
        options: dict[str, Any] = {"home": self.home, "models": self.trial.models}
        with Space.open("bulk", **options) if there else Space.create("bulk", tiny.NAME, **options) as space:
            yield space


def bulk(trial: Trial) -> list[Tally]:
    """Do each harm in turn, so many times, and judge what is left."""
    try:
        import distributed  # noqa: F401
    except ImportError as error:
        raise Impossible("the package distributed is not installed") from error
    tally = Tally(
        "a bulk run loses its workers, scheduler or client", "SIGKILL at a random moment, results twice, a poison file"
    )
    folder = trial.work / "texts"
    folder.mkdir()
    for number, text in enumerate(texts(Random(trial.seed), FILES, 2)):
        (folder / f"{number:03}.md").write_text(text)
    alone = Scene(trial, folder, trial.work / "alone", Random(0))
    with alone.space() as space:
        space.index([folder])
        expected = contents(space)
    for number in range(trial.cases):
        scene = Scene(trial, folder, trial.work / f"home{number}", Random(f"{trial.seed} {number}"))
        name = [*HARMS][number % len(HARMS)]
        problem = HARMS[name](scene) or _judged(scene, expected)
        tally.case(f"seed {trial.seed}, case {number}, {name}: {problem}" if problem else None)
    return [tally]


def contents(space: Space) -> Contents:
    """Return the passages of each document, with their vectors as they are stored, whatever their numbers."""
    found: Contents = {}
    ids = space._store.ids()
    rows = space._store.rows(ids.tolist())
    for number, vector in zip(ids.tolist(), space._store.stored_vectors(ids), strict=True):
        passage = rows[number].passage
        found.setdefault(rows[number].path, []).append((passage.text, passage.start, vector.round(3).tobytes()))
    return {path: sorted(passages) for path, passages in found.items()}


def _judged(scene: Scene, expected: Contents) -> str | None:
    """Do the rest, and return what is wrong then."""
    with scene.space() as space:
        before = len(space)
        report = space.index([scene.folder])
        if report.encoded > len(space) - before:
            return f"{report.encoded} passages were encoded where {len(space) - before} were missing"
        if contents(space) != expected:
            return "the space is not the one that a single process makes"
        wrong = [finding.message for finding in space.check() if finding.count]
        return "; ".join(wrong) or None


def _worker(scene: Scene) -> str | None:
    """Kill workers while they work: the run itself has to end whole."""
    with Bulk.open("local", workers=2) as many, scene.space() as space:
        space.spread(many)
        pids = [*many.client.run(os.getpid).values()]
        timer = threading.Timer(scene.chance.uniform(0.0, 0.6), lambda: _kill(scene.chance.choice(pids)))
        timer.start()
        report = space.index([scene.folder])
        timer.join()
        return "a file was set aside for a worker's death" if report.failed else None


def _scheduler(scene: Scene) -> str | None:
    """Kill a scheduler that others started: the run says so, and keeps what is done."""
    environment = {**os.environ, "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "5s"}
    file = scene.home.with_suffix(".json")
    begin = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    work = [
        sys.executable,
        "-m",
        "distributed.cli.dask_worker",
        "--scheduler-file",
        str(file),
        "--nthreads",
        "1",
        "--no-dashboard",
    ]
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": environment}
    scheduler = subprocess.Popen([*begin, "--scheduler-file", str(file)], **quiet)
    worker = subprocess.Popen(work, **quiet)
    try:
        address = _address(file)
        with Bulk.open(address) as many, scene.space() as space:
            many.patience = PATIENCE
            many.client.wait_for_workers(1, timeout=30)
            space.spread(many)
            timer = threading.Timer(scene.chance.uniform(0.0, 0.8), scheduler.kill)
            timer.start()
            with suppress(EngineUnreachable):
                space.index([scene.folder])
            timer.join()
    finally:
        for process in (scheduler, worker):
            process.kill()
            process.wait()
    return None


def _address(file: Path) -> str:
    import json

    for _ in range(300):
        with suppress(OSError, ValueError):
            return str(json.loads(file.read_text())["address"])
        time.sleep(0.1)
    raise Impossible("no scheduler of Dask starts here")


def _client(scene: Scene) -> str | None:
    """Kill the process that indexes, workers and all."""
    command = [sys.executable, "-m", "semspace", "index", str(scene.folder), "--model", tiny.NAME, "--index", "bulk"]
    command += ["--scheduler", "local", "--workers", "2", "--home", str(scene.home), "--models", str(scene.trial.models)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    store = scene.home / "bulk" / "store.db"
    ends = time.monotonic() + 30
    while not store.exists() and process.poll() is None and time.monotonic() < ends:
        time.sleep(0.01)
    time.sleep(scene.chance.uniform(0.0, 4.0))
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return None


class _Twice(Bulk):
    """Delivers every result twice."""

    def outcomes(self, job: Job, tasks: Sequence[Task]) -> Iterator[Outcome | None]:
        for outcome in super().outcomes(job, tasks):
            yield outcome
            yield outcome


def _twice(scene: Scene) -> str | None:
    with _Twice.open("local", workers=2) as many, scene.space() as space:
        space.spread(many)
        space.index([scene.folder])
    return None


def _interrupted(scene: Scene) -> str | None:
    """Interrupt a run, and have the next one go on with other workers."""
    least = scene.chance.randrange(1, FILES)

    def interrupt(progress: Progress) -> None:
        if progress.encoded >= least:
            raise KeyboardInterrupt

    for wish in (interrupt, None):
        with Bulk.open("local", workers=2) as many, scene.space() as space:
            space.spread(many)
            space.index([scene.folder], progress=wish)
    return None


def _poison(scene: Scene) -> str | None:
    """Add a file that ends whatever reads it: it is set aside, and all else is done."""
    poison = scene.folder / POISON
    poison.write_text("The cat sat on the mat.")
    try:
        with Bulk.open("local", workers=2) as many, scene.space() as space:
            many.client.run(_poisoned)
            many.client.register_plugin(_plugin())
            space.spread(many)
            report = space.index([scene.folder])
            failed = {Path(failure.path).name: failure.reason for failure in report.failed}
            return None if [*failed] == [POISON] and "process" in failed[POISON] else f"{failed} was set aside"
    finally:
        poison.unlink()


def _plugin() -> Any:
    from distributed import WorkerPlugin

    class Poisoned(WorkerPlugin):  # type: ignore[misc]
        def setup(self, worker: Any) -> None:  # noqa: ARG002
            _poisoned()

    return Poisoned()


def _poisoned() -> None:
    """Have this process end at the file that is poison."""
    from semspace.readers import Reader

    load = Reader.load

    def ending(self: Any, path: str, **options: Any) -> Any:
        return os._exit(3) if path.endswith(POISON) else load(self, path, **options)

    Reader.load = ending  # type: ignore[method-assign]


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


HARMS: dict[str, Callable[[Scene], str | None]] = {
    "worker killed": _worker,
    "client killed": _client,
    "delivered twice": _twice,
    "scheduler killed": _scheduler,
    "interrupted": _interrupted,
    "poison": _poison,
}

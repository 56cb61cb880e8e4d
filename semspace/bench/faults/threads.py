"""Sixteen threads share a space; a process forks after it has opened one; Ctrl-C at any moment."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

from semspace.bench.faults import Tally, Trial
from semspace.bench.faults.concurrency import Part, Problems, counted, prepared, sound
from semspace.bench.faults.crew import alone, gather, start
from semspace.bench.faults.searching import Searches
from semspace.bench.faults.tiny import WORDS
from semspace.bench.faults.versions import ANCHOR, COUNT, NAME, mixed, name_of, publish
from semspace.errors import InvalidInput
from semspace.records import MODES, Hits, Mode, Progress
from semspace.space import Space

THREADS = 16
QUESTIONS = 24
LONGEST = 0.3
"""Seconds after which Ctrl-C comes at the latest: a run takes about so long."""

Answer = list[tuple[int, str]]


def threads(trial: Trial) -> list[Tally]:
    """Let threads share one open space: while nobody writes their answers are those of one thread, to the letter."""
    still = Tally(
        "threads share a space", f"{THREADS} threads ask one open space; a case is an answer, compared with that of one"
    )
    busy = Tally("threads share a space", "15 threads ask, one writes through the same space; a case is an answer, checked")
    half = trial.cases // 2
    return counted(trial, Part(still, half, _shared), Part(busy, trial.cases - half, _shared_and_written))


def forks(trial: Trial) -> list[Tally]:
    """Fork, spawn and cancel while a space is open."""
    how = "fork after a space was opened and searched: what is inherited says so, what is opened anew answers; spawn; asyncio"
    return counted(trial, Part(Tally("fork with a space open", how), trial.cases, _forked))


def interrupts(trial: Trial) -> list[Tally]:
    """Send SIGINT at random moments of index and search, by the command line and by the library."""
    how = "SIGINT at random moments of index, rm and search: exit 130 or a report that says so; the next run goes on"
    return counted(trial, Part(Tally("Ctrl-C", how), trial.cases, _interrupted))


def _open(base: Path, models: Path) -> Space:
    return Space.open(NAME, home=base / "home", models=models)


def _letter(hits: Hits) -> Answer:
    return [(hit.id, hit.text) for hit in hits]


def _questions(seed: int) -> list[tuple[str, Mode, int]]:
    random = Random(seed)
    return [(" ".join(random.choices(WORDS, k=3)), random.choice(MODES), random.choice([1, 5, 40])) for _ in range(QUESTIONS)]


def _shared(place: str, models: str, seed: int, cases: int) -> Problems:
    alone(prepared, place, models)
    return gather([start(_ask_together, Path(place), Path(models), seed, cases)], cases=cases)


def _ask_together(base: Path, models: Path, seed: int, cases: int) -> Problems:
    questions = _questions(seed)
    with _open(base, models) as one:
        right = [_letter(one.search(query, k, mode, everything=True)) for query, mode, k in questions]

    def ask(number: int) -> Problems:
        query, mode, k = questions[number % QUESTIONS]
        same = _letter(space.search(query, k, mode, everything=True)) == right[number % QUESTIONS]
        return [] if same else [f"{query!r} {mode} {k} is answered otherwise by a thread"]

    # Nothing is loaded yet: the first to ask are sixteen at once.
    with _open(base, models) as space, ThreadPoolExecutor(THREADS) as pool:
        return [problem for found in pool.map(_careful(ask), range(cases)) for problem in found]


def _careful(ask: Callable[[int], Problems]) -> Callable[[int], Problems]:
    def asked(number: int) -> Problems:
        try:
            return ask(number)
        except Exception as error:  # noqa: BLE001  # whatever a thread is told is a problem of its case
            return [f"{type(error).__name__}: {error}"]

    return asked


def _shared_and_written(place: str, models: str, seed: int, cases: int) -> Problems:
    alone(prepared, place, models)
    base = Path(place)
    problems = gather([start(_ask_and_write, base, Path(models), seed, cases)], cases=cases)
    return problems + gather([start(sound, base, Path(models))])


def _ask_and_write(base: Path, models: Path, seed: int, cases: int) -> Problems:
    searches = Searches(base, models, seed)
    with _open(base, models) as space, ThreadPoolExecutor(THREADS) as pool:
        asked = [pool.submit(searches.once, space) for _ in range(cases)]
        version, random = 0, Random(seed)
        while not all(one.done() for one in asked):
            version += 1
            for number in random.sample(range(COUNT), 3):
                publish(base / "files", number, version)
            space.index()
            _ = space.tune(kind=random.choice(["flat", "ivf"])) if version % 3 == 0 else None
        problems = [problem for one in asked for problem in one.result()]
    return problems + ([] if version > 1 else ["hardly anything was written"])


def _forked(place: str, models: str, _: int, cases: int) -> Problems:
    alone(prepared, place, models)
    return gather([start(_fork_often, Path(place), Path(models), cases)], cases=cases)


def _fork_often(base: Path, models: Path, cases: int) -> Problems:
    query, problems = "river bread winter", Problems()
    with _open(base, models) as space:
        right = _letter(space.search(query, 20, everything=True))
        for case in range(cases):
            inside = start(_inherit, space, base, models, right) if case % 5 else start(_spawn, base, models, right)
            again = _letter(space.search(query, 20, everything=True)) == right
            wrong = gather([inside]) + ([] if again else ["the process that forked gets other answers"])
            problems += [f"fork {case}: {one}" for one in [*wrong, *asyncio.run(_cancelled(space, right))]][:1]
    return problems


def _inherit(space: Space, base: Path, models: Path, right: Answer) -> Problems:
    """Be the fork: the space that was open says what to do, one that is opened here answers."""
    for ask in (lambda: space.search("river", everything=True), space.status, space.index, lambda: space.show("#1")):
        try:
            ask()
        except InvalidInput as error:
            if "fork" not in error.message:
                return [f"the error does not say why: {error}"]
        else:
            return ["a space that a fork inherited answers"]
    with _open(base, models) as own:
        return [] if _letter(own.search("river bread winter", 20, everything=True)) == right else ["a fork gets other answers"]


def _spawn(base: Path, models: Path, right: Answer) -> Problems:
    """Ask in a process that knows nothing of this one; an open space cannot go there."""
    with _open(base, models) as space:
        try:
            pickle.dumps(space)
        except TypeError:
            pass
        else:
            return ["an open space can be sent to another process"]
    code = f"import json; from {__name__} import ask_once as ask; print(json.dumps(ask({str(base)!r}, {str(models)!r})))"
    found = json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
    return [] if [tuple(hit) for hit in found] == right else ["a process that was spawned gets other answers"]


def ask_once(base: str, models: str) -> Answer:
    """Open a space and ask it."""
    with _open(Path(base), Path(models)) as space:
        return _letter(space.search("river bread winter", 20, everything=True))


async def _cancelled(space: Space, right: Answer) -> Problems:
    """Give up waiting for an answer; the next one is right."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.to_thread(space.search, "winter stone"), 0.0005)
    found = await asyncio.to_thread(space.search, "river bread winter", 20, everything=True)
    return [] if _letter(found) == right else ["after a question that nobody waited for the answer is another"]


def _interrupted(place: str, models: str, seed: int, cases: int) -> Problems:
    alone(prepared, place, models)
    base, random, problems = Path(place), Random(seed), Problems()
    for case in range(cases):
        for number in random.sample(range(COUNT), 5):
            publish(base / "files", number, case + 1)
        kind = random.choice([_type_index, _type_search, _type_rm, _call])
        at = random.uniform(0, LONGEST)
        found = gather([start(_with_ctrl_c, kind, base, Path(models), at)])
        found += gather([start(_goes_on, base, Path(models), case + 1)])
        problems += [f"case {case}, {kind.__name__} after {at:.3f} s: {one}" for one in found][:1]
    return problems


def _with_ctrl_c(kind: Callable[[Path, Path], Problems], base: Path, models: Path, at: float) -> Problems:
    """Do something, and get a SIGINT so many seconds later, or not if that is done by then."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
    signal.setitimer(signal.ITIMER_REAL, max(at, 0.001))
    try:
        return kind(base, models)
    except KeyboardInterrupt:
        return []
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _type(base: Path, models: Path, *words: str) -> Problems:
    """Type a command; what it says when it is interrupted is nothing that a person should not see."""
    from semspace.cli import main

    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
    where = ["--index", NAME, "--home", str(base / "home"), "--models", str(models)]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([*words, *where])
        said = err.buffer.getvalue().decode() if not err.flush() else ""  # type: ignore[func-returns-value]
    if code not in {0, 130}:
        return [f"{words[0]} exits with {code}: {said}"]
    return [f"{words[0]} shows a traceback: {said}"] if "Traceback" in said else []


def _type_index(base: Path, models: Path) -> Problems:
    return _type(base, models, "index", str(base / "files"), "--yes")


def _type_search(base: Path, models: Path) -> Problems:
    return _type(base, models, "search", "river bread winter", "--all")


def _type_rm(base: Path, models: Path) -> Problems:
    return _type(base, models, "rm", str(base / "files" / name_of(COUNT - 1)))


def _call(base: Path, models: Path) -> Problems:
    """Interrupt the library: the same open space answers and goes on afterwards."""
    files = [base / "files"]

    def progress(_: Progress) -> None:
        sys.stderr.flush()

    with _open(base, models) as space:
        with contextlib.suppress(KeyboardInterrupt):
            report = space.index(files, progress=progress)
            if not report.interrupted and report.failed:
                return [f"files failed: {report.failed[0].reason}"]
        signal.setitimer(signal.ITIMER_REAL, 0)
        problems = mixed(space.search("river bread winter", 30, everything=True))
        return problems if not space.index(files).interrupted else ["a run that nobody interrupted says so"]


def _goes_on(base: Path, models: Path, version: int) -> Problems:  # noqa: ARG001
    """Index again: all is there, and the anchor found."""
    with _open(base, models) as space:
        space.index([base / "files", base / "files" / name_of(COUNT - 1)])
        hits = space.search("river bread", 60, paths=[base / "files" / name_of(ANCHOR)], everything=True)
        problems = mixed(hits) + ([] if hits else ["a document is not found any more"])
    return problems + sound(base, models)

"""Several processes want to write to one space: one does, the others wait or say who does; a dead one holds nothing.

And a space is made, searched and deleted by several at once.
"""

from __future__ import annotations

import errno
import os
import re
import signal
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from semspace.bench.faults import Tally, Trial, tiny
from semspace.bench.faults.concurrency import Part, Problems, counted, prepared, sound
from semspace.bench.faults.crew import Member, alone, gather, start
from semspace.bench.faults.versions import NAME, mixed, name_of, publish
from semspace.errors import SpaceLocked, SpaceNotFound
from semspace.places import erase
from semspace.records import Progress
from semspace.space import Space
from semspace.store import LOCK

MOST = 8

GONE = ("unable to open database file", "disk I/O error", os.strerror(errno.EIO))
"""What SQLite, or the system through it, says of a file that is deleted while it is opened or read."""


def writers(trial: Trial) -> list[Tally]:
    """Have two to eight processes index one folder at the same time."""
    how = f"2 to {MOST} run index on one space; every other time the one that works is killed by SIGKILL"
    return counted(trial, Part(Tally("many write", how), trial.cases, _contests))


def births(trial: Trial) -> list[Tally]:
    """Make and delete a space, while others open and search it."""
    how = "a space is made, filled and deleted while three others open and search it; a case is a space"
    return counted(trial, Part(Tally("a space comes and goes", how), trial.cases, _generations))


def _contests(place: str, models: str, seed: int, cases: int) -> Problems:
    alone(prepared, place, models)
    problems: Problems = []
    for case in range(cases):
        count = 2 + (seed + case) % (MOST - 1)
        problems += [f"{count} writers, case {case}: {one}" for one in _contest(Path(place), Path(models), case, count)][:1]
    return problems


def _contest(base: Path, models: Path, case: int, count: int) -> Problems:
    """One process holds the space; of the others half give up and half wait until it is done, or dead."""
    holding, release = os.pipe(), os.pipe()
    first = start(_hold, base, models, case, holding[1], release[0], without=release[1])
    os.close(holding[1])
    os.read(holding[0], 1)
    refused = [start(_refused, base, models, first.pid, without=release[1]) for _ in range((count - 1) // 2)]
    waiting = [
        start(_wait, base, models, case, number, first.pid, without=release[1]) for number in range(count - 1 - len(refused))
    ]
    problems = gather(refused)
    _end_holder(base, waiting, first, release, dies=case % 2 == 1)
    problems += gather([first, *waiting], killed=[first.pid] if case % 2 else [])
    for descriptor in (holding[0], release[0]):
        os.close(descriptor)
    problems += _overlapping(base)
    checking = start(sound, base, models)
    return problems + gather([checking])


def _end_holder(base: Path, waiting: list[Member], first: Member, release: tuple[int, int], *, dies: bool) -> None:
    """Let who holds the space go on, or kill it, once all others wait for it."""
    until = time.monotonic() + 20
    while len([*base.glob("waits-*")]) < len(waiting) and time.monotonic() < until:
        time.sleep(0.01)
    if dies:
        os.kill(first.pid, signal.SIGKILL)
    os.close(release[1])


def _hold(base: Path, models: Path, case: int, holding: int, release: int) -> Problems:
    """Index, and stand still in the middle of it."""
    told = False

    def progress(_: Progress) -> None:
        nonlocal told
        if not told:
            told = True
            os.write(holding, b".")
            os.read(release, 1)

    return _run(base, models, case, 0, progress, lambda space, tell: space.index(progress=tell))


def _refused(base: Path, models: Path, holder: int) -> Problems:
    """Want to index, and be told who does."""
    with Space.open(NAME, home=base / "home", models=models) as space:
        try:
            space.index()
        except SpaceLocked as error:
            return [] if str(holder) in error.message and error.hint else [f"the error does not name {holder}: {error}"]
    return ["two processes write at the same time"]


def _wait(base: Path, models: Path, case: int, number: int, holder: int) -> Problems:
    """Wait for the one that works, and then do the same."""
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        (base / f"waits-{os.getpid()}").touch()

    problems = _run(
        base, models, case, number + 1, lambda _: None, lambda space, tell: space.index(wait=True, progress=tell), say
    )
    (base / f"waits-{os.getpid()}").unlink(missing_ok=True)
    return problems + (
        [] if any(str(holder) in text for text in said) else [f"nobody says that {holder} is waited for: {said}"]
    )


def _run(
    base: Path,
    models: Path,
    case: int,
    number: int,
    also: Callable[[Progress], None],
    index: Callable[[Space, Callable[[Progress], None]], object],
    say: Callable[[str], None] | None = None,
) -> Problems:
    """Change a file, index, and write down from when to when there was progress."""
    publish(base / "files", number, case + 1)
    times: list[float] = []

    def progress(state: Progress) -> None:
        times.append(time.monotonic())
        also(state)
        times.append(time.monotonic())

    with Space.open(NAME, home=base / "home", models=models, say=say) as space:
        index(space, progress)
    if times:
        (base / f"worked-{os.getpid()}").write_text(f"{times[0]} {times[-1]}", encoding="ascii")
    return []


def _overlapping(base: Path) -> Problems:
    """Return what is wrong with the times at which processes worked: no two at once."""
    spans = []
    for path in base.glob("worked-*"):
        first, last = path.read_text(encoding="ascii").split()
        spans.append((float(first), float(last)))
        path.unlink()
    for path in base.glob("waits-*"):
        path.unlink()
    spans.sort()
    together = [one for one, other in pairwise(spans) if one[1] > other[0]]
    return ["two processes worked at the same time"] if together else []


def _generations(place: str, models: str, seed: int, cases: int) -> Problems:
    base = Path(place)
    (base / "files").mkdir()
    for number in range(3):
        publish(base / "files", number, seed % 7)
    visitors = [start(_visit, base, Path(models)) for _ in range(3)]
    maker = start(_make, base, Path(models), cases)
    problems = gather([maker], cases=cases)
    (base / "stop").touch()
    return problems + gather(visitors)


def _make(base: Path, models: Path, cases: int) -> Problems:
    problems = []
    for case in range(cases):
        with Space.create(NAME, tiny.NAME, home=base / "home", models=models) as space:
            space.index([base / "files"], wait=True)
            if mixed(hits := space.search("river bread", 30, everything=True)) or not hits:
                problems.append(f"space {case} does not answer")
        while True:
            try:
                erase(base / "home" / NAME)
                break
            except SpaceLocked:
                continue
        # Who wants to mend just then may make the lock anew, and nothing else.
        if left := [path.name for path in (base / "home").glob(f"{NAME}/**/*") if path.name != LOCK]:
            problems.append(f"space {case} was deleted, and left {left}")
    return problems


def _visit(base: Path, models: Path) -> Problems:
    """Open and search a space that may not be there yet, or any more."""
    problems: list[str] = []
    while not (base / "stop").exists():
        try:
            with Space.open(NAME, home=base / "home", models=models) as space:
                for mode in ("hybrid", "lexical"):
                    problems += mixed(space.search(name_of(0) + " river bread", 30, mode, everything=True))
        except SpaceNotFound:
            continue
        except Exception as error:  # noqa: BLE001  # any other error is none that a person should see
            # It may be deleted between the look whether it is there and the opening, or under the eyes of a reader.
            if not any(what in str(error) for what in GONE):
                problems.append(re.sub(r"/\S+", "...", f"{type(error).__name__}: {error}"))
    return problems

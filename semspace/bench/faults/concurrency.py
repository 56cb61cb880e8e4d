"""One process writes to a space and eight search it; several want to write; one that writes stands still, or dies."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

from semspace.bench.faults import Tally, Trial, tiny
from semspace.bench.faults.crew import alone, gather, start
from semspace.bench.faults.searching import Searches
from semspace.bench.faults.versions import ANCHOR, COUNT, NAME, name_of, publish
from semspace.bench.faults.warm import Warm
from semspace.errors import SpaceLocked
from semspace.space import Space

SEARCHERS = 8
LIMIT = 3_600.0
SHARE = 25
"""Searches between two stops of the writer, of each of two processes."""

Problems = list[str]
Act = Callable[[Space, Path, Random, int], None]


@dataclass(frozen=True, slots=True)
class Part:
    """What is done with one space: a function of (place, models, seed, cases) that returns the problems of its cases."""

    tally: Tally
    cases: int
    work: Callable[[str, str, int, int], Problems]


def searchers(trial: Trial) -> list[Tally]:
    """Eight processes search while one indexes, and while one tunes, compacts and repairs."""
    rest = "; a case is a search, each hit compared with what was on disk"
    indexed = Tally("many search, one writes", f"{SEARCHERS} processes search while one indexes{rest}")
    tended = Tally("many search, one writes", f"{SEARCHERS} search while one tunes, compacts, removes and repairs{rest}")
    half = trial.cases // 2
    return counted(trial, Part(indexed, half, _while_indexed), Part(tended, trial.cases - half, _while_tended))


def stops(trial: Trial) -> list[Tally]:
    """Stop a writer at random moments; two processes search until it goes on."""
    how = f"SIGSTOP at random moments of index, {2 * SHARE} searches, SIGCONT"
    return counted(trial, Part(Tally("the writer stands still", how), trial.cases, _stopped))


def counted(trial: Trial, *parts: Part) -> list[Tally]:
    """Do things in processes that have no threads, and count their problems."""
    with Warm() as warm:
        warm.learn(prepared, str(trial.work / "learn"), str(trial.models))
        for number, part in enumerate(parts):
            place = trial.work / f"part{number}"
            place.mkdir()
            outcome = warm.call(part.work, str(place), str(trial.models), trial.seed, part.cases, limit=LIMIT)
            problems = outcome.value if outcome.ended == "returned" else [f"the processes ended so: {outcome.ended}"]
            for case in range(part.cases):
                part.tally.case(f"seed {trial.seed}: {problems[case]}" if case < len(problems) else None)
    return [part.tally for part in parts]


def prepared(place: str, models: str) -> Problems:
    """Make a space that holds a version of every document, and use all of it once."""
    base = Path(place)
    (base / "files").mkdir(parents=True)
    for number in range(COUNT):
        publish(base / "files", number, 0)
    with Space.create(NAME, tiny.NAME, home=base / "home", models=Path(models)) as space:
        space.index([base / "files"])
    return Searches(base, Path(models), 0).run(2)


def _while_indexed(place: str, models: str, seed: int, cases: int) -> Problems:
    return _crowd(place, models, seed, cases, "index")


def _while_tended(place: str, models: str, seed: int, cases: int) -> Problems:
    return _crowd(place, models, seed, cases, "tend")


def _crowd(place: str, models: str, seed: int, cases: int, writes: str) -> Problems:
    alone(prepared, place, models)
    base = Path(place)
    writer = start(_write, place, models, seed, writes)
    share = [cases // SEARCHERS + (turn < cases % SEARCHERS) for turn in range(SEARCHERS)]
    turns = [Searches(base, Path(models), seed + turn).run for turn in range(SEARCHERS)]
    problems = gather([start(turn, count) for turn, count in zip(turns, share, strict=True)], cases=cases)
    (base / "stop").touch()
    return problems + gather([writer])


def _write(place: str, models: str, seed: int, writes: str) -> Problems:
    """Write to the space until told to stop; return what was wrong with it then, or that hardly anything was written."""
    base, random, runs = Path(place), Random(seed), 0
    act = {"index": _index, "tend": _tend}[writes]
    with Space.open(NAME, home=base / "home", models=Path(models)) as space:
        while not (base / "stop").exists() or runs < 3:
            runs += 1
            act(space, base / "files", random, runs)
    return sound(base, Path(models))


def _index(space: Space, root: Path, random: Random, version: int) -> None:
    """Change, delete and add files, and bring the space up to date."""
    for number in random.sample(range(COUNT), 4):
        if number != ANCHOR and random.random() < 0.3:
            (root / name_of(number)).unlink(missing_ok=True)
        else:
            publish(root, number, version)
    space.index(purge=True)


def _tend(space: Space, root: Path, random: Random, version: int) -> None:
    """Do what changes how things are stored and not what is."""
    match version % 4:
        case 0:
            space.tune(kind=random.choice(["flat", "ivf", "rabitq"]))
        case 1:
            with suppress(SpaceLocked):
                # Who reads just now may keep a journal from being emptied.
                space.compact()
        case 2:
            space.remove([str(root / name_of(COUNT - 1))])
            space.index([root / name_of(COUNT - 1)])
        case _:
            Space.repair(space.folder, models=space._models)


def sound(base: Path, models: Path) -> Problems:
    """Return what is wrong with a space that nobody writes to any more."""
    with Space.open(NAME, home=base / "home", models=models) as space:
        space.index(purge=True)
        wrong = [f"{finding.part}: {finding.message}" for finding in space.check() if finding.count]
        held = {Path(path).name for path in space._store.documents()}
    on_disk = {path.name for path in (base / "files").iterdir()}
    return wrong + ([] if held == on_disk else [f"the space holds {sorted(held)}, not {sorted(on_disk)}"])


def _stopped(place: str, models: str, seed: int, cases: int) -> Problems:
    alone(prepared, place, models)
    base, random = Path(place), Random(seed)
    # Who closes a store that nobody else has open has it for himself meanwhile, and would be stopped within that, too.
    reader = start(_keep_open, base, Path(models))
    writer = start(_write, place, models, seed, "index")
    problems: Problems = []
    for case in range(cases):
        select.select([], [], [], random.uniform(0, 0.1))
        os.kill(writer.pid, signal.SIGSTOP)
        run = Searches(base, Path(models), seed + case).run
        problems += [f"stop {case}: {one}" for one in gather([start(run, SHARE), start(run, SHARE)])]
        os.kill(writer.pid, signal.SIGCONT)
    (base / "stop").touch()
    return problems + gather([writer, reader])


def _keep_open(base: Path, models: Path) -> Problems:
    """Have a space open, and ask it now and then."""
    searches = Searches(base, models, 0)
    problems: Problems = []
    with Space.open(NAME, home=base / "home", models=models) as space:
        while not (base / "stop").exists():
            problems += searches.once(space)
            select.select([], [], [], 0.2)
    return problems

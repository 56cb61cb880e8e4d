"""Too little memory: a limit on the address space, and allocations of Python that fail, while indexing and searching.

Each case forks a process that searches or indexes with little memory. It may say that it lacks memory, or be ended by a
library that knows no other way; it may not answer wrongly, and what it leaves is a space in which each document is as before
or as after the run, whole, and that the next run brings up to date.
"""

from __future__ import annotations

import os
import pickle
import resource
import shutil
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any, ClassVar

from semspace.bench.faults import Impossible, Tally, Trial, sample
from semspace.bench.faults.batches import Verdict, tallies
from semspace.bench.faults.forked import one_thread
from semspace.bench.faults.sample import Truth
from semspace.bench.faults.truth import compare, contents
from semspace.errors import SemspaceError
from semspace.space import Space

LARGEST = 256 << 20
"""Bytes of address space beyond what is taken already: with more nothing fails."""

ALLOCATIONS = 400_000
LONGEST = 60
DONE, REFUSED, BROKEN, UNTOLD = 0, 3, 4, 5
ENDS = {DONE: "enough", REFUSED: "an error", -signal.SIGABRT: "ended by a library"}
STORED = frozenset({"store", "texts", "documents", "passages", "vectors"})

STATM = Path("/proc/self/statm")


def memory(trial: Trial) -> list[Tally]:
    """Take memory away. Raises Impossible."""
    if not STATM.is_file():
        raise Impossible("how much memory is taken is only told by Linux")
    if find_spec("_testcapi") is None:
        raise Impossible("this Python comes without _testcapi")
    rng = Random(f"{trial.seed} memory")
    sample.build(trial.work / "sound", trial.models, [sample.texts(rng, 8), sample.texts(rng, 12)])
    return tallies(MemoryCases, trial)


class MemoryCases:
    """One process with too little memory each."""

    name: ClassVar[str] = "memory"
    how: ClassVar[str] = "RLIMIT_AS; MemoryError at the n-th allocation of Python"
    size: ClassVar[int] = 10
    doing = ""

    def __init__(self, work: Path, models: Path, seed: int) -> None:
        """Know the truth about the space, before its last run and after it."""
        self.work, self.models, self.seed = work, models, seed
        # In a fork, as all that follows: what a process has used and freed it need not ask for again.
        self.truth: Truth = forked(lambda: Truth.of(work / "sound" / "older", models))[1]
        self.before, self.after = (contents(work / "sound" / name) for name in ("older", "space"))

    def prepare(self, folder: Path) -> None:
        """See that all works where there is memory enough."""
        for act in (self._search, self._index):
            place = self._copied(folder)
            ended, modules = forked(lambda act=act, place=place: [act(place), *sys.modules])  # type: ignore[misc]
            assert (ended, modules[0]) == (DONE, None)
            for name in modules[1:]:
                with suppress(ImportError):
                    import_module(name)

    def _copied(self, folder: Path) -> Path:
        place = folder / "space"
        shutil.rmtree(place, ignore_errors=True)
        sample.copy(self.work / "sound" / "older", place)
        return place

    def run(self, folder: Path, number: int) -> Verdict:
        """Search or index with little memory, and look at what that left."""
        rng = Random(f"{self.seed} memory {number}")
        place = self._copied(folder)
        what, act = rng.choice((("search", self._search), ("index", self._index)))
        how, limit = rng.choice((("address space", _limited), ("allocations", _failing)))
        self.doing, restrict = limit(rng)
        self.doing = f"{what}, {how}, {self.doing}"
        ended, wrong = forked(lambda: act(place), restrict)
        wrong = wrong or forked(lambda: self._judge(place))[1]
        if ended not in ENDS:
            wrong = wrong or f"the process ended with {ended}"
        return Verdict(f"little memory: {what}, {how}: {ENDS.get(ended, 'broke')}", wrong)

    def _judge(self, place: Path) -> str | None:
        """Return what is wrong with what a process left behind."""
        if problem := compare(contents(place), self.before, self.after)[0]:
            return problem
        with Space.open(place, models=self.models) as space:
            if found := [finding.part for finding in space.check() if finding.count and finding.part in STORED]:
                return f"check finds {found}"
            if contents(place) == self.before and (problem := self.truth.contradiction(space)):
                return problem
            space.index([self.work / "sound" / "files"])
            if found := sample.wrong(space.check()):
                return f"after index: {found}"
        return None if contents(place) == self.after else "after index it does not hold the documents as they are"

    def _search(self, place: Path) -> str | None:
        with Space.open(place, models=self.models) as space:
            return self.truth.contradiction(space)

    def _index(self, place: Path) -> None:
        with Space.open(place, models=self.models) as space:
            space.index([self.work / "sound" / "files"])


def _limited(rng: Random) -> tuple[str, Callable[[], None]]:
    """Let a process have little more address space than it has."""
    extra = int(LARGEST * rng.random() ** 2)

    def restrict() -> None:
        taken = int(STATM.read_text(encoding="ascii").split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (taken + extra, resource.RLIM_INFINITY))

    return f"{extra:,} bytes", restrict


def _failing(rng: Random) -> tuple[str, Callable[[], None]]:
    """Let some allocations of Python fail, from the n-th on."""
    first, count = rng.randrange(1, int(ALLOCATIONS * rng.random()) + 2), rng.randrange(1, LONGEST)
    nomemory: Callable[[int, int], None] = import_module("_testcapi").set_nomemory
    return f"{count} from the {first:,}th on", lambda: nomemory(first, first + count)


def forked(act: Callable[[], Any], restrict: Callable[[], None] | None = None) -> tuple[int, Any]:
    """Do something in a fork, under a limit perhaps; return how that ended, and what it returned."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        ended = UNTOLD
        one_thread()
        try:
            ended = _worked(act, restrict, writing)
        finally:
            os._exit(ended)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    # It comes from our own fork.
    return ended, pickle.loads(said) if said else None  # noqa: S301


def _worked(act: Callable[[], Any], restrict: Callable[[], None] | None, writing: int) -> int:
    nothing = os.open(os.devnull, os.O_RDWR) if restrict else -1
    for stream in (1, 2) if restrict else ():
        os.dup2(nothing, stream)
    value, ended = None, DONE
    relax: Callable[[], None] = import_module("_testcapi").remove_mem_hooks
    try:
        if restrict:
            restrict()
        value = act()
    except (MemoryError, OSError, SemspaceError, RuntimeError):
        ended = REFUSED
    except BaseException as error:  # noqa: BLE001  # told to the parent
        relax()
        if type(error).__name__ != "PanicException":  # what libraries in Rust raise where they can do no better
            value, ended = f"{type(error).__name__}: {error}", BROKEN
        else:
            ended = REFUSED
    relax()
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    os.write(writing, pickle.dumps(value))
    return ended

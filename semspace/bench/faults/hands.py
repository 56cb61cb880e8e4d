"""Warm processes that work side by side, each on cases of its own, and what one case comes to."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from semspace.bench.faults import scenes, verdict
from semspace.bench.faults.warm import Outcome, Warm

MOST = 4
"""Processes at most: a case is mostly work, and others want to work too."""

AMISS = ("A fault of semspace itself", "Traceback", "panicked", "space_damaged")
"""What no command may say when the system refuses something; the last one may be true of a space to be repaired."""

Case = TypeVar("Case")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one case: its problem, if any, and bytes of committed texts that were lost."""

    problem: str | None
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Hands:
    """Warm processes that know the same scenes, below `work`; `lasting` is how many seconds each command takes."""

    work: Path
    warms: Sequence[Warm]
    lasting: dict[str, float]

    def each(self, cases: Sequence[Case], work: Callable[[Warm, str, Case], Result]) -> Iterable[Result]:
        """Call work(process, name of a home of its own, case) for every case; return the results as they stand in `cases`."""
        count = len(self.warms)

        def share(number: int) -> list[Result]:
            return [work(self.warms[number], f"case{number}", case) for case in cases[number::count]]

        with ThreadPoolExecutor(count) as pool:
            shares = [iter(part) for part in pool.map(share, range(count))]
        return [next(shares[number % count]) for number in range(len(cases))]


@contextmanager
def hands(work: Path, names: Iterable[str], count: int | None = None) -> Iterator[Hands]:
    """Start warm processes, make scenes below a folder, and have each process import all that they take."""
    with ExitStack() as stack:
        first, *others = [stack.enter_context(Warm()) for _ in range(count or min(MOST, os.cpu_count() or 1))]
        lasting = {name: prepared(first, work / name) for name in dict.fromkeys(names)}
        for warm in others:
            for name in lasting:
                place = str(work / name)
                warm.learn(verdict.judge, place, scenes.fresh(place, "case"), name)
        yield Hands(work, [first, *others], lasting)


def prepared(warm: Warm, place: Path) -> float:
    """Make a scene, have a process import all that it takes, and return how many seconds the command lasts."""
    outcome = warm.learn(scenes.prepare, str(place), place.name)
    if outcome["code"]:
        raise RuntimeError(f"{place.name} fails without a fault: {outcome['said']}")
    home = scenes.fresh(str(place), "case")
    found = warm.learn(verdict.judge, str(place), home, place.name)
    if found["problem"]:
        raise RuntimeError(f"{place.name} goes wrong without a fault: {found['problem']}")
    seconds = []
    for eager in (False, True):
        home = scenes.fresh(str(place), "case")
        seconds.append(warm.call(scenes.act, str(place), home, place.name, eager).seconds)
    return max(seconds)


def judged(warm: Warm, place: str, home: str, story: str, *, done: bool = False) -> Verdict:
    """Say what became of a case by what is left of its space."""
    outcome = warm.call(verdict.judge, place, home, Path(place).name, done)
    if outcome.value is None:
        return Verdict(f"{story}: opening, checking and searching it: {outcome.ended}")
    problem, lost = outcome.value["problem"], int(outcome.value["lost"])
    return Verdict(f"{story}: {problem}" if problem else None, lost)


def told(outcome: Outcome, name: str) -> str | None:
    """Return what is wrong with the way in which a command ended; None where it was done, or said what failed."""
    if outcome.ended != "returned":
        return "it hangs" if outcome.ended == "late" else f"the process {outcome.ended}"
    code, said = int(outcome.value["code"]), str(outcome.value["said"])
    if code not in (0, 2) or (code == 2 and "error" not in said.lower()):
        return f"exit code {code}: {said}"
    if any(sign in said for sign in AMISS[: -1 if name == "repair" else None]):
        return said
    return None

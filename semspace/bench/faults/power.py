"""Power that fails: the disks that a command may leave behind when only what was synced is sure to be there.

The write-side calls of a command are recorded by strace with all their bytes. Replayed up to a moment, they give the disks that
are legal then: of what was written to a file since its last fsync, and of what was done to the names of a folder since its
last, any part may be missing. What the file system keeps of its own accord is taken for lost, and a size may outlive the bytes.
"""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from semspace.bench.faults import Tally, Trial, scenes, verdict
from semspace.bench.faults.hands import Hands, Verdict, hands
from semspace.bench.faults.legal import Disk, Event
from semspace.bench.faults.syscalls import WRITING
from semspace.bench.faults.warm import Warm, traceable

COMMANDS = ("edit", "create", "deletion", "rm", "add_texts", "forget", "compact", "migrate", "tune")
TRACE = ("-y", "-xx", "-s", "100000000", "-e", f"trace={WRITING}", "-e", "signal=none")
AT_THE_END = 0.2
"""Share of cases in which the command had said that it was done: nothing of it may then be missing."""

_CALL = re.compile(r"^(\d+) +(\w+)\((.*)\) += (-?\d+)")
_CUT_OFF = re.compile(r"^(\d+) +(\w+\(.*) <unfinished \.\.\.>$")
_WENT_ON = re.compile(r"^(\d+) +<\.\.\. \w+ resumed>(.*)$")
_HEX = r"((?:\\x[0-9a-f]{2})*)"
_TEXT = re.compile(f'"{_HEX}"')
_FILE = re.compile(rf"^\w+<{_HEX}>")


@dataclass(frozen=True, slots=True)
class Case:
    """A moment of a command after which the power fails."""

    scene: str
    number: int
    moment: int
    done: bool


def power(trial: Trial) -> list[Tally]:
    """Judge so many of the disks that commands may leave when the power fails."""
    traceable()
    tally = Tally("power that fails", "disks rebuilt from recorded calls, without what was not synced")
    names = COMMANDS[: max(2, trial.cases // 4)]
    with hands(trial.work, names) as all_hands:
        events = {name: _recorded(all_hands, name) for name in names}
        cases = []
        for number in range(trial.cases):
            name = names[number % len(names)]
            chance = random.Random(f"{trial.seed} {number}")
            done = chance.random() < AT_THE_END
            cases.append(Case(name, number, len(events[name]) if done else chance.randrange(len(events[name])), done))
        for found in all_hands.each(cases, lambda warm, home, case: _fail(trial, warm, home, case, events[case.scene])):
            tally.case(found.problem, lost=found.lost)
    tally.note = f"{sum(map(len, events.values())):,} calls of {len(names)} commands"
    return [tally]


def _recorded(all_hands: Hands, name: str) -> list[Event]:
    place = str(all_hands.work / name)
    home = scenes.fresh(place, "case")
    outcome = all_hands.warms[0].call(act, place, home, name, strace=TRACE)
    return list(events(outcome.trace, f"{home}/"))


def events(trace: str, home: str) -> Iterator[Event]:
    """Yield what was done to files below a folder, in the order in which the calls came back; paths are relative to it."""
    begun: dict[str, str] = {}
    for line in trace.splitlines():
        if cut := _CUT_OFF.match(line):
            begun[cut[1]] = cut[2]
            continue
        went = _WENT_ON.match(line)
        call = _CALL.match(f"{went[1]} {begun.pop(went[1], '')}{went[2]}" if went else line)
        if call and int(call[4]) >= 0:
            event = _event(call[2], call[3], int(call[4]))
            if event and f"{event.path}/".startswith(home) and not event.path.endswith("-shm"):
                yield Event(event.kind, event.path[len(home) :], event.other[len(home) :], event.offset, event.data)


def _event(call: str, rest: str, result: int) -> Event | None:
    """Return one call as what it does; None for one that changes neither bytes nor names."""
    texts = [_plain(text) for text in _TEXT.findall(rest)]
    opened = _FILE.match(rest)
    file = _plain(opened[1]).decode() if opened else ""
    first = texts[0].decode() if texts and call not in {"write", "pwrite64"} else ""
    if call == "unlinkat" and not first.startswith("/"):
        first = f"{file}/{first}"
    number = int(rest.rsplit(",", 1)[1]) if call in {"pwrite64", "ftruncate"} else -1
    event: Event | None = None
    match call:
        case "openat" if "O_CREAT" in rest or "O_TRUNC" in rest:
            event = Event("truncate" if "O_TRUNC" in rest else "open", first)
        case "write" | "pwrite64":
            event = Event("write", file, offset=number, data=texts[0][:result])
        case "ftruncate":
            event = Event("resize", file, offset=number)
        case "fsync" | "fdatasync":
            event = Event("sync", file)
        case "rename" | "renameat":
            event = Event("rename", first, texts[1].decode())
        case "unlink" | "unlinkat" | "rmdir":
            event = Event("remove", first)
        case "mkdir":
            event = Event("folder", first)
    return event


def _plain(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def _fail(trial: Trial, warm: Warm, case: str, one: Case, recorded: list[Event]) -> Verdict:
    """Rebuild one disk, and judge what is on it."""
    place = str(trial.work / one.scene)
    disk = Disk(Path(place) / "home")
    for event in recorded[: one.moment]:
        disk.follow(event)
    home = Path(place) / case
    shutil.rmtree(home, ignore_errors=True)
    disk.leave(home, random.Random(f"{trial.seed} {one.number} disk"))
    story = f"seed {trial.seed}, case {one.number}: {one.scene} without power after {one.moment} of {len(recorded)} calls"
    outcome = warm.call(judge, place, str(home), one.scene, one.done)
    if outcome.value is None:
        return Verdict(f"{story}: opening, checking and searching it: {outcome.ended}")
    problem = outcome.value["problem"]
    return Verdict(f"{story}: {problem}" if problem else None, int(outcome.value["lost"]))


def _unsuspecting() -> None:
    """Let a derived file be known by its size alone: after a failure of power, inode and times may be those of a file whose
    bytes are not."""
    from semspace.derived import DerivedVectors, DerivedWords

    for kind in (DerivedVectors, DerivedWords):
        kind._identity = lambda self: str([(path.name, path.stat().st_size) for path in self._files()])  # type: ignore[method-assign]


def act(place: str, home: str, name: str) -> dict[str, Any]:
    """Run the command of a scene."""
    _unsuspecting()
    return scenes.act(place, home, name)


def judge(place: str, home: str, name: str, done: bool) -> dict[str, Any]:
    """Judge a space."""
    _unsuspecting()
    return verdict.judge(place, home, name, done)

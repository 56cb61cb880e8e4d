"""A fault at every write-side system call of every command that writes, one after the other, by strace's injection.

The calls are those that a run without a fault makes on files of the space: each step of a transaction, each replacement and
renaming of a file is one of them, or lies between two.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from semspace.bench.faults import Tally, Trial, scenes
from semspace.bench.faults.hands import Hands, Verdict, hands, judged, told
from semspace.bench.faults.warm import Warm, traceable

WRITING = (
    "write,pwrite64,writev,pwritev,pwritev2,openat,creat,ftruncate,truncate,fallocate,fsync,fdatasync,msync,rename,renameat,"
    "renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,rmdir,mkdir,mkdirat,chmod,fchmod,fchmodat,copy_file_range,sendfile"
)
INTERRUPTIBLE = frozenset({"write", "pwrite64", "openat", "ftruncate", "fallocate", "fsync", "fdatasync"})
PARTIAL = frozenset({"write", "pwrite64"})

_CALL = re.compile(r"^(\d+) +(\w+)\((.*)")
_OPENED_TO_WRITE = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC")

SESSIONS = 8
"""Commits of the lexical index that are told apart at most."""

TRACE = ("-y", "-s", "300", "-e", f"trace={WRITING}", "-e", "signal=none")


@dataclass(frozen=True, slots=True)
class Action:
    """What happens to a call: `inject` in strace's words, `calls` that it can happen to (none: all), to one of how many."""

    fault: str
    how: str
    inject: str
    calls: frozenset[str] = frozenset()
    every: int = 1


EVERYTHING = 50_000
"""Cases that are more than there are: every call fails in every way, also in those that most programs never see."""

EACH = "at each write-side system call"
ACTIONS = (
    Action("kill -9 at a system call", f"SIGKILL by strace {EACH}", "signal=SIGKILL"),
    Action("a failing device", f"EIO by strace {EACH}", "error=EIO"),
    Action("a full disk", f"ENOSPC by strace {EACH}", "error=ENOSPC"),
    Action("an interrupted call", "EINTR by strace at write-side system calls", "error=EINTR", INTERRUPTIBLE, every=5),
    Action("a write that takes nothing", "a result of 0 by strace at write calls", "retval=0", PARTIAL, every=5),
)


@dataclass(frozen=True, slots=True)
class Target:
    """The n-th call of a kind in a thread, of those that the command of a scene makes.

    `session`: of the threads that write the lexical index in its n-th commit; None: of the main thread.
    """

    scene: str
    session: int | None
    call: str
    number: int


def syscalls(trial: Trial, name: str) -> list[Tally]:
    """Let each call of a command fail in each way, all of them or as many as there are cases; judge what it leaves."""
    traceable()
    tallies = {action: Tally(f"{action.fault} of {name}", action.how) for action in ACTIONS}
    with hands(trial.work, [name]) as all_hands:
        targets = recorded(all_hands, name)
        plan = [
            (one, action)
            for action in ACTIONS
            for one in targets[:: 1 if trial.cases >= EVERYTHING else action.every]
            if one.call in (action.calls or {one.call})
        ]
        every = max(1, -(-len(plan) // trial.cases))
        chosen = plan[trial.seed % every :: every]
        found = all_hands.each(chosen, lambda warm, home, case: _fail(all_hands.work, warm, home, *case))
    for (_, action), verdict in zip(chosen, found, strict=True):
        if verdict is not None:
            tallies[action].case(verdict.problem, lost=verdict.lost)
    for tally in tallies.values():
        tally.note = f"{len(targets):,} calls"
    return [tally for tally in tallies.values() if tally.cases]


def recorded(all_hands: Hands, name: str) -> list[Target]:
    """Return the calls that a command makes on files of the space when nothing goes wrong.

    strace counts the calls of each thread anew, so that those of the main thread and those of each commit of the lexical
    index, which has threads of its own, are told apart by when the watching begins.
    """
    place, warm = str(all_hands.work / name), all_hands.warms[0]
    found: dict[Target, None] = {}
    for session in (None, *range(SESSIONS)):
        home = scenes.fresh(place, "case")
        waits = session is not None
        outcome = warm.call(scenes.act, place, home, name, False, session, strace=TRACE, waits=waits)
        if not outcome.trace:
            break
        calls = writes(outcome.trace, home)
        found |= dict.fromkeys(Target(name, session, call, number) for main, call, number, _ in calls if main != waits)
    return [*found]


def writes(trace: str, home: str) -> Iterator[tuple[bool, str, int, str]]:
    """Yield the write-side calls on files below a folder: whether in the main thread, name, which one there, arguments."""
    counts: Counter[tuple[str, str]] = Counter()
    main = trace.rstrip().rpartition("\n")[2].split(" ", 1)[0]
    for line in trace.splitlines():
        if not (match := _CALL.match(line)):
            continue
        thread, call, rest = match.groups()
        counts[thread, call] += 1
        if f"{home}/" in rest and (call != "openat" or _OPENED_TO_WRITE.search(rest)):
            yield thread == main, call, counts[thread, call], rest


def _fail(work: Path, warm: Warm, case: str, one: Target, action: Action) -> Verdict | None:
    """Let one call fail; None where it was not made."""
    place = str(work / one.scene)
    home = scenes.fresh(place, case)
    inject = f"inject={one.call}:{action.inject}:when={one.number}"
    options, waits = (*TRACE, "-e", inject), one.session is not None
    outcome = warm.call(scenes.act, place, home, one.scene, False, one.session, strace=options, waits=waits)
    hit = [line for line in outcome.trace.splitlines() if line.endswith("(INJECTED)")]
    if outcome.ended != "killed" and not (hit and all(f"{home}/" in line for line in hit)):
        # Threads do not make the same calls in each run: this one made fewer, or others.
        return None
    story = f"{one.scene}: {inject}{f' in commit {one.session} of the lexical index' if waits else ''}"
    if outcome.ended == "killed" and "SIGKILL" in action.inject:
        return judged(warm, place, home, story)
    if problem := told(outcome, one.scene):
        return Verdict(f"{story}: {problem}")
    return judged(warm, place, home, story, done=outcome.value["code"] == 0)

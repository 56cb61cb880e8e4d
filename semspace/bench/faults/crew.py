"""Several processes at the same time: forked, timed, and each says at its end what went wrong in it.

Whoever forks has a single thread: a process that `warm` has forked for it.
"""

from __future__ import annotations

import ctypes
import faulthandler
import json
import os
import select
import signal
import time
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from semspace.bench.faults.forked import one_thread

LIMIT = 60.0
"""Seconds that processes may take: then each of their threads says where it stands, and they are killed."""

EACH = 0.2
"""Seconds that are added for each case of many."""

PR_SET_PDEATHSIG = 1


def mortal() -> None:
    """Have this process killed when the thread that forked it ends."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


@dataclass(slots=True)
class Member:
    """A process at work, and what it has said so far."""

    pid: int
    reading: int
    said: bytearray = field(default_factory=bytearray)
    problems: list[str] | None = None


def start(work: Callable[..., list[str]], *arguments: object, without: int | None = None) -> Member:
    """Fork a process that calls a function, which returns its problems; `without` is closed in it: the end of a pipe."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return Member(child, reading)
    os.close(reading)
    one_thread()
    try:
        if without is not None:
            os.close(without)
        _prepare()
        problems = work(*arguments)
    except BaseException:  # noqa: BLE001  # told to whoever started it
        problems = [traceback.format_exc(limit=-6)]
    data = json.dumps(problems).encode()
    while data:
        data = data[os.write(writing, data) :]
    os._exit(0)


def _prepare() -> None:
    """Say where all threads stand when asked by a signal, and be killed when the parent is gone."""
    # Not the timer of faulthandler: its thread is not there in a fork of a fork, which waits for it all the same.
    faulthandler.register(signal.SIGUSR1, all_threads=True)
    with suppress(OSError, AttributeError):
        mortal()


def gather(members: Iterable[Member], *, killed: Iterable[int] = (), cases: int = 1) -> list[str]:
    """Wait until processes with so many cases have ended, and return their problems; those `killed` on purpose have none."""
    members = list(members)
    waiting = {member.reading: member for member in members}
    until = time.monotonic() + LIMIT + EACH * cases
    on_purpose = set(killed)
    while waiting:
        ready, _, _ = select.select([*waiting], [], [], max(0.0, until - time.monotonic()))
        for reading in ready or [*waiting]:
            member = waiting[reading]
            if not ready:
                _stop(member)
            elif block := os.read(reading, 1 << 16):
                member.said += block
                continue
            del waiting[reading]
            _end(member, on_purpose)
    return [problem for member in members for problem in member.problems or ()]


def _stop(member: Member) -> None:
    os.kill(member.pid, signal.SIGUSR1)
    select.select([member.reading], [], [], 1.0)
    os.kill(member.pid, signal.SIGKILL)


def _end(member: Member, on_purpose: set[int]) -> None:
    os.close(member.reading)
    status = os.waitstatus_to_exitcode(os.waitpid(member.pid, 0)[1])
    if status == 0:
        member.problems = json.loads(member.said)
    elif member.pid not in on_purpose:
        member.problems = [f"a process ended with {status}: it crashed, or did not end in time"]


def alone(work: Callable[..., list[str]], *arguments: object) -> None:
    """Have one process do something and wait for it; raises RuntimeError with its problems."""
    if problems := gather([start(work, *arguments)]):
        raise RuntimeError("; ".join(problems))

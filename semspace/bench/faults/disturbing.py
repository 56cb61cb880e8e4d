"""Operations that disturb a space: damage to what is derived, a crash within a write, a folder that is write-protected."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from random import Random

from semspace.bench.faults.forked import one_thread
from semspace.bench.faults.oracle import answers, want
from semspace.bench.faults.walk import FOLDER, KEYS, Walk
from semspace.errors import SemspaceError
from semspace.records import MODES
from semspace.store import TEXT_PREFIX

LONGEST = 0.06
"""Seconds after which a write is killed at the latest: most are through by then."""

NOBODY = 65_534


def something(walk: Walk, random: Random) -> str | None:
    """Choose a text, a file or a folder that is in the space."""
    held = [*walk.texts, *walk.indexed]
    folder = str(walk.path(FOLDER))
    if any(path.startswith(f"{folder}/") for path in walk.indexed):
        held.append(folder)
    return random.choice(sorted(held)) if held else None


def below(walk: Walk, chosen: str) -> list[str]:
    """Return the files and texts of the space that one name means."""
    return [one for one in [*walk.texts, *walk.indexed] if one == chosen or one.startswith(f"{chosen}/")]


def take_out(walk: Walk, chosen: str, gone: list[str], *, kept_out: bool = True) -> None:
    """Follow a removal in the dicts."""
    for one in gone:
        walk.texts.pop(one, None)
        walk.indexed.pop(one, None)
    if chosen not in KEYS and kept_out:
        walk.left_out.add(chosen)


def damage(walk: Walk, random: Random) -> str:
    """Harm a derived file, while the space is closed or under its readers."""
    folder = walk.space.folder
    files = [folder / "vectors.faiss", folder / "space.json", *sorted((folder / "lexical").glob("*"))]
    path = random.choice([file for file in files if file.is_file()] or [folder / "space.json"])
    data = path.read_bytes() if path.exists() else b""
    kind, harmed = random.choice(_harmed(data, random))
    closed = random.random() < 0.5
    if closed:
        walk.close()
    if harmed is None:
        path.unlink(missing_ok=True)
    else:
        # Never in place: a file that is cut while a thread of tantivy's still has it mapped ends the process, whoever reads it.
        (walk.base / "harmed").write_bytes(harmed)
        (walk.base / "harmed").replace(path)
    if path.name == "space.json" and harmed != data:
        walk.settled = False
    if closed:
        walk.space, walk.other = walk.opened(), walk.opened()
    return f"{path.name}: {kind}"


def _harmed(data: bytes, random: Random) -> list[tuple[str, bytes | None]]:
    flipped = bytearray(data or b"\0")
    flipped[random.randrange(len(flipped))] ^= 1 << random.randrange(8)
    noise = random.randbytes(200)
    return [
        ("a bit", bytes(flipped)),
        ("cut", data[: random.randrange(len(data) + 1)]),
        ("empty", b""),
        ("noise", noise),
        ("gone", None),
    ]


def crash(walk: Walk, random: Random) -> str:
    """Kill a process in the middle of a write: every document is then the old one or the new one, whole."""
    what, old_and_new, act = random.choice(_writes(walk, random))
    ended = _killed(act, random.uniform(0.0, LONGEST))
    if random.random() < 0.5:
        walk.reopen()
    held = walk.held()
    for path, versions in old_and_new.items():
        want(held.get(path) in versions, f"after a crash {path} holds {held.get(path)!r:.80}, neither the old nor the new text")
        walk.adopt(path)
    # What is followed and what is left out is known to the space before or after the crash, not in between.
    with walk.opened() as now:
        walk.space.settings = now.settings
    walk.learn_what_is_out()
    walk.settled = False
    return f"{what}{'' if ended else ' (too late)'}"


Write = tuple[str, Mapping[str, tuple[str | None, ...]], Callable[[], object]]


def _writes(walk: Walk, random: Random) -> list[Write]:
    expected, wanted = walk.expected(), walk.wanted()
    key, text, number = random.choice(KEYS), walk.text(random), random.randint(0, 9)
    path = TEXT_PREFIX + key
    runs: list[Write] = [
        ("tune", {}, lambda: walk.opened().tune(kind="ivf")),
        ("compact", {}, lambda: walk.opened().compact()),
        ("add_texts", {path: (expected.get(path), text)}, lambda: walk.opened().add_texts([text], [key], [{"n": number}])),
    ]
    if walk.space.settings.roots:
        changes = {one: (walk.indexed.get(one), wanted.get(one)) for one in walk.indexed.keys() | wanted.keys()}
        run = ("index", changes, lambda: walk.opened().index(purge=True))
        runs += [run] * 3
    if (chosen := something(walk, random)) is not None:
        names = [one if one in walk.indexed else TEXT_PREFIX + one for one in below(walk, chosen)]
        runs.append((f"remove {chosen}", {one: (expected[one], None) for one in names}, lambda: walk.opened().remove([chosen])))
    return runs


def _killed(act: Callable[[], object], after: float) -> bool:
    """Do something in a fork and kill it so many seconds later; tell whether that was before it was done."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        code = 1
        one_thread()
        try:
            act()
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    ready, _, _ = select.select([reading], [], [], after)
    os.kill(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.close(reading)
    want(status in {0, -signal.SIGKILL}, "a write that nobody disturbed has failed")
    return not ready or status != 0


def write_protected(walk: Walk, random: Random) -> str:
    """Search in a space of which nothing may be written, and fail to write to it."""
    walk.space.close()
    if alone := random.random() < 0.5:
        walk.other.close()
    with _protected(walk), walk.opened() as walk.space:
        for mode in MODES:
            answers(
                walk,
                walk.space,
                "river bread",
                mode,
                walk.space.search("river bread", 9, mode, everything=True),
                9,
                lambda _: True,
            )
        refused = False
        try:
            walk.space.add_texts(["something new"], ids=["new"])
        except (SemspaceError, OSError):
            refused = True
        want(refused, "a space that cannot be written to takes a text")
    walk.space = walk.opened()
    if alone:
        walk.other = walk.opened()
    return "alone" if alone else "beside a reader"


@contextmanager
def _protected(walk: Walk) -> Iterator[None]:
    """Take all rights to write from a space; root, whom no rights stop, becomes nobody meanwhile."""
    root = os.geteuid() == 0
    folder = walk.space.folder
    modes = {path: path.stat().st_mode for path in [folder, *folder.rglob("*")]}
    for path in modes:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        with suppress(PermissionError):
            if root:
                os.seteuid(NOBODY)
        yield
    finally:
        if root:
            os.seteuid(0)
        for path, mode in modes.items():
            if path.exists():
                path.chmod(mode)

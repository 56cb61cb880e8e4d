"""Hostile documents: thought out, and generated from real ones. Each lies beside a good file in a folder that is indexed.

The run ends soon, in little memory; the good file is found; of the hostile one there is a document or a line that says why
not; nothing outside was read or asked, and nothing is left behind.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from random import Random
from typing import ClassVar

from semspace.bench.faults import Tally, Trial, sample, tiny
from semspace.bench.faults.archives import ARCHIVES
from semspace.bench.faults.batches import Verdict, tallies
from semspace.bench.faults.entities import ENTITIES
from semspace.bench.faults.hostile import READ, SILENT, Hostile, content
from semspace.bench.faults.markup import MARKUP
from semspace.bench.faults.mutations import damaged
from semspace.bench.faults.names import NAMES
from semspace.bench.faults.originals import originals
from semspace.bench.faults.papers import PAPERS
from semspace.bench.faults.watching import Secrets, Use, told
from semspace.readers import TIMEOUT
from semspace.records import Failure, IndexReport
from semspace.space import Space

GOOD = "The copper tower stands by the market, and the school is near the forest."
QUERY = "copper tower market"

SOON = 10.0
"""Seconds of computing that an ordinary hostile file may take; a slow one may take what the parser is given."""

MAX_DISK = 512 << 20
"""Bytes that a space of one document may take."""

_REASON = 300


def documents(trial: Trial) -> list[Tally]:
    """Index hostile files one by one: every second one is generated, until all others have had their turn."""
    return tallies(Documents, trial)


class Documents:
    """A folder with one good file and one hostile one, made, indexed and looked through."""

    name: ClassVar[str] = "hostile documents"
    how: ClassVar[str] = (
        "each beside a good file in a folder that is indexed; secrets watched by inotify, memory and time measured"
    )
    size: ClassVar[int] = 5

    def __init__(self, work: Path, models: Path, seed: int) -> None:
        del work  # a case has a folder of its own
        self.models, self.seed, self.doing = models, seed, ""
        self.secrets: Secrets | None = None

    def prepare(self, folder: Path) -> None:
        """Make what hostile files want to reach."""
        self.secrets = Secrets(folder / "outside")

    def run(self, folder: Path, number: int) -> Verdict:
        """Index one hostile file."""
        hostile = chosen(number, self.seed)
        self.doing = hostile.name
        case = folder / str(number)
        if hostile.root and os.geteuid():
            return Verdict(hostile.fault)
        try:
            return Verdict(hostile.fault, self._problem(case, hostile))
        finally:
            unmount(case)
            # A tree of ten thousand folders is too deep for shutil.
            subprocess.run(["rm", "-rf", str(case)], check=True)

    def _problem(self, case: Path, hostile: Hostile) -> str | None:
        assert self.secrets is not None
        root, left = case / "root", case / "left"
        for path in (root, left):
            path.mkdir(parents=True)
        (root / "good file.md").write_text(GOOD)
        hostile.place(root / hostile.name if "/" not in hostile.name else root / "hostile", self.secrets.outside)
        tempfile.tempdir = str(left)
        self.secrets.forget()
        use = Use()
        with Space.create(case / "space", tiny.NAME, models=self.models) as space:
            with use.measured():
                report = space.index([root])
            wrong = _unfound(space) or _said_of(hostile, space, report) or next(iter(sample.wrong(space.check())), None)
        if use.seconds > (TIMEOUT if hostile.slow else SOON):
            return f"took {use.seconds:.0f} s"
        if leftovers := os.listdir(left):  # noqa: PTH208  # odd names
            return f"left {leftovers} behind"
        if (size := sum(path.stat().st_size for path in (case / "space").rglob("*") if path.is_file())) > MAX_DISK:
            return f"the space takes {size >> 20:,} MB"
        return wrong or use.problem() or self.secrets.problem() or told(case / "space")


@cache
def everything() -> tuple[Hostile, ...]:
    """Return all hostile files, those first that are quickly done, kinds mixed."""
    rooms = (ARCHIVES, ENTITIES, PAPERS, MARKUP, NAMES)
    mixed = list(_in_turn([list(room) for room in rooms]))
    return tuple(sorted(mixed, key=lambda one: one.slow))


def _in_turn(rooms: list[list[Hostile]]) -> Iterator[Hostile]:
    while any(rooms):
        for room in rooms:
            if room:
                yield room.pop(0)


def chosen(number: int, seed: int) -> Hostile:
    """Return the hostile file of a case."""
    thought = everything()
    turn, generated = divmod(number, 2)
    if turn >= len(thought):
        return _generated(seed, number - len(thought))
    return _generated(seed, turn) if generated else thought[turn]


def _generated(seed: int, number: int) -> Hostile:
    """Return a real file that was damaged, put together with another, cut, or has another's name."""
    rng = Random(f"{seed} {number}")
    sound = originals()
    name = sorted(sound)[number % len(sound)]
    way = rng.randrange(6)

    def make() -> bytes:
        data = sound[name]
        other = sound[rng.choice(sorted(sound))]
        if way == 0:
            return rng.randbytes(rng.choice((1, 20, 500, 20_000)))
        if way == 1:
            return data[: rng.randrange(8, len(data))] + rng.randbytes(rng.choice((10, 1_000, 50_000)))
        if way == 2:
            return data[: rng.randrange(len(data))] + other[rng.randrange(len(other)) :]
        if way == 3:
            at, end = sorted(rng.sample(range(len(data)), 2))
            return data[:at] + data[at:end] * rng.choice((2, 20, 200)) + data[end:]
        for _ in range(rng.choice((1, 3, 30))):
            data = damaged(data, rng)
        return data

    return content("generated from real files", f"{number}-{name}", make, "")


def _unfound(space: Space) -> str | None:
    """Return what is wrong with how the good file is found."""
    for mode in ("lexical", "semantic"):
        hits = space.search(QUERY, 5, mode, per_document=1, everything=True)
        if not any(hit.text == GOOD for hit in hits):
            return f"the good file is not found by {mode} search"
    return None


def _said_of(hostile: Hostile, space: Space, report: IndexReport) -> str | None:
    """Return what is wrong with what is said of a hostile file, None where all is well."""
    lines = [*report.failed, *report.skipped]
    documents = space.status(look=False).documents - 1
    said = " | ".join([READ] * (documents > 0) + [failure.reason for failure in lines]) or SILENT
    if not re.search(hostile.said, said) or (not hostile.said and said == SILENT):
        return f"what is said is {said[:_REASON]!r}, not {hostile.said!r}"
    if documents != report.read - 1:
        return f"{report.read} files were read, {documents + 1} are there"
    return next(filter(None, map(_unclear, lines)), None)


def _unclear(failure: Failure) -> str | None:
    reason = failure.reason
    clear = 2 < len(reason) <= _REASON and reason.isprintable() and not re.search(r"Error\)|Traceback|<\w+ object", reason)
    return None if clear else f"the reason is {reason!r}"


def unmount(folder: Path) -> None:
    """Undo what was mounted below a folder, the last first: what is deleted there would be deleted elsewhere too."""
    with suppress(OSError):
        mounted = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
        for place in reversed(mounted):
            if place.startswith(f"{folder}/"):
                subprocess.run(["umount", "-l", place], check=True)

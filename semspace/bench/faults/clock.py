"""Clocks that go back, files from the future, contents that change behind equal times: what is in a file decides."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from random import Random
from typing import ClassVar

from semspace.bench.faults import Tally, Trial, tiny
from semspace.bench.faults.batches import Verdict, tallies
from semspace.records import IndexReport
from semspace.space import Space
from semspace.ui.reports import moment

FILES = 6
DAY = 86_400
SHIFTS = (
    0,
    1,
    -1,
    3_600,
    -3_600,
    DAY,
    -DAY,
    400 * DAY,
    -400 * DAY,
    20 * 365 * DAY,
    -40 * 365 * DAY,
    -60 * 365 * DAY,
    200 * 365 * DAY,
)
"""Seconds by which a clock is wrong."""

MOMENTS = (0, 1, -1, -(2**31), 2**31 - 1, 2**31, 2**32, 2**33, 951_782_400, 1_711_846_800, 1_729_990_800, 1_729_994_400)
"""Seconds since 1970: the ends of what 32 bits hold, hours that summer time skips and repeats, leap days."""

ZONES = ("UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Australia/Lord_Howe")
TICK = 1e-3


def clock(trial: Trial) -> list[Tally]:
    """Let so many clocks be wrong."""
    return tallies(Clocks, trial)


class Clocks:
    """Files that change while clocks and their own times tell something else."""

    name: ClassVar[str] = "wrong clocks and equal times"
    how: ClassVar[str] = "times set by hand, contents changed behind equal sizes and times, a clock that jumps, summer time"
    size: ClassVar[int] = 5

    def __init__(self, work: Path, models: Path, seed: int) -> None:  # noqa: ARG002
        self._models, self._seed = models, seed
        self.doing = ""

    def prepare(self, folder: Path) -> None:
        """Need nothing."""

    def run(self, folder: Path, number: int) -> Verdict:
        """Index, change, index with another clock, and once more with nothing to do."""
        random = Random(f"{self._seed}/{number}")
        place = folder / f"clock-{number}"
        files = Files(place / "files", random)
        with _zone(random.choice(ZONES)), Space.create(place / "space", tiny.NAME, models=self._models) as space:
            return Verdict(self.name, self._told(space, files, random))

    def _told(self, space: Space, files: Files, random: Random) -> str | None:
        """Return what went wrong."""
        with _clock(random.choice(SHIFTS)):
            space.index([files.folder])
        problem = files.wrong(space) or _idle(space, random)
        for _ in range(2):
            problem = problem or self._changed(space, files, random)
        return problem

    def _changed(self, space: Space, files: Files, random: Random) -> str | None:
        changed = files.change()
        self.doing = f"with {', '.join(f'{name} {what}' for name, what in files.story.items())}"
        stale = {Path(path).name for path in space.status().stale}
        if not changed <= stale:
            return f"status calls {sorted(stale)} changed, not {sorted(changed)}"
        with _clock(random.choice(SHIFTS)):
            report = space.index()
        return _counted(report, len(changed)) or files.wrong(space) or _idle(space, random)


def _counted(report: IndexReport, changed: int) -> str | None:
    if report.read == changed and report.encoded <= changed and not report.failed and not report.removed:
        return None
    return f"{changed} files have changed; {report.read} were read, {report.encoded} encoded, {report.removed} removed"


def _idle(space: Space, random: Random) -> str | None:
    """Index where nothing has changed; tell what was done all the same."""
    with _clock(random.choice(SHIFTS)):
        report = space.index()
        moment(space.status().updated)
    if report.read or report.encoded or report.removed or report.unchanged != FILES:
        return f"nothing has changed; {report.read} were read, {report.encoded} encoded, {report.unchanged} unchanged"
    return "files are called changed that are not" if space.status().stale else None


class Files:
    """Some files, what is in them, and when they say that they were written."""

    def __init__(self, folder: Path, random: Random) -> None:
        self.folder, self._random = folder, random
        self.story: dict[str, str] = {}
        self._texts: dict[str, str] = {}
        folder.mkdir(parents=True)
        for number in range(FILES):
            path = folder / f"{number}.txt"
            self._write(path, self._text())
            os.utime(path, ns=(0, self._moment()))

    def change(self) -> set[str]:
        """Change some files, or only their times; return those whose content is another one."""
        self.story = {}
        changed = set[str]()
        for path in sorted(self.folder.iterdir()):
            act = self._random.choice(["nothing", "rewritten", "replaced", "touched", "rewritten at another time"])
            self.story[path.name] = act
            before = path.stat()
            if act in {"rewritten", "rewritten at another time"}:
                self._write(path, self._text())
            elif act == "replaced":
                other = path.with_suffix(".new")
                self._write(other, self._text())
                os.utime(other, ns=(0, before.st_mtime_ns))
                other.replace(path)
                self._texts[path.name] = self._texts.pop(other.name)
            if act != "nothing":
                later = act in {"touched", "rewritten at another time"}
                os.utime(path, ns=(0, self._moment() if later else before.st_mtime_ns))
                self._tick(path, before)
            if act.startswith("re"):
                changed.add(path.name)
        return changed

    def _tick(self, path: Path, before: os.stat_result) -> None:
        """See to it that the time of the change, which nobody sets, is another one."""
        while path.stat().st_ctime_ns == before.st_ctime_ns:
            time.sleep(TICK)
            path.chmod(0o644)

    def _text(self) -> str:
        # All of one size.
        return " ".join(self._random.choices(("river", "ocean", "bread", "stone", "glass"), k=8)) + "\n"

    def _write(self, path: Path, text: str) -> None:
        while text == self._texts.get(path.name):
            text = self._text()
        path.write_text(text, encoding="utf-8")
        self._texts[path.name] = text

    def _moment(self) -> int:
        seconds = self._random.choice([*MOMENTS, time.time() + self._random.choice(SHIFTS)])
        return int(seconds) * 1_000_000_000 + self._random.choice([0, 1, 999_999_999])

    def wrong(self, space: Space) -> str | None:
        """Return what a space holds otherwise than the files."""
        for name, text in self._texts.items():
            path = self.folder / name
            if (held := space.show(str(path)).text) != text.strip():
                return f"{name} holds {text!r}, the space has {held!r}"
            day = datetime.fromtimestamp(path.stat().st_mtime_ns // 1_000_000_000).astimezone()
            if 1 < day.year < 9_999:
                found = [
                    hit.path for hit in space.search("river", FILES, "semantic", f"modified = {day:%Y-%m-%d}", everything=True)
                ]
                if str(path) not in found:
                    return f"{name} of {day} is not among what was modified on that day"
        return None


@contextmanager
def _clock(shift: float) -> Iterator[None]:
    """Let the clock of this process be wrong."""
    true = time.time
    time.time = lambda: true() + shift
    try:
        yield
    finally:
        time.time = true


@contextmanager
def _zone(name: str) -> Iterator[None]:
    """Stand somewhere on Earth."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = name
    time.tzset()
    try:
        yield
    finally:
        os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
        time.tzset()

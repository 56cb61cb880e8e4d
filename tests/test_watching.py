"""A space that is watched stays current."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from semspace import Space
from semspace.records import IndexReport
from semspace.store import LOCK, WriterLock


class Watched:
    """A space that a thread watches; `reports` grows with every run."""

    def __init__(self, home: Path, folder: Path, models: Path) -> None:
        self.reports: list[IndexReport] = []
        self.stop = Event()
        self.more = Event()
        self.home, self.folder, self.models = home, folder, models
        self.thread = Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        with Space.create("watched", "tiny", home=self.home, models=self.models) as space:
            space.index([self.folder])
            for report in space.watch(stop=self.stop):
                self.reports.append(report)
                self.more.set()

    def next(self) -> IndexReport:
        assert self.more.wait(20)
        self.more.clear()
        return self.reports[-1]


@pytest.fixture
def watched(tmp_path: Path, tiny_models: Path) -> Iterator[Watched]:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "a.md").write_text("the bread")
    watched = Watched(tmp_path / "notes" / ".home", folder, tiny_models)
    yield watched
    watched.stop.set()
    watched.thread.join(20)
    assert not watched.thread.is_alive()


def test_what_changes_is_indexed_and_the_space_inside_its_own_root_wakes_nobody(watched: Watched) -> None:
    assert watched.next().unchanged == 1
    (watched.folder / "b.md").write_text("the sea")
    report = watched.next()
    assert (report.read, report.unchanged) == (1, 1)
    (watched.folder / "a.md").unlink()
    assert watched.next().removed == 1
    assert not watched.more.wait(1.5)
    assert len(watched.reports) == 3


def test_a_change_during_another_writers_run_is_indexed_after_it(watched: Watched) -> None:
    watched.next()
    with WriterLock(watched.home / "watched" / LOCK):
        (watched.folder / "b.md").write_text("the sea")
        assert not watched.more.wait(1.5)
    assert watched.next().read == 1

"""A crash that costs something is reported: each check of what a fault leaves can fail."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from semspace.bench.faults import Trial, power, scenes, truth, verdict
from semspace.bench.faults.legal import Disk, Event
from semspace.bench.faults.running import trial
from semspace.bench.faults.syscalls import writes
from semspace.bench.faults.warm import Warm, ready


@pytest.fixture(scope="module")
def warm() -> Iterator[Warm]:
    with pytest.MonkeyPatch.context() as patch:
        # It is told the functions of this file by name.
        patch.setenv("PYTHONPATH", str(Path(__file__).parent))
        with Warm() as process:
            yield process


@pytest.fixture(scope="module")
def scene(warm: Warm) -> Iterator[str]:
    with trial(1) as one:
        yield made(warm, one, "edit")


def made(warm: Warm, one: Trial, name: str) -> str:
    place = str(one.work / name)
    outcome = warm.learn(scenes.prepare, place, name)
    assert outcome["code"] == 0, outcome["said"]
    return place


def judged(warm: Warm, place: str, home: str, *, done: bool = False) -> dict[str, object]:
    found: dict[str, object] = warm.call(verdict.judge, place, home, Path(place).name, done).value
    return found


def statement(home: str, sql: str) -> None:
    with closing(sqlite3.connect(Path(home) / scenes.NAME / "store.db", isolation_level=None)) as connection:
        connection.execute(sql)


def test_a_space_before_a_command_and_after_it_is_sound(warm: Warm, scene: str) -> None:
    home = scenes.fresh(scene, "case")
    assert judged(warm, scene, home) == {"problem": None, "lost": 0}
    home = scenes.fresh(scene, "case")
    assert warm.call(scenes.act, scene, home, "edit").value["code"] == 0
    assert judged(warm, scene, home, done=True) == {"problem": None, "lost": 0}


def test_a_command_that_said_it_was_done_and_was_not_is_reported(warm: Warm, scene: str) -> None:
    found = judged(warm, scene, scenes.fresh(scene, "case"), done=True)
    assert "neither the old version nor the new one" in str(found["problem"]) or "is gone" in str(found["problem"])


@pytest.mark.parametrize(
    ("sql", "what"),
    [
        ("DELETE FROM documents WHERE path LIKE '%/kept.txt'", "is gone"),
        ("DELETE FROM passages WHERE id = 1", "neither the old version nor the new one"),
        ("UPDATE texts SET text = substr(text, 2) WHERE document_id = 1", "neither the old version nor the new one"),
        ("DELETE FROM vectors WHERE passage_id = 1", "neither the old version nor the new one"),
    ],
)
def test_what_is_lost_is_reported_with_its_bytes(warm: Warm, scene: str, sql: str, what: str) -> None:
    home = scenes.fresh(scene, "case")
    # A document without its text is a document without its text also where SQLite is not asked to cascade.
    statement(home, sql)
    found = judged(warm, scene, home)
    assert what in str(found["problem"])
    assert int(str(found["lost"])) > 1_000


def test_a_vector_that_is_encoded_again_though_it_was_committed_is_reported(warm: Warm, scene: str) -> None:
    now = truth.contents(Path(scenes.fresh(scene, "case")) / scenes.NAME)
    assert truth.wanting(now, now) == 0
    one = next(iter(now.values()))
    one["passages"][0][3] = None
    assert truth.wanting(now, now) == 1


def test_files_that_are_left_behind_are_reported(warm: Warm, scene: str) -> None:
    home = scenes.fresh(scene, "case")
    (Path(home) / scenes.NAME / "leftover.tmp").write_text("x")
    assert judged(warm, scene, home)["problem"] == "left behind: leftover.tmp"


def test_a_space_that_is_gone_is_reported(warm: Warm, scene: str) -> None:
    home = scenes.fresh(scene, "case")
    shutil.rmtree(Path(home) / scenes.NAME)
    assert judged(warm, scene, home)["problem"] == "the space is gone"


def test_an_index_that_gives_other_answers_than_the_store_is_reported(warm: Warm, scene: str) -> None:
    home = scenes.fresh(scene, "case")
    outcome = warm.call(_search_with_a_poorer_index, scene, home)
    assert "exact search" in outcome.value["problem"]


def _search_with_a_poorer_index(place: str, home: str) -> dict[str, object]:
    """Be a semspace whose vector index has forgotten half of what it holds."""
    from semspace.arrays import Ids, Ranking, Vectors
    from semspace.derived import DerivedVectors

    whole = DerivedVectors.search

    def half(self: DerivedVectors, queries: Vectors, k: int, among: Ids | None = None) -> list[Ranking]:
        kept = self.store.encoded_ids()[::2] if among is None else among[::2]
        return whole(self, queries, k, kept)

    DerivedVectors.search = half  # type: ignore[method-assign]
    return verdict.judge(place, home, "edit")


def test_a_command_that_loses_what_it_replaces_is_caught_by_a_kill(warm: Warm, scene: str) -> None:
    """Plant the defect that the walk of a document is built against: the old version goes before the new one is there."""
    home = scenes.fresh(scene, "case")
    assert warm.call(_replace_by_removing_first, scene, home, waits=True, kill_after=0.0).ended == "killed"
    found = judged(warm, scene, home)
    assert "changed.txt is gone" in str(found["problem"])
    assert int(str(found["lost"])) > 1_000


def _replace_by_removing_first(place: str, home: str) -> dict[str, object]:
    from semspace.ingest import Ingest

    replace = Ingest._replace

    def hasty(self: Ingest, cuts: object) -> object:
        self._remove([cut.document.path for cut in cuts])  # type: ignore[attr-defined]
        if cuts:
            ready()
            # On a busy machine whoever kills comes late.
            time.sleep(60)
        return replace(self, cuts)  # type: ignore[arg-type]

    Ingest._replace = hasty  # type: ignore[method-assign, assignment]
    return scenes.act(place, home, "edit")


def test_a_case_that_hangs_ends_and_is_told(warm: Warm) -> None:
    assert warm.call(time.sleep, 60, limit=0.3).ended == "late"
    assert warm.call(time.sleep, 60, kill_after=0.05).ended == "killed"
    assert warm.call(os.abort).ended == "died"
    assert warm.call(time.sleep, 0).ended == "returned"


@pytest.mark.skipif(not shutil.which("strace"), reason="there is no strace")
def test_the_calls_of_each_thread_are_counted_as_strace_counts_them(warm: Warm, tmp_path: Path) -> None:
    options = ("-y", "-s", "300", "-e", "trace=write,openat", "-e", "signal=none")
    outcome = warm.call(_write_five, str(tmp_path), strace=options, waits=True)
    found = [(call, number) for main, call, number, _ in writes(outcome.trace, str(tmp_path)) if main]
    assert found == [("openat", 1), *(("write", number) for number in range(1, 6))]
    for number in range(1, 6):
        inject = ("-e", f"inject=write:signal=SIGKILL:when={number}")
        assert warm.call(_write_five, str(tmp_path), strace=(*options, *inject), waits=True).ended == "killed"
        assert (tmp_path / "five").read_bytes() == b"x" * (number - 1)


def _write_five(folder: str) -> int:
    ready()
    descriptor = os.open(f"{folder}/five", os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
    return sum(os.write(descriptor, b"x") for _ in range(5))


@pytest.mark.skipif(not shutil.which("strace"), reason="there is no strace")
def test_a_command_that_syncs_nothing_is_caught_by_a_failure_of_power(warm: Warm, scene: str, tmp_path: Path) -> None:
    home = scenes.fresh(scene, "case")
    outcome = warm.call(power.act, scene, home, "edit", strace=power.TRACE)
    recorded = list(power.events(outcome.trace, f"{home}/"))
    assert {event.kind for event in recorded} >= {"open", "write", "sync", "rename", "remove"}
    problems = {True: set[str](), False: set[str]()}
    for syncs in problems:
        for number in range(12):
            disk = Disk(Path(scene) / "home")
            for event in recorded:
                if syncs or event.kind != "sync":
                    disk.follow(event)
            left = Path(scene) / "left"
            shutil.rmtree(left, ignore_errors=True)
            disk.leave(left, random.Random(number))
            found = warm.call(power.judge, scene, str(left), "edit", True).value
            problems[syncs].add(str(found["problem"]))
    assert problems[True] == {"None"}
    assert len(problems[False]) > 1


def test_after_a_failure_of_power_only_what_was_synced_is_sure(tmp_path: Path) -> None:
    (tmp_path / "before").mkdir()
    (tmp_path / "before" / "old").write_bytes(b"old")
    found: dict[str, set[bytes | None]] = {"old": set(), "new": set(), "moved": set()}
    for number in range(200):
        disk = Disk(tmp_path / "before")
        for event in (
            Event("open", "new"),
            Event("write", "new", data=b"sure"),
            Event("sync", "new"),
            Event("sync", ""),
            Event("write", "new", data=b"perhaps"),
            Event("rename", "old", "moved"),
        ):
            disk.follow(event)
        left = tmp_path / str(number)
        disk.leave(left, random.Random(number))
        for name, seen in found.items():
            seen.add((left / name).read_bytes() if (left / name).exists() else None)
        assert (left / "old").exists() != (left / "moved").exists()
    assert found["old"] == found["moved"] == {b"old", None}
    assert found["new"] == {b"sure", b"sureperhaps", b"sure" + bytes(7)}

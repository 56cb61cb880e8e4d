"""Spaces that released versions wrote, under this release and under later ones: brought up to date whole, or left untouched.

Each case is a copy of a kept space in processes of their own. A later release is this one with one to three migrations more:
a column, a table made of another, a table that is made anew. It is killed at each step of its work; it is followed by a still
later one, by this one again, and by this one with the backup in the place of the store.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

from semspace import settings
from semspace.bench.faults import Impossible, Tally, Trial, mutations, sample
from semspace.bench.faults.later import migrate, number_of
from semspace.bench.faults.sample import Truth
from semspace.bench.faults.truth import compare, contents, encoded
from semspace.bench.faults.warm import Warm
from semspace.errors import FormatTooNew
from semspace.records import MODES, Progress
from semspace.space import Space
from semspace.store import BACKUP, LOCK, STORE

KEPT = Path(__file__).parents[3] / "tests" / "store"
PATTERN = "*_release.zip"
SPACE, MODELS, EXPECTED = "space", "models", "expected.json"
OLD, NEW = "older spaces under this release", "older spaces under later releases"
KILLED, REFUSED = "kill -9 of a migration", "spaces of later releases"
HOWS = {
    OLD: "opened, checked, searched, added to, damaged and repaired",
    NEW: "one to three migrations, one release after another, and back to the backup",
    KILLED: "SIGKILL before each statement and each change of a file, once or twice",
    REFUSED: "each command, on a store or settings of a newer format: every byte as it was",
}
NEWER = ("a migrated store", "a number in the store", "settings in the store and beside it")


def releases(trial: Trial) -> list[Tally]:
    """Try every kept space. Raises Impossible where there is none."""
    kept = sorted(KEPT.glob(PATTERN))
    if not kept:
        raise Impossible("the spaces that releases wrote are kept with the tests, and these are not here")
    tallies = {name: Tally(name, how) for name, how in HOWS.items()}
    with Warm() as warm:
        for number, archive in enumerate(kept):
            place = trial.work / archive.stem
            _unpack(archive, place)
            warm.learn(prepare, str(place))
            steps = {count: _steps(warm, place, count, trial.seed) for count in (1, 2, 3)}
            for case in range(number, trial.cases, len(kept)):
                fault, story, problem = _case(warm, place, Random(f"{trial.seed} releases {case}"), case // len(kept), steps)
                tallies[fault].case(f"seed {trial.seed}, case {case}, {archive.stem}, {story}: {problem}" if problem else None)
    return [tally for tally in tallies.values() if tally.cases]


def _steps(warm: Warm, place: Path, count: int, seed: int) -> list[int]:
    """Return the steps of so many migrations, in an order in which the first few are from all parts."""
    taken = int(warm.call(migrate, _fresh(place), count).value)
    return Random(f"{seed} steps {count}").sample(range(1, taken + 1), taken)


def _unpack(archive: Path, place: Path) -> None:
    """Unpack what was kept: a space under its own name, and the folder of its encoder."""
    shutil.unpack_archive(archive, place)
    (found,) = place.glob(f"*/{STORE}")
    found.parent.rename(place / SPACE)
    (place / SPACE).chmod(0o700)


def _fresh(place: Path) -> str:
    """Return a copy of a kept space."""
    folder = place / "case" / SPACE
    shutil.rmtree(folder.parent, ignore_errors=True)
    folder.parent.mkdir()
    sample.copy(place / SPACE, folder)
    return str(folder)


def _case(warm: Warm, place: Path, random: Random, case: int, steps: dict[int, list[int]]) -> tuple[str, str, str | None]:
    """Run one case; return which fault it was one of, what happened, and what went wrong."""
    folder, count, turn = _fresh(place), 1 + case // 2 % 3, case // 6
    if case % 8 == 0:
        return OLD, f"case {case}", _asked(warm, used, place, folder, random.random())
    if case % 8 == 2:
        return NEW, f"{count} migrations", _asked(warm, brought_up, place, folder, count)
    if case % 8 == 4:
        back = case // 8 % 2 == 1
        warm.call(migrate, folder, count)
        how, function = ("back to the backup", downgraded) if back else ("a still later release", brought_up)
        return NEW, f"{count} migrations, {how}", _asked(warm, function, place, folder, 3)
    if case % 8 == 6:
        what = NEWER[case // 8 % len(NEWER)]
        if what == NEWER[0]:
            warm.call(migrate, folder, count)
        return REFUSED, what, _asked(warm, refused, place, folder, what)
    step = steps[count][turn % len(steps[count])]
    ended = [warm.call(migrate, folder, count, step).ended]
    story = f"{count} migrations, killed at step {step}"
    if random.random() < 0.25:
        again = random.choice(steps[count])
        ended.append(warm.call(migrate, folder, count, again).ended)
        story += f" and again at step {again}"
    if ended[0] != "killed":
        return KILLED, story, f"the process {ended[0]} instead"
    return KILLED, story, _asked(warm, survived, place, folder, count)


def _asked(warm: Warm, function: Callable[..., str | None], place: Path, folder: str, how: Any) -> str | None:
    """Look at a space in a process of its own; return what is wrong."""
    try:
        outcome = warm.call(function, str(place), folder, how)
    except RuntimeError as raised:
        return str(raised)
    if outcome.ended != "returned":
        return f"the process {outcome.ended}"
    problem: str | None = outcome.value
    return problem


def prepare(place: str) -> None:
    """Keep what the space holds, and import what all of this takes."""
    folder = _fresh(Path(place))
    (Path(place) / EXPECTED).write_text(json.dumps(contents(Path(folder))), encoding="utf-8")
    problem = used(place, folder, 0.5)
    if problem:
        raise RuntimeError(problem)


def used(place: str, folder: str, chance: float) -> str | None:
    """Use a space with this release, damage it, mend it; return what is wrong."""
    base, truth = Path(place), _truth(place)
    if wrong := _holds(place, folder, truth) or _goes_on(place, folder):
        return wrong
    with Space.open(folder, models=base / MODELS) as space:
        files = Path(folder).with_name("files")
        sample.write(files, sample.texts(Random(chance), 1))
        space.index([files])
        if not any((hit.path or "").startswith(str(files)) for hit in space.search("river", 100, "semantic", everything=True)):
            return "a document that was added is not found"
        space.forget([files])
    rng = Random(chance)
    path = Path(folder) / rng.choice(["vectors.faiss", "space.json"])
    path.write_bytes(mutations.damaged(path.read_bytes(), rng))
    if sum(one.lost for one in Space.repair(folder, models=base / MODELS)):
        return "to mend a derived file loses something"
    return _holds(place, folder, truth)


def _goes_on(place: str, folder: str) -> str | None:
    """Add what a space holds already: nothing of it is encoded again."""
    seen: list[Progress] = []
    with closing(sqlite3.connect(f"{(Path(folder) / STORE).as_uri()}?mode=ro", uri=True)) as store:
        sql = "SELECT substr(path, 6), text, metadata FROM documents JOIN texts ON document_id = id WHERE path LIKE 'text:%'"
        ids, texts, metadata = zip(*store.execute(sql), strict=True)
    with Space.open(folder, models=Path(place) / MODELS) as space:
        space.add_texts(texts, ids, [json.loads(one) for one in metadata], progress=seen.append)
    return "texts that it held were encoded again" if max((one.encoded for one in seen), default=0) else None


def survived(place: str, folder: str, count: int) -> str | None:
    """Look whether a store whose migration was cut off is as it was or as it shall be, and bring it up to date."""
    with closing(sqlite3.connect(f"{(Path(folder) / STORE).as_uri()}?mode=ro", uri=True)) as store:
        done = store.execute("SELECT count(*) FROM _sqlite_migrations WHERE name LIKE 'm9%'").fetchone()[0]
        column = store.execute("SELECT count(*) FROM pragma_table_info('documents') WHERE name = 'later'").fetchone()[0]
    migrated = number_of(folder) - number_of(place, SPACE)
    if (done, column) not in ({(0, 0)} if not migrated else {(count, 1)}):
        return f"{done} of {count} migrations are done, and its format is {number_of(folder)}"
    return brought_up(place, folder, count)


def brought_up(place: str, folder: str, count: int) -> str | None:
    """Open a space with a later release, whatever happened to it; return what is wrong."""
    before = number_of(place, SPACE)
    migrate(folder, count)
    if number_of(folder) != before + count:
        return f"its format is {number_of(folder)}"
    backups = sorted((Path(folder) / BACKUP).iterdir())
    if not backups or any(path.suffix != ".db" for path in backups):
        return f"its backups are {[path.name for path in backups]}"
    if contents(backups[0].parent, backups[0].name) != _expected(place):
        return "the backup is not the store as it was"
    return _holds(place, folder, None) or _goes_on(place, folder)


def downgraded(place: str, folder: str, _: int) -> str | None:
    """Put the backup in the place of a migrated store, as somebody does who goes back to this release."""
    (backup,) = (Path(folder) / BACKUP).iterdir()
    for left in Path(folder).glob(f"{STORE}*"):
        left.unlink()
    shutil.copy(backup, Path(folder) / STORE)
    return _holds(place, folder, _truth(place))


def _truth(place: str) -> Truth:
    # One of its texts was removed: its words may count until the index is packed.
    return Truth.of(Path(place) / SPACE, Path(place) / MODELS, loose=True)


def _expected(place: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((Path(place) / EXPECTED).read_text(encoding="utf-8"))
    return found


def _holds(place: str, folder: str, truth: Truth | None) -> str | None:
    """Return in what a space is not what was kept; without a truth its answers are compared with what is stored alone."""
    expected = _expected(place)
    with Space.open(folder, models=Path(place) / MODELS) as space:
        if found := sample.wrong(space.check(deep=True)):
            return f"check: {found}"
        if truth and (wrong := truth.contradiction(space, sample.QUERIES)):
            return wrong
        for mode in MODES:
            for hit in space.search(sample.QUERIES[0], 50, mode, everything=True):
                if hit.text not in expected.get(hit.path or f"text:{hit.key}", {"text": ""})["text"]:
                    return f"{mode} search finds what was never there: {hit.text[:60]!r}"
    now = contents(Path(folder))
    if encoded(now) != encoded(expected):
        return "other texts have vectors"
    return compare(now, expected, expected)[0]


def refused(place: str, folder: str, what: str) -> str | None:
    """Give every command over a space of a newer format; return which one did not refuse, or changed a byte."""
    path = Path(folder)
    _as_newer(path, what)
    before = _bytes(path)
    models = Path(place) / MODELS

    def opened(work: Callable[[Space], object]) -> None:
        with Space.open(folder, models=models) as space:
            work(space)

    commands: dict[str, Callable[[], object]] = {
        "open": lambda: opened(len),
        "search": lambda: opened(lambda space: space.search("river", everything=True)),
        "check": lambda: opened(lambda space: space.check(deep=True)),
        "add": lambda: opened(lambda space: space.add_texts(["river"])),
        "compact": lambda: opened(lambda space: space.compact()),
        "repair": lambda: Space.repair(folder, models=models),
    }
    for name, command in commands.items():
        try:
            command()
        except FormatTooNew as error:
            if not error.hint:
                return f"{name}: an error without a hint"
        else:
            return f"{name} does as if it knew the format"
        if (after := _bytes(path)) != before:
            return f"{name} changed {sorted(one for one in {*before, *after} if before.get(one) != after.get(one))}"
    return None


def _bytes(folder: Path) -> dict[str, bytes]:
    """Return what every file of a space holds, but for the lock, and for what SQLite shares while it reads."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name not in {LOCK, f"{STORE}-shm", f"{STORE}-wal"}]
    assert not any(path.read_bytes() for path in folder.glob(f"{STORE}-wal"))
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def _as_newer(path: Path, what: str) -> None:
    """Make a space one of a newer format, unless it is that already."""
    with closing(sqlite3.connect(path / STORE, isolation_level=None)) as connection:
        if what == NEWER[1]:
            connection.execute(f"PRAGMA user_version = {number_of(path) + 1}")
        elif what == NEWER[2]:
            fields = json.loads(connection.execute("SELECT value FROM meta WHERE key = ?", (settings.KEY,)).fetchone()[0])
            text = json.dumps({**fields, "format": settings.FORMAT + 1})
            connection.execute("UPDATE meta SET value = ? WHERE key = ?", (text, settings.KEY))
            (path / settings.FILE).write_text(text, encoding="utf-8")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

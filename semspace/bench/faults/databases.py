"""Damage to the store itself: noticed, never shown as if it were a text, and mended from the files that it was read from.

Each case damages `store.db`, its journal or the journal's index, of a space that was closed or of one that was not. Then no
search shows anything that was not stored; `check` finds whatever changes what the store says; and after `repair` and an
`index` every document whose file is there is back, text, passages and vectors, and every answer is exact again.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from semspace import ingest, repairing  # noqa: F401  # what they bring is imported once, for all cases
from semspace.bench.faults import Tally, Trial, mutations, sample
from semspace.bench.faults.batches import Verdict, tallies
from semspace.bench.faults.sample import QUERIES, Truth
from semspace.bench.faults.truth import Contents, contents
from semspace.errors import SemspaceError
from semspace.records import MODES, Mending
from semspace.space import Space
from semspace.store import STORE, TEXT_PREFIX

CLOSED, OPEN = "closed", "with a journal"
JOURNAL = f"{STORE}-wal"
LEARNED = (b"calibration", b"surveyed")
Said = dict[str, list[Any]]
TABLES = ("documents", "texts", "passages", "vectors", "pending", "blocks", "meta")
TEXTS = {"first": "A text of a program, about copper and silver.", "second": "Another one, about a stone bridge."}


def databases(trial: Trial) -> list[Tally]:
    """Damage stores."""
    rng = Random(f"{trial.seed} databases")
    parts = [sample.texts(rng, 15), sample.texts(rng, 8)]
    sample.build(trial.work / "sound", trial.models, parts, texts=TEXTS)
    sample.build(trial.work / "other", trial.models, [sample.texts(rng, 20)])
    _leave_open(trial.work / "sound", trial.models)
    return tallies(DatabaseCases, trial)


def _leave_open(place: Path, models: Path) -> None:
    """Copy the space as a crash leaves it: what the last run wrote stands in the journal."""
    sample.copy(place / "older", place / "crashing")
    with closing(sqlite3.connect(place / "crashing" / STORE)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM passages").fetchone()
        with Space.open(place / "crashing", models=models) as space:
            space.index()
        shutil.copytree(place / "crashing", place / "left open")


class DatabaseCases:
    """One damaged store each."""

    name: ClassVar[str] = "store.db"
    how: ClassVar[str] = "bit flips, truncation, zeroed, swapped and random blocks, stores of other spaces and times"
    size: ClassVar[int] = 10
    doing = ""

    def __init__(self, work: Path, models: Path, seed: int) -> None:
        """Know the truth about the space."""
        self.work, self.models, self.seed = work, models, seed
        self.truth = Truth.of(work / "sound" / "space", models)
        self.contents = contents(work / "sound" / "space")
        self.said = {CLOSED: said(work / "sound" / "space" / STORE), OPEN: said(work / "sound" / "left open" / STORE)}
        assert None not in self.said.values()

    def prepare(self, folder: Path) -> None:
        """Need nothing: each case has a copy of its own."""

    def run(self, folder: Path, number: int) -> Verdict:
        """Damage a store, search, look, repair, bring it up to date, and compare."""
        rng = Random(f"{self.seed} databases {number}")
        state = rng.choice((CLOSED, OPEN))
        place = folder / "space"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(self.work / "sound" / ("space" if state == CLOSED else "left open"), place)
        name = STORE if state == CLOSED else rng.choice((STORE, JOURNAL, JOURNAL, f"{STORE}-shm"))
        self.doing = f"{name} {state}, {self._damage(place / name, rng)}"
        says = said(place / STORE)
        same = says == self.said[state]
        harmful = not same and _of_texts(says) != _of_texts(self.said[state])
        # Before a search: that makes the indexes anew, which then say nothing of an older store any more.
        problem = None if not harmful or noticed(place, self.models) else "check does not see it"
        problem = problem or self._searched(place, exact=same)
        lost, unlike = self._repaired(place)
        return Verdict(f"{name} of a space {state}", problem or unlike, lost)

    def _damage(self, path: Path, rng: Random) -> str:
        how = rng.choice(("bit", "bit", "bit", *mutations.MUTATIONS, "other space", "older generation", "missing"))
        before = path.read_bytes()
        if how == "missing":
            path.unlink()
            return how
        folder = self.work / ("other/space" if how == "other space" else "sound/older")
        whole = how in {"other space", "older generation"} and path.name == STORE
        mutations.rewrite(path, (folder / STORE).read_bytes() if whole else mutations.damaged(before, rng, _plain(how)), rng)
        return how

    def _searched(self, place: Path, *, exact: bool) -> str | None:
        """Return what a search shows that was never stored, or answers wrongly where the store says what it said."""
        try:
            with Space.open(place, models=self.models) as space:
                if exact:
                    return self.truth.contradiction(space)
                for query in QUERIES:
                    for mode in MODES:
                        for hit in space.search(query, sample.K, mode, everything=True):
                            if (wrong := self.truth.altered(hit)) and not self._of_another(hit.path):
                                return f"{mode} search for {query!r} shows what was never stored: {wrong}"
        except SemspaceError as error:
            return None if error.hint else f"no hint: {error}"
        return None

    def _of_another(self, path: str | None) -> bool:
        """Tell whether a hit is one of the space whose store took the place of this one's: that store is sound."""
        return path is not None and path.startswith(str(self.work / "other"))

    def _repaired(self, place: Path) -> tuple[int, str | None]:
        """Repair a space and bring it up to date; return the bytes of texts that are not back, and what is wrong."""
        try:
            done = Space.repair(place, models=self.models)
            with Space.open(place, models=self.models) as space:
                space.index([self.work / "sound" / "files"])
                if found := sample.wrong(space.check()):
                    return 0, f"after repair and index: {found}"
        except SemspaceError as error:
            return self._size(set(self.contents)), f"{type(error).__name__} in repair: {error} {error.hint}"
        return self._compared(contents(place), place, done)

    def _compared(self, now: Contents, place: Path, done: list[Mending]) -> tuple[int, str | None]:
        gone = {path for path, one in self.contents.items() if now.get(path) != one}
        files = {path for path in gone if not path.startswith(TEXT_PREFIX)}
        if files:
            return self._size(files), f"{len(files)} documents are not back: {sorted(files)[:2]}"
        if gone and not any(mending.mended or mending.lost for mending in done):
            return 0, f"repair says nothing of {sorted(gone)}"
        with Space.open(place, models=self.models) as space:
            return 0, Truth.of(place, self.models, loose=True).contradiction(space)

    def _size(self, paths: set[str]) -> int:
        return sum(len(self.contents[path]["text"].encode()) for path in paths)


def _plain(how: str) -> str:
    return how if how in mutations.MUTATIONS else "noise"


def said(path: Path) -> Said | None:
    """Return all that a store says, or None where SQLite cannot read it to the end; the files are left as they are."""
    with TemporaryDirectory() as place:
        for name in (STORE, JOURNAL):
            if path.with_name(name).is_file():
                shutil.copyfile(path.with_name(name), Path(place) / name)
        try:
            with closing(sqlite3.connect(f"{(Path(place) / STORE).as_uri()}?mode=rw", uri=True)) as connection:
                connection.text_factory = bytes
                return {table: connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in TABLES}  # noqa: S608
        except (sqlite3.DatabaseError, UnicodeDecodeError):  # the second where a name in its message is damaged
            return None


def _of_texts(says: Said | None) -> Said | None:
    """Leave out what a space has learned of itself: it is made anew, and shows nobody a wrong text."""
    return says and {**says, "meta": [row for row in says["meta"] if row[0] not in LEARNED]}


def noticed(folder: Path, models: Path) -> bool:
    """Tell whether a check complains of a space, or it does not even open and says what to do."""
    try:
        with Space.open(folder, models=models) as space:
            return any(finding.count for finding in space.check())
    except SemspaceError as error:
        return error.hint is not None

"""Spaces put together from different moments: an old index beside a new store, a store out of a backup, copied folders.

A space is kept as it was at several moments of its life. Each case takes the folder of one and some files of another. Then
the store is believed: `check` sees whatever was not made from it, every search answers exactly what that store holds, and
after an `index` the space is that of the documents as they are now.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random
from typing import ClassVar

from semspace.bench.faults import Tally, Trial, mutations, sample, tiny
from semspace.bench.faults.batches import Verdict, tallies
from semspace.bench.faults.databases import noticed
from semspace.bench.faults.sample import Truth
from semspace.bench.faults.truth import contents
from semspace.space import Space
from semspace.store import STORE

MOMENTS = 5
DOCUMENTS = 12

MIXES = {
    "an old vector index": ("vectors.faiss",),
    "an old lexical index": ("lexical",),
    "both indexes of another time": ("vectors.faiss", "lexical"),
    "a store of another time": (STORE,),
    "a store and its settings of another time": (STORE, "space.json"),
    "settings of another time": ("space.json",),
    "a store and one index of another time": (STORE, "vectors.faiss"),
}
COPIED, LOST, STRANGE = "a copied folder", "a journal that was lost", "a store of another time beside a journal"
JOURNAL = f"{STORE}-wal"
PARTS = {"vectors.faiss": "vector index", "lexical": "lexical index"}


def generations(trial: Trial) -> list[Tally]:
    """Mix moments."""
    rng = Random(f"{trial.seed} generations")
    files = trial.work / "files"
    with Space.create(trial.work / "space", tiny.NAME, models=trial.models) as space:
        for moment in range(MOMENTS):
            _live(files, moment, rng)
            space.index([files])
            sample.copy(space.folder, trial.work / f"moment-{moment}")
        with closing(sqlite3.connect(space.folder / STORE)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM passages").fetchone()
            _live(files, MOMENTS, rng)
            space.index([files])
            # As a crash leaves it, and as a program for backups copies it that knows nothing of journals.
            sample.copy(space.folder, trial.work / "left")
            sample.copy(space.folder, trial.work / "torn")
            (trial.work / "torn" / JOURNAL).unlink()
        with closing(sqlite3.connect(space.folder / STORE)) as writer:
            writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    sample.copy(space.folder, trial.work / f"moment-{MOMENTS}")
    return tallies(MixedCases, trial)


def _live(files: Path, moment: int, rng: Random) -> None:
    """Let documents come, change and go."""
    texts = sample.texts(rng, DOCUMENTS, paragraphs=3)
    if not moment:
        sample.write(files, texts)
        return
    sample.write(files, texts[:3], first=DOCUMENTS + 3 * moment)
    sample.write(files, texts[3:5], first=rng.randrange(DOCUMENTS - 2))
    (files / f"{DOCUMENTS - moment}.md").unlink(missing_ok=True)


class MixedCases:
    """Files of different moments in one folder each."""

    name: ClassVar[str] = "generations"
    how: ClassVar[str] = "files of one moment in the folder of another, restored stores, lost journals, copied folders"
    size: ClassVar[int] = 10
    doing = ""

    def __init__(self, work: Path, models: Path, seed: int) -> None:
        """Know the truth about each moment once it is asked for."""
        self.work, self.models, self.seed = work, models, seed
        self.truths: dict[int, Truth] = {}
        self.moments = [contents(work / f"moment-{moment}") for moment in range(MOMENTS + 1)]

    def prepare(self, folder: Path) -> None:
        """Need nothing: each case has a copy of its own."""

    def run(self, folder: Path, number: int) -> Verdict:
        """Put a space together, look, search, and bring it up to date."""
        rng = Random(f"{self.seed} generations {number}")
        place = folder / "space"
        shutil.rmtree(place, ignore_errors=True)
        what = rng.choice([*MIXES, COPIED, LOST, STRANGE])
        one, other = rng.sample(range(MOMENTS + 1), 2)
        self.doing = f"{what}, {one} and {other}"
        if what == LOST:
            sample.copy(self.work / "torn", place)
            return Verdict(what, self._judge(place, self._moment_of(place), set(PARTS.values())))
        if what == STRANGE:
            sample.copy(self.work / "left", place)
            (place / STORE).write_bytes((self.work / f"moment-{other}" / STORE).read_bytes())
            return Verdict(what, self._mended(place))
        sample.copy(self.work / f"moment-{one}", place)
        for name in MIXES.get(what, ()):
            mutations.discard(place / name)
            source = self.work / f"moment-{other}" / name
            sample.copy(source, place / name) if source.is_dir() else (place / name).write_bytes(source.read_bytes())
        believed = other if STORE in MIXES.get(what, ()) else one
        return Verdict(what, self._judge(place, believed, self._strange(MIXES.get(what, ()))))

    def _moment_of(self, place: Path) -> int:
        """Return the moment that a store without its journal is of."""
        return self.moments.index(contents(place))

    def _strange(self, names: tuple[str, ...]) -> set[str]:
        """Return the parts that were not made from the store that is there."""
        moved = {part for name, part in PARTS.items() if name in names}
        return set(PARTS.values()) - moved if STORE in names else moved

    def _mended(self, place: Path) -> str | None:
        """Return what is wrong with a space of whose store SQLite makes a mixture: it has to be seen, and mended."""
        if not noticed(place, self.models) and contents(place) not in self.moments:
            return "check does not see it"
        Space.repair(place, models=self.models)
        with Space.open(place, models=self.models) as space:
            space.index([self.work / "files"], purge=True)
        return self._as_now(place)

    def _judge(self, place: Path, believed: int, strange: set[str]) -> str | None:
        truth = self.truths.setdefault(believed, Truth.of(self.work / f"moment-{believed}", self.models, loose=True))
        with Space.open(place, models=self.models) as space:
            found = {finding.part for finding in space.check() if finding.count} - {"settings"}
            if found != strange:
                return f"check finds {sorted(found)}, and {sorted(strange)} is of another time"
            if wrong := truth.contradiction(space):
                return wrong
        with Space.open(place, models=self.models) as space:
            if wrong := truth.contradiction(space):
                return f"once more: {wrong}"
            space.index([self.work / "files"], purge=True)
        return self._as_now(place)

    def _as_now(self, place: Path) -> str | None:
        with Space.open(place, models=self.models) as space:
            if found := sample.wrong(space.check()):
                return f"after index: {found}"
        if contents(place) != self.moments[-1]:
            return "after index it does not hold the documents as they are"
        with Space.open(place, models=self.models) as space:
            return Truth.of(place, self.models, loose=True).contradiction(space)

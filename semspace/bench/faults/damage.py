"""Damage to the files of a space that are made from its store: noticed before they are used, and made anew.

Each case damages one file as a program would, through the file system; half of them while another process holds the lock, so
that nothing can be mended. Then every mode of search answers exactly as numpy and a new index in memory do, `check` tells the
truth before and after, and the first who may write has rebuilt the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import ClassVar

import faiss
import numpy as np

from semspace.bench.faults import Tally, Trial, mutations, sample
from semspace.bench.faults.batches import Verdict, tallies
from semspace.bench.faults.sample import Truth
from semspace.space import Space
from semspace.store import LOCK, WriterLock

INDEXES = ("flat", "ivf", "rabitq")
PARTS = {"vectors.faiss": "vector index", "lexical": "lexical index", "space.json": "settings"}
STRUCTURES = ["missing", "a link to nothing"]
FOREIGN = ("other space", "older generation", "foreign version")


def derived(trial: Trial) -> list[Tally]:
    """Damage the vector index, files of the lexical index, and space.json."""
    for number, kind in enumerate(INDEXES):
        rng = Random(f"{trial.seed} {kind}")
        few = 20 if kind == "flat" else 40
        sample.build(trial.work / kind, trial.models, [sample.texts(rng, few), sample.texts(rng, few // 2)], kind)
        sample.build(trial.work / f"other-{kind}", trial.models, [sample.texts(Random(number), few)], kind)
    return tallies(DerivedCases, trial)


class DerivedCases:
    """One damaged file of a sound space each."""

    name: ClassVar[str] = "a file made of the store"
    how: ClassVar[str] = (
        "bit flips, truncation, zeroed, swapped and random blocks, files of other spaces, times and versions, no file at all"
    )
    size: ClassVar[int] = 50
    doing = ""

    def __init__(self, work: Path, models: Path, seed: int) -> None:
        """Know the truth about the spaces in `work`."""
        self.work, self.models, self.seed = work, models, seed
        self.truths = {kind: Truth.of(self.work / kind / "space", self.models, kind) for kind in INDEXES}
        self.foreign = _foreign_indexes()

    def prepare(self, folder: Path) -> None:
        """Copy the spaces, and open each once: from then on their files are those that the store remembers."""
        for kind in INDEXES:
            sample.copy(self.work / kind / "space", folder / kind)
            with Space.open(folder / kind, models=self.models) as space, space._writing():
                pass

    def run(self, folder: Path, number: int) -> Verdict:
        """Damage a file, search, look, mend, search and look again."""
        rng = Random(f"{self.seed} derived {number}")
        part = rng.choices(list(PARTS), (45, 45, 10))[0]
        kind = rng.choice(INDEXES) if part == "vectors.faiss" else INDEXES[0]
        place = folder / kind
        path = self._target(place, part, rng)
        self.doing = str(path.relative_to(folder))
        self.doing += f", {self._damage(path, kind, rng)}"
        return Verdict(f"{part}, {kind}" if part == "vectors.faiss" else part, self._judge(place, kind, part, rng))

    def _target(self, place: Path, part: str, rng: Random) -> Path:
        if part != "lexical":
            return place / part
        return rng.choice(sorted(path for path in (place / part).iterdir() if not path.name.endswith(".lock")))

    def _damage(self, path: Path, kind: str, rng: Random) -> str:
        """Damage a file in one of many ways, and return in which."""
        structures = STRUCTURES if path.name == "space.json" else list(mutations.STRUCTURES)
        how = rng.choice(("bit", *mutations.MUTATIONS, *FOREIGN, rng.choice(structures)))
        if how in mutations.STRUCTURES:
            mutations.STRUCTURES[how](path)
            return how
        before = path.read_bytes()
        data = self._others(path, kind, how, rng) if how in FOREIGN else mutations.damaged(before, rng, how)
        mutations.rewrite(path, data if data != before else mutations.damaged(before, rng), rng)
        return how

    def _others(self, path: Path, kind: str, how: str, rng: Random) -> bytes:
        """Return the bytes of such a file of another space, an earlier time, or another version."""
        if how == "foreign version":
            if path.suffix == ".faiss":
                return rng.choice(self.foreign)
            return path.read_bytes().replace(b'"format": 1', b'"format": 9').replace(b'"index_format_version":7', b"")
        folder = self.work / (f"other-{kind}/space" if how == "other space" else f"{kind}/older")
        if path.parent.name != "lexical":
            return (folder / path.name).read_bytes()
        like = [other for other in (folder / "lexical").iterdir() if other.suffix == path.suffix]
        return rng.choice(sorted(like)).read_bytes() if like else b""

    def _judge(self, place: Path, kind: str, part: str, rng: Random) -> str | None:
        """Return what is not as it must be."""
        truth = self.truths[kind]
        if rng.random() < 0.25 and PARTS[part] not in (found := self._unsound(place)):
            return f"check does not see it: {found}"
        if rng.random() < 0.5:
            with held(place), Space.open(place, models=self.models) as space:
                if wrong := truth.contradiction(space):
                    return f"while another writes: {wrong}"
        with Space.open(place, models=self.models) as space:
            if wrong := truth.contradiction(space):
                return wrong
            if part == "space.json":
                with space._writing():
                    pass
        found = self._unsound(place)
        return f"not mended: {found}" if found else None

    def _unsound(self, place: Path) -> list[str]:
        with Space.open(place, models=self.models) as space:
            return [finding.part for finding in space.check() if finding.count]


@contextmanager
def held(place: Path) -> Iterator[None]:
    """Hold the lock of a space, as another process that writes does."""
    with WriterLock(place / LOCK):
        yield


def _foreign_indexes() -> list[bytes]:
    """Return files of FAISS that it would read without a word, and that are none of ours."""
    rows = np.eye(64, 32, dtype=np.float32) + np.float32(0.01)
    made = []
    for index in (
        faiss.IndexFlatL2(32),
        faiss.IndexFlatIP(32),
        faiss.IndexIDMap(faiss.IndexFlatIP(32)),
        faiss.IndexHNSWFlat(32, 8),
        faiss.IndexIDMap(faiss.IndexFlatIP(16)),
    ):
        numbers = np.arange(len(rows), dtype=np.int64)
        vectors = np.ascontiguousarray(rows[:, : index.d])
        if isinstance(index, faiss.IndexIDMap):
            index.add_with_ids(vectors, numbers)
        else:
            index.add(vectors)
        made.append(faiss.serialize_index(index).tobytes())
    return made

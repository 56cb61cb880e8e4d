"""Vectors that are none, at every entrance: a real error and nothing stored, whatever Python was told to leave out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any, ClassVar

import numpy as np

from semspace import arrays
from semspace.arrays import Ids, Vectors
from semspace.bench.faults import Tally, Trial, tiny
from semspace.bench.faults.batches import Verdict, tallies
from semspace.bench.faults.spoilt import OTHER_LENGTHS, SOUND, UNSOUND, Spoil
from semspace.encoders import Encoder
from semspace.errors import InvalidVectors
from semspace.records import Document, Passage, Role
from semspace.space import Space
from semspace.store import Entry, WritableStore, text_hash
from semspace.vectors import KINDS, engine

DIM = 16
ALL = {**SOUND, **OTHER_LENGTHS, **UNSOUND}


def vectors(trial: Trial) -> list[Tally]:
    """Hand over so many arrays, sound and unsound, at every entrance."""
    return tallies(Entrances, trial)


class Entrances:
    """One array at one entrance: a sound one counts with its true values, an unsound one not at all."""

    name: ClassVar[str] = "vectors that are none"
    how: ClassVar[str] = "NaN, infinite, zero, huge, of other shapes and types, under ids that are taken; at every entrance"
    size: ClassVar[int] = 100

    def __init__(self, work: Path, models: Path, seed: int) -> None:  # noqa: ARG002
        self._models, self._seed = models, seed
        self.doing = ""

    def prepare(self, folder: Path) -> None:
        """Make a store, and a space whose encoder may be replaced."""
        self._store = WritableStore.create(":memory:", DIM)
        self._space = Space.create(folder / "space", tiny.NAME, models=self._models)
        self._space.add_texts(["the river and the sea"], ["first"])
        self._true = self._space.encoder

    def run(self, folder: Path, number: int) -> Verdict:  # noqa: ARG002
        """Hand over one array."""
        random = Random(f"{self._seed}/{number}")
        cheap = [self._check, self._unit, self._index_add, self._index_search, self._store_put]
        enter = random.choice([*cheap, *cheap, self._encoder_of_texts, self._encoder_of_queries])
        # Every kind comes, whatever chance says.
        name = [*ALL][number % len(ALL)]
        self.doing = f"{name} at {enter.__name__}"
        return Verdict(self.name, enter(random, name))

    def _check(self, random: Random, name: str) -> str | None:
        rows = base(random, 5, DIM)
        return judged(name, lambda: _same(arrays.check(ALL[name](rows, random), DIM), rows))

    def _unit(self, random: Random, name: str) -> str | None:
        rows = base(random, 5, DIM)
        given = ALL[name](rows, random)
        if name in OTHER_LENGTHS:
            lengths = np.linalg.norm(arrays.unit(given), axis=1)
            return None if np.allclose(lengths, 1, atol=1e-4) else f"their lengths are {lengths}"
        return judged(name, lambda: _same(arrays.unit(given), rows))

    def _index_add(self, random: Random, name: str) -> str | None:
        kept, rows = base(random, 4, DIM), base(random, 5, DIM)
        index = engine(random.choice([*KINDS])).create(DIM)
        index.add(np.arange(4), kept)
        before = _answer(index.search(kept[:1], 4)[0])
        ids, usable = _ids(random)
        try:
            index.add(ids, ALL[name](rows, random))
        except InvalidVectors as error:
            if len(index) != 4 or _answer(index.search(kept[:1], 4)[0]) != before:
                return "something was added"
            return f"a sound array is refused: {error}" if name in SOUND and usable else None
        if name not in SOUND or not usable:
            return f"it is taken, for ids {ids.tolist()}"
        found, true = index.search(rows, 9), np.vstack([kept, rows]) @ rows.T
        off = max(float(abs(one.scores[0] - best)) for one, best in zip(found, true.max(axis=0), strict=True))
        return None if len(index) == 9 and off < (0.3 if index.rerank else 3e-3) else f"scores are off by {off}"

    def _index_search(self, random: Random, name: str) -> str | None:
        rows = base(random, 5, DIM)
        index = engine(random.choice([*KINDS])).create(DIM)
        index.add(np.arange(5), rows)
        return judged(name, lambda: None if len(index.search(ALL[name](rows, random), 3)) == 5 else "answers are missing")

    def _store_put(self, random: Random, name: str) -> str | None:
        rows = base(random, 3, DIM)
        texts = [f"{random.random()} {number}" for number in range(3)]
        hashes = [text_hash(text) for text in texts]
        given = ALL[name](rows, random)
        whole = name != "ragged" and np.shape(given)[:1] == (3,)
        # One row alone is what a store is given for one text.
        found: dict[bytes, Any] = dict(zip(hashes, given, strict=True)) if whole else {hashes[0]: [given]}
        entries = [
            Entry(Document(f"/{text}", text), [Passage(0, len(text), text)], [hashed], b"", "1")
            for text, hashed in zip(texts, hashes, strict=True)
        ]
        filling = random.random() < 0.5
        if filling:
            self._store.put(entries)
        before = self._held()
        try:
            self._store.fill(found) if filling else self._store.put(entries, found)
        except InvalidVectors as error:
            if self._held() != before:
                return "something was stored"
            return f"a sound array is refused: {error}" if name in SOUND else None
        added = self._held()[2] - before[2]
        return None if name in SOUND and added == 3 else f"{added} vectors are stored"

    def _held(self) -> tuple[int, int, int]:
        return (*self._store.counts(), len(self._store.encoded_ids()))

    def _encoder_of_texts(self, random: Random, name: str) -> str | None:
        before = self._encoded()
        self._space._encoders[True] = Spoiling(self._true, ALL[name], random)
        try:
            self._space.add_texts([f"sea {random.random()}"], ["other"])
        except InvalidVectors as error:
            if self._encoded() != before:
                return "it is stored"
            return f"a sound array is refused: {error}" if name in SOUND else None
        finally:
            self._space._encoders[True] = self._true
            if len(self._space._store.documents()) > 1:
                self._space.remove(["other"])
        return None if name in SOUND else "it is taken"

    def _encoded(self) -> int:
        return len(self._space._store.encoded_ids())

    def _encoder_of_queries(self, random: Random, name: str) -> str | None:
        self._space._encoders[False] = Spoiling(self._true, ALL[name], random)
        try:
            return judged(name, lambda: None if self._space.search("river", everything=True) else "nothing is found")
        finally:
            self._space._encoders[False] = self._true


class Spoiling:
    """An encoder whose vectors are spoilt."""

    def __init__(self, true: Encoder, spoil: Spoil, random: Random) -> None:
        self._true, self._spoil, self._random = true, spoil, random

    def __getattr__(self, name: str) -> Any:
        return getattr(self._true, name)

    def encode(self, texts: Sequence[str], role: Role) -> Vectors:
        """Return what no encoder should."""
        true = self._true.encode(texts, role)
        spoilt: Vectors = self._spoil(true, self._random) if len(true) else true
        return spoilt


def base(random: Random, count: int, dim: int) -> Vectors:
    """Return unit vectors."""
    return arrays.unit(np.random.default_rng(random.randrange(1 << 30)).standard_normal((count, dim)))


def judged(name: str, act: Callable[[], str | None]) -> str | None:
    """Act, and return what is wrong: a sound array that is refused, or an unsound one that is not."""
    try:
        problem = act()
    except InvalidVectors as error:
        return f"a sound array is refused: {error}" if name in SOUND else None
    return problem if name in SOUND else "it is taken"


def _same(found: Vectors, rows: Vectors) -> str | None:
    sound = found.dtype == np.float32 and found.flags.c_contiguous and np.allclose(found, rows, atol=2e-3)
    return None if sound else "the values are not those that were given"


def _answer(ranking: arrays.Ranking) -> tuple[list[int], list[float]]:
    return ranking.ids.tolist(), ranking.scores.tolist()


def _ids(random: Random) -> tuple[Ids, bool]:
    """Return ids for five vectors, and whether they can be used: not if one is there twice, taken, negative or lacking."""
    broken = ([10, 10, 11, 12, 13], [3, 10, 11, 12, 13], [-1, 10, 11, 12, 13], [10, 11, 12, 13])
    usable = random.random() < 0.7
    return np.array(range(10, 15) if usable else random.choice(broken), dtype=np.int64), usable

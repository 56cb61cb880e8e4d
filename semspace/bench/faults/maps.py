"""Damage to maps and to the graph of neighbours that a space keeps: whatever it is, maps are what they were.

Each case damages one or two of these files through the file system, half of them while another process holds the lock. A
check tells it; every map and every list of what stands out is as before, number for number, whether it was read or made
anew; and after a repair all is made again as it was.
"""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any, ClassVar

import numpy as np

from semspace.bench.faults import Tally, Trial, mutations, sample
from semspace.bench.faults.batches import Verdict, tallies
from semspace.bench.faults.damage import held
from semspace.derived.arrays import SUFFIX, kept_in
from semspace.latent.layout import Method
from semspace.space import Space

METHODS: tuple[Method, ...] = ("tsne", "pca")
QUERY = sample.QUERIES[0]
AGAIN = 0.3
"""Share of cases in which everything is made anew afterwards: a map by t-SNE takes its time."""

Drawn = dict[str, Any]


def maps(trial: Trial) -> list[Tally]:
    """Damage the files of maps."""
    rng = Random(f"{trial.seed} maps")
    for name in ("one", "other"):
        sample.build(trial.work / name, trial.models, [sample.texts(rng, 16), sample.texts(rng, 8)])
        for folder in (trial.work / name / "space", trial.work / name / "older"):
            drawn(folder, trial.models)
    return tallies(MapCases, trial)


def drawn(folder: Path, models: Path) -> Drawn:
    """Return all that comes of the kept files of a space."""
    found: Drawn = {}
    with Space.open(folder, models=models) as space:
        for method in METHODS:
            one = space.map(method=method, query=QUERY)
            found[method] = one.to_dict()
            found[f"{method} in full"] = one.layout.positions.tolist()
        found["odd"] = space.odd().to_dict()
        found["hubs"] = space.standouts("hubs").to_dict()
    return found


class MapCases:
    """One or two damaged files of a sound space each."""

    name: ClassVar[str] = "maps and the graph of neighbours"
    how: ClassVar[str] = "bit flips, truncation, swapped blocks, files of other spaces, times and kinds, no file at all"
    size: ClassVar[int] = 10
    doing = ""

    def __init__(self, work: Path, models: Path, seed: int) -> None:
        """Know what the maps are."""
        self.work, self.models, self.seed = work, models, seed
        self.truth = drawn(work / "one" / "space", models)
        self.names = [f"{name}{SUFFIX}" for name in kept_in(work / "one" / "space")]
        self.arrays = {name: self._arrays(work / "one" / "space" / name) for name in self.names}

    def prepare(self, folder: Path) -> None:
        """Copy the space, and open it: its files are then those that the store remembers."""
        sample.copy(self.work / "one" / "space", folder / "space")
        with Space.open(folder / "space", models=self.models) as space, space._writing():
            pass

    def run(self, folder: Path, number: int) -> Verdict:
        """Damage files, look, and mend."""
        rng, place = Random(f"{self.seed} maps {number}"), folder / "space"
        if not all((place / name).exists() for name in self.names):
            # Put aside in the case before, and not asked for since.
            mutations.discard(place)
            self.prepare(folder)
        chosen = rng.sample(self.names, rng.choice((1, 1, 1, 2)))
        ways = {name: mutations.harm(place / name, rng, self._foreign(name, rng)) for name in chosen}
        self.doing = ", ".join(f"{name} {how}" for name, how in ways.items())
        return Verdict(self.name, self._judge(place, ways, rng))

    def _foreign(self, name: str, rng: Random) -> dict[str, bytes]:
        other = rng.choice([one for one in self.names if one != name])
        return {
            "of another space": (self.work / "other" / "space" / name).read_bytes(),
            "of another time": (self.work / "one" / "older" / name).read_bytes(),
            f"with what {other} holds": (self.work / "one" / "space" / other).read_bytes(),
        }

    def _judge(self, place: Path, ways: dict[str, str], rng: Random) -> str | None:
        if unseen := {name for name, how in ways.items() if how != "missing"} - self._unsound(place):
            return f"check does not see {sorted(unseen)}"
        if rng.random() < 0.5:
            with held(place):
                if wrong := self._other(place):
                    return f"while another writes: {wrong}"
        return self._other(place) or self._mended(place, anew=rng.random() < AGAIN)

    def _mended(self, place: Path, *, anew: bool) -> str | None:
        Space.repair(place, models=self.models)
        if found := self._unsound(place):
            return f"not mended: {sorted(found)}"
        for name in self.names if anew else ():
            mutations.discard(place / name)
        if wrong := self._other(place):
            return f"after a repair: {wrong}"
        # What only a new map needs is not made before there is one.
        there = (name for name in self.names if (place / name).exists())
        return next((f"{name} was made otherwise" for name in there if self._arrays(place / name) != self.arrays[name]), None)

    def _other(self, place: Path) -> str | None:
        found = drawn(place, self.models)
        return next((f"{name} is another" for name in self.truth if found[name] != self.truth[name]), None)

    def _unsound(self, place: Path) -> set[str]:
        with Space.open(place, models=self.models) as space:
            return {finding.part for finding in space.check() if finding.count}

    def _arrays(self, path: Path) -> Drawn:
        with np.load(path, allow_pickle=False) as file:
            return {name: (str(file[name].dtype), file[name].tolist()) for name in file.files}

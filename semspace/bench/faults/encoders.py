"""Damage to an encoder on disk: no search and no run of `index` uses it without a word.

Each case damages its weights, its tokenizer or its card. Then a search says so and what to do, or answers exactly, nothing is
indexed with it, `verify` sees it, and with the right file back all is as before.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import ClassVar

from semspace.bench.faults import Tally, Trial, mutations, sample, tiny
from semspace.bench.faults.batches import Verdict, tallies
from semspace.bench.faults.sample import Truth
from semspace.bench.faults.truth import contents
from semspace.encoders import cards, verify
from semspace.errors import SemspaceError
from semspace.space import Space

TEXT = "a text that comes when the encoder is damaged"


def encoders(trial: Trial) -> list[Tally]:
    """Damage encoders."""
    sample.build(trial.work / "sound", trial.models, [sample.texts(Random(trial.seed), 10)])
    return tallies(EncoderCases, trial)


class EncoderCases:
    """One damaged file of an encoder each."""

    name: ClassVar[str] = "encoder"
    how: ClassVar[str] = "bit flips, truncation, zeroed, swapped and random blocks, weights that changed places, no file at all"
    size: ClassVar[int] = 25
    doing = ""

    def __init__(self, work: Path, models: Path, seed: int) -> None:
        """Know the truth about the space."""
        self.work, self.models, self.seed = work, models, seed
        self.truth = Truth.of(work / "sound" / "space", models)
        self.stored = contents(work / "sound" / "space")

    def prepare(self, folder: Path) -> None:
        """Copy the space and the encoder, and use both once."""
        sample.copy(self.work / "sound" / "space", folder / "space")
        shutil.copytree(self.models, folder / "models")
        with Space.open(folder / "space", models=folder / "models") as space:
            assert self.truth.contradiction(space) is None

    def run(self, folder: Path, number: int) -> Verdict:
        """Damage a file, search, index, and put the file back."""
        rng = Random(f"{self.seed} encoders {number}")
        place = folder / "models" / tiny.NAME
        path = rng.choice(sorted(other for other in place.iterdir() if other.name != cards.VERIFIED))
        how = rng.choice(("bit", *mutations.MUTATIONS, "rolled", rng.choice(list(mutations.STRUCTURES))))
        self.doing = f"{path.name}, {how}"
        before = path.read_bytes()
        if how in mutations.STRUCTURES:
            mutations.STRUCTURES[how](path)
        else:
            data = before[:200] + before[264:] + before[200:264] if how == "rolled" else None
            mutations.rewrite(path, data or mutations.damaged(before, rng, how), rng)
        problem = self._judge(folder)
        mutations.discard(path)
        path.write_bytes(before)
        if not problem:
            with Space.open(folder / "space", models=folder / "models") as space:
                problem = self.truth.contradiction(space)
        return Verdict(path.name, problem)

    def _judge(self, folder: Path) -> str | None:
        """Return what is not as it must be while a file is damaged."""
        try:
            verify(tiny.NAME, models=folder / "models")
        except SemspaceError:
            pass
        else:
            return "verify does not see it"
        acts: tuple[Callable[[Space], str | None], ...] = (self.truth.contradiction, _index)
        for act in acts:
            try:
                with Space.open(folder / "space", models=folder / "models") as space:
                    if wrong := act(space):
                        return wrong
            except SemspaceError as error:
                if not error.hint:
                    return f"no hint: {error}"
        return None if contents(folder / "space") == self.stored else "the store has changed"


def _index(space: Space) -> str:
    return f"indexed: {space.add_texts([TEXT])}"

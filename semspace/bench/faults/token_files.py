"""Damage to the token vectors that a space keeps: a search that reranks by them is right with the file, or without it.

Each case damages `tokens.bin` through the file system, half of them while another process holds the lock. A check tells it;
a search gives what it gave with the file, or what it gives where every passage is encoded at once: never a mixture. After an
`index` the file is, vector for vector, what it was.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from random import Random
from typing import ClassVar

from semspace.bench.faults import Tally, Trial, mutations, sample, tiny
from semspace.bench.faults.batches import Verdict, tallies
from semspace.bench.faults.damage import held
from semspace.derived.tokens import FILE
from semspace.encoders.running import Running
from semspace.space import Space
from semspace.tokenstore import Codec, TokenIndex
from semspace.tokenstore.index import HEADER, MAGIC

PART = "token vectors"
CLOSE = 1e-5

Answers = dict[str, dict[int, tuple[float, float]]]
"""Query -> passage -> its score, and what its tokens say."""


def token_files(trial: Trial) -> list[Tally]:
    """Damage token vectors."""
    rng = Random(f"{trial.seed} tokens")
    tiny.install_onnx(trial.models)
    for name in ("one", "other"):
        folder = trial.work / name
        with Space.create(folder / "space", tiny.NAME_ONNX, **running(trial.models)) as space:
            for first in (0, 8):
                sample.write(folder / "files", sample.texts(rng, 8), first)
                space.index([folder / "files"], token_vectors=True)
                if not first:
                    sample.copy(folder / "space", folder / "older")
    return tallies(TokenCases, trial)


def running(models: Path) -> Running:
    """Return how the encoder runs: so that its numbers are the same whatever else is installed."""
    return {"models": models, "runtime": "onnx"}


class TokenCases:
    """One damaged file of token vectors each."""

    name: ClassVar[str] = "token vectors of a space"
    how: ClassVar[str] = "bit flips, truncation, swapped blocks, files of other spaces, times and promises, no file at all"
    size: ClassVar[int] = 10
    threaded: ClassVar[bool] = True
    doing = ""

    def __init__(self, work: Path, models: Path, seed: int) -> None:
        """Know the answers with the file and without it, and what is in it."""
        self.work, self.models, self.seed = work, models, seed
        space = work / "one" / "space"
        self.right = [self._answers(space)]
        self.vectors = self._codes(space / FILE)
        bare = work / f"bare-{os.getpid()}"
        sample.copy(space, bare)
        (bare / FILE).unlink()
        with held(bare):
            self.right.append(self._answers(bare))

    def prepare(self, folder: Path) -> None:
        """Copy the space, and open it: its file is then the one that the store remembers."""
        sample.copy(self.work / "one" / "space", folder / "space")
        with Space.open(folder / "space", **running(self.models)) as space, space._writing():
            pass

    def run(self, folder: Path, number: int) -> Verdict:
        """Damage the file, search, look, index, and search again."""
        rng, place = Random(f"{self.seed} tokens {number}"), folder / "space"
        self.doing = mutations.harm(place / FILE, rng, self._foreign(rng))
        return Verdict(self.name, self._judge(place, rng))

    def _foreign(self, rng: Random) -> dict[str, bytes]:
        data = (self.work / "one" / "space" / FILE).read_bytes()
        facts = json.loads(data[len(MAGIC) : HEADER])
        promise = rng.choice(({"rows": 1 << 50}, {"passages": 1 << 50}, {"passages": -1}, {"made": "0"}, {"rows": None}))
        return {
            "of another space": (self.work / "other" / "space" / FILE).read_bytes(),
            "of another time": (self.work / "one" / "older" / FILE).read_bytes(),
            f"with the promise {promise}": (MAGIC + json.dumps({**facts, **promise}).encode()).ljust(HEADER) + data[HEADER:],
        }

    def _judge(self, place: Path, rng: Random) -> str | None:
        if PART not in (found := self._unsound(place)):
            return f"check does not see it: {found}"
        if rng.random() < 0.5:
            with held(place):
                if self._neither(self._answers(place)):
                    return "while another writes, other answers than with the file or without it"
        if self._neither(self._answers(place)):
            return "other answers than with the file or without it"
        with Space.open(place, **running(self.models)) as space:
            space.index([self.work / "one" / "files"])
        if found := self._unsound(place):
            return f"not mended: {found}"
        if self._codes(place / FILE) != self.vectors:
            return "other token vectors than before"
        return None if same(self._answers(place), self.right[0]) else "other answers after index"

    def _neither(self, found: Answers) -> bool:
        return not any(same(found, right) for right in self.right)

    def _answers(self, place: Path) -> Answers:
        found: Answers = {}
        with Space.open(place, **running(self.models)) as space:
            for query in sample.QUERIES:
                hits = space.search(query, sample.K, everything=True, explain=True, rerank="tokens")
                said = {hit.id: hit.evidence.interaction for hit in hits if hit.evidence}
                found[query] = {hit.id: (hit.score, said[hit.id] or 0.0) for hit in hits}
        return found

    def _unsound(self, place: Path) -> list[str]:
        with Space.open(place, **running(self.models)) as space:
            return [finding.part for finding in space.check() if finding.count]

    def _codes(self, path: Path) -> dict[int, bytes]:
        fingerprint = json.loads(path.read_bytes()[len(MAGIC) : HEADER])["made"].split()[-1]
        index = TokenIndex.load(path, Codec(tiny.DIM), fingerprint)
        return {number: codes.tobytes() for number, codes in index.codes(index.ids()).items()}


def same(found: Answers, right: Answers) -> bool:
    """Tell whether answers are the same, but for how a machine rounds."""
    return all(
        found[query].keys() == right[query].keys()
        and all(abs(a - b) < CLOSE for n, pair in found[query].items() for a, b in zip(pair, right[query][n], strict=True))
        for query in right
    )

"""Folders that somebody else has filled: a space, or an encoder, in which a file is meant to do harm.

Beside the folder stands a canary, a file that nothing may touch, read into an answer or run code to reach. Each case puts
something hostile in the place of one file, opens the space, searches, checks, indexes and repairs it. Whether that works does
not matter: the canary is as it was, nothing was run, and no answer is false.
"""

from __future__ import annotations

import io
import os
import pickle
import shutil
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, ClassVar

import numpy as np

from semspace import ingest, repairing  # noqa: F401  # what they bring is imported once, for all cases
from semspace.bench.faults import Tally, Trial, mutations, sample, tiny
from semspace.bench.faults.batches import Verdict, tallies
from semspace.bench.faults.sample import Truth
from semspace.encoders import cards
from semspace.errors import SemspaceError
from semspace.records import MODES
from semspace.space import Space
from semspace.store import LOCK, STORE

WORDS = "what somebody else keeps to themselves"
RAN = "ran"


class Trap:
    """What touches a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        """Take the file that is to be touched."""
        self._path = path

    def __reduce__(self) -> tuple[Any, ...]:
        """Say how it is made: by a call that does harm."""
        return os.mkdir, (str(self._path),)


def _pickled(path: Path, ran: Path) -> None:
    path.write_bytes(pickle.dumps(Trap(ran)))


def _objects(path: Path, ran: Path) -> None:
    """Write an array of objects as numpy does, by pickle."""
    buffer = io.BytesIO()
    np.save(buffer, np.array([Trap(ran)], dtype=object), allow_pickle=True)
    path.write_bytes(buffer.getvalue())


def _torch(path: Path, ran: Path) -> None:
    """Write what torch.save writes: a zip with a pickle in it."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Trap(ran), protocol=2))
        archive.writestr("archive/version", "3")


def _archive(path: Path, ran: Path) -> None:
    """Write an archive whose member leads out of the folder."""
    with tarfile.open(path, "w") as archive:
        member = tarfile.TarInfo(f"../../{ran.name}")
        member.size = len(RAN)
        archive.addfile(member, io.BytesIO(RAN.encode()))


FILES: dict[str, Callable[[Path, Path], None]] = {
    "a pickle": _pickled,
    "an array of objects": _objects,
    "a torch file": _torch,
    "an archive": _archive,
}
TARGETS = ("vectors.faiss", "vectors.faiss.new", "lexical/meta.json", "space.json", "map.npz", f"{STORE}-wal")
LINKED = ("vectors.faiss", "vectors.faiss.new", "space.json", "space.json.new", LOCK, f"{STORE}.new", f"{STORE}-wal")
LINKED_FOLDERS = ("lexical", "quarantine", "backup")
ENCODER = (tiny.NAME, "encoder.json", "tokenizer.json", "vectors.npy")


def hostile_spaces(trial: Trial) -> list[Tally]:
    """Open hostile folders."""
    sample.build(trial.work / "sound", trial.models, [sample.texts(Random(trial.seed), 6)])
    return tallies(HostileCases, trial)


class HostileCases:
    """One hostile folder each."""

    name: ClassVar[str] = "hostile folder"
    how: ClassVar[str] = "pickles, arrays of objects, archives, links that lead out, cards that name files and code elsewhere"
    size: ClassVar[int] = 20
    doing = ""

    def __init__(self, work: Path, models: Path, seed: int) -> None:
        """Know the truth about the space."""
        self.work, self.models, self.seed = work, models, seed
        self.truth = Truth.of(work / "sound" / "space", models)

    def prepare(self, folder: Path) -> None:
        """Need nothing: each case has folders of its own."""

    def run(self, folder: Path, number: int) -> Verdict:
        """Make a folder hostile, use it in every way, and look at the canary."""
        rng = Random(f"{self.seed} hostile {number}")
        for path in folder.iterdir():
            mutations.discard(path)
        sample.copy(self.work / "sound" / "space", folder / "space")
        shutil.copytree(self.models, folder / "models")
        canary, ran = folder / "canary", folder / RAN
        canary.mkdir()
        (canary / "secret.txt").write_text(WORDS, encoding="utf-8")
        before = _seen(canary)
        fault, act = rng.choice(
            (("a file that runs code", self._file), ("a link that leads out", self._link), ("a hostile encoder", self._encoder))
        )
        self.doing = act(folder, rng)
        wrong = next(self._uses(folder), None)
        if ran.exists() or ran.is_symlink():
            wrong = "it has run"
        return Verdict(fault, wrong or (None if _seen(canary) == before else f"the canary is {_seen(canary)}"))

    def _file(self, folder: Path, rng: Random) -> str:
        what, target = rng.choice(list(FILES)), rng.choice(TARGETS)
        mutations.discard(folder / "space" / target)
        FILES[what](folder / "space" / target, folder / RAN)
        return f"{target} is {what}"

    def _link(self, folder: Path, rng: Random) -> str:
        target = rng.choice((*LINKED, *LINKED_FOLDERS))
        to = folder / "canary" if target in LINKED_FOLDERS else folder / "canary" / "secret.txt"
        mutations.discard(folder / "space" / target)
        (folder / "space" / target).symlink_to(to)
        return f"{target} leads to {to.name}"

    def _encoder(self, folder: Path, rng: Random) -> str:
        """Let a file of the encoder be hostile, or its card name what lies elsewhere, its checksum being right."""
        place = folder / "models" / tiny.NAME
        if rng.random() < 0.5:
            what, target = rng.choice(list(FILES)), rng.choice(ENCODER[1:])
            FILES[what](place / target, folder / RAN)
            if target != cards.CARD:
                self._sign(place)
            return f"{target} is {what}"
        kind = rng.choice(("transformer", "onnx", "openvino", "../../canary", "os:mkdir"))
        evil = folder / "canary"
        card = cards.read(place)
        named = {**card.files, "../../canary/secret.txt": cards.ModelFile(len(WORDS), "0" * 64)}
        files = named if rng.random() < 0.5 else card.files
        cards.write(replace(card, kind=kind, source_folder=str(evil), remote_code=True, files=files), place)
        return f"its kind is {kind}"

    def _sign(self, place: Path) -> None:
        cards.write(replace(cards.read(place), files=cards.inventory(place)), place)

    def _uses(self, folder: Path) -> Iterator[str]:
        """Use a space in every way; yield what is wrong with an answer. What is refused is refused."""
        for use in (self._search, self._check, self._index, self._repair, self._search):
            try:
                if wrong := use(folder):
                    yield wrong
            except SemspaceError as error:
                if WORDS in str(error):
                    yield f"an error tells the secret: {error}"
            except OSError:
                continue

    def _open(self, folder: Path) -> Space:
        return Space.open(folder / "space", models=folder / "models")

    def _search(self, folder: Path) -> str | None:
        with self._open(folder) as space:
            for query in sample.QUERIES:
                for mode in MODES:
                    for hit in space.search(query, 5, mode, everything=True):
                        if wrong := self.truth.altered(hit):
                            return wrong
        return None

    def _check(self, folder: Path) -> None:
        with self._open(folder) as space:
            space.check(deep=True)

    def _index(self, folder: Path) -> None:
        with self._open(folder) as space:
            space.index([self.work / "sound" / "files"])

    def _repair(self, folder: Path) -> None:
        Space.repair(folder / "space", models=folder / "models")


def _seen(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return all that a folder holds, with the rights to it."""
    found = {".": (folder.stat().st_mode, b"")}
    for path in folder.rglob("*"):
        found[path.name] = (path.lstat().st_mode, path.read_bytes() if path.is_file() else b"")
    return found

"""Where a bench finds its data and leaves its work, and how large it is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from semspace import encoders
from semspace.bench.figures import Absent, Result
from semspace.encoders import Encoder

PACKAGE = Path(__file__).parents[1]
ASIDE = ("bench", "cli", "ui", "browse", "samples")
"""Rooms that do not shape a space on disk."""


def silent(line: str) -> None:
    """Say nothing."""


@dataclass(slots=True)
class Setting:
    """One run of the bench. `results` are those known so far, of this run and of earlier ones.

    `minutes` is how long faults are injected; those that are left come the next time.
    `referee` is a Python that has packages to compare with which this one has not.
    """

    data: Path
    work: Path
    quick: bool = False
    model: str | None = None
    models: Path | None = None
    say: Callable[[str], None] = silent
    long: bool = False
    minutes: float | None = None
    referee: Path | None = None
    results: dict[str, Result] = field(default_factory=dict)
    _encoder: Encoder | None = None
    _home: Path | None = None

    @property
    def encoder(self) -> Encoder:
        """Return the encoder that is measured, opened for many texts as indexing opens it."""
        if self._encoder is None:
            self._encoder = encoders.load(self.model, models=self.models, bulk=True, progress=self.say)
        return self._encoder

    def adopt(self, encoder: Encoder) -> None:
        """Measure with an encoder that is open already: a second one would take memory."""
        self._encoder = encoder

    def size(self, whole: int, quick: int) -> int:
        """Return how many: the whole number, or the quick one."""
        return quick if self.quick else whole

    def need(self, name: str) -> Path:
        """Return a folder of the data. Raises Absent."""
        folder = self.data / name
        if not folder.is_dir():
            raise Absent(f"there is no {name} in {self.data}")
        return folder

    def few(self, name: str, pattern: str, count: int) -> Path:
        """Return a folder of the data; in a quick run one with some of its files. Raises Absent."""
        folder = self.need(name)
        if not self.quick:
            return folder
        some = self.work / f"quick-{name}"
        shutil.rmtree(some, ignore_errors=True)
        some.mkdir(parents=True)
        for path in sorted(folder.rglob(pattern))[:count]:
            shutil.copyfile(path, some / path.name)
        return some

    @property
    def home(self) -> Path:
        """Return where spaces are built: another place for another encoder and for another semspace."""
        if self._home is None:
            # Kept: whoever edits the source meanwhile does not move the spaces of this run.
            self._home = self.work / f"spaces-{self.encoder.fingerprint[:8]}-{_source()}{'-quick' if self.quick else ''}"
        return self._home

    def clear(self) -> None:
        """Remove spaces that an older semspace built, which nobody will open again."""
        for folder in self.work.glob("spaces-*"):
            if folder.name.removesuffix("-quick") != self.home.name.removesuffix("-quick"):
                shutil.rmtree(folder)

    def place(self) -> list[str]:
        """Return the options of the command line that lead to the spaces and the encoders."""
        return ["--home", str(self.home), *self.encoders()]

    def encoders(self) -> list[str]:
        """Return the options of the command line that lead to the encoders."""
        return ["--models", str(self.models)] if self.models else []

    def packed(self) -> str:
        """Return the setting as JSON, for a child process."""
        models = str(self.models) if self.models else None
        place = {"data": str(self.data), "work": str(self.work), "home": str(self.home)}
        return json.dumps({**place, "quick": self.quick, "model": self.model, "models": models})

    @classmethod
    def unpacked(cls, text: str) -> Setting:
        """Return the setting that a parent process packed."""
        row: dict[str, Any] = json.loads(text)
        models = Path(row["models"]) if row["models"] else None
        return cls(Path(row["data"]), Path(row["work"]), row["quick"], row["model"], models, _home=Path(row["home"]))


def _source() -> str:
    """Return a digest of the source that shapes a space: after a change, spaces are built anew."""
    found = blake2b(digest_size=4)
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.relative_to(PACKAGE).parts[0] not in ASIDE:
            found.update(path.read_bytes())
    return found.hexdigest()

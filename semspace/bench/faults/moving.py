"""Files that do not keep still: they change, grow, shrink, vanish, move and become other things while they are indexed.

Whoever writes notes beforehand what each version will be. What the space holds is then one of these versions, whole; a
secret that a link leads to is never read; and when all is quiet, one more run agrees with the disk.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from random import Random
from typing import ClassVar

from semspace.bench.faults import Tally, Trial, sample, tiny, truth
from semspace.bench.faults.batches import Verdict, tallies
from semspace.bench.faults.crew import mortal
from semspace.bench.faults.hostile import CANARY
from semspace.bench.faults.watching import Secrets, told
from semspace.errors import MostlyGone
from semspace.space import Space

FILES = 8
RUNS = 3
"""Runs of `index` during one storm."""


def moving(trial: Trial) -> list[Tally]:
    """Index a folder in which another process changes everything all the time."""
    return tallies(Moving, trial)


class Moving:
    """A storm over a folder, some runs meanwhile, and one afterwards."""

    name: ClassVar[str] = "files that change while they are read"
    how: ClassVar[str] = "another process replaces, appends, truncates, renames and swaps files, folders, links and FIFOs"
    size: ClassVar[int] = 5

    def __init__(self, work: Path, models: Path, seed: int) -> None:
        del work  # a case has a folder of its own
        self.models, self.seed, self.doing = models, seed, "a storm"
        self.secrets: Secrets | None = None

    def prepare(self, folder: Path) -> None:
        """Make secrets for links to lead to, of the names that files have."""
        self.secrets = Secrets(folder / "outside")
        for number in range(FILES):
            (folder / "outside" / f"{number}.txt").write_text(CANARY)

    def run(self, folder: Path, number: int) -> Verdict:
        """Run one storm."""
        assert self.secrets is not None
        case = folder / str(number)
        root = case / "root"
        root.mkdir(parents=True)
        ledger = case / "ledger"
        ledger.touch()
        storm = Storm(root, ledger, self.secrets.outside.folder, Random(f"{self.seed} {number}"))
        storm.begin()
        self.secrets.forget()
        problem = None
        with Space.create(case / "space", tiny.NAME, models=self.models) as space:
            with storm.blowing():
                for _ in range(RUNS):
                    with suppress(MostlyGone):
                        space.index([root])
                    problem = problem or _halves(space.folder, ledger)
            problem = problem or self.secrets.problem()
            space.index([root], purge=True)
            problem = problem or _halves(space.folder, ledger) or _disagrees(space.folder, root)
            problem = problem or next(iter(sample.wrong(space.check())), None) or told(space.folder)
        shutil.rmtree(case)
        return Verdict(self.name, problem)


def digest(text: str) -> str:
    """Return a hash of a version."""
    return blake2b(text.encode(), digest_size=16).hexdigest()


class Storm:
    """What changes the files: in a process of its own, until it is ended."""

    def __init__(self, root: Path, ledger: Path, outside: Path, rng: Random) -> None:
        self.root, self.outside, self.rng = root, outside, rng
        self._ledger = ledger
        self._version = 0
        self._deeds: list[Callable[[Path], None]] = [
            *[self.replaced] * 6, *[self.appended] * 4, *[self.overwritten] * 4, self.truncated, self.gone, self.moved,
            self.folder, self.linked, self.fifo, *[self.swapped] * 2,
        ]  # fmt: skip

    def begin(self) -> None:
        """Write all files once."""
        (self.root / "sub").mkdir()
        for path in self._paths():
            self.replaced(path)

    @contextmanager
    def blowing(self) -> Iterator[None]:
        """Change files in another process meanwhile."""
        child = os.fork()
        if not child:
            try:
                mortal()
                self._blow()
            finally:
                os._exit(1)
        try:
            yield
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            self._calm()

    def _paths(self) -> list[Path]:
        return [self.root / ("sub" if number % 2 else "") / f"{number}.txt" for number in range(FILES)]

    def _blow(self) -> None:
        paths = self._paths()
        while True:
            # Not every system call may find what the one before has left.
            with suppress(OSError):
                self.rng.choice(self._deeds)(self.rng.choice(paths))

    def _calm(self) -> None:
        """Undo what a kill in the midst of it left: temporary names, and a folder that is away."""
        away = self.root / "away"
        if away.is_dir() and not away.is_symlink():
            shutil.rmtree(away)
        for path in self.root.rglob("*.swp"):
            path.unlink()

    def _text(self) -> str:
        self._version += 1
        words = " ".join(self.rng.choices(tiny.WORDS, k=self.rng.choice((10, 300, 8_000))))
        return f"VERSION {self._version}\n{words}\nEND {self._version} {digest(words)}\n"

    def _note(self, text: str) -> None:
        with self._ledger.open("a") as file:
            file.write(digest(text) + "\n")

    def replaced(self, path: Path) -> None:
        """Put a new version in the place of the old one, as editors do."""
        text = self._text()
        self._note(text)
        temporary = _unused(path)
        temporary.write_text(text)
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        temporary.replace(path)

    def appended(self, path: Path) -> None:
        """Write on, as logs do: each call of the system makes a version."""
        with _opened(path, os.O_APPEND) as file:
            old = path.read_text()
            more = self._text()
            self._note(old + more)
            os.write(file, more.encode())

    def overwritten(self, path: Path) -> None:
        """Write over all of it in one call: the same length, other words."""
        with _opened(path) as file:
            old = path.read_text()
            new = "".join(reversed(old))
            self._note(new)
            os.pwrite(file, new.encode(), 0)

    def truncated(self, path: Path) -> None:
        """Cut it."""
        with _opened(path) as file:
            old = path.read_text()
            size = self.rng.randrange(len(old) + 1)
            self._note(old[:size])
            os.ftruncate(file, size)

    def gone(self, path: Path) -> None:
        """Remove it."""
        path.unlink()

    def moved(self, path: Path) -> None:
        """Let it change places with another."""
        path.rename(self.rng.choice(self._paths()))

    def folder(self, path: Path) -> None:
        """Make it a folder, with a file in it."""
        path.unlink()
        path.mkdir()
        self.replaced(path / "in.txt")

    def linked(self, path: Path) -> None:
        """Make it a link to a secret, or to another file."""
        temporary = _unused(path)
        temporary.symlink_to(self.rng.choice((self.outside / "secret.txt", self.rng.choice(self._paths()))))
        temporary.replace(path)

    def fifo(self, path: Path) -> None:
        """Make it a FIFO, which whoever opens it would wait for."""
        temporary = _unused(path)
        os.mkfifo(temporary)
        temporary.replace(path)

    def swapped(self, _: Path) -> None:
        """Put a link to the secrets in the place of a folder for a moment: the files in it have the same names."""
        sub, away = self.root / "sub", self.root / "away"
        sub.rename(away)
        sub.symlink_to(self.outside)
        for _turn in range(self.rng.randrange(200)):
            os.stat(sub)  # noqa: PTH116  # some microseconds
        sub.unlink()
        away.rename(sub)


def _unused(path: Path) -> Path:
    """Return a temporary name beside a path, at which there is nothing."""
    temporary = path.with_suffix(".swp")
    temporary.unlink(missing_ok=True)
    return temporary


@contextmanager
def _opened(path: Path, flags: int = 0) -> Iterator[int]:
    """Open a regular file for writing; raises OSError for anything else."""
    file = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | flags)
    try:
        if not path.is_file():
            raise OSError(path)
        yield file
    finally:
        os.close(file)


def _halves(space: Path, ledger: Path) -> str | None:
    """Return which document is no version that there was."""
    versions = set(ledger.read_text().split())
    for path, held in truth.contents(space).items():
        if digest(held["text"]) not in versions:
            return f"{Path(path).name} holds {len(held['text']):,} characters that were never a version: {held['text'][:40]!r}"
    return None


def _disagrees(space: Path, root: Path) -> str | None:
    """Return how the space differs from the disk."""
    held = {path: document["text"] for path, document in truth.contents(space).items()}
    there = {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder) / name
            if not path.is_symlink() and path.is_file() and (text := path.read_text()).strip():
                there[str(path)] = text
    wrong = [path for path in {*held, *there} if held.get(path) != there.get(path)]
    return f"{Path(sorted(wrong)[0]).name} is not what it is on disk" if wrong else None

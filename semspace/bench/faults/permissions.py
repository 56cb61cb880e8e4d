"""A space that may be read and not written, that belongs to somebody else, or of which a part may not even be read.

Each case forks a process that becomes somebody without rights, or takes the rights away by a mount, and runs `search` and
`index` of the command line in it. Whatever may be read is searched, and every answer is exact; what may not be done is refused
with exit code 2 and a reason; nothing has changed then.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from random import Random
from typing import ClassVar

from semspace.bench.faults import Impossible, Tally, Trial, sample
from semspace.bench.faults.batches import Verdict, tallies
from semspace.bench.faults.forked import one_thread
from semspace.bench.faults.sample import Truth
from semspace.bench.faults.truth import compare, contents
from semspace.space import Space
from semspace.store import LOCK, STORE

NOBODY = 65_534
SIZE = "16m"
ERROR = 2
"""Exit code; less means that a command ran, and found something or nothing."""

READABLE = 0o555
PARTS = (".", STORE, "lexical", "vectors.faiss", "space.json", LOCK)
MODES = (0o000, 0o400, 0o500, 0o444, 0o555)


def permissions(trial: Trial) -> list[Tally]:
    """Take rights away. Raises Impossible."""
    if os.geteuid():
        raise Impossible("only root can become somebody else, and mount")
    if subprocess.run(["mount", "--version"], capture_output=True, check=False).returncode:
        raise Impossible("there is no mount")
    rng = Random(f"{trial.seed} permissions")
    sample.build(trial.work / "sound", trial.models, [sample.texts(rng, 8), sample.texts(rng, 4)])
    # Somebody else has to reach what this process made for itself alone.
    for folder in (trial.work.parent, trial.work, trial.models):
        folder.chmod(0o755)
    return tallies(RightsCases, trial)


class RightsCases:
    """One lack of rights each."""

    name: ClassVar[str] = "rights"
    how: ClassVar[str] = "chmod, another owner, remount,ro; as a user without rights"
    size: ClassVar[int] = 10
    doing = ""

    def __init__(self, work: Path, models: Path, seed: int) -> None:
        """Know the truth about the space, before its last run and after it."""
        self.work, self.models, self.seed = work, models, seed
        self.truth = Truth.of(work / "sound" / "older", models)
        self.before, self.after = (contents(work / "sound" / name) for name in ("older", "space"))

    def prepare(self, folder: Path) -> None:
        """Use all that will be needed once: who has no rights may not be able to import it."""
        folder.chmod(0o755)
        place = self._copied(folder)
        assert self._exact(place) is None
        assert self._sound(place) is None
        for words in [*self._searches(place), self._index(place)]:
            assert _called(words)[0] < ERROR

    def run(self, folder: Path, number: int) -> Verdict:
        """Take rights away, search and index, and look at what that left."""
        rng = Random(f"{self.seed} permissions {number}")
        place = self._copied(folder)
        act = rng.choice((self._mounted, self._foreign, self._refused, self._refused, self._refused))
        return act(place, rng)

    def _copied(self, folder: Path) -> Path:
        home = folder / "home"
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir()
        home.chmod(0o755)
        sample.copy(self.work / "sound" / "older", home / "space")
        with Space.open(home / "space", models=self.models) as space, space._writing():
            pass
        return home / "space"

    def _searches(self, place: Path) -> list[list[str]]:
        given = ["--index", place.name, "--home", str(place.parent), "--models", str(self.models), "--json"]
        return [["search", sample.QUERIES[0], "--mode", mode, *given] for mode in ("hybrid", "lexical")]

    def _index(self, place: Path) -> list[str]:
        given = ["--index", place.name, "--home", str(place.parent), "--models", str(self.models), "--json"]
        return ["index", str(self.work / "sound" / "files"), *given]

    def _mounted(self, place: Path, rng: Random) -> Verdict:
        """Put the space on a disk that is then mounted read-only."""
        user = rng.choice((0, NOBODY))
        self.doing = f"remount,ro, as {user}"
        with disk(place.with_name("disk")) as mounted:
            shutil.copytree(place, mounted / place.name)
            _give(mounted, NOBODY, 0o755)
            subprocess.run(["mount", "-o", "remount,ro", str(mounted)], check=True)
            return Verdict("a disk mounted read-only", self._judge(mounted / place.name, user, search=True, index=False))

    def _foreign(self, place: Path, rng: Random) -> Verdict:
        """Let the space belong to somebody else, who lets others read it, or not."""
        read = rng.random() < 0.7
        self.doing = f"somebody else's, {'to read' if read else 'private'}"
        if read:
            for path in (place, *place.rglob("*")):
                path.chmod(0o755 if path.is_dir() else 0o644)
        return Verdict("a space of another owner", self._judge(place, NOBODY, search=read, index=False))

    def _refused(self, place: Path, rng: Random) -> Verdict:
        """Give the space to the user, and take rights to one part of it away."""
        part, mode = rng.choice(PARTS), rng.choice(MODES)
        self.doing = f"{part} has mode {mode:03o}"
        _give(place, NOBODY, 0o755)
        (place / part).chmod(mode)
        usable = 0o500 if part == "." else 0o400
        needed = part in {".", STORE}
        search = not needed or mode & usable == usable
        index = None if search and part != "." else False
        try:
            return Verdict(f"no right to {part}", self._judge(place, NOBODY, search=search, index=index))
        finally:
            _give(place, 0, 0o755)

    def _judge(self, place: Path, user: int, *, search: bool, index: bool | None) -> str | None:
        """Return what is wrong; None for `index` means that it may work or not, but never by half."""
        return self._searched(place, user, search) or self._indexed(place, user, index)

    def _searched(self, place: Path, user: int, allowed: bool) -> str | None:
        before = printed(place)
        for words in self._searches(place):
            code, problem = _as(user, partial(_refusal, words))
            if problem or (code < ERROR) != allowed:
                return f"search: exit code {code} {problem or ''}"
        if allowed:
            return _as(user, lambda: (0, self._exact(place)))[1]
        return None if printed(place) == before else "a search that was refused has changed something"

    def _indexed(self, place: Path, user: int, allowed: bool | None) -> str | None:
        before = printed(place)
        code, problem = _as(user, partial(_refusal, self._index(place)))
        if problem or (allowed is False and code != ERROR):
            return f"index: exit code {code} {problem or ''}"
        if not code:
            return self._done(place, user)
        if user == place.stat().st_uid and printed(place) != before:
            # An owner without some rights gets as far as they go: each document is then as before, or as after, whole.
            return compare(contents(place), self.before, self.after)[0] or self._usable(place)
        return None if printed(place) == before else "index was refused, and has changed something"

    def _done(self, place: Path, user: int) -> str | None:
        if contents(place) != self.after:
            return "index says that it is done, and is not"
        return _as(user, lambda: (0, self._sound(place)))[1]

    def _usable(self, place: Path) -> str | None:
        """Give the rights back; return what is wrong with the space then."""
        _give(place, 0, 0o755)
        code, problem = _refusal(self._index(place))
        return problem or (f"index afterwards: exit code {code}" if code else self._done(place, 0))

    def _exact(self, place: Path) -> str | None:
        with Space.open(place, models=self.models) as space:
            return self.truth.contradiction(space)

    def _sound(self, place: Path) -> str | None:
        with Space.open(place, models=self.models) as space:
            return "; ".join(sample.wrong(space.check())) or None


def _give(place: Path, user: int, mode: int) -> None:
    for path in (place, *place.rglob("*")):
        os.chown(path, user, user)
        path.chmod(mode if path.is_dir() else mode & 0o666)


def printed(place: Path) -> dict[str, tuple[int, str]]:
    """Return mode and digest of every file of a space but for what SQLite shares between processes."""
    found = {}
    for path in (place, *place.rglob("*")):
        if not path.name.endswith(("-shm", "-wal", LOCK)):
            digest = sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
            found[str(path.relative_to(place))] = (path.stat().st_mode, digest)
    return found


@contextmanager
def disk(place: Path, size: str = SIZE) -> Iterator[Path]:
    """Mount a small disk in memory for a while. Raises Impossible."""
    place.mkdir(exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "tmpfs", str(place)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        raise Impossible(f"nothing can be mounted: {mounted.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=False)


def _as(user: int, act: Callable[[], tuple[int, str | None]]) -> tuple[int, str | None]:
    """Run something in a fork, as some user; return what it returned."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        one_thread()
        try:
            if user:
                os.setgroups([])
                os.setresgid(user, user, user)
                os.setresuid(user, user, user)
            answer: tuple[int, str | None] = act()
        except BaseException as error:  # noqa: BLE001  # told to the parent
            answer = (-1, f"{type(error).__name__}: {error}")
        os.write(writing, json.dumps(answer).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    code, problem = json.loads(said) if said else (-1, "the process crashed")
    return code, problem


def _called(words: list[str]) -> tuple[int, str]:
    """Run the command line; return its exit code and what it wrote."""
    # By name: a bench stands beside the command line, and imports nothing of it.
    cli = import_module("semspace.cli")
    descriptor = os.memfd_create("said")
    kept = [os.dup(stream) for stream in (1, 2)]
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    try:
        code = int(cli.main(words))
    finally:
        for stream, old in zip((1, 2), kept, strict=True):
            os.dup2(old, stream)
            os.close(old)
    with os.fdopen(descriptor, "rb") as file:
        file.seek(0)
        return code, file.read().decode(errors="replace")


def _refusal(words: list[str]) -> tuple[int, str | None]:
    """Run the command line; return its exit code, and what is wrong with how it refuses, if it does."""
    code, said = _called(words)
    if code != ERROR:
        return code, None if 0 <= code < ERROR else f"exit code {code}: {said[-300:]}"
    error = json.loads(said.strip().splitlines()[-1])["error"]
    return code, f"a fault of its own: {error}" if error["kind"] == "internal" or not error["message"] else None

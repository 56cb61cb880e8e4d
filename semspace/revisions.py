"""A revision in git -> its files below a folder, as git stored them: nothing is checked out, filtered, run or fetched."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from semspace.errors import InvalidInput, MissingDependency, PathNotFound

LARGEST = 50_000_000
"""Bytes of a file that is read at most."""

_CLOSED = ("http", "https", "ssh", "git", "file", "ext")
_SAFE = (
    "--no-pager", "--no-optional-locks", "--literal-pathspecs", "-c", "core.fsmonitor=false",
    "-c", f"core.hooksPath={os.devnull}", "-c", "protocol.allow=never",
    *(part for name in _CLOSED for part in ("-c", f"protocol.{name}.allow=never")),
)  # fmt: skip
"""Of a clone without all blobs none is fetched either: git then says that an object is missing."""

_ENTRY = re.compile(rb"(100\d{3}) blob ([0-9a-f]{40,64}) +(\d+)\t(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit of the repository that holds a folder; `name` is what it was asked for by."""

    name: str
    commit: str
    folder: str

    @classmethod
    def of(cls, name: str, folder: str) -> Revision:
        """Find a commit by any name that git knows. `folder` is absolute, and may be gone by now. Raises InvalidInput."""
        found = _git(_there(folder), "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        if found.returncode:
            said = _said(found) or f"Git knows no revision {name!r} there."
            raise InvalidInput(said, "Name a commit, branch or tag: semspace drift --git v1.0 HEAD docs")
        return cls(name, found.stdout.decode("ascii").strip(), folder)

    def extract(self, into: Path) -> int:
        """Write its files below the folder under `into`, and return how many. Raises PathNotFound, InvalidInput.

        Links and repositories in the repository are no texts, and a name that would lead out of `into` is no name.
        """
        start = _there(self.folder)
        below = os.path.relpath(self.folder, start)
        asked = [] if below == os.curdir else [below]
        listed = _git(start, "ls-tree", "-r", "-z", "-l", self.commit, "--", *asked)
        if listed.returncode:
            raise InvalidInput(_said(listed) or f"Git cannot list {self.name}.", "Look at it with: git fsck")
        entries = [match for line in listed.stdout.split(b"\0") if (match := _ENTRY.fullmatch(line))]
        wanted = [(match[2], _below(match[4], below)) for match in entries if int(match[3]) <= LARGEST]
        written = sum(_write(into, name, data) for name, data in self._contents(start, [one for one in wanted if one[1]]))
        if not written:
            raise PathNotFound(f"There is nothing below {self.folder} in {self.name}.", "Name a folder that was there then.")
        return written

    def _contents(self, start: str, wanted: Sequence[tuple[bytes, str]]) -> Iterator[tuple[str, bytes]]:
        """Yield files and what they hold, one after the other."""
        with _batch(start) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            for blob, name in wanted:
                process.stdin.write(blob + b"\n")
                process.stdin.flush()
                head = process.stdout.readline().split()
                if len(head) != 3 or head[1] != b"blob":
                    raise InvalidInput(
                        f"Git has not all of {self.name}: the content of {name} is missing.", "Fetch it first: git fetch"
                    )
                data = process.stdout.read(int(head[2]))
                process.stdout.read(1)
                yield name, data


@contextmanager
def _batch(start: str) -> Iterator[subprocess.Popen[bytes]]:
    """Open the child that gives blobs as they are stored, and end it."""
    process = subprocess.Popen(
        ["git", *_SAFE, "-C", start, "cat-file", "--batch"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        with process:
            yield process
    finally:
        process.kill()


def _git(start: str, *words: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["git", *_SAFE, "-C", start, *words], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except FileNotFoundError:
        raise MissingDependency("Git is not installed, which --git asks.", "Install git, or compare two folders.") from None


def _said(ran: subprocess.CompletedProcess[bytes]) -> str:
    """Return the first line that git complained with."""
    lines = ran.stderr.decode("utf-8", "replace").strip().splitlines()
    return f"Git says: {lines[0].removeprefix('fatal: ')}." if lines else ""


def _there(folder: str) -> str:
    """Return the nearest folder above that is there today. Raises PathNotFound."""
    path = Path(folder)
    for one in (path, *path.parents):
        if one.is_dir():
            return str(one)
    raise PathNotFound(f"There is no folder {folder}.", "Check the path.")


def _below(name: bytes, folder: str) -> str:
    """Return the path of a file below the folder, "" where it is none that a checkout would write."""
    path = os.fsdecode(name)
    if folder != os.curdir:
        path = path.removeprefix(f"{folder}/") if path.startswith(f"{folder}/") else ""
    wild = any(part in {"", ".", ".."} or part.casefold() == ".git" for part in path.split("/"))
    return "" if wild else path


def _write(into: Path, name: str, data: bytes) -> bool:
    """Write a file, unless the disk takes its name for that of another."""
    target = into / name
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            file.write(data)
    except (FileExistsError, NotADirectoryError):
        return False
    return True

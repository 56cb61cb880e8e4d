"""Hostile files, each by a function that puts it into a folder, and what a report has to say of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

CANARY = "xyzzysecretcanary"
"""A word that stands in files outside of every root only: where it turns up, somebody read them."""

READ = "read"
"""What is said of a file that is read: that it is in the space."""

SILENT = "not mentioned"
"""What is said of something that is left out without a word, as a folder or a hidden file is."""


@dataclass(frozen=True, slots=True)
class Outside:
    """What a hostile file may want to reach: a folder of secrets, and a server."""

    folder: Path
    url: str

    @property
    def file(self) -> str:
        """Return the secret as a URL of a file."""
        return (self.folder / "secret.txt").as_uri()


@dataclass(frozen=True, slots=True)
class Hostile:
    """A hostile file: how it is put at a path, and a pattern for what is said of it: READ, SILENT or a reason."""

    fault: str
    name: str
    place: Callable[[Path, Outside], None]
    said: str
    slow: bool = False
    root: bool = False
    """Needs to be root."""


def content(fault: str, name: str, make: Callable[[], bytes], said: str, *, slow: bool = False) -> Hostile:
    """Return a hostile file that is hostile by its bytes."""
    return Hostile(fault, name, lambda path, _: _written(path, make()), said, slow)


def reaching(fault: str, name: str, make: Callable[[Outside], bytes], said: str) -> Hostile:
    """Return a hostile file that wants something outside."""
    return Hostile(fault, name, lambda path, outside: _written(path, make(outside)), said)


def _written(path: Path, data: bytes) -> None:
    path.write_bytes(data)

"""A disk as it may be after a failure of power: what was synced is there, of the rest any part."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

SECTOR = 512
"""Bytes that a disk writes as one."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that was done: open, truncate, write, resize, sync, rename, remove, folder; offset -1: where a file stands."""

    kind: str
    path: str
    other: str = ""
    offset: int = -1
    data: bytes = b""


@dataclass(slots=True)
class File:
    """Bytes that are sure, and what was done since: (offset, bytes), or (size, None)."""

    sure: bytes = b""
    since: list[tuple[int, bytes | None]] = field(default_factory=list)
    stands: int = 0

    def sync(self) -> None:
        """Make sure of everything."""
        self.sure = _done(self.sure, self.since)
        self.since = []

    def left(self, chance: random.Random) -> bytes:
        """Return what may be left of it: nothing since, all, or some; a size may be kept, a write be torn."""
        how = chance.choice(("nothing", "all", "some", "some"))
        kept = [one for one in self.since if how == "all" or (how == "some" and chance.random() < 0.5)]
        if kept and how == "some" and (last := kept[-1][1]):
            kept[-1] = (kept[-1][0], last[: chance.randrange(0, len(last) + SECTOR, SECTOR)])
        data, whole = _done(self.sure, kept), _done(self.sure, self.since)
        return data.ljust(len(whole), b"\0") if chance.random() < 0.5 else data


def _done(data: bytes, since: list[tuple[int, bytes | None]]) -> bytes:
    """Return bytes after some writes."""
    content = bytearray(data)
    for offset, new in since:
        if new is None:
            content = content[:offset].ljust(offset, b"\0")
        else:
            content = content.ljust(offset, b"\0")
            content[offset : offset + len(new)] = new
    return bytes(content)


Entry = File | None
Step = dict[str, Entry | bool]
"""Names of a folder that one operation changes together: a file, True for a folder, None for what is gone."""


def _last(path: str) -> str:
    return path.rpartition("/")[2]


class Disk:
    """The files below a folder, as whoever works sees them and as they are sure to be."""

    def __init__(self, folder: Path) -> None:
        self._seen: dict[str, File] = {}
        self._sure: dict[str, Step] = {"": {}}
        self._steps: dict[str, list[Step]] = {}
        for path in sorted(folder.rglob("*")):
            name = str(path.relative_to(folder))
            parent = name.rpartition("/")[0]
            if path.is_dir():
                self._sure[name] = {}
            else:
                self._seen[name] = File(path.read_bytes())
            self._sure[parent][path.name] = self._seen.get(name, True)

    def follow(self, event: Event) -> None:
        """Do what was done."""
        path = event.path
        match event.kind:
            case "open" | "truncate":
                self._open(path, empty=event.kind == "truncate")
            case "write" if path in self._seen:
                file = self._seen[path]
                offset = file.stands if event.offset < 0 else event.offset
                file.since.append((offset, event.data))
                file.stands = offset + len(event.data)
            case "resize" if path in self._seen:
                self._seen[path].since.append((event.offset, None))
            case "sync" if path in self._seen:
                self._seen[path].sync()
            case "sync":
                for step in self._steps.pop(path, []):
                    self._sure.setdefault(path, {}).update(step)
            case "rename":
                self._seen[event.other] = self._seen.pop(path)
                self._note(path, {_last(path): None, _last(event.other): self._seen[event.other]})
            case "remove":
                self._seen.pop(path, None)
                self._note(path, {_last(path): None})
            case "folder":
                self._sure[path] = {}
                self._steps.pop(path, None)
                self._note(path, {_last(path): True})

    def _open(self, path: str, *, empty: bool) -> None:
        if path not in self._seen:
            self._seen[path] = File()
            self._note(path, {_last(path): self._seen[path]})
        elif empty:
            self._seen[path].since.append((0, None))
        self._seen[path].stands = 0

    def _note(self, path: str, step: Step) -> None:
        self._steps.setdefault(path.rpartition("/")[0], []).append(step)

    def leave(self, folder: Path, chance: random.Random, name: str = "") -> None:
        """Write into a folder what may be left of one below; its names change in order, up to some moment."""
        folder.mkdir()
        steps = self._steps.get(name, [])
        count = chance.choice((0, len(steps), chance.randint(0, len(steps))))
        entries = dict(self._sure.get(name, {}))
        for step in steps[:count]:
            entries.update(step)
        for last, entry in entries.items():
            if entry is True:
                self.leave(folder / last, chance, f"{name}/{last}" if name else last)
            elif isinstance(entry, File):
                (folder / last).write_bytes(entry.left(chance))

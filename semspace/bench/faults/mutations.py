"""Kinds of damage to a file, as functions of its bytes and of chance."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

BLOCK = 512

Mutation = Callable[[bytes, Random], bytes]


def bit(data: bytes, rng: Random) -> bytes:
    """Flip one bit."""
    changed = bytearray(data)
    changed[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def cut(data: bytes, rng: Random) -> bytes:
    """Truncate."""
    return data[: rng.randrange(len(data))]


def zero(data: bytes, rng: Random) -> bytes:
    """Put zeros in the place of a block."""
    changed, at = bytearray(data), rng.randrange(len(data))
    changed[at : at + BLOCK] = bytes(len(changed[at : at + BLOCK]))
    return bytes(changed)


def swap(data: bytes, rng: Random) -> bytes:
    """Exchange two blocks."""
    changed, size = bytearray(data), min(300, len(data) // 2)
    one, other = rng.randrange(len(data) - size + 1), rng.randrange(len(data) - size + 1)
    changed[other : other + size], changed[one : one + size] = changed[one : one + size], changed[other : other + size]
    return bytes(changed)


def empty(_data: bytes, _rng: Random) -> bytes:
    """Leave nothing."""
    return b""


def noise(data: bytes, rng: Random) -> bytes:
    """Put random bytes in the place of all, or of a block."""
    if rng.random() < 0.5:
        return rng.randbytes(len(data))
    at = rng.randrange(len(data))
    return data[:at] + rng.randbytes(len(data[at : at + BLOCK])) + data[at + BLOCK :]


def tail(data: bytes, rng: Random) -> bytes:
    """Append random bytes."""
    return data + rng.randbytes(rng.choice((1, 8, 4_096)))


MUTATIONS: dict[str, Mutation] = {
    "bit": bit,
    "cut": cut,
    "zero": zero,
    "swap": swap,
    "empty": empty,
    "noise": noise,
    "tail": tail,
}

COMMON = ("bit", "bit", "bit", "cut", "zero", "swap")
"""What disks, cables and crashes do most."""


def damaged(data: bytes, rng: Random, kind: str | None = None) -> bytes:
    """Return bytes that are damaged, by a common kind unless one is named: never the same bytes."""
    if not data:
        return rng.randbytes(64)
    while True:
        changed = MUTATIONS[kind or rng.choice(COMMON)](data, rng)
        if changed != data:
            return changed
        kind = "bit"


def rewrite(path: Path, data: bytes, rng: Random) -> None:
    """Write a file as programs do: in its place or by a new one, with its old time or without."""
    before = path.stat()
    if rng.random() < 0.5:
        path.write_bytes(data)
    else:
        temporary = path.with_name(f"{path.name}~")
        temporary.write_bytes(data)
        temporary.replace(path)
    if rng.random() < 0.5:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def _missing(path: Path) -> None:
    path.unlink()


def _folder(path: Path) -> None:
    path.unlink()
    (path / "inner").mkdir(parents=True)


def _dangling(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.parent / "nowhere")


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


STRUCTURES: dict[str, Callable[[Path], None]] = {
    "missing": _missing,
    "a folder": _folder,
    "a link to nothing": _dangling,
    "a pipe": _pipe,
}
"""What a file can be in the place of a file."""


def harm(path: Path, rng: Random, foreign: Mapping[str, bytes]) -> str:
    """Damage a file in one of many ways, or put other bytes or something else in its place; return which."""
    how = rng.choice(("bit", *MUTATIONS, *foreign, rng.choice([*STRUCTURES])))
    if how in STRUCTURES:
        STRUCTURES[how](path)
        return how
    before = path.read_bytes()
    data = foreign[how] if how in foreign else damaged(before, rng, how)
    rewrite(path, data if data != before else damaged(before, rng), rng)
    return how


def discard(path: Path) -> None:
    """Remove whatever is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)

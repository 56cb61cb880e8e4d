"""What a view keeps beside the space so that the next one looks alike: arrays in a file that can be deleted at any time."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from semspace.store import LOCK, SHAPES, WriterLock

Arrays = dict[str, npt.NDArray[Any]]


def kept(folder: Path | None, name: str) -> Arrays | None:
    """Return the arrays of a file, None where there are none; each was compared with its checksum."""
    if folder is None:
        return None
    # Opened here: numpy leaves a file open that it cannot read.
    with (
        suppress(OSError, ValueError, KeyError, EOFError, BadZipFile),
        (folder / SHAPES / f"{name}.npz").open("rb") as file,
        np.load(file) as held,
    ):
        return {key: held[key] for key in held.files}
    return None


def keep(folder: Path | None, name: str, arrays: Mapping[str, npt.NDArray[Any]]) -> bool:
    """Replace the arrays of a file in one step. Nothing is kept where another process writes, or nobody may.

    The caller holds one state of the space: what is forgotten cannot come back by this file.
    """
    if folder is None:
        return False
    lock = WriterLock(folder / LOCK)
    try:
        if not lock.acquire():
            return False
        _replace(folder / SHAPES, name, arrays)
    except OSError:
        return False
    finally:
        lock.release()
    return True


def _replace(shelf: Path, name: str, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    shelf.mkdir(mode=0o700, exist_ok=True)
    descriptor, temporary = mkstemp(dir=shelf, prefix=f"{name}.", suffix=".new")
    try:
        with os.fdopen(descriptor, "wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
        Path(temporary).replace(shelf / f"{name}.npz")
    finally:
        Path(temporary).unlink(missing_ok=True)

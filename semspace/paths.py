"""What was typed as a path -> the path that is meant."""

from __future__ import annotations

import os
from pathlib import Path

from semspace.errors import InvalidInput


def absolute(path: str | os.PathLike[str]) -> str:
    """Return a path from the root on, ~ put in; its links stay. Raises InvalidInput for what no file can be called."""
    try:
        found = str(Path(path).expanduser().absolute())
        named = bool(os.fspath(path)) and b"\0" not in os.fsencode(found)
    except (RuntimeError, ValueError):
        # A ~ of nobody on this machine, a character that no file name holds.
        named = False
    if not named:
        raise InvalidInput(f"{os.fspath(path)!r} cannot be a path.", "Check it; a ~ that is a name is written ./~name.")
    return found


def real(path: str | os.PathLike[str]) -> str:
    """Return a path from the root on, with ~ put in and links followed. Raises InvalidInput."""
    return os.path.realpath(absolute(path))


def is_there(path: str) -> bool:
    """Tell whether there is a file or folder of a name, or a link that leads nowhere."""
    try:
        return os.path.lexists(absolute(path))
    except InvalidInput:
        return False

"""Where spaces live, and which one is meant."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from platformdirs import user_data_path

from semspace import settings
from semspace.errors import InvalidName, SemspaceError, SpaceNotFound
from semspace.paths import absolute
from semspace.settings import Settings
from semspace.store import LOCK, STORE, WriterLock

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def default_home() -> Path:
    """Return the folder in which spaces live unless another one is named."""
    return user_data_path("semspace")


def check_name(name: str) -> str:
    """Return a name that can be a folder's. Raises InvalidName."""
    if not _NAME.fullmatch(name):
        raise InvalidName(
            f"{name!r} cannot be the name of a space.", "Use up to 64 letters, digits, dots, dashes and underscores."
        )
    return name


def folder_of(where: str | os.PathLike[str], home: Path | None) -> Path:
    """Return the folder of a space: a path as it is, a plain name in `home`."""
    plain = isinstance(where, str) and os.sep not in where
    folder = (home or default_home()) / check_name(str(where)) if plain else Path(absolute(where))
    if str(folder) != os.fsencode(folder).decode("utf-8", "replace"):
        # Neither FAISS nor tantivy can be told such a name.
        raise InvalidName(f"{folder} cannot hold a space: its name is not UTF-8.", "Name another folder, or another --home.")
    return folder


def is_space(folder: Path) -> bool:
    """Tell whether a folder holds a space."""
    return (folder / settings.FILE).is_file() or (folder / STORE).is_file()


def existing(name: str | os.PathLike[str], home: Path | None = None) -> Path:
    """Return the folder of a space that is there. Raises SpaceNotFound."""
    folder = folder_of(name, home)
    if not is_space(folder):
        raise missing(folder.name, names(folder.parent))
    return folder


def erase(folder: Path) -> None:
    """Remove what belongs to a space, and its folder if nothing else is in it. Raises SpaceLocked.

    The store goes last: until then it is a space, of which a run that is cut off leaves nothing that can no longer be named.
    """
    # Where spaces live is asked by commands that need no index.
    from semspace.derived import discard

    with WriterLock(folder / LOCK):
        others = [pattern for part, names in settings.PARTS.items() if part != "store" for pattern in names]
        unfinished = [f"{pattern}{settings.UNFINISHED}" for pattern in others]
        for pattern in (*others, *unfinished, f"{STORE}?*", STORE, LOCK):
            for path in folder.glob(pattern):
                discard(path)
    if not any(folder.iterdir()):
        folder.rmdir()


def names(home: Path | None = None) -> list[str]:
    """Return the names of the spaces in a home."""
    home = home or default_home()
    return sorted(folder.name for folder in home.iterdir() if is_space(folder)) if home.is_dir() else []


def covering(path: str, home: Path | None = None, read: Callable[[Path], Settings] = settings.read) -> str | None:
    """Return the space with the deepest root that holds a path; None if none does.

    `read` gives the settings of a folder: those of the store, or, sooner, those of its mirror.
    """
    found: list[tuple[int, str]] = []
    for name in names(home):
        try:
            roots = read((home or default_home()) / name).roots
        except (SemspaceError, OSError, ValueError):
            continue
        found += [(-len(root.path), name) for root in roots if settings.is_below(path, root.path)]
    return min(found)[1] if found else None


def meant(home: Path | None = None, here: str | None = None, read: Callable[[Path], Settings] = settings.read) -> str:
    """Return the space that is meant without a name: the one that covers a folder, or the only one. Raises SpaceNotFound."""
    covers = covering(here or str(Path.cwd()), home, read)
    if covers:
        return covers
    known = names(home)
    if len(known) == 1:
        return known[0]
    if not known:
        raise SpaceNotFound("There is no space yet.", "Make one: semspace index FOLDER")
    raise SpaceNotFound("No space covers this folder, and there are several.", f"Name one with --index: {', '.join(known)}.")


def missing(name: str, known: Sequence[str]) -> SpaceNotFound:
    """Return the error for a name that no space has, with the nearest names."""
    close = difflib.get_close_matches(name, known, n=3)
    hint = f"Did you mean {' or '.join(close)}?" if close else f"Known spaces: {', '.join(known) or 'none'}."
    return SpaceNotFound(f"There is no space {name!r}.", hint)


def free_name(path: str, home: Path | None = None) -> str:
    """Return a name for a new space of a folder that no space has: the folder's own where it can be."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(path).name).strip(".-_")[:56] or "space"
    taken = set(names(home))
    number = 2
    name = stem
    while name in taken or ((home or default_home()) / name).exists():
        name = f"{stem}-{number}"
        number += 1
    return name

"""Files that appear whole, all of them at the end, and which nobody else can read."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO, cast

from semspace.errors import InvalidInput
from semspace.store import sync


@contextmanager
def replacing(*paths: Path) -> Iterator[tuple[BinaryIO, ...]]:
    """Give files to write to; at the end each takes its place in one step. Where that is not reached nothing is changed.

    What a link leads to is replaced, and not the link.
    """
    with ExitStack() as stack:
        targets = [path.resolve() for path in paths]
        # Made with mode 0600.
        files = [
            stack.enter_context(NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", suffix=".new", delete=False))
            for path in targets
        ]
        for file in files:
            stack.callback(Path(file.name).unlink, missing_ok=True)
        yield tuple(cast("BinaryIO", file) for file in files)
        for file in files:
            file.flush()
            os.fsync(file.fileno())
        for file, target in zip(files, targets, strict=True):
            Path(file.name).replace(target)
        for parent in {target.parent for target in targets}:
            sync(parent)


def need_folder(folder: Path) -> None:
    """Raise InvalidInput where there is no such folder."""
    if not folder.is_dir():
        raise InvalidInput(f"There is no folder {folder}.", "Make it first, or name another.")


def refuse_foreign(path: Path, ours: Callable[[Path], bool], *, force: bool) -> None:
    """Raise InvalidInput where a file would be lost that is no export, unless with `force`; a device or a pipe never goes."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return
    if not stat.S_ISREG(found.st_mode):
        raise InvalidInput(f"{path} is no file that could be replaced.", "Name another.")
    if found.st_size and not force and not ours(path):
        raise InvalidInput(f"{path} is there already, and no export of semspace's.", "--force replaces it.")

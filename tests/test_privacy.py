"""Nobody else can read a space: not its folder, not one of its files, at no moment."""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import pytest

from semspace import Space


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


class Watch:
    """Looks at a folder again and again, and remembers every file and folder with its mode."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.seen: set[tuple[str, str]] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self.once()

    def _look(self) -> None:
        while not self._stop.is_set():
            self.once()
            time.sleep(0.001)

    def once(self) -> None:
        try:
            paths = [self._folder, *self._folder.rglob("*")]
        except FileNotFoundError:  # a folder was replaced while it was listed
            return
        for path in paths:
            try:
                found = path.lstat()
            except FileNotFoundError:
                continue
            kind = "folder" if stat.S_ISDIR(found.st_mode) else "file"
            self.seen.add((f"{kind} {path.relative_to(self._folder)}", f"{stat.S_IMODE(found.st_mode):o}"))


@pytest.mark.parametrize("mask", [0, 0o022, 0o077])
def test_folders_are_0700_and_files_0600_at_every_moment(mask: int, tmp_path: Path, tiny_models: Path) -> None:
    documents, space = tmp_path / "documents", tmp_path / "home" / "space"
    documents.mkdir()
    for number in range(30):
        (documents / f"{number}.txt").write_text(f"The river {number} and the sea.\n")
    with umask(mask):
        space.parent.mkdir()
        Space.create(space, "tiny", models=tiny_models).close()
        with Watch(space) as watch:
            everything(space, documents, tiny_models)
    assert len(watch.seen) > 8
    assert {name: mode for name, mode in watch.seen if name.startswith("folder") and mode != "700"} == {}
    # tantivy makes its files as the process makes any: they are closed when it is done, and their folder is closed always.
    assert {n: mode for n, mode in watch.seen if n.startswith("file") and mode != "600" and "lexical/" not in n} == {}
    left = [(path.name, stat.S_IMODE(path.stat().st_mode)) for path in space.rglob("*") if path.is_file()]
    assert [name for name, mode in left if mode != 0o600] == []


def everything(folder: Path, documents: Path, models: Path) -> None:
    """Do to a space whatever writes."""
    with Space.open(folder, models=models) as space:
        space.index([documents])
        space.search("river")
        for kind in ("ivf", "flat"):
            space.tune(1.0, kind)
        space.add_texts(["The star is a planet."], ["star"])
        space.remove(["star"])
        (documents / "1.txt").write_text("The bread was in the oven.\n")
        space.index()
        space.forget([documents / "2.txt"])
        space.compact()
    (folder / "vectors.faiss").write_bytes(b"garbage")
    (folder / "lexical" / "meta.json").write_bytes(b"garbage")
    Space.repair(folder, models=models)
    with Space.open(folder, models=models) as space:
        assert space.search("river")


def test_the_lock_of_a_space_is_private_before_anything_else_is_there(tmp_path: Path, tiny_models: Path) -> None:
    with umask(0):
        Space.create(tmp_path / "home" / "space", "tiny", models=tiny_models).close()
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "home" / "space").iterdir()}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE((tmp_path / "home" / "space").stat().st_mode) == 0o700

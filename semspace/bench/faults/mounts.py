"""Roots that vanish, are not mounted, hold themselves, or are no folders: each file once, and nothing goes by accident."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import ClassVar

from semspace.bench.faults import Tally, Trial, sample, tiny, truth
from semspace.bench.faults.batches import Verdict, tallies
from semspace.bench.faults.documents import unmount
from semspace.errors import MostlyGone, PathNotFound, SemspaceError
from semspace.records import IndexReport
from semspace.space import Space

FILES = 12


def mounts(trial: Trial) -> list[Tally]:
    """Index roots of all kinds, and index them again when they are not what they were."""
    return tallies(Mounts, trial)


class Mounts:
    """A root with some files, and what becomes of it."""

    name: ClassVar[str] = "roots that vanish, loop or are no folders"
    how: ClassVar[str] = "mounts, bind mounts, links, hard links, renames and removals of roots between runs"
    size: ClassVar[int] = 5

    def __init__(self, work: Path, models: Path, seed: int) -> None:
        del work  # a case has a folder of its own
        self.models, self.seed, self.doing = models, seed, ""

    def prepare(self, folder: Path) -> None:
        """Need nothing."""

    def run(self, folder: Path, number: int) -> Verdict:
        """Try one kind of root."""
        act = ACTS[number % len(ACTS)]
        self.doing = act.__name__
        case = folder / str(number)
        root = case / "root"
        root.mkdir(parents=True)
        if act in AS_ROOT and os.geteuid():
            return Verdict(self.name)
        try:
            with Space.create(case / "space", tiny.NAME, models=self.models) as space:
                problem = act(space, root, Random(f"{self.seed} {number}"))
                problem = problem or next(iter(sample.wrong(space.check())), None)
        finally:
            unmount(case)
            shutil.rmtree(case, ignore_errors=True)
        return Verdict(self.name, problem)


def fill(root: Path, rng: Random) -> dict[str, str]:
    """Write some files in folders, and return their texts."""
    texts = {}
    for number in range(FILES):
        path = root / rng.choice(("", "a", "a/b", "c")) / f"{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{number} " + " ".join(rng.choices(tiny.WORDS, k=30)))
        texts[str(path)] = path.read_text()
    return texts


def held(space: Space) -> dict[str, str]:
    """Return the texts that a space holds."""
    return {path: document["text"] for path, document in truth.contents(space.folder).items()}


def same(space: Space, texts: dict[str, str], when: str) -> str | None:
    """Return how a space differs from what it should hold."""
    return None if held(space) == texts else f"{when}: {len(held(space))} documents, not the {len(texts)} that there are"


def _kept(space: Space, root: Path, texts: dict[str, str]) -> str | None:
    """Index a root that is not there any more: an error, and nothing goes."""
    report: IndexReport | None = None
    with suppress(MostlyGone, PathNotFound):
        report = space.index([root])
    with suppress(MostlyGone, PathNotFound):
        report = space.index()
    return "nothing is said of a root that is gone" if report else same(space, texts, "afterwards")


def unmounted(space: Space, root: Path, rng: Random) -> str | None:
    """Index a disk, and again when it is not mounted: its mount point is an empty folder then."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(root)], check=True)
    texts = fill(root, rng)
    space.index([root])
    subprocess.run(["umount", str(root)], check=True)
    problem = same(space, texts, "before") or _kept(space, root, texts)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(root)], check=True)
    new = fill(root, rng)
    space.index([root], purge=True)
    return problem or same(space, new, "mounted again")


def part_unmounted(space: Space, root: Path, rng: Random) -> str | None:
    """Index a folder of which a large part is another disk, and again when that is not mounted."""
    inner = root / "disk"
    inner.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(inner)], check=True)
    texts = fill(inner, rng)
    (root / "own.txt").write_text("river bread")
    texts[str(root / "own.txt")] = "river bread"
    space.index([root])
    subprocess.run(["umount", str(inner)], check=True)
    return same(space, texts, "before") or _kept(space, root, texts)


def bound(space: Space, root: Path, rng: Random) -> str | None:
    """Index a folder that is mounted within itself: each file once."""
    texts = fill(root, rng)
    for name in ("z1", "z2"):
        (root / name).mkdir()
        subprocess.run(["mount", "--bind", str(root), str(root / name)], check=True)
    space.index([root])
    return same(space, texts, "mounted in itself")


def other_bound(space: Space, root: Path, rng: Random) -> str | None:
    """Index a folder that is mounted at two places: each file once, by one of its paths."""
    texts = fill(root / "one", rng)
    (root / "two").mkdir()
    subprocess.run(["mount", "--bind", str(root / "one"), str(root / "two")], check=True)
    space.index([root])
    found = sorted(held(space).values())
    return None if found == sorted(texts.values()) else f"{len(found)} documents of {len(texts)} files"


def hard_links(space: Space, root: Path, rng: Random) -> str | None:
    """Index files of several names: each once, again and again, also when one of its names goes."""
    texts = fill(root, rng)
    for path in list(texts):
        for turn in range(rng.randrange(4)):
            os.link(path, f"{path}.{turn}.txt")
    for _ in range(2):
        report = space.index([root])
        if sorted(held(space).values()) != sorted(texts.values()):
            return f"{len(held(space))} documents of {len(texts)} files"
    for path in list(held(space))[:4]:
        Path(path).unlink()
    report = space.index([root], purge=True)
    left = {path.read_text() for path in root.rglob("*.txt")}
    return None if set(held(space).values()) == left else f"{len(held(space))} documents of {len(left)} files: {report}"


def removed(space: Space, root: Path, rng: Random) -> str | None:
    """Index a root that has been removed."""
    texts = fill(root, rng)
    space.index([root])
    shutil.rmtree(root)
    return _kept(space, root, texts)


def emptied(space: Space, root: Path, rng: Random) -> str | None:
    """Index a root from which all files have gone: with a yes, they go."""
    texts = fill(root, rng)
    space.index([root])
    shutil.rmtree(root)
    root.mkdir()
    problem = _kept(space, root, texts)
    space.index([root], purge=True)
    return problem or same(space, {}, "after a yes")


def renamed(space: Space, root: Path, rng: Random) -> str | None:
    """Index a root that has another name now, and one that has its name back."""
    texts = fill(root, rng)
    space.index([root])
    root.rename(root.with_name("away"))
    problem = _kept(space, root, texts)
    root.with_name("away").rename(root)
    report = space.index([root])
    if report.encoded:
        return f"{report.encoded} passages were encoded again"
    return problem or same(space, texts, "back again")


def linked_root(space: Space, root: Path, rng: Random) -> str | None:
    """Index a link to a folder: what is indexed is the folder, also when the link leads elsewhere later."""
    texts = fill(root, rng)
    link = root.with_name("link")
    link.symlink_to(root)
    space.index([link])
    problem = same(space, texts, "by the link")
    link.unlink()
    link.symlink_to("/")
    space.index()
    return problem or same(space, texts, "the link leads elsewhere")


def folder_to_link(space: Space, root: Path, rng: Random) -> str | None:
    """Index a root that has become a link to a folder that nobody asked for."""
    texts = fill(root, rng)
    space.index([root])
    shutil.rmtree(root)
    other = root.with_name("other")
    other.mkdir()
    (other / "secret.txt").write_text("secret")
    root.symlink_to(other)
    with suppress(SemspaceError):
        space.index()
    return "another folder was read" if set(held(space)) - set(texts) else None


def nested(space: Space, root: Path, rng: Random) -> str | None:
    """Index a folder and folders in it: each file once."""
    texts = fill(root, rng)
    roots = [root, *(path for path in root.rglob("*") if path.is_dir())]
    rng.shuffle(roots)
    for some in ([roots[0]], roots, roots[::-1]):
        space.index(some)
    space.index([root])
    return same(space, texts, "roots in roots")


def no_folder(space: Space, root: Path, rng: Random) -> str | None:
    """Index what is no file and no folder: an error or a line, and no waiting."""
    fill(root, rng)
    os.mkfifo(root / "fifo")
    for place in (root / "fifo", Path("/dev/zero"), Path("/dev/null"), root / "none"):
        with suppress(SemspaceError):
            report = space.index([place])
            if report.read or not (report.skipped or report.failed):
                return f"{place.name} was read"
    return same(space, {}, "nothing to read")


def root_to_file(space: Space, root: Path, rng: Random) -> str | None:
    """Index a root that has become a file."""
    texts = fill(root, rng)
    space.index([root])
    shutil.rmtree(root)
    root.write_text("river bread")
    with suppress(MostlyGone):
        space.index()
    left = held(space)
    root.unlink()
    return None if {path: text for path, text in left.items() if path != str(root)} == texts else "documents went by accident"


Act = Callable[[Space, Path, Random], str | None]

AS_ROOT: frozenset[Act] = frozenset({unmounted, part_unmounted, bound, other_bound})
ACTS: tuple[Act, ...] = (
    unmounted, hard_links, bound, removed, linked_root, part_unmounted, renamed, no_folder, nested, emptied, other_bound,
    folder_to_link, root_to_file,
)  # fmt: skip
"""What can become of a root."""

"""Root -> the files below it, in order."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from semspace.errors import PathNotFound
from semspace.readers import MAX_SIZE, Found
from semspace.readers.formats import skipped_by_name
from semspace.readers.ignore import Ignore, Rules, above
from semspace.records import Stamp

_STORES = frozenset({".git", ".hg", ".svn", ".bzr", ".jj", ".pijul", "_darcs", "CVS", ".sl", ".fslckout"})
"""Folders of version control: copies of what is read beside them."""


def walk(
    root: Path,
    *,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    hidden: bool = False,
    ignore: bool = True,
    max_size: int = MAX_SIZE,
) -> Iterator[Found]:
    """Yield the files below `root` sorted by name, each once, opening none but ignore files; a root may be one file.

    `include` and `exclude` are globs as in gitignore, relative to the root. Files that ignore files, `exclude` or a dot
    before their name rule out are left out; files that cannot be read, or hold no text by their name, come with a reason.
    Symbolic links are not followed: what they lead to inside the root is found where it is. Raises PathNotFound.
    """
    # realpath, not resolve(): a path that is not UTF-8 or too long must fail at its own entry.
    place = os.path.realpath(root)
    try:
        info = os.lstat(place)
    except OSError as error:
        raise PathNotFound(f"There is no file or folder {str(root)!r}.", "Check the path.") from error
    if not stat.S_ISDIR(info.st_mode):
        yield _found(place, info, max_size)
        return
    base = place.rstrip("/") + "/"
    wanted = Rules.of(base, include) if include else None
    unwanted = Rules.of(base, exclude)
    rules = above(place) if ignore else Ignore()
    yield from _Walk(base, wanted, unwanted, hidden, ignore, max_size).run(rules)


@dataclass(slots=True)
class _Walk:
    base: str
    wanted: Rules | None
    unwanted: Rules
    hidden: bool
    ignore: bool
    max_size: int
    seen: set[tuple[int, int]] = field(default_factory=set)

    def run(self, rules: Ignore) -> Iterator[Found]:
        """Walk with a stack of our own: a tree may be deeper than Python's."""
        stack = [self._folder(self.base, rules)]
        while stack:
            item = next(stack[-1], None)
            if item is None:
                stack.pop()
            elif isinstance(item, Found):
                yield item
            else:
                stack.append(self._folder(*item))

    def _folder(self, folder: str, rules: Ignore) -> Iterator[Found | tuple[str, Ignore]]:
        """Yield the files of a folder, and its folders to be walked in their places."""
        try:
            info = os.stat(folder)  # noqa: PTH116 - a Path would normalise odd names
            if self._again(info):
                return
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            yield Found(folder.rstrip("/"), None, _reason(error, "unreadable folder"))
            return
        if self.ignore:
            rules = rules.inside(folder, (entry.name for entry in listed))
        for entry in listed:
            yield from self._entry(folder + entry.name, entry, rules)

    def _entry(self, path: str, entry: os.DirEntry[str], rules: Ignore) -> Iterator[Found | tuple[str, Ignore]]:
        if entry.name in _STORES or (not self.hidden and entry.name.startswith(".")):
            return
        is_folder = entry.is_dir(follow_symlinks=False)
        marked = path + "/" if is_folder else path
        if self.unwanted.says(marked) or rules.ignores(marked):
            return
        if is_folder:
            yield marked, rules
            return
        if self.wanted and not self.wanted.says_inside(path):
            return
        if found := self._link(path) if entry.is_symlink() else self._file(path, entry):
            yield found

    def _file(self, path: str, entry: os.DirEntry[str]) -> Found | None:
        try:
            info = entry.stat(follow_symlinks=False)
        except OSError as error:
            return Found(path, None, _reason(error, "unreadable"))
        if info.st_nlink > 1 and stat.S_ISREG(info.st_mode) and self._again(info):
            return None
        return _found(path, info, self.max_size)

    def _again(self, info: os.stat_result) -> bool:
        """Tell whether this folder (bind mounts), or this file with several names, was met before."""
        key = (info.st_dev, info.st_ino)
        if key in self.seen:
            return True
        self.seen.add(key)
        return False

    def _link(self, path: str) -> Found | None:
        try:
            target = os.path.realpath(path, strict=True)
        except OSError:
            return Found(path, None, "broken symbolic link")
        return None if (target + "/").startswith(self.base) else Found(path, None, "symbolic link out of the root")


def _found(path: str, info: os.stat_result, max_size: int) -> Found:
    stamp = Stamp(info.st_size, info.st_mtime_ns, info.st_ctime_ns, info.st_ino)
    return Found(path, stamp, _unfit(path, info, max_size))


def _unfit(path: str, info: os.stat_result, max_size: int) -> str | None:
    if not stat.S_ISREG(info.st_mode):
        return "not a regular file"
    if reason := skipped_by_name(path):
        return reason
    if not info.st_size:
        return "empty"
    return "too large" if info.st_size > max_size else None


def _reason(error: OSError, otherwise: str) -> str:
    if error.errno == errno.ENAMETOOLONG:
        return "path too long"
    return "vanished" if error.errno in (errno.ENOENT, errno.ENOTDIR) else otherwise

"""Which files a person does not want read: the rules of gitignore, folder by folder."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from semspace.globs import glob

FILES = (".gitignore", ".semspaceignore")
"""In the order in which they are read; later rules win."""

_MAX_SIZE = 2**20
_MAX_PATTERNS = 5_000
"""Patterns of one file that count: the time for each file below grows with them."""
_MANY_STARS = re.compile(r"\*{3,}")
_ANY_FOLDER = re.compile(r"!?(?:/?(?:\*\*/)+|\*/|/?(?:\*\*/)+\*/)$")
"""Spellings of "every folder", for which pathspec's pattern finds only the outermost one."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Patterns that hold below one folder; `base` is that folder with a slash at its end."""

    base: str
    patterns: tuple[tuple[re.Pattern[str], bool], ...]
    git: bool = False

    @classmethod
    def of(cls, base: str, lines: Iterable[str], *, git: bool = False) -> Rules:
        """Compile lines of a gitignore file; lines that are no pattern are passed over, as git does."""
        compiled = []
        for line in islice(lines, _MAX_PATTERNS):
            text = _MANY_STARS.sub("**", line.rstrip("\n").removesuffix("\r"))
            if _ANY_FOLDER.match(text):
                text = "!?*/" if text.startswith("!") else "?*/"
            try:
                pattern = glob(text)
            except ValueError:
                continue
            if pattern.include is not None and pattern.regex is not None:
                compiled.append((pattern.regex, pattern.include))
        return cls(base, tuple(reversed(compiled)), git)

    def says(self, path: str) -> bool | None:
        """Return True where the last pattern that matches ignores this very path, False where it keeps it, None for no match.

        A path that is a folder ends in a slash. What a pattern says of a folder says nothing of the files in it: whoever
        walks does not go into an ignored folder.
        """
        relative = path[len(self.base) :]
        for regex, ignores in self.patterns:
            if (match := regex.search(relative)) and _is_whole(match, relative):
                return ignores
        return None

    def says_inside(self, path: str) -> bool:
        """Tell whether the last pattern that matches the path, or a folder above it, is no negation."""
        relative = path[len(self.base) :]
        return next((ignores for regex, ignores in self.patterns if regex.search(relative)), False)


def _is_whole(match: re.Match[str], relative: str) -> bool:
    """Tell whether a match is about the path itself, not about a folder above it, nor (`x/**`) about what is below it."""
    folder_mark = match.groupdict().get("ps_d")
    if folder_mark:
        return match.end("ps_d") == len(relative)
    return not (match.end() == len(relative) and relative.endswith("/"))


@dataclass(frozen=True, slots=True)
class Ignore:
    """All rules that hold in a folder, the outermost first."""

    rules: tuple[Rules, ...] = field(default=())

    def ignores(self, path: str) -> bool:
        """Tell whether a path is ignored: the deepest folder that has something to say decides. Folders end in a slash."""
        for rules in reversed(self.rules):
            if (said := rules.says(path)) is not None:
                return said
        return False

    def inside(self, folder: str, names: Iterable[str]) -> Ignore:
        """Return the rules that hold in a folder below; `names` are the names in it, `folder` ends in a slash."""
        present = set(names)
        rules = self.rules
        if ".git" in present:
            rules = (*(rule for rule in rules if not rule.git), *_exclude(folder))
        here = [Rules.of(folder, _lines(folder + name), git=name == ".gitignore") for name in FILES if name in present]
        added = [rule for rule in here if rule.patterns]
        return Ignore((*rules, *added)) if added or rules is not self.rules else self


def above(root: str) -> Ignore:
    """Return the rules that the folders above `root` impose on it, up to the root of the git repository around it."""
    folders: list[str] = []
    folder = Path(root)
    if (folder / ".git").exists():
        return Ignore()
    for parent in folder.parents:
        folders.append(str(parent).rstrip("/") + "/")
        if (parent / ".git").exists():
            break
    else:
        return Ignore()
    ignore = Ignore()
    for base in reversed(folders):
        names = [name for name in (".git", *FILES) if os.path.lexists(base + name)]
        ignore = ignore.inside(base, names)
    return ignore


def _exclude(folder: str) -> Sequence[Rules]:
    path = folder + ".git/info/exclude"
    # A .git that is a link may lead to whatever somebody wants read.
    lines = _lines(path) if os.path.realpath(path) == path else []
    return [Rules.of(folder, lines, git=True)] if lines else []


def _lines(path: str) -> list[str]:
    """Return the lines of an ignore file; none where it is no regular file, as git has it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return []
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return []
        text = os.fsdecode(os.read(descriptor, _MAX_SIZE))
    except OSError:
        return []
    finally:
        os.close(descriptor)
    return text.removeprefix("\ufeff").split("\n")

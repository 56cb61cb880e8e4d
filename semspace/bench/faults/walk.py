"""A folder, a space of it, a second reader of that space that stays open, and dicts of what all this should hold."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

from semspace.arrays import Vectors
from semspace.bench.faults import tiny
from semspace.encoders import load
from semspace.space import Space
from semspace.store import TEXT_PREFIX

NAMES = ("a.md", "b.txt", "c/d.md", "c/e f.txt", "c/g.md", "ü.md", "h.md", "i.txt")
FOLDER = "c"
GLOBS = ("*.txt", "c/", "/h.md")
KEYS = ("x", "y", "z")
NAME = "machine"


class Walk:
    """The state of a walk. `files` are on disk, `indexed` in the space, `texts` with their metadata put there by a program.

    Of the files `globs` are left out, and `left_out`: what was taken out of the space.
    """

    def __init__(self, base: Path, models: Path) -> None:
        self.base = base
        self.root = base / "files"
        self.root.mkdir(parents=True)
        self.home = base / "home"
        self.models = models
        self.encoder = load(tiny.NAME, models=models)
        self.space = Space.create(NAME, tiny.NAME, home=self.home, models=models)
        self.other = self.opened()
        self.files: dict[str, str] = {}
        self.indexed: dict[str, str] = {}
        self.texts: dict[str, tuple[str, int]] = {}
        self.globs: tuple[str, ...] = ()
        self.left_out: set[str] = set()
        self.settled = True
        self.count = 0
        self._vectors: dict[str, Vectors] = {}

    def opened(self) -> Space:
        """Open the space once more."""
        return Space.open(NAME, home=self.home, models=self.models)

    def reopen(self) -> None:
        """Close and open the space."""
        self.space.close()
        self.space = self.opened()

    def close(self) -> None:
        """Close both."""
        self.space.close()
        self.other.close()

    def text(self, random: Random) -> str:
        """Return a new text with a word of its own, of one passage or of some."""
        self.count += 1
        many = random.random() < 0.2
        paragraphs = [random.choices(tiny.WORDS, k=random.randint(1, 60)) for _ in range(8 if many else 1)]
        paragraphs[-1].append(f"own{self.count}")
        return "\n\n".join(" ".join(words) for words in paragraphs)

    def vector(self, text: str) -> Vectors:
        """Return the vector of a text, shape (dim,), never rounded."""
        if text not in self._vectors:
            self._vectors[text] = self.encoder.encode([text], "passage")[0]
        return self._vectors[text]

    def path(self, name: str) -> Path:
        """Return where a file of this name lies."""
        return self.root / name

    def wanted(self) -> dict[str, str]:
        """Return the files that a run of `index` should find."""
        return {path: text for path, text in self.files.items() if not self.is_out(path)}

    def is_out(self, path: str) -> bool:
        """Tell whether a file is left out by a glob, or because it was taken out."""
        if any(path == out or path.startswith(f"{out}/") for out in self.left_out):
            return True
        name = os.path.relpath(path, self.root)
        tests: dict[str, Callable[[str], bool]] = {
            "*.txt": lambda one: one.endswith(".txt"),
            "c/": lambda one: one.startswith("c/"),
            "/h.md": lambda one: one == "h.md",
        }
        return any(tests[glob](name) for glob in self.globs)

    def expected(self) -> dict[str, str]:
        """Return every document that the space should hold, by the path that the store gives it."""
        return {**self.indexed, **{TEXT_PREFIX + key: text for key, (text, _) in self.texts.items()}}

    def held(self) -> dict[str, str]:
        """Return every document that the store holds."""
        sql = "SELECT d.path, t.text FROM documents d JOIN texts t ON t.document_id = d.id"
        return dict(self.space._store.query(sql))

    def adopt(self, path: str) -> None:
        """Take a document as the store has it, after a crash that may have come before or after its change."""
        held = self.held()
        key = path.removeprefix(TEXT_PREFIX)
        if path.startswith(TEXT_PREFIX):
            number = self.texts.pop(key, ("", 0))[1]
            if path in held:
                self.texts[key] = (held[path], number)
        elif path in held:
            self.indexed[path] = held[path]
        else:
            self.indexed.pop(path, None)

    def learn_what_is_out(self) -> None:
        """Take what is left out as the space has it, after a crash."""
        self.left_out = set()
        for root in self.space.settings.roots:
            for pattern in root.exclude:
                if pattern not in self.globs:
                    self.left_out.add(str(self.root / re.sub(r"\\(.)", r"\1", pattern.removeprefix("/"))))

    def forget_folder(self) -> None:
        """Remove the folder of files where nothing is left in it."""
        with suppress(OSError):
            self.path(FOLDER).rmdir()

"""A passage as a view speaks of it: where it is from, and its first words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from semspace.store import Row
from semspace.ui.safe import safe_text

WORDS = 160
"""Characters that are shown of a text; JSON has all of it."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A passage: its id (0 if it is in no space), file (None for a text of a program: it has a `key`), line, heading, text."""

    id: int
    path: str | None
    line: int | None
    key: str | None
    title: str | None
    heading: tuple[str, ...]
    text: str

    @classmethod
    def of(cls, row: Row) -> Mention:
        """Return what is said of a passage of the store."""
        passage = row.passage
        path = None if row.key is not None else row.path
        return cls(row.id, path, passage.start_line, row.key, row.title, passage.heading, passage.text)

    @property
    def source(self) -> str:
        """Return the last part of the path with its line, or the key."""
        if self.path is None:
            return self.key or ""
        return _name(self.path) + (f":{self.line}" if self.line is not None else "")

    def beside(self, others: Sequence[Mention]) -> str:
        """Return the same, with a folder that tells its file from those of others that would be called the same."""
        if self.path is None:
            return self.source
        ours, up = self.path.split("/")[-2::-1], -1
        for other in others:
            if other.path is not None and other.path != self.path and _name(other.path) == _name(self.path):
                pairs = zip(ours, other.path.split("/")[-2::-1], strict=False)
                up = max(up, next((step for step, (one, two) in enumerate(pairs) if one != two), -1))
        return "/".join([ours[up], *(["…"] if up else []), self.source]) if up >= 0 and ours[up] else self.source

    def to_dict(self) -> dict[str, Any]:
        """Return what programs read."""
        return {
            "id": self.id or None, "path": self.path, "start_line": self.line, "key": self.key, "title": self.title,
            "heading": list(self.heading) or None, "text": self.text,
        }  # fmt: skip

    def label(self, *, place: bool = True, beside: Sequence[Mention] = ()) -> Text:
        """Return one line for a terminal: place, told from those of others, id, first words."""
        text = Text(no_wrap=True, overflow="ellipsis")
        if place and self.path is not None:
            text.append(safe_text(self.beside(beside), one_line=True), "path").append("  ")
        if self.id:
            text.append(f"#{self.id}", "quiet").append("  ")
        words = safe_text(" ".join(self.text[: 4 * WORDS].split()), one_line=True)
        return text.append(words if len(words) <= WORDS else words[:WORDS].rstrip() + "…")


def _name(path: str) -> str:
    """Return the last part of a path, with its folder where the name says nothing."""
    parts = path.rsplit("/", 2)
    return "/".join(parts[-2:]) if parts[-1].partition(".")[0] in {"index", "_index", "README"} else parts[-1]

"""Documents, what they are cut into, and what is known of their files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Heading:
    """From `start` (a character offset) on, the text stands under `path`, outermost heading first."""

    start: int
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A text with what its file says about it.

    `pages[i]` is the offset at which page i + 1 begins (empty where the format has no pages). `lines` is true where line n of
    `text` is line n of the file, so that `path:line` leads there. `date` is in seconds since 1970, from the document itself.
    `text` holds neither NUL nor lone surrogates: a reader replaces them by U+FFFD.
    """

    path: str
    text: str
    kind: str = "text"
    title: str | None = None
    language: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    headings: tuple[Heading, ...] = ()
    pages: tuple[int, ...] = ()
    lines: bool = True
    date: float | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A slice of a document: `text == document.text[start:end]`. Lines and pages count from 1.

    `context` (title and headings) is put before the text when it is encoded and when its words are indexed; `skips` are the
    spans of `text`, in order, that neither sees: boilerplate.
    """

    start: int
    end: int
    text: str
    start_line: int | None = None
    end_line: int | None = None
    page: int | None = None
    heading: tuple[str, ...] = ()
    context: str = ""
    skips: tuple[tuple[int, int], ...] = ()

    @property
    def own(self) -> str:
        """Return the text without what is skipped of it."""
        if not self.skips:
            return self.text
        edges = [0, *(edge for skip in self.skips for edge in skip), len(self.text)]
        return "".join(self.text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True))

    @property
    def encoded(self) -> str:
        """Return what the encoder sees: the context, then the text."""
        return f"{self.context}\n{self.own}" if self.context else self.own


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells without reading whether a file has changed."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class Filter:
    """Which passages may answer: by metadata, files or folders, globs, and a span of time in seconds since 1970.

    `ids` are passages of which alone others may not be; None is all.
    """

    where: str | None = None
    paths: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    since: float | None = None
    until: float | None = None
    ids: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that gave no passages: `outcome` is "failed" (it should have) or "skipped" (it holds no text for us)."""

    path: str
    outcome: Literal["failed", "skipped"]
    reason: str


@dataclass(frozen=True, slots=True)
class Root:
    """A folder or file that a space follows, and what of it is read."""

    path: str
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    hidden: bool = False
    ignore: bool = True
    max_size: int = 50_000_000

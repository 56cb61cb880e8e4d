"""Records as a search could give them, and streams that are terminals or not."""

from __future__ import annotations

import io
from typing import Any

from rich.console import RenderableType

from semspace.records import Failure, Hit, Hits, IndexReport, Status
from semspace.ui.console import open_console


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def hit(text: str = "Prune roses in late winter.", **changes: Any) -> Hit:
    fields: dict[str, Any] = {
        "rank": 1,
        "id": 12,
        "score": 0.9134,
        "similarity": 0.71,
        "path": "/home/ann/notes/roses.md",
        "start_line": 3,
        "end_line": 3 + text.count("\n"),
        "page": None,
        "heading": ("Garden", "Roses"),
        "text": text,
        "metadata": {},
    }
    return Hit(**{**fields, **changes})


def hits(*found: Hit) -> Hits:
    return Hits(found, query="roses", space="notes", mode="hybrid", model="tiny", took_ms=41.6)


def failures(path: str = "/home/ann/notes/a.pdf", reason: str = "encrypted") -> tuple[Failure, ...]:
    return (Failure(path, "failed", reason),)


def report(**changes: Any) -> IndexReport:
    skipped = (Failure("/n/x.bin", "skipped", "binary"), Failure("/n/y.bin", "skipped", "binary"))
    fields: dict[str, Any] = {
        "index": "notes",
        "read": 12,
        "unchanged": 3,
        "removed": 1,
        "failed": failures(),
        "skipped": skipped,
        "passages": 120,
        "encoded": 100,
        "seconds": 4.0,
    }
    return IndexReport(**{**fields, **changes})


def status(**changes: Any) -> Status:
    fields: dict[str, Any] = {
        "index": "notes",
        "folder": "/home/ann/spaces/notes",
        "documents": 12,
        "passages": 120,
        "model": "tiny",
        "fingerprint": "ab" * 16,
        "dim": 32,
        "index_kind": "flat",
        "vector_type": "float16",
        "bytes": {"store": 1_234_567, "vectors": 33_333},
        "updated": None,
        "roots": ("/home/ann/notes",),
        "stale": (),
        "failed": failures(),
        "skipped": (),
    }
    return Status(**{**fields, **changes})


def piped(value: RenderableType, **environ: str) -> str:
    """Draw a value as a pipe gets it."""
    stream = io.StringIO()
    open_console(stream, "auto", environ).print(value)
    return stream.getvalue()


def on_terminal(value: RenderableType, width: int = 80, **environ: str) -> str:
    """Draw a value as a terminal with colours gets it."""
    stream = Terminal()
    open_console(stream, "auto", {"TERM": "xterm-256color", "COLUMNS": str(width), **environ}).print(value)
    return stream.getvalue()

"""Hits -> what other programs call a document: an id, and what it says of itself."""

from __future__ import annotations

from typing import Any

from semspace.records import Hit


def identity(hit: Hit) -> str:
    """Return the id that a program gave to a text, the number of a passage of a file."""
    return f"#{hit.id}" if hit.key is None else hit.key


def facts(hit: Hit) -> dict[str, Any]:
    """Return the metadata: of a program's text as they were given, of a file's passage also where it stands."""
    said = dict(hit.metadata)
    if hit.path is None:
        return said
    place = {
        "source": hit.path, "start_line": hit.start_line, "end_line": hit.end_line, "page": hit.page, "title": hit.title,
        "heading": " > ".join(hit.heading) or None,
    }  # fmt: skip
    # What the file says itself is kept.
    return {**{name: value for name, value in place.items() if value is not None}, **said}

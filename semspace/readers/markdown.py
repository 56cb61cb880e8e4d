"""Markdown -> documents with headings and front matter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from semspace.readers.decoding import decode
from semspace.readers.frontmatter import metadata_of, split_front_matter
from semspace.readers.outline import MAX_TITLE, offsets, paths
from semspace.records import Document, Heading

_ATX = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]++(.*?))?(?:[ \t]++#++)?[ \t]*+$")
_SETEXT = re.compile(r"^ {0,3}(=+|-+)[ \t]*$")
_FENCE = re.compile(r"^ {0,3}(`{3,}(?=[^`]*$)|~{3,})")
_NOT_PARAGRAPH = re.compile(r"^ {0,3}(?:[-*+>|]|\d+[.)])(?:\s|$)|^(?: {4}|\t)|^\s*$|^ {0,3}<[/!?a-zA-Z]")
_INLINE = (
    (re.compile(r"!\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])"), r"\1"),
    (re.compile(r"\s*\{[#.][^}]*\}\s*$"), ""),
    (re.compile(r"</?[a-zA-Z][^<>]*>"), ""),
    (re.compile(r"(\*\*|__|~~|`++)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<!\w)([*_])(?=\S)(.+?)(?<=\S)\1(?!\w)"), r"\2"),
    (re.compile(r"\\([!-/:-@\[-`{-~])"), r"\1"),
)


def read_markdown(path: str, data: bytes) -> Document:
    """Read Markdown; front matter becomes metadata, and leaves empty lines, so that line numbers stay true."""
    text, block = split_front_matter(decode(data))
    values: dict[str, Any] = block.values if block else {}
    found = headings_of(text)
    title, date, metadata = metadata_of(values)
    if title is None:
        title = next((heading.path[0] for heading in found if len(heading.path) == 1), None)
    language = metadata.get("language") or metadata.get("lang")
    return Document(
        path,
        text,
        kind="markdown",
        title=title,
        language=language if isinstance(language, str) else None,
        metadata=metadata,
        headings=found,
        date=date,
    )


def headings_of(text: str) -> tuple[Heading, ...]:
    """Return the headings of a Markdown text, ATX and setext, each with its full path; none inside fenced code."""
    return paths(levels_of(text))


def levels_of(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield the offset, the level and the words of each heading."""
    fence = ""
    paragraph: tuple[int, str] | None = None
    for start, line in offsets(text.split("\n")):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
            continue
        if mark:
            fence, paragraph = mark[1], None
        elif match := _ATX.match(line):
            paragraph = None
            if title := _bare((match[2] or "")[:MAX_TITLE]):
                yield start, len(match[1]), title
        elif paragraph and (match := _SETEXT.match(line)):
            yield paragraph[0], 1 if match[1][0] == "=" else 2, _bare(paragraph[1])
            paragraph = None
        elif _NOT_PARAGRAPH.match(line):
            paragraph = None
        elif paragraph is None:
            paragraph = (start, line.strip()[:MAX_TITLE])
        else:
            paragraph = (paragraph[0], f"{paragraph[1]} {line.strip()}"[:MAX_TITLE])


def _bare(title: str) -> str:
    """Return a heading without its inline markup."""
    for pattern, replacement in _INLINE:
        title = pattern.sub(replacement, title)
    return title.strip()

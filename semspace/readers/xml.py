"""XML -> its text."""

from __future__ import annotations

import re
from typing import Any
from xml.parsers import expat

from semspace.errors import UnreadableFile
from semspace.readers.decoding import clean, decode
from semspace.records import Document

_DECLARED = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([A-Za-z0-9_.-]+)")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_TITLES = frozenset({"title", "invention-title", "article-title"})
_SPACES = re.compile(r"\s+")
_MAX_DEPTH = 1_000


def parser() -> expat.XMLParserType:
    """Return a parser that declares and resolves no entities: neither bombs nor files of others."""
    made = expat.ParserCreate(encoding="utf-8", namespace_separator=" ")
    made.buffer_text = True

    def refuse(*_: object) -> None:
        raise UnreadableFile("XML that declares entities")

    made.EntityDeclHandler = refuse
    return made


def feed(reading: expat.XMLParserType, data: bytes) -> None:
    """Parse the whole; raises UnreadableFile where it is not well-formed, or nests too deeply."""
    start: Any = reading.StartElementHandler
    end: Any = reading.EndElementHandler
    depth = 0

    def started(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _MAX_DEPTH:
            raise UnreadableFile("nested too deeply")
        if start:
            start(name, attributes)

    def ended(name: str) -> None:
        nonlocal depth
        depth -= 1
        if end:
            end(name)

    reading.StartElementHandler, reading.EndElementHandler = started, ended
    try:
        reading.Parse(data, True)
    except expat.ExpatError as error:
        raise UnreadableFile(f"not well-formed XML: {expat.ErrorString(error.code)}, line {error.lineno}") from None


def read_xml(path: str, data: bytes) -> Document:
    """Read the text between the tags, each element that holds any on its own line; malformed XML is read as it stands."""
    match = _DECLARED.match(data.lstrip(b"\xef\xbb\xbf \t\r\n"))
    text = decode(data, match[1].decode("ascii") if match else None)
    source = _DECLARATION.sub("", text.lstrip("\ufeff"), count=1)
    lines = _Lines()
    reading = parser()
    reading.StartElementHandler, reading.EndElementHandler = lines.start, lines.end
    reading.CharacterDataHandler = lines.characters
    try:
        feed(reading, source.encode())
    except UnreadableFile as error:
        if "well-formed" not in error.message:
            raise
        return Document(path, text, kind="xml")
    return Document(path, clean("".join(lines.parts)).strip(), kind="xml", title=lines.title, lines=False)


class _Lines:
    """Puts the text of each element on its own line, that of elements within a sentence on the sentence's."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.title: str | None = None
        self._open: list[tuple[int, str]] = []
        self._last = (-1, -1)
        self._count = 0

    def start(self, name: str, _: object) -> None:
        self._count += 1
        self._open.append((self._count, name.rpartition(" ")[2].lower()))

    def end(self, _: str) -> None:
        self._open.pop()
        if len(self._open) < self._last[0]:
            self._last = (-1, self._last[1])

    def characters(self, words: str) -> None:
        text = _SPACES.sub(" ", words)
        if not text.strip() or not self._open:
            return
        element = self._open[-1]
        # The element of the last text is still open, or this one was open then already.
        depth, count = self._last
        inside = element[0] <= count or depth >= 0
        self.parts.append(text if inside else "\n" + text.lstrip())
        self._last = (len(self._open), self._count)
        if self.title is None and element[1] in _TITLES:
            self.title = " ".join(text.split())

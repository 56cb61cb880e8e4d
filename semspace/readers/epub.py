"""EPUB -> text with headings."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urldefrag
from zipfile import ZipFile

from semspace.errors import UnreadableFile
from semspace.readers.frontmatter import seconds
from semspace.readers.html import decode_html, parsed, text_of
from semspace.readers.limits import MAX_TEXT
from semspace.readers.outline import paths
from semspace.readers.xml import feed, parser
from semspace.readers.zipped import member, opened
from semspace.records import Document

_DC = "http://purl.org/dc/elements/1.1/ "


def read_epub(path: str, data: bytes) -> Document:
    """Read the chapters in their order; metadata comes from the package document."""
    archive = opened(data, "EPUB")
    if member(archive, "META-INF/encryption.xml") and member(archive, "META-INF/rights.xml"):
        raise UnreadableFile("encrypted: protected by DRM")
    place = _package(archive)
    package = _Package(member(archive, place) or b"")
    parts: list[str] = []
    found: list[tuple[int, int, str]] = []
    size = 0
    for name in package.chapters(posixpath.dirname(place)):
        chapter = member(archive, name)
        if not chapter:
            continue
        text, headings = text_of(parsed(decode_html(chapter)))
        if not text.strip():
            continue
        found += [(size + heading.start, len(heading.path), heading.path[-1]) for heading in headings]
        parts.append(text)
        size += len(text) + 2
        if size > MAX_TEXT:
            raise UnreadableFile("more text than a document would hold")
    said = package.said
    named = (("authors", "creator"), ("subjects", "subject"))
    metadata: dict[str, Any] = {name: said[key] for name, key in named if key in said}
    if "publisher" in said:
        metadata["publisher"] = said["publisher"][0]
    return Document(
        path,
        "\n\n".join(parts),
        kind="epub",
        title=said.get("title", [None])[0],
        language=said.get("language", [None])[0],
        metadata=metadata,
        headings=paths(found),
        lines=False,
        date=min((stamp for value in said.get("date", ()) if (stamp := seconds(value)) is not None), default=None),
    )


def _package(archive: ZipFile) -> str:
    """Return where the package document is."""
    places: list[str] = []
    reading = parser()

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.endswith("rootfile") and "full-path" in attributes:
            places.append(attributes["full-path"])

    reading.StartElementHandler = start
    if container := member(archive, "META-INF/container.xml"):
        feed(reading, container)
    if places:
        return places[0]
    for name in archive.namelist():
        if name.endswith(".opf"):
            return name
    raise UnreadableFile("not a valid EPUB file: no package document")


class _Package:
    """What the package document says: metadata, files, and their order."""

    def __init__(self, data: bytes) -> None:
        self.said: dict[str, list[str]] = {}
        self._hrefs: dict[str, str] = {}
        self._spine: list[str] = []
        self._words: list[str] = []
        reading = parser()
        reading.StartElementHandler, reading.EndElementHandler = self._start, self._end
        reading.CharacterDataHandler = self._words.append
        feed(reading, data)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._words.clear()
        tag = name.rpartition(" ")[2]
        is_contents = "nav" in attributes.get("properties", "").split()
        if tag == "item" and "id" in attributes and "href" in attributes and not is_contents:
            self._hrefs[attributes["id"]] = attributes["href"]
        elif tag == "itemref" and "idref" in attributes:
            self._spine.append(attributes["idref"])

    def _end(self, name: str) -> None:
        if name.startswith(_DC) and (value := " ".join("".join(self._words).split())):
            self.said.setdefault(name.removeprefix(_DC), []).append(value)
        self._words.clear()

    def chapters(self, folder: str) -> Iterator[str]:
        """Yield the names of the chapters' files, each once."""
        hrefs = (self._hrefs[identifier] for identifier in self._spine if self._hrefs.get(identifier))
        yield from dict.fromkeys(posixpath.normpath(posixpath.join(folder, unquote(urldefrag(href).url))) for href in hrefs)

"""OpenDocument (.odt, .odp, .ods, and their flat forms) -> documents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from semspace.errors import UnreadableFile
from semspace.readers.decoding import clean
from semspace.readers.frontmatter import seconds
from semspace.readers.outline import paths
from semspace.readers.tables import described, header_of
from semspace.readers.xml import feed, parser
from semspace.readers.zipped import member, opened
from semspace.records import Document

_SPACES = {
    "urn:oasis:names:tc:opendocument:xmlns:text:1.0": "text",
    "urn:oasis:names:tc:opendocument:xmlns:table:1.0": "table",
    "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0": "draw",
    "urn:oasis:names:tc:opendocument:xmlns:office:1.0": "office",
    "urn:oasis:names:tc:opendocument:xmlns:meta:1.0": "meta",
    "urn:oasis:names:tc:opendocument:xmlns:presentation:1.0": "presentation",
    "http://purl.org/dc/elements/1.1/": "dc",
}
_SILENT = frozenset(
    {
        "text:tracked-changes",
        "text:sequence-decls",
        "text:note-citation",
        "office:binary-data",
        "office:forms",
        "office:scripts",
    }
)
_MAX_REPEATED = 100


def read_opendocument(path: str, data: bytes) -> Document:
    """Read text, slides or sheets: headings, pages of a presentation, rows of a sheet."""
    flat = not data.startswith(b"PK")
    if flat:
        content, meta = data, b""
    else:
        archive = opened(data, "OpenDocument")
        if b"encryption-data" in (member(archive, "META-INF/manifest.xml") or b""):
            raise UnreadableFile("encrypted: needs a password")
        content, meta = member(archive, "content.xml") or b"", member(archive, "meta.xml") or b""
    if not content:
        raise UnreadableFile("not a valid OpenDocument file: no content")
    body = _Body()
    body.read(content)
    said = dict(body.said)
    if meta:
        about = _Body()
        about.read(meta)
        said = about.said
    created = said.get("meta:creation-date") or said.get("dc:date")
    author = said.get("meta:initial-creator") or said.get("dc:creator")
    metadata: dict[str, Any] = {"author": author} if author else {}
    text = "".join(body.parts).rstrip()
    # The last slide or sheet may be empty.
    found = [(min(start, len(text)), level, words) for start, level, words in body.found]
    return Document(
        path,
        text,
        kind="opendocument",
        title=said.get("dc:title") or (found[0][2] if found else None),
        language=said.get("dc:language"),
        metadata=metadata,
        headings=paths(found),
        pages=tuple(min(start, len(text)) for start in body.pages),
        lines=False,
        date=seconds(created[:26]) if created else None,
    )


def _name(qualified: str) -> str:
    space, _, tag = qualified.rpartition(" ")
    return f"{_SPACES.get(space, '')}:{tag}"


class _Body:
    """Writes paragraphs as they come; the paragraphs of a table's cell make one field of its row."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.found: list[tuple[int, int, str]] = []
        self.pages: list[int] = []
        self.said: dict[str, str] = {}
        self._size = 0
        self._silent = 0
        self._words: list[list[str]] = []
        self._levels: list[int] = []
        self._rows: list[list[str]] = []
        self._cells: list[list[str]] = []
        self._headers: list[list[str] | None] = []
        self._repeats: list[int] = []
        self._about: list[str] = []
        self._sheets = False

    def read(self, data: bytes) -> None:
        """Parse a part of the document."""
        reading = parser()
        reading.StartElementHandler, reading.EndElementHandler = self._start, self._end
        reading.CharacterDataHandler = self._characters
        feed(reading, data)

    def _start(self, qualified: str, qualified_attributes: dict[str, str]) -> None:
        name = _name(qualified)
        if name in _SILENT or self._silent:
            self._silent += 1
            return
        self._about.clear()
        if handler := _STARTS.get(name):
            handler(self, {_name(key): value for key, value in qualified_attributes.items()})

    def _end(self, qualified: str) -> None:
        if self._silent:
            self._silent -= 1
            return
        name = _name(qualified)
        if name.startswith(("dc:", "meta:")) and self._about:
            self.said.setdefault(name, clean(" ".join("".join(self._about).split())))
        self._about.clear()
        if handler := _ENDS.get(name):
            handler(self)

    def _characters(self, words: str) -> None:
        if self._silent:
            return
        self._about.append(words)
        if self._words:
            self._words[-1].append(words)

    def _paragraph(self, attributes: dict[str, str]) -> None:
        self._words.append([])
        level = attributes.get("text:outline-level", "0")
        self._levels.append(int(level) if level.isdigit() else 1)

    def _paragraph_end(self) -> None:
        text, level = "".join(self._words.pop()).strip(), self._levels.pop()
        if not text:
            return
        if self._cells:
            self._cells[-1].append(text)
        elif self._words:
            self._words[-1].append(f" ({text}) ")
        else:
            if level:
                self.found.append((self._size, level, " ".join(text.split())))
            self._write(text + "\n\n")

    def _write(self, text: str) -> None:
        # Here, not at the end: places are counted in it.
        text = clean(text)
        self.parts.append(text)
        self._size += len(text)

    def _insert(self, text: str) -> None:
        if self._words:
            self._words[-1].append(text)

    def _spaces(self, attributes: dict[str, str]) -> None:
        count = attributes.get("text:c", "1")
        self._insert(" " * min(int(count) if count.isdigit() else 1, _MAX_REPEATED))

    def _page(self) -> None:
        self.pages.append(self._size)

    def _table(self, attributes: dict[str, str]) -> None:
        self._headers.append(None)
        title = attributes.get("table:name")
        if title and self._sheets and not self._cells:
            self.found.append((self._size, 1, title))

    def _table_end(self) -> None:
        self._headers.pop()
        if not self._cells:
            self._write("\n")

    def _spreadsheet(self) -> None:
        self._sheets = True

    def _row(self) -> None:
        self._rows.append([])

    def _row_end(self) -> None:
        row = self._rows.pop()
        if not any(row) or not self._headers:
            return
        header = self._headers[-1]
        if header is None:
            self._headers[-1] = header_of(row)
        line = described(row, header)
        if self._cells:
            self._cells[-1].append(line)
        else:
            self._write(line + "\n")

    def _cell(self, attributes: dict[str, str]) -> None:
        count = attributes.get("table:number-columns-repeated", "1")
        self._repeats.append(min(int(count) if count.isdigit() else 1, _MAX_REPEATED))
        self._cells.append([])

    def _cell_end(self) -> None:
        text = " ".join(self._cells.pop())
        repeated = self._repeats.pop()
        if self._rows:
            self._rows[-1] += [text] * repeated


_STARTS: dict[str, Callable[[_Body, dict[str, str]], None]] = {
    "text:p": _Body._paragraph,
    "text:h": _Body._paragraph,
    "text:s": _Body._spaces,
    "text:tab": lambda body, _: body._insert("\t"),
    "text:line-break": lambda body, _: body._insert("\n"),
    "draw:page": lambda body, _: body._page(),
    "office:spreadsheet": lambda body, _: body._spreadsheet(),
    "table:table": _Body._table,
    "table:table-row": lambda body, _: body._row(),
    "table:table-cell": _Body._cell,
    "table:covered-table-cell": _Body._cell,
}
_ENDS: dict[str, Callable[[_Body], None]] = {
    "text:p": _Body._paragraph_end,
    "text:h": _Body._paragraph_end,
    "table:table": _Body._table_end,
    "table:table-row": _Body._row_end,
    "table:table-cell": _Body._cell_end,
    "table:covered-table-cell": _Body._cell_end,
}

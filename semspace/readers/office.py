"""Microsoft Office and Outlook files -> documents, through kreuzberg."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import kreuzberg

from semspace.errors import UnreadableFile
from semspace.readers.decoding import clean
from semspace.readers.formats import has_stream
from semspace.readers.frontmatter import seconds
from semspace.readers.mail import date_of, letter, metadata_of
from semspace.readers.outline import paths
from semspace.readers.tables import described, header_of
from semspace.readers.xml import feed, parser
from semspace.readers.zipped import member, opened
from semspace.records import Document, Heading

_OOXML = "application/vnd.openxmlformats-officedocument."
_TYPES = {
    "docx": _OOXML + "wordprocessingml.document",
    "pptx": _OOXML + "presentationml.presentation",
    "xlsx": _OOXML + "spreadsheetml.sheet",
    "xlsb": "application/vnd.ms-excel.sheet.binary.macroEnabled.12",
    "xls": "application/vnd.ms-excel",
    "doc": "application/msword",
    "ppt": "application/vnd.ms-powerpoint",
    "msg": "application/vnd.ms-outlook",
}
_NAMES = {
    "docx": "Word",
    "doc": "Word",
    "pptx": "PowerPoint",
    "ppt": "PowerPoint",
    "xlsx": "Excel",
    "xlsb": "Excel",
    "xls": "Excel",
    "msg": "Outlook",
}
_OLE = b"\xd0\xcf\x11\xe0"
_PAGE = "\x1e\x1ePAGE {page_num}\x1e\x1e"
"""Control characters that no document holds: Word's and PowerPoint's XML cannot."""
_PAGE_MARK = re.compile(r"\s*\x1e\x1ePAGE (\d+)\x1e\x1e\s*")
_FIELD = re.compile(
    r"\b(?:HYPERLINK|PAGEREF|REF|TOC|INCLUDEPICTURE|NOTEREF)"
    r'(?:[ \t]+(?:"[^"\n]*"|\\[a-z](?:[ \t]+"[^"\n]*")?|_\w+|\\\*[ \t]+\w+))+ ?'
    r"|\bSEQ[ \t]+\w+[ \t]+\\\*[ \t]+\w+ ?"
)
_MASTER = re.compile(r"Click to edit Master (?:title|text|subtitle) styles?\s*|(?:Second|Third|Fourth|Fifth) level\n+")
_IMAGE = re.compile(r"\[Image(?:: ([^\]\n]*))?\]")
_NOTES = {"word/footnotes.xml": "footnote", "word/endnotes.xml": "endnote", "word/comments.xml": "comment"}
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main "
_MAX_TITLE = 150


def read_docx(path: str, data: bytes) -> Document:
    """Read Word: headings by style; footnotes, endnotes and comments follow the text."""
    _refuse_encrypted(data)
    archive = opened(data, "Word")
    result = _extract(data, "docx", structure=True)
    text = _IMAGE.sub(r"\1", _PAGE_MARK.sub("\n\n", clean(result.content))).strip()
    headings = _headings(text, result.document)
    notes = [note for name, tag in _NOTES.items() for note in _notes(member(archive, name), tag)]
    document = _document(path, "\n\n".join([text, *notes]) if notes else text, "docx", result)
    title = document.title or (headings[0].path[0] if headings else None)
    return replace(document, title=title, headings=headings)


def read_pptx(path: str, data: bytes) -> Document:
    """Read slides as pages, speaker's notes with them; the first line of a slide is its heading."""
    _refuse_encrypted(data)
    opened(data, "PowerPoint")
    result = _extract(data, "pptx")
    text, pages = _paged(result)
    found = []
    for start, end in pairwise([*pages, len(text)]):
        line = text[start:end].strip("\n").partition("\n")[0].strip()
        if line and len(line) <= _MAX_TITLE:
            found.append((start, 1, line))
    return replace(_document(path, text, "pptx", result), pages=pages, headings=paths(found))


def read_spreadsheet(path: str, data: bytes) -> Document:
    """Read sheets: each under its name, a row a line as "header: value; header: value"."""
    _refuse_encrypted(data)
    if data.startswith(b"PK"):
        opened(data, "Excel")
        kind = "xlsb" if path.lower().endswith(".xlsb") else "xlsx"
    else:
        kind = "xls"
    result = _extract(data, kind)
    names = result.metadata.get("sheet_names") or []
    parts: list[str] = []
    found: list[tuple[int, int, str]] = []
    size = 0
    for number, table in enumerate(result.tables):
        sheet = (table.page_number or number + 1) - 1
        name = names[sheet] if sheet < len(names) else f"Sheet {sheet + 1}"
        lines = clean("\n".join([name, *_rows(table.cells)]))
        found.append((size, 1, name))
        parts.append(lines)
        size += len(lines) + 2
    text = "\n\n".join(parts) if parts else clean(result.content).strip()
    return replace(_document(path, text, "spreadsheet", result), headings=paths(found))


def read_doc(path: str, data: bytes) -> Document:
    """Read Word 97 to 2003."""
    _refuse_encrypted(data)
    result = _extract(data, "doc")
    return _document(path, _FIELD.sub("", _PAGE_MARK.sub("\n\n", clean(result.content))).strip(), "doc", result)


def read_ppt(path: str, data: bytes) -> Document:
    """Read PowerPoint 97 to 2003."""
    _refuse_encrypted(data)
    result = _extract(data, "ppt")
    return _document(path, _MASTER.sub("", _PAGE_MARK.sub("\n\n", clean(result.content))).strip(), "ppt", result)


def read_msg(path: str, data: bytes) -> Document:
    """Read an Outlook message."""
    result = _extract(data, "msg")
    head, _, body = clean(result.content).partition("\n\n")
    said = dict(line.split(": ", 1) for line in head.split("\n") if ": " in line)
    date = seconds(said.get("Date")) or date_of(said.get("Date"))
    text, title = letter(said, body), said.get("Subject")
    return Document(path, text, "mail", title, metadata=metadata_of(said), lines=False, date=date)


def _refuse_encrypted(data: bytes) -> None:
    """Raise UnreadableFile for what needs a password or a licence, which kreuzberg calls damaged, or reads a notice of."""
    if not data.startswith(_OLE):
        return
    if has_stream(data, "DRMContent"):
        raise UnreadableFile("encrypted: protected by rights management")
    if has_stream(data, "EncryptedPackage") or has_stream(data, "EncryptedSummary"):
        raise UnreadableFile("encrypted: needs a password")
    # The file information block begins at a sector; bit 8 of its flags says that the rest is encrypted.
    for start in range(512, min(len(data) - 12, 2**22), 512):
        if data[start : start + 2] == b"\xec\xa5" and data[start + 3] in (0, 1) and data[start + 11] & 1:
            raise UnreadableFile("encrypted: needs a password")


@cache
def _config(structure: bool) -> kreuzberg.ExtractionConfig:
    """Return a configuration without cache, OCR, images, downloads or threads."""
    return kreuzberg.ExtractionConfig(
        use_cache=False,
        disable_ocr=True,
        enable_quality_processing=False,
        output_format="plain",
        include_document_structure=structure,
        postprocessor=kreuzberg.PostProcessorConfig(enabled=False),
        images=None,
        tree_sitter=kreuzberg.TreeSitterConfig(enabled=False),
        concurrency=kreuzberg.ConcurrencyConfig(max_threads=1),
        pages=kreuzberg.PageConfig(extract_pages=False, insert_page_markers=True, marker_format=_PAGE),
    )


def _extract(data: bytes, kind: str, *, structure: bool = False) -> Any:
    try:
        return kreuzberg.extract_bytes_sync(data, _TYPES[kind], config=_config(structure))
    except (kreuzberg.KreuzbergError, RuntimeError, ValueError, OSError) as error:
        message = str(error).lower()
    except BaseException as error:
        # A panic in Rust is a BaseException that no module exports.
        if type(error).__name__ != "PanicException":
            raise
        message = ""
    if "password" in message or "encrypt" in message:
        raise UnreadableFile("encrypted: needs a password")
    if "exceeds" in message:
        raise UnreadableFile("unpacks to more than a document would")
    raise UnreadableFile(f"not a valid {_NAMES[kind]} file: damaged or cut off")


def _document(path: str, text: str, kind: str, result: Any) -> Document:
    said = result.metadata
    metadata = {name: said[name] for name in ("authors", "subject", "keywords") if said.get(name)}
    language = said.get("language")
    date = seconds(said.get("created_at")) or seconds(said.get("modified_at"))
    return Document(path, text, kind, (said.get("title") or "").strip() or None, language, metadata, lines=False, date=date)


def _paged(result: Any) -> tuple[str, tuple[int, ...]]:
    """Return the text and where its pages begin; kreuzberg marks each page but one without text."""
    pieces = _PAGE_MARK.split(_IMAGE.sub(r"\1", clean(result.content)))
    parts: list[str] = []
    starts: list[int] = []
    size = 0
    numbered = [("1", pieces[0])] if pieces[0].strip() else []
    for number, piece in [*numbered, *zip(pieces[1::2], pieces[2::2], strict=True)]:
        while len(starts) < int(number):
            starts.append(size)
        part = piece.strip() + "\n\n"
        parts.append(part)
        size += len(part)
    text = "".join(parts).rstrip("\n")
    # The last slides may be empty.
    return text, tuple(min(start, len(text)) for start in starts)


def _rows(cells: list[list[str]]) -> Iterator[str]:
    header: list[str] | None = None
    for row in cells:
        if any(field.strip() for field in row):
            yield described(row, header)
            header = header_of(row) if header is None else header


def _headings(text: str, structure: Any) -> tuple[Heading, ...]:
    """Place the headings that kreuzberg tells in the text, in their order, each at the begin of a line."""
    found = []
    position = 0
    for node in (structure or {}).get("nodes", ()):
        content = node["content"]
        if content.get("node_type") != "heading" or not (title := clean(content["text"]).strip()):
            continue
        match = re.compile(rf"^{re.escape(title)}[ \t]*$", re.MULTILINE).search(text, position)
        if match:
            position = match.end()
            found.append((match.start(), int(content["level"]), " ".join(title.split())))
    return paths(found)


def _notes(data: bytes | None, tag: str) -> list[str]:
    """Return the texts of footnotes, endnotes or comments, which kreuzberg leaves out."""
    if not data:
        return []
    notes: list[list[str]] = []
    inside: list[str] = []
    reading = parser()

    def start(name: str, _: dict[str, str]) -> None:
        inside.append(name)
        if name == _W + tag:
            notes.append([])

    def end(name: str) -> None:
        inside.pop()
        if name == _W + "p" and notes:
            notes[-1].append(" ")

    def characters(words: str) -> None:
        if notes and inside and inside[-1] == _W + "t":
            notes[-1].append(words)

    reading.StartElementHandler, reading.EndElementHandler, reading.CharacterDataHandler = start, end, characters
    feed(reading, data)
    return [words for note in notes if (words := clean(" ".join("".join(note).split())))]

"""PDF -> text with pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pypdfium2 as pdfium  # type: ignore[import-untyped]

from semspace.errors import SkippedFile, UnreadableFile
from semspace.readers.decoding import clean
from semspace.readers.frontmatter import seconds
from semspace.readers.outline import MAX_TITLE, paths
from semspace.records import Document, Heading

_WORD_CUT = re.compile(r"[\x02\ufffe\u00ad]\n?")
"""A hyphen at the end of a line, as PDFium marks it, or a soft one."""
_DATE = re.compile(r"D:(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?(?:([+-]\d{2})'?(\d{2})?)?")
_METADATA = ("Author", "Subject", "Keywords")
_MAX_PAGES = 20_000
_MAX_BOOKMARKS = 5_000
_SEARCHED = 50_000
"""Characters of a page in which the words of a bookmark are looked for."""
_MAX_CHARACTERS = 60 * 10**6


def read_pdf(path: str, data: bytes) -> Document:
    """Read the text of each page; bookmarks become headings. An empty password is tried, no other."""
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise UnreadableFile("encrypted: needs a password") from None
        raise UnreadableFile("damaged PDF") from None
    if len(document) > _MAX_PAGES:
        raise UnreadableFile(f"more than {_MAX_PAGES:,} pages")
    texts, failed = _pages(document)
    if not any(text.strip() for text in texts):
        if not texts or failed:
            raise UnreadableFile("damaged PDF")
        raise SkippedFile("a PDF without text: scanned pages?")
    starts = [0]
    for text in texts[:-1]:
        starts.append(starts[-1] + len(text))
    said = {key: clean(value).strip() for key, value in document.get_metadata_dict().items()}
    whole = "".join(texts)
    return Document(
        path,
        whole,
        kind="pdf",
        title=said.get("Title") or None,
        metadata={name.lower(): said[name] for name in _METADATA if said.get(name)},
        headings=_headings(document, whole, starts),
        pages=tuple(starts),
        lines=False,
        date=_date(said.get("CreationDate", "")) or _date(said.get("ModDate", "")),
    )


def _pages(document: pdfium.PdfDocument) -> tuple[list[str], int]:
    """Return the text of each page, and how many could not be read; all but the last page end in an empty line."""
    texts: list[str] = []
    failed = size = 0
    last = len(document) - 1
    for number in range(len(document)):
        try:
            page = document[number]
            words = page.get_textpage()
            text = words.get_text_range()
            words.close()
            page.close()
        except pdfium.PdfiumError:
            failed, text = failed + 1, ""
        size += len(text)
        if size > _MAX_CHARACTERS:
            raise UnreadableFile("more text than a document would hold")
        text = "\n".join(line.rstrip() for line in _joined(clean(text)).split("\n")).strip("\n")
        texts.append(text + ("\n\n" if number < last else ""))
    return texts, failed


def _joined(text: str) -> str:
    """Join words cut at the end of a line; a hyphen before a capital letter or a digit is one of the word's own."""

    def join(match: re.Match[str]) -> str:
        following = text[match.end() : match.end() + 1]
        return "-" if match[0][0] != "\u00ad" and (following.isupper() or following.isdigit()) else ""

    return _WORD_CUT.sub(join, text)


def _headings(document: pdfium.PdfDocument, text: str, starts: list[int]) -> tuple[Heading, ...]:
    return paths(sorted(_bookmarks(document, text, starts), key=lambda found: found[0]))


def _bookmarks(document: pdfium.PdfDocument, text: str, starts: list[int]) -> Iterator[tuple[int, int, str]]:
    """Yield the bookmarks where their words stand on their page, at the page's begin where they do not."""
    ends = [*starts[1:], len(text)]
    try:
        for count, mark in enumerate(document.get_toc(max_depth=8)):
            target = mark.get_dest()
            number = target.get_index() if target else None
            title = " ".join(clean(mark.get_title()).split())[:MAX_TITLE]
            if count >= _MAX_BOOKMARKS:
                return
            if number is None or not 0 <= number < len(starts) or not title:
                continue
            end = min(ends[number], starts[number] + _SEARCHED)
            pattern = r"\s+".join(map(re.escape, title.split()))
            found = re.compile(pattern, re.IGNORECASE).search(text, starts[number], end)
            yield found.start() if found else starts[number], mark.level, title
    except (pdfium.PdfiumError, ValueError):
        return


def _date(value: str) -> float | None:
    match = _DATE.match(value)
    if not match:
        return None
    parts: list[Any] = [int(part) if part else None for part in match.groups()[:6]]
    zone = f"{match[7]}:{match[8] or '00'}" if match[7] else "+00:00"
    year, month, day, hour, minute, second = parts
    try:
        whole = datetime(year, month or 1, day or 1, hour or 0, minute or 0, second or 0).isoformat()  # noqa: DTZ001
    except ValueError:
        return None
    return seconds(whole + zone)

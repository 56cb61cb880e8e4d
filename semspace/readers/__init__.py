"""Files -> documents.

`walk` lists the files below a root. `Reader` turns one file into a Document, in two steps where the caller wants them:
`load` reads and hashes the bytes, `parse` understands them, so that an unchanged file costs no parsing. The name of a file
and its first bytes decide its kind; a reader is a function `(path, data) -> Document`, registered by kind as
"module:function" so that listing imports nothing. Other packages add theirs through the entry point group
`semspace.readers`, under the kind or under the suffix (".fb2") that they read. Whatever is not plain text is parsed in a
child process with limits on time and memory: a hostile file costs itself only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from semspace.records import Document, Stamp

if TYPE_CHECKING:
    from semspace.readers.reader import Reader as Reader
    from semspace.readers.tree import walk as walk

__all__ = ["MAX_SIZE", "TIMEOUT", "VERSION", "Found", "Loaded", "Reader", "Reading", "kinds", "walk"]

VERSION = 1
"""Raise it when files would be read otherwise: what was read by an older version is then read again."""

MAX_SIZE = 64 * 2**20
"""Bytes. A larger file is skipped unless the caller raises the limit."""

TIMEOUT = 30.0
"""Seconds that one file may take in the child process."""

ReaderFunction = Callable[[str, bytes], Document]

_LAZY = {"Reader": "semspace.readers.reader", "walk": "semspace.readers.tree"}

TEXT_READERS = {
    "text": "semspace.readers.plain:read_text",
    "rst": "semspace.readers.outline:read_rst",
    "asciidoc": "semspace.readers.outline:read_asciidoc",
    "org": "semspace.readers.outline:read_org",
    "latex": "semspace.readers.outline:read_latex",
    "captions": "semspace.readers.plain:read_captions",
    "code": "semspace.readers.code:read_code",
    "markdown": "semspace.readers.markdown:read_markdown",
    "table": "semspace.readers.tables:read_table",
    "json": "semspace.readers.tables:read_json",
    "jsonl": "semspace.readers.tables:read_jsonl",
    "notebook": "semspace.readers.notebook:read_notebook",
}
"""Readers of text: pure Python, quick, run in the process that asks."""

CHILD_READERS = {
    "html": "semspace.readers.html:read_html",
    "xml": "semspace.readers.xml:read_xml",
    "epub": "semspace.readers.epub:read_epub",
    "mail": "semspace.readers.mail:read_mail",
    "mbox": "semspace.readers.mail:read_mbox",
    "pdf": "semspace.readers.pdf:read_pdf",
    "rtf": "semspace.readers.rtf:read_rtf",
    "opendocument": "semspace.readers.opendocument:read_opendocument",
    "docx": "semspace.readers.office:read_docx",
    "pptx": "semspace.readers.office:read_pptx",
    "spreadsheet": "semspace.readers.office:read_spreadsheet",
    "doc": "semspace.readers.office:read_doc",
    "ppt": "semspace.readers.office:read_ppt",
    "msg": "semspace.readers.office:read_msg",
}
"""Readers of everything else: run in the child process."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file that `walk` came upon.

    `path` is absolute; bytes in it that are not UTF-8 stand as surrogates (os.fsencode gives them back). `skipped` says in
    a few words why it is not to be read; None means read it. `stamp` is None where the file could not be looked at.
    """

    path: str
    stamp: Stamp | None
    skipped: str | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """The bytes of a file as they were at `stamp`; `content_hash` is their BLAKE2b of 16 bytes."""

    path: str
    data: bytes
    content_hash: bytes
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Reading:
    """A document with what tells later whether its file has changed."""

    document: Document
    content_hash: bytes
    stamp: Stamp


def kinds() -> list[str]:
    """Return every kind of file that can be read, sorted, importing no reader."""
    from importlib.metadata import entry_points

    return sorted({*TEXT_READERS, *CHILD_READERS, *(point.name for point in entry_points(group="semspace.readers"))})


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

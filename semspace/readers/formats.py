"""Name and first bytes -> kind of file."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from semspace.errors import SkippedFile
from semspace.readers.languages import language_of

_KINDS = {
    "text": "txt text log nfo me 1st lst",
    "markdown": "md markdown mdown mkd mkdn mdx qmd rmd",
    "rst": "rst rest",
    "asciidoc": "adoc asciidoc",
    "org": "org",
    "latex": "tex latex ltx sty cls",
    "captions": "vtt srt sbv",
    "table": "csv tsv tab",
    "json": "json geojson json5 jsonc webmanifest",
    "jsonl": "jsonl ndjson",
    "notebook": "ipynb",
    "html": "html htm xhtml xht",
    "xml": "xml xsd xsl xslt rss atom opml dbk docbook dita ditamap tei tmx xliff xlf kml gpx fb2",
    "epub": "epub",
    "mail": "eml emlx mht mhtml",
    "mbox": "mbox mbx",
    "pdf": "pdf",
    "rtf": "rtf",
    "opendocument": "odt odp ods odg ott otp ots fodt fodp fods",
    "docx": "docx docm dotx dotm",
    "pptx": "pptx pptm ppsx ppsm potx",
    "spreadsheet": "xlsx xlsm xltx xls xlt xlsb",
    "doc": "doc dot",
    "ppt": "ppt pps pot",
    "msg": "msg",
}
_SKIPPED = {
    "image": "svg png jpg jpeg jpe gif bmp tif tiff webp ico icns heic heif avif psd xcf raw cr2 nef arw dng eps ai jp2 jxl",
    "audio": "mp3 wav flac ogg oga opus m4a aac wma aiff aif mid midi amr",
    "video": "mp4 m4v mkv webm avi mov wmv flv mpg mpeg 3gp ogv",
    "archive": "zip gz tgz bz2 tbz tbz2 xz txz lz lzma lz4 zst 7z rar tar z cab iso dmg jar war ear apk whl egg deb rpm "
    "cpio ar xpi crx nupkg msi vsix",
    "font": "ttf otf woff woff2 eot pfb",
    "compiled code": "o obj a so dylib dll exe lib pyc pyo class wasm bin elf ko pdb dex beam rlib rmeta node",
    "database": "sqlite sqlite3 db db3 mdb accdb parquet feather arrow orc dbf kdbx db-wal db-shm sqlite-wal sqlite-shm",
    "binary": "faiss onnx safetensors pt pth ckpt h5 hdf5 npy npz pkl pickle joblib gguf tflite mat rdata rds swp "
    "ds_store torrent blend stl glb fbx dwg vdi vmdk qcow2 img pcap dmp mo gmo keystore jks p12 pfx der gpg",
    "lock file": "lock",
    "machine-written": "map snap min.js min.css min.mjs",
}
_LOCK_FILES = frozenset(
    {"package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "go.sum", "packages.lock.json", "bun.lockb"}
)
_MAGIC = (
    (rb"%PDF-", "pdf"),
    (rb"\{\\rtf", "rtf"),
    (rb"PK(\x03\x04|\x05\x06|\x07\x08)", "zip"),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (rb"\x1f[\x8b\x9d\xa0]|BZh[1-9]|\xfd7zXZ\x00|7z\xbc\xaf\x27\x1c|Rar!\x1a\x07", "archive"),
    (rb"\x28\xb5\x2f\xfd|!<arch>\n|\x5d\x00\x00.{2}", "archive"),
    (rb"\x89PNG\r\n|\xff\xd8\xff|GIF8[79]a|BM.{4}\x00\x00\x00\x00", "image"),
    (rb"II\*\x00|MM\x00\*|RIFF.{4}WEBP|8BPS", "image"),
    (rb"ID3|OggS|fLaC|RIFF.{4}WAVE|MThd", "audio"),
    (rb".{4}ftyp|\x1aE\xdf\xa3|RIFF.{4}AVI |\x00\x00\x01\xba", "video"),
    (rb"\x7fELF|MZ.{58,}PE\x00\x00|\xca\xfe\xba\xbe|\xcf\xfa\xed\xfe|\x00asm", "compiled code"),
    (rb"SQLite format 3\x00|PAR1", "database"),
)
_TEXT_MAGIC = (
    (rb"\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--(?>.*?-->)\s*)*+<(?:!doctype html|html)[\s>]", "html"),
    (rb"\s*<\?xml\s", "xml"),
    (rb"From \S+ [^\n]*\d{4}\r?\n[A-Za-z-]+: ", "mbox"),
)
_OLE_KINDS = frozenset({"doc", "ppt", "msg", "spreadsheet"})
"""Kinds by whose old suffixes programs also write HTML, XML and plain text."""


def _inverted(table: dict[str, str]) -> dict[str, str]:
    return {suffix: kind for kind, suffixes in table.items() for suffix in suffixes.split()}


KIND_BY_SUFFIX = _inverted(_KINDS)
SKIPPED_BY_SUFFIX = _inverted(_SKIPPED)


def suffix_of(path: str) -> str:
    """Return the suffix in small letters without its dot, '' where there is none; a leading dot makes no suffix."""
    return PurePosixPath(path).suffix[1:].lower()


def skipped_by_name(path: str) -> str | None:
    """Return why a file of this name is never read, None where its content has to tell."""
    name = path.rpartition("/")[2].lower()
    if name in _LOCK_FILES:
        return "lock file"
    if reason := SKIPPED_BY_SUFFIX.get(suffix_of(name)):
        return reason
    return SKIPPED_BY_SUFFIX.get(".".join(name.split(".")[-2:])) if name.count(".") > 1 else None


def kind_of(path: str, data: bytes) -> str:
    """Return the kind of a file by its first bytes, then its name; raises SkippedFile for what holds no text.

    The bytes go first because names lie: an encrypted .docx is an OLE container, many a .doc is RTF or HTML.
    """
    by_name = KIND_BY_SUFFIX.get(suffix_of(path))
    head = data[:4096]
    magic = _matched(_MAGIC, head)
    if magic == "zip":
        return _zip_kind(data, by_name)
    if magic == "ole":
        return _ole_kind(data, by_name)
    if magic in ("pdf", "rtf"):
        return magic
    if magic:
        raise SkippedFile(magic)
    if by_name in _OLE_KINDS:
        return _matched(_TEXT_MAGIC, head) or "text"
    if by_name:
        return by_name
    if reason := skipped_by_name(path):
        raise SkippedFile(reason)
    return "code" if language_of(path, head) else _matched(_TEXT_MAGIC, head) or "text"


def _matched(table: tuple[tuple[bytes, str], ...], head: bytes) -> str | None:
    return next((kind for pattern, kind in table if re.match(pattern, head, re.DOTALL | re.IGNORECASE)), None)


def _zip_kind(data: bytes, by_name: str | None) -> str:
    """Tell the documents that are ZIP archives from archives, by the names in the archive."""
    if by_name in ("docx", "pptx", "spreadsheet", "opendocument", "epub"):
        return by_name
    head, tail = data[:200], data[-65536:]
    if b"mimetypeapplication/epub+zip" in head:
        return "epub"
    if b"mimetypeapplication/vnd.oasis.opendocument" in head:
        return "opendocument"
    for member, kind in ((b"word/document", "docx"), (b"ppt/presentation", "pptx"), (b"xl/workbook", "spreadsheet")):
        if member in tail:
            return kind
    raise SkippedFile("archive")


def _ole_kind(data: bytes, by_name: str | None) -> str:
    """Tell what an OLE container holds, by the names of its streams."""
    if has_stream(data, "EncryptedPackage"):
        return by_name if by_name in ("docx", "pptx", "spreadsheet") else "docx"
    for stream, kind in (
        ("WordDocument", "doc"),
        ("PowerPoint Document", "ppt"),
        ("Workbook", "spreadsheet"),
        ("__substg1.0_", "msg"),
        ("Book", "spreadsheet"),
    ):
        if has_stream(data, stream):
            return kind
    raise SkippedFile("binary")


def has_stream(data: bytes, name: str) -> bool:
    """Tell whether an OLE container has a stream whose name begins so."""
    return name.encode("utf-16-le") in data

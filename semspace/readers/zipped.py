"""The members of documents that are ZIP archives, read with limits."""

from __future__ import annotations

import copy
import io
import zipfile
import zlib

from semspace.errors import UnreadableFile

MAX_MEMBER = 200 * 2**20
"""Bytes that one member may unpack to."""

_MAX_MEMBERS = 100_000
_MAX_TOTAL = 512 * 2**20
_BLOCK = 2**18
_TEXTS = (".xml", ".html", ".xhtml", ".htm", ".rels", ".opf", ".bin")
_BROKEN = (zipfile.BadZipFile, zlib.error, ValueError, NotImplementedError, RuntimeError, OSError, EOFError)
_MODEST = 16 * 2**20
"""Bytes up to which it does not matter how tightly a member is packed."""
_MAX_RATIO = 200
"""No text that somebody wrote packs more tightly than this; DEFLATE reaches 1,032."""


def opened(data: bytes, kind: str) -> zipfile.ZipFile:
    """Open the archive; raises UnreadableFile where it is damaged, encrypted, or unpacks to too much by its own account."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError):
        raise UnreadableFile(f"not a valid {kind} file: damaged or cut off") from None
    if sum(member.compress_size for member in members) > len(data):
        raise UnreadableFile(f"not a valid {kind} file: its parts overlap")
    if any(member.flag_bits & 1 for member in members):
        raise UnreadableFile("encrypted: needs a password")
    texts = [member for member in members if member.filename.lower().endswith(_TEXTS)]
    sizes = [member.file_size for member in texts]
    if len(members) > _MAX_MEMBERS or sum(sizes) > _MAX_TOTAL or max(sizes, default=0) > MAX_MEMBER:
        raise UnreadableFile("unpacks to more than a document would")
    if any(text.file_size > max(_MODEST, _MAX_RATIO * text.compress_size) for text in texts):
        raise UnreadableFile("unpacks to more than a document would")
    for text in texts:
        _check_size(archive, text)
    return archive


def _check_size(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Raise UnreadableFile where a member unpacks to more than it says: not every parser stops there."""
    true, size = copy.copy(member), 0
    true.file_size = MAX_MEMBER + 1
    try:
        with archive.open(true) as stream:
            while block := stream.read(_BLOCK):
                size += len(block)
                if size > member.file_size:
                    raise UnreadableFile("damaged: it unpacks to more than it says")
    except _BROKEN:
        return  # a part that nobody may want: whoever reads it will say so


def member(archive: zipfile.ZipFile, name: str) -> bytes | None:
    """Return the bytes of a member, None where there is none; raises UnreadableFile."""
    try:
        with archive.open(name) as stream:
            data = stream.read(MAX_MEMBER + 1)
    except KeyError:
        return None
    except _BROKEN:
        raise UnreadableFile("damaged: a part of it cannot be unpacked") from None
    if len(data) > MAX_MEMBER:
        raise UnreadableFile("unpacks to more than a document would")
    return data

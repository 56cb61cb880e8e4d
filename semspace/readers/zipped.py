"""The members of documents that are ZIP archives, read with limits."""

from __future__ import annotations

import io
import zipfile
import zlib

from semspace.errors import UnreadableFile

MAX_MEMBER = 200 * 2**20
"""Bytes that one member may unpack to."""

_MAX_MEMBERS = 100_000
_MAX_TOTAL = 2 * 2**30


def opened(data: bytes, kind: str) -> zipfile.ZipFile:
    """Open the archive; raises UnreadableFile where it is damaged, encrypted, or unpacks to too much by its own account."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError):
        raise UnreadableFile(f"not a valid {kind} file: damaged or cut off") from None
    if any(member.flag_bits & 1 for member in members):
        raise UnreadableFile("encrypted: needs a password")
    texts = [member.file_size for member in members if member.filename.lower().endswith((".xml", ".html", ".xhtml", ".htm"))]
    if len(members) > _MAX_MEMBERS or sum(texts) > _MAX_TOTAL or max(texts, default=0) > MAX_MEMBER:
        raise UnreadableFile("unpacks to more than a document would")
    return archive


def member(archive: zipfile.ZipFile, name: str) -> bytes | None:
    """Return the bytes of a member, None where there is none; raises UnreadableFile."""
    try:
        with archive.open(name) as stream:
            data = stream.read(MAX_MEMBER + 1)
    except KeyError:
        return None
    except (zipfile.BadZipFile, zlib.error, ValueError, NotImplementedError, RuntimeError, OSError, EOFError):
        raise UnreadableFile("damaged: a part of it cannot be unpacked") from None
    if len(data) > MAX_MEMBER:
        raise UnreadableFile("unpacks to more than a document would")
    return data

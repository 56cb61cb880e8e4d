"""What the child process may use, and how messages to and from it are framed."""

from __future__ import annotations

import ctypes
import json
import resource
import signal
import struct
import sys
from contextlib import suppress
from itertools import pairwise
from typing import Any, BinaryIO

from semspace.readers.landlock import give_up_files
from semspace.records import Document, Heading

MEMORY = 2**30
"""Bytes of address space; the parsers take 280 MB of it before they read anything."""

OPEN_FILES = 64
"""Files that may be open at once: the parsers' own libraries and a few modules, no more."""

MAX_TEXT = 50 * 10**6
"""Characters that a document may hold."""

MAX_HEAD = 64 * 2**20
"""Bytes that all but the text of a document may take in a message."""

MAX_BODY = 4 * MAX_TEXT
"""Bytes of a text: what a child claims beyond that is not waited for."""

_FRAME = struct.Struct(">IQ")
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000


def confine() -> None:
    """Limit this process for good: memory, open files, no file of the user, no network, no core dump, deaf to Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = {"RLIMIT_AS": MEMORY, "RLIMIT_NOFILE": OPEN_FILES, "RLIMIT_FSIZE": 0, "RLIMIT_CORE": 0}
    for name, amount in limits.items():
        _, hard = resource.getrlimit(getattr(resource, name))
        allowed = amount if hard == resource.RLIM_INFINITY else min(amount, hard)
        with suppress(ValueError, OSError):  # macOS refuses some of them
            resource.setrlimit(getattr(resource, name), (allowed, allowed))
    if sys.platform == "linux":
        # An empty network namespace, where the kernel grants one; nothing that runs here asks for the network anyway.
        ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
    give_up_files()


def allow(seconds: float) -> None:
    """Allow so many more seconds of computing: the last resort against a parser that outlives its parent."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = int(used.ru_utime + used.ru_stime + seconds) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def send(stream: BinaryIO, head: dict[str, Any], body: bytes) -> None:
    """Write one message: a JSON head and a body of bytes."""
    packed = json.dumps(head).encode()
    stream.write(_FRAME.pack(len(packed), len(body)) + packed)
    stream.write(body)
    stream.flush()


def receive(stream: BinaryIO, most: int | None = None) -> tuple[dict[str, Any], bytes]:
    """Read one message, whose body has `most` bytes; raises EOFError where the other side has gone, ValueError for nonsense."""
    head_size, body_size = _FRAME.unpack(_exactly(stream, _FRAME.size))
    if head_size > MAX_HEAD or (most is not None and body_size > most):
        raise ValueError("more than a message holds")
    head = json.loads(_exactly(stream, head_size))
    if not isinstance(head, dict):
        raise ValueError("not a message")
    return head, _exactly(stream, body_size)


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def packed(document: Document) -> tuple[dict[str, Any], bytes]:
    """Return a document as a message."""
    head = {
        "kind": document.kind,
        "title": document.title,
        "language": document.language,
        "metadata": dict(document.metadata),
        "headings": [[heading.start, *heading.path] for heading in document.headings],
        "pages": document.pages,
        "lines": document.lines,
        "date": document.date,
    }
    return head, document.text.encode("utf-8", "replace")


def unpacked(path: str, head: dict[str, Any], body: bytes) -> Document:
    """Return the document that a message holds; raises ValueError, KeyError or TypeError where it holds none."""
    text = body.decode()
    starts = [int(start) for start, *_ in head["headings"]]
    pages = tuple(int(start) for start in head["pages"])
    for places in (starts, pages):
        if any(later < earlier for earlier, later in pairwise((0, *places, len(text)))):
            raise ValueError("places outside of the text")
    return Document(
        path,
        text,
        kind=str(head["kind"]),
        title=_words(head["title"]),
        language=_words(head["language"]),
        metadata={str(name): value for name, value in head["metadata"].items()},
        headings=tuple(Heading(int(start), tuple(map(str, path))) for start, *path in head["headings"]),
        pages=pages,
        lines=bool(head["lines"]),
        date=None if head["date"] is None else float(head["date"]),
    )


def _words(value: object) -> str | None:
    return None if value is None else str(value)

"""One file -> its bytes, its hash, its document."""

from __future__ import annotations

import errno
import os
import stat
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b
from importlib import import_module
from types import TracebackType
from typing import Any, Self

from semspace.errors import SemspaceError, SkippedFile, UnreadableFile
from semspace.readers import CHILD_READERS, MAX_SIZE, TEXT_READERS, TIMEOUT, Loaded, ReaderFunction, Reading
from semspace.readers.decoding import clean
from semspace.readers.extraction import Extraction
from semspace.readers.formats import KIND_BY_SUFFIX, kind_of, suffix_of
from semspace.readers.limits import MAX_TEXT
from semspace.records import Document, Stamp

LARGE = 2**18
"""Bytes from which on text with a structure (Markdown, tables, JSON) is parsed in the child process too."""

FRESH = 20_000_000
"""Nanoseconds for which a file may change once more without a new time: the clock of file systems ticks up to 10 ms apart."""

_ONLY_DECODED = frozenset({"text", "code"})
_MAX_TITLE = 300
_MAX_VALUE = 10_000
_MAX_LANGUAGE = 35
_REASONS = {
    errno.ENOENT: "vanished",
    errno.ENOTDIR: "vanished",
    errno.EACCES: "no permission",
    errno.EPERM: "no permission",
    errno.ELOOP: "a symbolic link",
    errno.ENAMETOOLONG: "path too long",
    errno.EISDIR: "a folder",
    errno.ENXIO: "not a regular file",
}


class Reader:
    """Reads files; owns the child process that parses the formats which are not text. Threads may share one."""

    def __init__(self, *, worker: Sequence[str] | None = None) -> None:
        """`worker` is the command of another child process that speaks the same protocol."""
        self._extraction = Extraction(worker) if worker else Extraction()
        self._foreign: dict[str, ReaderFunction] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the child process; a later file starts another."""
        self._extraction.close()

    def read(self, path: str, *, max_size: int = MAX_SIZE, timeout: float = TIMEOUT) -> Reading:
        """Load and parse; raises SkippedFile for what holds no text, UnreadableFile for what should but cannot be read."""
        loaded = self.load(path, max_size=max_size)
        return Reading(self.parse(loaded, timeout=timeout), loaded.content_hash, loaded.stamp)

    def load(self, path: str, *, max_size: int = MAX_SIZE) -> Loaded:
        """Read the bytes of a regular file, whole and of one moment, and hash them.

        No symbolic link is followed, nor one on the way: whoever means what is behind it asks for its real path. A file that
        changes meanwhile is read once more. Raises SkippedFile, UnreadableFile.
        """
        for _ in range(2):
            if loaded := _load(path, max_size):
                return loaded
        raise UnreadableFile("changed while it was read")

    def parse(self, loaded: Loaded, *, timeout: float = TIMEOUT) -> Document:
        """Turn bytes into a document; raises SkippedFile, UnreadableFile. `timeout` is in seconds, for the child process."""
        if not loaded.data.strip(b"\x00 \t\r\n"):
            raise SkippedFile("empty")
        document = self._parse(loaded.path, loaded.data, timeout)
        if len(document.text) > MAX_TEXT:
            raise UnreadableFile("more text than a document would hold")
        # Markdown of front matter alone has no text, and is a document all the same: its fields can be asked for.
        if not document.text.strip() and document.kind != "markdown":
            raise SkippedFile("no text in it")
        return replace(
            document,
            title=_title(document.title),
            language=document.language[:_MAX_LANGUAGE] if document.language else None,
            metadata={name: _bounded(value) for name, value in document.metadata.items()},
        )

    def _parse(self, path: str, data: bytes, timeout: float) -> Document:
        if foreign := self._foreign_for(path):
            document = _called(foreign, path, data)
            return replace(document, text=clean(document.text))
        kind = kind_of(path, data)
        if kind in CHILD_READERS or (len(data) > LARGE and kind not in _ONLY_DECODED):
            return self._extraction.parse(kind, path, data, timeout)
        return _called(_function(TEXT_READERS[kind]), path, data)

    def _foreign_for(self, path: str) -> ReaderFunction | None:
        """Return the reader that another package registers for this suffix or for the kind of it."""
        if self._foreign is None:
            from importlib.metadata import entry_points

            self._foreign = {point.name: point.load() for point in entry_points(group="semspace.readers")}
        suffix = suffix_of(path)
        return self._foreign.get("." + suffix) or self._foreign.get(KIND_BY_SUFFIX.get(suffix, ""))


def _title(title: str | None) -> str | None:
    """Return a title as one line of a reasonable length; None where there is no word in it."""
    line = " ".join(clean(title).split())[:_MAX_TITLE] if title else ""
    return line if any(map(str.isalnum, line)) else None


def _load(path: str, max_size: int) -> Loaded | None:
    """Read a file; None where it changed meanwhile."""
    try:
        # O_NONBLOCK: opening a FIFO, which a file may have turned into, must not wait for a writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise UnreadableFile(_why(error)) from None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise SkippedFile("not a regular file")
        before = _rested(descriptor)
        if not _is_straight(descriptor, path):
            if before.st_nlink:
                raise UnreadableFile("a symbolic link on its way")
            return None
        if before.st_size > max_size:
            raise SkippedFile("too large")
        with os.fdopen(descriptor, "rb", closefd=False) as stream:
            data = stream.read(before.st_size + 1)
        after = os.fstat(descriptor)
    except OSError as error:
        raise UnreadableFile(_why(error)) from None
    finally:
        os.close(descriptor)
    stamp = _stamp(after)
    if _stamp(before) != stamp or len(data) != after.st_size:
        return None
    return Loaded(path, data, blake2b(data, digest_size=16).digest(), stamp)


def _rested(descriptor: int) -> os.stat_result:
    """Look at a file when its next change will show in its times: one that has just changed could change unseen."""
    info = os.fstat(descriptor)
    age = time.time_ns() - info.st_ctime_ns
    if 0 <= age < FRESH:
        time.sleep((FRESH - age) / 1e9)
        info = os.fstat(descriptor)
    return info


def _is_straight(descriptor: int, path: str) -> bool:
    """Tell whether the file that was opened lies where its path says: a folder may have become a link out of the root."""
    if sys.platform != "linux":
        return True
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}") == os.path.abspath(path)  # noqa: PTH100, PTH115 - odd names
    except OSError:
        return True  # no /proc


def _bounded(value: Any, depth: int = 0) -> Any:
    """Return a value of the metadata with its long texts cut."""
    if isinstance(value, str):
        return value[:_MAX_VALUE]
    if isinstance(value, (list, tuple)) and depth < 10:
        return [_bounded(item, depth + 1) for item in value[:_MAX_VALUE]]
    return value


def _stamp(info: os.stat_result) -> Stamp:
    return Stamp(info.st_size, info.st_mtime_ns, info.st_ctime_ns, info.st_ino)


def _why(error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and error.errno:
        return _REASONS.get(error.errno, os.strerror(error.errno).lower())
    return "not a path"


def _function(place: str) -> ReaderFunction:
    module, _, name = place.partition(":")
    function: ReaderFunction = getattr(import_module(module), name)
    return function


def _called(function: ReaderFunction, path: str, data: bytes) -> Document:
    """Call a reader; whatever it raises costs this file only."""
    try:
        return function(path, data)
    except (SemspaceError, MemoryError):
        raise
    except Exception as error:
        raise UnreadableFile(f"its reader failed ({type(error).__name__})") from error

"""The child process: bytes in, documents out, until its parent closes the pipe."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any, BinaryIO

from semspace.errors import SkippedFile, UnreadableFile
from semspace.readers import CHILD_READERS, TEXT_READERS
from semspace.readers.limits import MAX_TEXT, allow, confine, packed, receive, send
from semspace.records import Document


def main() -> None:
    """Serve requests; what parsers print goes nowhere."""
    inward, outward = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    confine()
    serve(inward, outward)


def serve(inward: BinaryIO, outward: BinaryIO) -> None:
    """Answer each request with a document or a reason."""
    while True:
        try:
            head, data = receive(inward)
        except EOFError:
            return
        allow(head["timeout"])
        answer, body = _answer(head["kind"], head["path"], data)
        del data
        try:
            send(outward, answer, body)
        except BrokenPipeError:
            return
        del body


def _answer(kind: str, path: str, data: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        document = _read(kind, path, data)
    except (SkippedFile, UnreadableFile) as error:
        return {"error": error.kind, "reason": error.message}, b""
    except MemoryError:
        return {"error": "unreadable_file", "reason": "needs too much memory"}, b""
    except RecursionError:
        return {"error": "unreadable_file", "reason": "nested too deeply"}, b""
    except Exception as error:  # noqa: BLE001 - whatever a parser raises costs this file only
        return {"error": "unreadable_file", "reason": f"the parser failed ({type(error).__name__})"}, b""
    return packed(document)


def _read(kind: str, path: str, data: bytes) -> Document:
    module, _, function = (CHILD_READERS.get(kind) or TEXT_READERS[kind]).partition(":")
    document: Document = getattr(import_module(module), function)(path, data)
    if len(document.text) > MAX_TEXT:
        raise UnreadableFile("more text than a document would hold")
    return document


if __name__ == "__main__":
    main()

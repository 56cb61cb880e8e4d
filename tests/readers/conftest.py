"""What the tests of the readers share: one reader, and a way to read bytes as a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from semspace.readers import Reader
from semspace.records import Document

Read = Callable[[str, bytes], Document]


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as opened:
        yield opened


@pytest.fixture
def read(reader: Reader, tmp_path: Path) -> Read:
    """Write bytes under a name and read them back as a document."""

    def write_and_read(name: str, data: bytes) -> Document:
        path = os.path.join(tmp_path, name)
        with open(path, "wb") as file:
            file.write(data)
        return reader.read(path, timeout=20).document

    return write_and_read

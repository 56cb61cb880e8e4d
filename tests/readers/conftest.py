"""What the tests of the readers share: one reader, and a way to read bytes as a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from office_samples import Read

from semspace.readers import Reader
from semspace.records import Document


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as opened:
        yield opened


@pytest.fixture
def read(reader: Reader, tmp_path: Path) -> Read:
    """Write bytes under a name and read them back as a document."""

    def write_and_read(name: str, data: bytes) -> Document:
        path = tmp_path / name
        path.write_bytes(data)
        return reader.read(str(path), timeout=20).document

    return write_and_read

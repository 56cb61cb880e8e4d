"""One file -> bytes, hash, stamp, document."""

from __future__ import annotations

import os
import sys
from hashlib import blake2b
from pathlib import Path
from typing import IO

import pytest

from semspace.errors import SkippedFile, UnreadableFile
from semspace.readers import Reader, walk


def test_loading_hashes_without_parsing(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(b"no Word file at all")
    loaded = reader.load(str(path))
    assert loaded.content_hash == blake2b(b"no Word file at all", digest_size=16).digest()
    assert [loaded.stamp] == [found.stamp for found in walk(tmp_path)]
    with pytest.raises(UnreadableFile):
        reader.parse(loaded)


def test_reading_gives_document_hash_and_stamp_of_one_moment(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("# Words\n")
    reading = reader.read(str(path))
    loaded = reader.load(str(path))
    assert (reading.document.title, reading.content_hash, reading.stamp) == ("Words", loaded.content_hash, loaded.stamp)
    assert reading.document.path == str(path)


def grow(path: Path, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """Let the file grow between the first look at it and the last, so often."""
    real, calls = os.fdopen, [0]

    def fdopen(descriptor: int, *arguments: object, **options: object) -> IO[bytes]:
        calls[0] += 1
        if calls[0] <= times:
            with path.open("a") as file:
                file.write("more\n")
        return real(descriptor, *arguments, **options)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr("semspace.readers.reader.os.fdopen", fdopen)


def test_a_file_that_grows_while_it_is_read_is_read_again(
    reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.log"
    path.write_text("words\n")
    with monkeypatch.context() as patch:
        grow(path, patch, times=1)
        reading = reader.read(str(path))
    assert reading.document.text == path.read_text()
    assert reading.stamp.size == path.stat().st_size


def test_a_file_that_never_rests_is_unreadable(reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.log"
    path.write_text("words\n")
    with monkeypatch.context() as patch:
        grow(path, patch, times=9)
        with pytest.raises(UnreadableFile, match="changed while it was read"):
            reader.read(str(path))


def test_what_is_no_longer_a_file_has_a_reason(reader: Reader, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to("/etc/hostname")
    reasons = {"gone": "vanished", "link": "a symbolic link", "x" * 300: "path too long", "nul\x00": "not a path"}
    for name, reason in reasons.items():
        with pytest.raises(UnreadableFile) as error:
            reader.load(str(tmp_path / name))
        assert error.value.message == reason
    for name in ("fifo", "."):
        with pytest.raises(SkippedFile, match="not a regular file"):
            reader.load(str(tmp_path / name))


def test_a_file_over_the_limit_is_not_read(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("words")
    with pytest.raises(SkippedFile, match="too large"):
        reader.load(str(tmp_path / "a.txt"), max_size=4)


def test_a_file_without_permission_says_so(reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> int:
        raise PermissionError(13, "denied")

    with monkeypatch.context() as patch:
        patch.setattr("semspace.readers.reader.os.open", denied)
        with pytest.raises(UnreadableFile, match="no permission"):
            reader.load(str(tmp_path / "a.txt"))


FOREIGN = """
from semspace.records import Document
def read(path, data):
    if b"broken" in data:
        raise KeyError("x")
    return Document(path, "foreign\\ud800 " + data.decode(), kind="fb2")
"""


def test_another_package_may_read_a_suffix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packages = tmp_path / "packages"
    information = packages / "semspace_foreign-1.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: semspace-foreign\nVersion: 1\n")
    (information / "entry_points.txt").write_text("[semspace.readers]\n.xyz = semspace_foreign:read\n")
    (packages / "semspace_foreign.py").write_text(FOREIGN)
    monkeypatch.syspath_prepend(str(packages))
    (tmp_path / "a.xyz").write_text("words")
    (tmp_path / "b.xyz").write_text("broken")
    with Reader() as reader:
        assert reader.read(str(tmp_path / "a.xyz")).document.text == "foreign\ufffd words"
        with pytest.raises(UnreadableFile, match="its reader failed"):
            reader.read(str(tmp_path / "b.xyz"))
    sys.modules.pop("semspace_foreign", None)

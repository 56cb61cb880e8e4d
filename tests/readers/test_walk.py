"""A root -> the files below it."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import pytest

from semspace.errors import PathNotFound
from semspace.readers import Found, walk


def make(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("words")


def names(root: Path, **options: object) -> list[str]:
    return [os.path.relpath(found.path, root) for found in walk(root, **options) if not found.skipped]  # type: ignore[arg-type]


def skipped(root: Path, **options: object) -> dict[str, str]:
    found = walk(root, **options)  # type: ignore[arg-type]
    return {os.path.relpath(one.path, root): one.skipped for one in found if one.skipped}


def test_files_come_sorted_folder_by_folder_and_the_same_every_time(tmp_path: Path) -> None:
    make(tmp_path, "b/2.md", "b/10.md", "a.md", "c.md", "B.md")
    assert names(tmp_path) == ["B.md", "a.md", "b/10.md", "b/2.md", "c.md"]
    assert list(walk(tmp_path)) == list(walk(tmp_path))


def test_a_stamp_tells_size_time_and_inode(tmp_path: Path) -> None:
    make(tmp_path, "a.md")
    (found,) = walk(tmp_path)
    info = (tmp_path / "a.md").stat()
    assert found.stamp is not None
    assert (found.stamp.size, found.stamp.mtime_ns, found.stamp.inode) == (5, info.st_mtime_ns, info.st_ino)


def test_hidden_files_come_only_when_asked_for_and_version_control_never(tmp_path: Path) -> None:
    make(tmp_path, ".notes/a.md", ".b.md", "c.md", ".git/config.md", ".hg/x.md", ".svn/x.md", ".jj/x.md", "CVS/x.md")
    assert names(tmp_path) == ["c.md"]
    assert names(tmp_path, hidden=True) == [".b.md", ".notes/a.md", "c.md"]


def test_include_and_exclude_are_globs_relative_to_the_root(tmp_path: Path) -> None:
    make(tmp_path, "a.md", "b.txt", "drafts/c.md", "x/drafts/d.md", "x/e.md")
    assert names(tmp_path, include=["*.md"]) == ["a.md", "drafts/c.md", "x/drafts/d.md", "x/e.md"]
    assert names(tmp_path, include=["drafts/**"]) == ["drafts/c.md"]
    assert names(tmp_path, include=["drafts"]) == ["drafts/c.md", "x/drafts/d.md"]
    assert names(tmp_path, exclude=["drafts/", "*.txt"]) == ["a.md", "x/e.md"]
    assert names(tmp_path, include=["*.md"], exclude=["/drafts"]) == ["a.md", "x/drafts/d.md", "x/e.md"]
    assert names(tmp_path, include=["*", "!*.md"]) == ["b.txt"]


def test_a_root_that_is_a_file_is_found_though_hidden_and_ignored(tmp_path: Path) -> None:
    make(tmp_path, ".secret.md")
    (tmp_path / ".gitignore").write_text("*")
    (found,) = walk(tmp_path / ".secret.md", include=["*.txt"])
    assert found.path == str(tmp_path / ".secret.md")
    assert found.skipped is None


def test_a_root_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PathNotFound):
        list(walk(tmp_path / "nowhere"))


def test_what_holds_no_text_by_its_name_comes_with_a_reason(tmp_path: Path) -> None:
    make(tmp_path, "a.png", "b.ZIP", "c.tar.gz", "d.min.js", "package-lock.json", "Cargo.lock", "e.pyc", "f.mp3", "g.sqlite")
    (tmp_path / "empty.md").touch()
    assert skipped(tmp_path) == {
        "a.png": "image",
        "b.ZIP": "archive",
        "c.tar.gz": "archive",
        "d.min.js": "machine-written",
        "package-lock.json": "lock file",
        "Cargo.lock": "lock file",
        "e.pyc": "compiled code",
        "f.mp3": "audio",
        "g.sqlite": "database",
        "empty.md": "empty",
    }


def test_a_file_over_the_limit_is_too_large(tmp_path: Path) -> None:
    make(tmp_path, "a.md")
    assert skipped(tmp_path, max_size=4) == {"a.md": "too large"}
    assert names(tmp_path, max_size=5) == ["a.md"]


def test_fifos_and_sockets_are_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.md")
    os.mkfifo(tmp_path / ".gitignore")
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(tmp_path / "s.md"))
    server.close()
    assert skipped(tmp_path) == {"fifo.md": "not a regular file", "s.md": "not a regular file"}


def test_links_lead_neither_out_of_the_root_nor_in_circles_nor_twice_to_a_file(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    root = tmp_path / "root"
    make(outside, "secret.md")
    make(tmp_path, "root-evil/x.md")
    make(root, "a.md", "deep/b.md")
    (root / "again.md").symlink_to("a.md")
    (root / "up").symlink_to(".")
    (root / "deep/loop").symlink_to("..")
    (root / "self").symlink_to("self")
    (root / "gone").symlink_to("nowhere")
    (root / "out").symlink_to(outside)
    (root / "secret.md").symlink_to(outside / "secret.md")
    (root / "sibling").symlink_to("../root-evil")
    assert names(root) == ["a.md", "deep/b.md"]
    assert skipped(root) == {
        "gone": "broken symbolic link",
        "self": "broken symbolic link",
        "out": "symbolic link out of the root",
        "secret.md": "symbolic link out of the root",
        "sibling": "symbolic link out of the root",
    }


def test_a_root_that_is_a_link_is_the_folder_behind_it(tmp_path: Path) -> None:
    make(tmp_path, "real/a.md")
    (tmp_path / "link").symlink_to("real")
    assert [found.path for found in walk(tmp_path / "link")] == [str(tmp_path / "real/a.md")]


def test_a_file_with_two_names_is_found_once(tmp_path: Path) -> None:
    make(tmp_path, "a.md")
    os.link(tmp_path / "a.md", tmp_path / "b.md")
    assert names(tmp_path) == ["a.md"]


def test_odd_names_are_found_and_give_their_bytes_back(tmp_path: Path) -> None:
    odd = [
        b"\xff\xfe.md",
        b"new\nline.md",
        b"\x1b[31mred.md",
        b"-rf.md",
        b"[bold].md",
        "\u00e9.md".encode(),
        "e\u0301.md".encode(),
    ]
    odd += ["\u202egnp.md".encode(), b"x" * 252 + b".md", b" .md"]
    for name in odd:
        (tmp_path / os.fsdecode(name)).write_bytes(b"words")
    found = [os.fsencode(one.path).rpartition(b"/")[2] for one in walk(tmp_path) if not one.skipped]
    assert sorted(found) == sorted(odd)


def test_a_folder_that_cannot_be_listed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "closed/a.md", "open/b.md")
    real = os.scandir

    def scandir(path: str) -> object:
        if path.rstrip("/").endswith("closed"):
            raise PermissionError(13, "denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = list(walk(tmp_path))
    assert Found(str(tmp_path / "closed"), None, "unreadable folder") in found
    assert [one.path for one in found if not one.skipped] == [str(tmp_path / "open/b.md")]


def test_a_tree_deeper_than_a_path_may_be_long_ends(tmp_path: Path) -> None:
    home = os.open(".", os.O_RDONLY)
    try:
        os.chdir(tmp_path)
        for _ in range(600):
            Path("folder-deeper").mkdir()
            os.chdir("folder-deeper")
        os.fchdir(home)
        assert list(skipped(tmp_path).values()) == ["path too long"]
    finally:
        os.fchdir(home)
        os.close(home)


def test_a_thousand_files_take_a_blink(tmp_path: Path) -> None:
    make(tmp_path, *(f"{folder}/{number}.md" for folder in range(20) for number in range(50)))
    (tmp_path / ".gitignore").write_text("".join(f"*.{number}\n" for number in range(20)))
    list(walk(tmp_path))
    start = time.perf_counter()
    assert len(names(tmp_path)) == 1000
    assert time.perf_counter() - start < 1.0

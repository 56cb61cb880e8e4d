"""Things in a folder that are no files, lead elsewhere, cannot be read, or have names that nobody expects."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

from semspace.bench.faults.hostile import READ, SILENT, Hostile, Outside

KIND = "hostile names, links and devices"
_WORDS = b"The silver river and the bread."
_NO_FILE, _OUT, _BROKEN = "not a regular file", "symbolic link out of the root", "broken symbolic link"

ODD = (
    b"new\nline.md", b"\x1b[31mred\x1b[0m.md", b"\x1b]52;c;eHl6enk=\x07.md", b"bell\x07\x08\x7f.md", b"-rf", b"--help.md",
    b"[/].md", b"[bold red]x[/bold red].md", b"$(touch x).md", b"`id`.md", b"%s%n.md", b"..md", b"...", b" .md", b"~", b"*.md",
    b"a" * 252 + b".md", "é".encode() * 126 + b".md", b"\xff\xfe\x80.md", b"caf\xe9.md", b"\xed\xa0\x80.md",
    "\u202egnp.md".encode(), "\u200b\u200d.md".encode(), "\U000e0041.md".encode(), b"con.md", b"text:1", b"a'b\"c;--.md",
    b"' OR 1=1.md", b"\\u0000.md", b"a\tb.md", b"#12", b"a.md:40", b"\xc2\x85.md", b"{0}.md", b"a%00b.md",
)  # fmt: skip
"""Names as bytes."""


def _named(name: bytes) -> Callable[[Path, Outside], None]:
    def place(path: Path, _: Outside) -> None:
        file = Path(os.fsdecode(os.fsencode(path.parent) + b"/" + name))
        file.parent.mkdir(parents=True, exist_ok=True)  # a slash in markup parts folders
        file.write_bytes(_WORDS)

    return place


def _twins(*names: str) -> Callable[[Path, Outside], None]:
    def place(path: Path, _: Outside) -> None:
        for number, name in enumerate(names):
            (path.parent / name).write_bytes(_WORDS + str(number).encode())

    return place


def _fifo(path: Path, _: Outside) -> None:
    os.mkfifo(path)


def _socket(path: Path, _: Outside) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # the path of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path.name)
    finally:
        os.chdir(here)


def _device(path: Path, _: Outside) -> None:
    os.mknod(path, 0o600 | stat.S_IFCHR, os.makedev(1, 5))  # as /dev/zero: it never ends


def _link(target: Callable[[Path, Outside], str | Path]) -> Callable[[Path, Outside], None]:
    return lambda path, outside: path.symlink_to(target(path, outside))


def _loops(path: Path, _: Outside) -> None:
    path.mkdir()
    for number in range(20):
        (path / f"up{number}").symlink_to("..")
        (path / f"here{number}").symlink_to(".")
    (path / "in.md").write_bytes(_WORDS)


def _hard(path: Path, _: Outside) -> None:
    path.write_bytes(_WORDS)
    for number in range(5):
        os.link(path, path.with_name(f"again{number}.md"))


def _deep(path: Path, _: Outside) -> None:
    """Make folders in folders, ten thousand deep: far beyond the longest path that a system call takes."""
    here = os.open(path.parent, os.O_RDONLY)
    try:
        for _level in range(10_000):
            os.mkdir("d", dir_fd=here)
            below = os.open("d", os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
        file = os.open("end.md", os.O_WRONLY | os.O_CREAT, dir_fd=here)
        os.write(file, _WORDS)
        os.close(file)
    finally:
        os.close(here)


def _ignoring(lines: bytes) -> Callable[[Path, Outside], None]:
    def place(path: Path, _: Outside) -> None:
        (path.parent / ".gitignore").write_bytes(lines)
        (path.parent / ("a" * 200 + ".md")).write_bytes(_WORDS)

    return place


def _git(path: Path, outside: Outside) -> None:
    """Put a .git there whose rules lie outside."""
    (outside.folder / "info").mkdir(exist_ok=True)
    (outside.folder / "info" / "exclude").write_text("*\n")
    (path.parent / ".git").symlink_to(outside.folder)


def _many(path: Path, _: Outside) -> None:
    path.mkdir()
    for number in range(100_000):
        (path / f"{number}.png").write_bytes(b"")


def _sparse(path: Path, _: Outside) -> None:
    with path.open("wb") as file:
        file.truncate(10**12)


def _unlisted(path: Path, _: Outside) -> None:
    """Make a folder that may not be listed: nor by root, where it is the mount point of a file system that has failed."""
    path.mkdir()
    path.chmod(0)


def _unfit(path: Path, _: Outside) -> None:
    path.write_bytes(_WORDS)
    path.chmod(0)


def _immense(path: Path, _: Outside) -> None:
    """Mount a small file system there and fill it with a file."""
    path.mkdir()
    subprocess.run(["mount", "--bind", str(path.parent), str(path)], check=True)


_ROOT_READS = f"{READ}|no permission|unreadable folder|{SILENT}"

NAMES: list[Hostile] = [
    Hostile(KIND, "fifo.md", _fifo, _NO_FILE),
    Hostile(KIND, "socket.md", _socket, _NO_FILE),
    Hostile(KIND, "device.md", _device, _NO_FILE, root=True),
    Hostile(KIND, "zero.md", _link(lambda *_: "/dev/zero"), _OUT),
    Hostile(KIND, "secret.md", _link(lambda _, outside: outside.folder / "secret.txt"), _OUT),
    Hostile(KIND, "secrets", _link(lambda _, outside: outside.folder), _OUT),
    Hostile(
        KIND, "relative.md", _link(lambda path, outside: os.path.relpath(outside.folder / "secret.txt", path.parent)), _OUT
    ),
    Hostile(KIND, "everything", _link(lambda *_: "/"), _OUT),
    Hostile(KIND, "itself.md", _link(lambda path, _: path.name), _BROKEN),
    Hostile(KIND, "gone.md", _link(lambda *_: "nowhere/at/all"), _BROKEN),
    Hostile(KIND, "up", _link(lambda *_: "."), SILENT),
    Hostile(KIND, "process.md", _link(lambda *_: "/proc/self/environ"), _OUT),
    Hostile(KIND, "loops", _loops, READ),
    Hostile(KIND, "hard.md", _hard, READ),
    Hostile(KIND, "deep", _deep, "path too long"),
    Hostile(KIND, "sparse.md", _sparse, "too large"),
    Hostile(KIND, "unlisted", _unlisted, _ROOT_READS),
    Hostile(KIND, "unfit.md", _unfit, _ROOT_READS),
    Hostile(KIND, "stars.gitignore", _ignoring(b"*a" * 20 + b"*b\n" + b"[!b]*" * 20 + b"x\n"), READ),
    Hostile(KIND, "folders.gitignore", _ignoring(b"**/a" * 50 + b"/b\n" + b"a**" * 50 + b"x\n"), READ),
    Hostile(KIND, "many.gitignore", _ignoring(b"".join(b"b%d\n" % n for n in range(200_000))), READ),
    Hostile(KIND, "fifo.gitignore", lambda path, _: os.mkfifo(path.parent / ".gitignore"), SILENT),
    Hostile(KIND, "git", _git, SILENT),
    Hostile(KIND, "letters", _twins("caf\u00e9.md", "cafe\u0301.md"), READ),
    Hostile(KIND, "cases", _twins("River.md", "river.md", "RIVER.MD"), READ),
    Hostile(KIND, "mounted", _immense, SILENT, root=True),
    Hostile(KIND, "crowd", _many, "image|empty", slow=True),
    *(Hostile(KIND, repr(name), _named(name), SILENT if name.startswith(b".") else READ) for name in ODD),
]

"""Files that a map is drawn into: written whole or not at all, and nobody else's is overwritten."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from semspace.cli import output
from semspace.cli.options import grouped
from semspace.errors import InvalidInput

if TYPE_CHECKING:
    from semspace.ui.plotting import Detail
    from semspace.views.map import Map

MARKS = (b'<meta name="generator" content="semspace">', b"<metadata>semspace</metadata>", b"tEXtSoftware\0semspace")
"""What is near the beginning of each file that was drawn here."""

HEAD = 4096

FILE = click.Path(dir_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True)
class Drawings:
    """The files that are wanted."""

    html: Path | None
    svg: Path | None
    png: Path | None
    force: bool

    def check(self) -> None:
        """Raise before anything is computed where a file could not be written, or is somebody else's."""
        for path in (self.html, self.svg, self.png):
            if path is None:
                continue
            if not path.parent.is_dir():
                raise InvalidInput(f"There is no folder {path.parent}.", "Make it first, or name another.")
            if not (self.force or _ours(path)):
                raise InvalidInput(f"{path} is there already, and no map of semspace's.", "--force replaces it.")

    def write(self, found: Map) -> None:
        """Draw a map into the files; one of nothing into none."""
        ways: list[tuple[Path | None, Callable[[], str | bytes]]] = [
            (self.html, found.to_html), (self.svg, found.to_svg), (self.png, found.to_png),
        ]  # fmt: skip
        for path, draw in ways:
            if path is not None and not len(found):
                output.say(f"nothing to draw: {path} was not written")
            elif path is not None:
                drawn = draw()
                _write(path, drawn if isinstance(drawn, bytes) else drawn.encode("utf-8"))
                output.say(f"wrote {path}")


drawn = grouped(
    "drawings",
    Drawings,
    click.option(
        "--html", type=FILE, metavar="FILE", help="Also one page to zoom and search in, with all texts; needs no network."
    ),
    click.option("--svg", type=FILE, metavar="FILE", help="Also a drawing, with labels and legend."),
    click.option("--png", type=FILE, metavar="FILE", help="Also an image, without words."),
    click.option("--force", is_flag=True, help="Replace files that are not maps of semspace's, too."),
)


def shown_as(detail: Detail) -> Detail:
    """Return what draws best where it is left to us: pixels in a terminal that says it shows images."""
    from semspace.ui.pixels import shows_images

    return "pixels" if detail == "auto" and sys.stdout.isatty() and shows_images(os.environ) else detail


def _ours(path: Path) -> bool:
    """Tell whether nothing is lost: nothing is there, it is empty, no regular file (a pipe), or was drawn here."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return True
    if not stat.S_ISREG(found.st_mode) or not found.st_size:
        return True
    with path.open("rb") as file:
        head = file.read(HEAD)
    return any(mark in head for mark in MARKS)


def _write(path: Path, data: bytes) -> None:
    """Replace a file in one step, what a link leads to and not the link; what is no regular file is written to."""
    path = path.resolve()
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        # As any document of a person: the umask says who may read it.
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        with suppress(FileNotFoundError):
            temporary.chmod(stat.S_IMODE(path.stat().st_mode))
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)

"""Where a text comes from, as it is shown: short, safe, and clickable."""

from __future__ import annotations

import os
from dataclasses import dataclass
from urllib.parse import quote

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.style import Style
from rich.text import Text

from semspace.records import Hit
from semspace.ui.console import on_terminal
from semspace.ui.safe import safe_text, true_bytes


@dataclass(frozen=True, slots=True)
class Stand:
    """Where the reader stands: paths below `folder` are shown from there, those below `home` from ~."""

    folder: str | None = None
    home: str | None = None


ANYWHERE = Stand()


def seen_from(path: str, stand: Stand) -> str:
    """Return a path as a person would write it from where he stands."""
    if stand.folder and path.startswith(stand.folder.rstrip(os.sep) + os.sep):
        return path[len(stand.folder.rstrip(os.sep)) + 1 :]
    if stand.home and path.startswith(stand.home.rstrip(os.sep) + os.sep):
        return "~" + path[len(stand.home.rstrip(os.sep)) :]
    return path


def shorten(path: str, width: int) -> str:
    """Return a path of at most `width` cells: folders in its middle go first, then the middle of its name."""
    if cell_len(path) <= width:
        return path
    folders = path.split("/")
    for gone in range(1, len(folders) - 1):
        keep = len(folders) - 1 - gone
        first = (keep + 1) // 2
        short = "/".join([*folders[:first], "…", *folders[first + gone :]])
        if cell_len(short) <= width:
            return short
    name = folders[-1]
    if width < 4:
        return set_cell_size(name, max(width, 0))
    tail = (width - 1) // 2
    return set_cell_size(name, width - 1 - tail).rstrip() + "…" + _last_cells(name, tail)


def _last_cells(text: str, width: int) -> str:
    return set_cell_size(text[::-1], width).rstrip()[::-1]


def file_url(path: str) -> str:
    """Return the URL of a file, of plain ASCII whatever its name."""
    return "file://" + quote(true_bytes(path))


def place(hit: Hit, console: Console, stand: Stand, width: int) -> Text:
    """Return `path:line  p. 3` of a hit within some cells, a link on a terminal."""
    line = f":{hit.start_line}" if hit.start_line is not None and hit.path else ""
    page = f"  p. {hit.page}" if hit.page is not None else ""
    name = safe_text(seen_from(hit.path, stand) if hit.path else hit.key or "", one_line=True)
    text = Text(no_wrap=True, overflow="ignore")
    text.append(shorten(name, max(width - len(line) - len(page), 12)), "path")
    text.append(line, "line")
    if hit.path and on_terminal(console):
        text.stylize(Style(link=file_url(hit.path)))
    return text.append(page)

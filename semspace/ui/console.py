"""Streams -> consoles: how wide they are, what they can show, and the colours of everything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TextIO

from rich.console import Console
from rich.theme import Theme

Color = Literal["auto", "always", "never"]

UNLIMITED = 10_000
"""The width of a pipe, in columns: whoever reads it has a width of his own."""

# Plain ANSI colours that can be read on dark and light grounds alike, and as bold or dim where there is no colour.
THEME = Theme(
    {
        "rank": "bold",
        "path": "magenta",
        "line": "green",
        "score": "bold",
        "quiet": "dim",
        "heading": "italic dim",
        "match": "bold red",
        "answer": "not dim",
        "bar": "cyan",
        "good": "green",
        "bad": "bold red",
        "key": "dim",
        "title": "bold",
        "error": "bold red",
        "hint": "bold",
    },
)


def open_console(stream: TextIO, color: Color, environ: Mapping[str, str]) -> Console:
    """Return a console on a stream.

    `auto` obeys NO_COLOR and FORCE_COLOR, then asks whether the stream is a terminal. Width: COLUMNS, else the terminal's,
    else unlimited. Links are drawn on terminals only.
    """
    forced = bool(environ.get("FORCE_COLOR")) and not environ.get("NO_COLOR")
    colored = color == "always" or (color == "auto" and (forced or stream.isatty()))
    columns = environ.get("COLUMNS", "")
    width = int(columns) if columns.isdecimal() and int(columns) > 0 else None
    if width is None and not stream.isatty():
        width = UNLIMITED
    system: Literal["auto", "standard"] | None = "standard" if color == "always" or forced else "auto"
    return Console(
        file=stream,
        color_system=system if colored else None,
        force_terminal=colored,
        no_color=color == "auto" and bool(environ.get("NO_COLOR")),
        width=width,
        theme=THEME,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
        _environ={key: value for key, value in environ.items() if key not in {"FORCE_COLOR", "NO_COLOR"}},
    )


def on_terminal(console: Console) -> bool:
    """Tell whether a person sees this at once: colours may also be wanted in a pipe, links and headers may not."""
    return console.file.isatty()


def notebook(stream: TextIO, columns: int) -> Console:
    """Return a console that records what is drawn, for a page of HTML."""
    return Console(
        file=stream,
        record=True,
        width=columns,
        theme=THEME,
        color_system="truecolor",
        highlight=False,
        markup=False,
        emoji=False,
    )

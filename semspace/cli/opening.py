"""The file of a passage, opened in the user's editor at its line."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from semspace.cli import output
from semspace.editors import command
from semspace.errors import PathNotFound

if TYPE_CHECKING:
    from semspace.records import Hit


def editor() -> str:
    """Return the command of the user's editor."""
    return os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"


def opened(about: str) -> Callable[[Any], Any]:
    """Add --open to a command; without a terminal it is an error before anything is done."""
    return click.option("--open", "open_", is_flag=True, callback=_checked, help=about)


def open_at(hit: Hit) -> None:
    """Open the file of a passage at its line, and wait for the editor. Raises PathNotFound, UsageFault."""
    import subprocess

    if hit.path is None or not Path(hit.path).is_file():
        what = f"#{hit.id}" if hit.path is None else hit.path
        raise PathNotFound(f"{what} is in no file that could be opened.", f"semspace show {hit.id} shows its text.")
    try:
        code = subprocess.run(command(editor(), hit.path, hit.start_line), check=False).returncode
    except (OSError, ValueError) as error:
        raise output.UsageFault(f"The editor cannot be run: {error}.", "Set VISUAL or EDITOR.") from error
    if code:
        output.say(f"the editor ended with {code}")


def _checked(ctx: click.Context, _param: click.Parameter, wanted: bool) -> bool:
    if wanted and not ctx.resilient_parsing and not _seen():
        raise output.UsageFault("--open needs a terminal for the editor.", "--format paths prints FILE:LINE instead.")
    return wanted


def _seen() -> bool:
    """Tell whether there is a person who could use an editor."""
    return sys.stdin.isatty() and sys.stdout.isatty()

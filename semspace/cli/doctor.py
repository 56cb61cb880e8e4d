"""semspace doctor."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from semspace.cli import output
from semspace.cli.options import Place, as_json, colored, housed

if TYPE_CHECKING:
    from semspace.ui.console import Color


@click.command(short_help="Say whether this machine and all spaces are well.")
@as_json
@colored
@housed
def doctor(as_json: bool, color: Color, place: Place) -> int:
    """Say what this machine has, whether spaces and encoders are well, and what to fix.

    Encoders are read byte by byte, spaces are opened, and some sample texts are indexed and searched in a process without a
    network. Nothing is changed. Exit code 0: all is well; 1: something should be fixed.

    \b
    Examples:
      semspace doctor
      semspace doctor --json
    """
    from semspace.diagnosis import diagnose
    from semspace.ui import formats
    from semspace.ui.health import HealthView

    found = list(diagnose(home=place.home, models=place.models, environ=os.environ, terminal=_terminal(color)))
    output.put(formats.signs(found), HealthView(found), as_json=as_json, color=color)
    return output.NOTHING if any(sign.remedy for sign in found) else output.FOUND


def _terminal(color: Color) -> dict[str, Any]:
    """Return what can be shown where the output goes."""
    board = output.console(color=color)
    shown = sys.stdout.isatty()
    kind = os.environ.get("TERM", "unknown") if shown else "no terminal"
    colours = f"{board.color_system} colours" if board.color_system and not board.no_color else "no colours"
    return {"kind": kind, "terminal": shown, "width": board.width, "encoding": sys.stdout.encoding, "colours": colours}

"""semspace check."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from semspace.cli import output
from semspace.cli.options import Place, as_json, colored, placed

if TYPE_CHECKING:
    from semspace.ui.console import Color


@click.command(short_help="Say whether a space is what it says it is.")
@click.option("--deep", is_flag=True, help="Also encode a sample of the texts again and compare.")
@as_json
@colored
@placed
def check(deep: bool, as_json: bool, color: Color, place: Place) -> int:
    """Say whether a space is what it says it is; nothing is changed.

    Every text, fact, passage and vector is compared with its checksum, both indexes with the store. Exit code 0: all is
    sound; 1: something is damaged.

    \b
    Examples:
      semspace check
      semspace check --deep --index notes
      semspace check --json
    """
    from semspace.ui import formats, reports

    with place.open() as space:
        found, name = space.check(deep=deep), space.name
    output.put(formats.findings(found, name), reports.CheckView(found), as_json=as_json, color=color)
    return output.NOTHING if any(finding.count for finding in found) else output.FOUND

"""semspace tune."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from semspace.cli import output
from semspace.cli.options import Place, as_json, colored, placed

if TYPE_CHECKING:
    from semspace.ui.console import Color


@click.command(short_help="Choose and build the vector index that suits a space.")
@click.option(
    "--recall",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.99,
    metavar="SHARE",
    help="Of the ten nearest passages, find this share.",
    show_default=True,
)
@click.option(
    "--kind",
    type=click.Choice(["auto", "flat", "ivf", "rabitq"]),
    default="auto",
    help="The kind of index; auto takes the cheapest.",
    show_default=True,
)
@as_json
@colored
@placed
def tune(recall: float, kind: str, as_json: bool, color: Color, place: Place) -> int:
    """Choose and build the vector index that suits a space, by measuring recall against exact search.

    flat compares every vector and misses nothing; ivf looks through the nearest lists of vectors in float16; rabitq does with
    one bit a number, and scores the best again. A space that grows large is tuned by itself; status shows what was measured.

    \b
    Examples:
      semspace tune
      semspace tune --recall 0.95 --index notes
      semspace tune --kind flat --json
    """
    from semspace.ui import formats, reports

    with place.open() as space:
        tuned = space.tune(recall, kind)
    return output.put(formats.plain(tuned), reports.tuned_line(tuned), as_json=as_json, color=color)

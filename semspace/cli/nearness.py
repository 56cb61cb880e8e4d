"""semspace compare, semspace neighbors."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from semspace.cli import output, warm
from semspace.cli.options import Place, as_json, asking, colored, here, placed, relative, stand
from semspace.errors import SpaceNotFound

if TYPE_CHECKING:
    from semspace.records import Comparison
    from semspace.ui.console import Color


@click.command(short_help="Say how similar two texts, files or passages are.")
@click.argument("first")
@click.argument("second")
@as_json
@colored
@asking
def compare(first: str, second: str, as_json: bool, color: Color, place: Place) -> int:
    """Say how similar two texts, files or passages are.

    Each is a passage id ('#12', in quotes), a file, or else the words themselves. The figure is the cosine similarity, 1 for
    the same meaning. Without a space, the default encoder is asked.

    \b
    Examples:
      semspace compare "a cat on a mat" "kittens like carpets"
      semspace compare notes/roses.md notes/tulips.md
      semspace compare '#12' '#40' --json
    """
    from semspace.ui import formats
    from semspace.ui.tree import ComparisonView

    found = _compared(first, second, place)
    return output.put(formats.comparison(found), ComparisonView(found), as_json=as_json, color=color)


def _compared(first: str, second: str, place: Place) -> Comparison:
    """Compare in the space that is meant; where there is none, with the default encoder."""
    try:
        name = place.name()
    except SpaceNotFound:
        from semspace import targets
        from semspace.encoders.running import open_encoder

        return targets.compare(first, second, None, lambda: open_encoder(None, place.running, bulk=False))
    with replace(place, index=name).open() as space:
        return space.compare(first, second)


@click.command(short_help="Draw the neighbourhood of a passage as a tree.")
@click.argument("target")
@click.option(
    "-k",
    "--top-k",
    "breadth",
    type=click.IntRange(1),
    default=5,
    metavar="N",
    help="Passages at each level.",
    show_default=True,
)
@click.option("--depth", type=click.IntRange(1, 5), default=2, metavar="N", help="Levels.", show_default=True)
@as_json
@relative
@colored
@placed
def neighbors(target: str, breadth: int, depth: int, as_json: bool, relative: bool, color: Color, place: Place) -> int:
    """Draw the neighbourhood of a passage: its nearest passages, and theirs.

    TARGET is a passage id as search prints it ('#12', in quotes, or 12), FILE, or FILE:LINE. Bars run from the lowest
    similarity that is shown to the highest.

    \b
    Examples:
      semspace neighbors 12
      semspace neighbors notes/roses.md:40 -k 3 --depth 3
    """
    from semspace.ui import formats
    from semspace.ui.tree import NeighborhoodTree

    with warm.asked(place) as space:
        found = space.neighbors(target, breadth, depth)
    data = formats.neighborhood(found, here() if relative else None)
    return output.put(data, NeighborhoodTree(found, stand()), as_json=as_json, color=color)

"""semspace map."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from semspace.cli import output
from semspace.cli.drawings import Drawings, drawn, shown_as
from semspace.cli.options import Narrow, Place, Words, as_json, asking, colored, narrowed, viewed

if TYPE_CHECKING:
    from semspace.latent.layout import Method
    from semspace.ui.console import Color
    from semspace.ui.plotting import Detail
    from semspace.views.map import Drawing


@click.command("map", short_help="See the whole space, and how far the picture can be believed.")
@click.option("--query", type=Words(), metavar="TEXT", help="Also show where these words are, and what is near them.")
@click.option(
    "--spread",
    type=click.FloatRange(1, 12),
    default=1.0,
    metavar="N",
    show_default=True,
    help="1 keeps most neighbours; 4 and more draw islands, and how they lie to each other.",
)
@click.option(
    "--method",
    type=click.Choice(["tsne", "pca", "umap"]),
    default="tsne",
    show_default=True,
    help="How it is made; umap needs a package of its own.",
)
@click.option("--color-by", metavar="WHAT", help="topic, folder, date, kept (neighbours), or a field of the metadata.")
@click.option("--zoom", type=click.FloatRange(1, 1000), metavar="N", help="Draw a window N times narrower; 4 with --at.")
@click.option("--at", type=Words(), metavar="WHERE", help="Its middle: '#ID', a file, or words; else the query, or the middle.")
@click.option(
    "--detail",
    type=click.Choice(["auto", "density", "dots", "pixels"]),
    default="auto",
    show_default=True,
    help="How it is drawn; pixels in kitty and Ghostty only.",
)
@click.option("--refit", is_flag=True, help="Make it anew, laid over the old one; with --where, of those alone.")
@click.option("--seed", type=click.IntRange(0), default=0, metavar="N", show_default=True, help="Another start, another map.")
@drawn
@viewed
@as_json
@colored
@narrowed
@asking
def map_(
    query: str | None,
    spread: float,
    method: Method,
    color_by: str | None,
    zoom: float | None,
    at: str | None,
    detail: Detail,
    refit: bool,
    seed: int,
    drawings: Drawings,
    view: str | None,
    as_json: bool,
    color: Color,
    narrow: Narrow,
    place: Place,
) -> int:
    """See the whole space, and how far the picture can be believed.

    The map is made once and kept with the space. Texts that come later are placed on it, and what was there stays where it
    was, until the map is made anew because those that came fit too badly, or with --refit. The line under the picture says
    what share of each text's 15 nearest is near it on the map, too: no map of many texts keeps them all; those that keep
    none are drawn fainter. Labels are words that tell a region from the others, and those of a window from each other.
    --where and its like show a part of the map. A file is only replaced if it is a drawing of semspace's.

    \b
    Examples:
      semspace map --color-by topic --html map.html
      semspace map --query "how do I undo a commit" --zoom 4
      semspace map --spread 4 --where "date > 2024" --svg map.svg
    """
    from semspace.ui.steps import StepBar

    drawings.check()
    wishes: Drawing = {
        "query": query, "spread": spread, "method": method, "color_by": color_by, "refit": refit, "seed": seed,
        "zoom": zoom, "at": at, "detail": shown_as(detail),
    }  # fmt: skip
    with place.open() as space, StepBar(output.console(sys.stderr, color)) as progress:
        found = space.map(narrow.where, **wishes, **narrow.among(), view=view, progress=progress)
        drawings.write(found)
    output.put(found.to_dict() if as_json else None, found, as_json=as_json, color=color)
    return output.FOUND if len(found) else output.NOTHING

"""semspace topics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from semspace.cli import output
from semspace.cli.options import Narrow, Place, as_json, asking, colored, existing, narrowed, viewed

if TYPE_CHECKING:
    from semspace.ui.console import Color


@click.command(short_help="Say what the texts are about: a tree of topics.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--depth", type=click.IntRange(1, 4), default=1, metavar="N", help="Levels of the tree.", show_default=True)
@click.option("-n", "--count", type=click.IntRange(1), metavar="N", help="Topics at the first level. [10]")
@click.option("--exemplars/--no-exemplars", default=None, help="Two texts of each topic. [with --depth 1]")
@click.option("--fresh", is_flag=True, help="Make the tree anew, not the one that was kept.")
@viewed
@narrowed
@as_json
@colored
@asking
def topics(
    paths: tuple[str, ...], depth: int, count: int | None, exemplars: bool | None, fresh: bool, view: str | None,
    narrow: Narrow, as_json: bool, color: Color, place: Place,
) -> int:  # fmt: skip
    """Say what the texts are about: a tree of topics in which every text has a place.

    A topic is named by the words that tell it from those beside it; two texts show it, the most typical and the one that is
    least like it. New texts join the topics that are there, until the space has grown by a fifth.

    \b
    Examples:
      semspace topics
      semspace topics --depth 2 --count 6 --index notes
      semspace topics ~/notes/work --since 2024 --json
    """
    with place.open(paths) as space:
        found = space.topics(
            depth, count, narrow.where, exemplars=exemplars, fresh=fresh, view=view, **narrow.among(existing(paths))
        )  # fmt: skip
    code = output.put(found.to_dict(), found, as_json=as_json, color=color)
    return code if found.count else output.NOTHING

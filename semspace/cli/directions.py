"""semspace like, semspace axis, semspace path, semspace blend."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from semspace.cli import output
from semspace.cli.options import Narrow, Place, Words, as_json, asking, colored, narrowed

if TYPE_CHECKING:
    from semspace.ui.console import Color
    from semspace.views.axes import Axis
    from semspace.views.scatter import Scatter

_TOP = click.option("-k", "--top-k", type=click.IntRange(1), default=10, metavar="N", help="How many texts.", show_default=True)


@click.command(short_help="Find texts like some texts and unlike others.")
@click.argument("texts", nargs=-1, required=True, type=Words(), metavar="TEXT...")
@click.option("--unlike", multiple=True, type=Words(), metavar="TEXT", help="What is not wanted; may be repeated.")
@click.option("--as", "name", metavar="NAME", help="Keep this taste, for search --taste NAME.")
@click.option("--ask", is_flag=True, help="Also say which text to judge next; on a terminal, ask about one after the other.")
@_TOP
@narrowed
@as_json
@colored
@asking
def like(
    texts: tuple[str, ...], unlike: tuple[str, ...], name: str | None, ask: bool, top_k: int, narrow: Narrow,
    as_json: bool, color: Color, place: Place,
) -> int:  # fmt: skip
    """Find texts like some texts and unlike others.

    Each is a passage id ('#12' or 12), a file, or words. What sets the liked texts apart from all others counts, not only
    what they are near to. Scores are standard deviations above the mean of the space. On a terminal --ask shows the text whose
    judgement teaches most, then the next, until q; in a pipe it names it.

    \b
    Examples:
      semspace like 12 88 301 --unlike 9 --as mytaste
      semspace like notes/roses.md "climbing plants" --ask
    """
    from semspace.cli.judging import interactive, judged

    with place.open() as space:
        if ask and not as_json and interactive():
            learn = partial(space.like, k=top_k, where=narrow.where, ask=True, **narrow.among())
            found = judged(lambda liked, unliked, skip: learn(liked, unliked, skip=skip), [*texts], [*unlike], color)
            texts, unlike = found.taste.likes, found.taste.dislikes
        found = space.like(texts, unlike, top_k, narrow.where, name=name, ask=ask and not interactive(), **narrow.among())
    return output.put(found.to_dict(), found, as_json=as_json, color=color)


@click.command(short_help="Lay the texts along a line between two poles.")
@click.option("--from", "low", multiple=True, required=True, type=Words(), metavar="TEXT", help="A text of the first pole.")
@click.option("--to", "high", multiple=True, required=True, type=Words(), metavar="TEXT", help="A text of the second pole.")
@click.option("--bottom", multiple=True, type=Words(), metavar="TEXT", help="A pole of a second axis, across the first.")
@click.option("--top", multiple=True, type=Words(), metavar="TEXT", help="Its other pole: the two axes make a scatter.")
@click.option("--as", "name", metavar="NAME", help="Keep this axis, for search --taste NAME.")
@click.option("-k", "--top-k", type=click.IntRange(1), default=5, metavar="N", help="Texts at each end.", show_default=True)
@narrowed
@as_json
@colored
@asking
def axis(
    low: tuple[str, ...], high: tuple[str, ...], bottom: tuple[str, ...], top: tuple[str, ...], name: str | None,
    top_k: int, narrow: Narrow, as_json: bool, color: Color, place: Place,
) -> int:  # fmt: skip
    """Lay the texts along a line between two poles, and say whether the line means anything.

    A pole is one or more passage ids, files, words, or where:EXPRESSION over metadata. Poles are tested by
    leaving out each of their texts, the line by comparing it with 200 random ones. With --bottom and --top there are two axes.

    \b
    Examples:
      semspace axis --from "beginner tutorial" --to "research paper"
      semspace axis --from "where:lang = 'de'" --to "where:lang = 'en'"
      semspace axis --from old --to new --bottom short --top long
    """
    found: Axis | Scatter
    if bool(bottom) != bool(top) or (bottom and name):
        raise click.UsageError("A second axis has two poles, --bottom and --top, and only a single one can be kept with --as.")
    with place.open() as space:
        if bottom:
            found = space.scatter((low, high), (bottom, top), narrow.where, **narrow.among())
        else:
            found = space.axis(low, high, top_k, narrow.where, name=name, **narrow.among())
    return output.put(found.to_dict(), found, as_json=as_json, color=color)


@click.command(short_help="Find the way from one text to another through others.")
@click.argument("start", type=Words())
@click.argument("end", type=Words())
@narrowed
@as_json
@colored
@asking
def path(start: str, end: str, narrow: Narrow, as_json: bool, color: Color, place: Place) -> int:
    """Find the way from one text to another through others, of which the weakest step is as strong as can be.

    Both ends are a passage id ('#12' or 12), a file, or words, for which their nearest text stands.

    \b
    Examples:
      semspace path "cooking" "quantum physics"
      semspace path 12 notes/roses.md --json
    """
    with place.open() as space:
        found = space.path(start, end, narrow.where, **narrow.among())
    return output.put(found.to_dict(), found, as_json=as_json, color=color)


@click.command(short_help="Find the texts between two texts.")
@click.argument("first", type=Words())
@click.argument("second", type=Words())
@click.option("--share", type=click.FloatRange(0, 1), default=0.5, help="How near to the second.", show_default=True)
@_TOP
@narrowed
@as_json
@colored
@asking
def blend(first: str, second: str, share: float, top_k: int, narrow: Narrow, as_json: bool, color: Color, place: Place) -> int:
    """Find the texts between two texts: nearest to a point on the arc from one to the other.

    Each is a passage id ('#12' or 12), a file, or words.

    \b
    Examples:
      semspace blend "gardening" "chemistry"
      semspace blend 12 40 --share 0.3
    """
    with place.open() as space:
        found = space.blend(first, second, top_k, share, narrow.where, **narrow.among())
    code = output.put(found.to_dict(), found, as_json=as_json, color=color)
    return code if found.found else output.NOTHING

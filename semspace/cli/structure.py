"""semspace duplicates, odd, central, bridges, hubs, cover, health."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

import click

from semspace.cli import lines, output
from semspace.cli.options import Narrow, Place, as_json, asking, colored, existing, narrowed

if TYPE_CHECKING:
    from semspace.ui.console import Color
    from semspace.views.duplicates import Kind

Standing = Literal["central", "bridges", "hubs"]

_TOP = click.option("-k", "--top-k", type=click.IntRange(1), default=10, metavar="N", help="How many texts.", show_default=True)
_PATHS = click.argument("paths", nargs=-1, metavar="[PATH]...")


@click.command(short_help="Find texts that say the same twice.")
@_PATHS
@click.option("--kind", multiple=True, type=click.Choice(["exact", "contained", "near"]), help="Only these; may be repeated.")
@click.option(
    "--threshold", type=click.FloatRange(0, 1, min_open=True), default=0.95, help="Cosine of near ones.", show_default=True
)
@click.option("--diff", is_flag=True, help="Show what differs, word by word.")
@click.option("-k", "--top-k", type=click.IntRange(1), default=20, metavar="N", help="Pairs of each kind.", show_default=True)
@narrowed
@as_json
@colored
@asking
def duplicates(
    paths: tuple[str, ...], kind: tuple[str, ...], threshold: float, diff: bool, top_k: int, narrow: Narrow,
    as_json: bool, color: Color, place: Place,
) -> int:  # fmt: skip
    """Find texts that say the same twice: equal, contained in another, or nearly the same.

    Equal is but for blanks and letter case; contained is by runs of four words; near is by the cosine similarity.

    \b
    Examples:
      semspace duplicates
      semspace duplicates ~/notes --kind near --threshold 0.9 --diff
    """
    kinds = cast("tuple[Kind, ...]", kind) or None
    with place.open(paths) as space:
        found = space.duplicates(top_k, threshold, kinds, narrow.where, diff=diff, **narrow.among(existing(paths)))
    code = output.put(found.to_dict(), found, as_json=as_json, color=color)
    return code if found.twins else output.NOTHING


@click.command(short_help="Find texts that are unlike all others.")
@_PATHS
@_TOP
@narrowed
@as_json
@colored
@asking
def odd(paths: tuple[str, ...], top_k: int, narrow: Narrow, as_json: bool, color: Color, place: Place) -> int:
    """Find texts that are unlike all others, and small groups that are like each other alone.

    Only what stands out is named: nothing where nothing does.

    \b
    Examples:
      semspace odd
      semspace odd ~/notes --since 2024 --json
    """
    with place.open(paths) as space:
        found = space.odd(top_k, narrow.where, **narrow.among(existing(paths)))
    code = output.put(found.to_dict(), found, as_json=as_json, color=color)
    return code if found.lonely or found.islands else output.NOTHING


@click.command(short_help="Find the texts that most others are like.")
@_PATHS
@_TOP
@narrowed
@as_json
@colored
@asking
def central(paths: tuple[str, ...], top_k: int, narrow: Narrow, as_json: bool, color: Color, place: Place) -> int:
    """Find the texts that most others are like: near to many that are near to many.

    \b
    Examples:
      semspace central
      semspace central ~/notes/work -k 5
    """
    return _standouts("central", paths, top_k, narrow, as_json, color, place)


@click.command(short_help="Find the texts that join topics.")
@_PATHS
@_TOP
@narrowed
@as_json
@colored
@asking
def bridges(paths: tuple[str, ...], top_k: int, narrow: Narrow, as_json: bool, color: Color, place: Place) -> int:
    """Find the texts that join topics: like texts of several, and on the short ways between others.

    \b
    Examples:
      semspace bridges
      semspace bridges -k 20 --json
    """
    return _standouts("bridges", paths, top_k, narrow, as_json, color, place)


@click.command(short_help="Find the texts that are near to far too many others.")
@_PATHS
@_TOP
@narrowed
@as_json
@colored
@asking
def hubs(paths: tuple[str, ...], top_k: int, narrow: Narrow, as_json: bool, color: Color, place: Place) -> int:
    """Find the texts that are near to far too many others, and say how many are near to none.

    \b
    Examples:
      semspace hubs
      semspace hubs -k 20 --json
    """
    return _standouts("hubs", paths, top_k, narrow, as_json, color, place)


def _standouts(
    kind: Standing, paths: tuple[str, ...], top_k: int, narrow: Narrow, as_json: bool, color: Color, place: Place
) -> int:
    with place.open(paths) as space:
        found = space.standouts(kind, top_k, narrow.where, **narrow.among(existing(paths)))
    code = output.put(found.to_dict(), found, as_json=as_json, color=color)
    return code if found.found else output.NOTHING


@click.command(short_help="Say which questions nothing answers.")
@click.option("--questions", required=True, metavar="FILE", help="One a line; - is standard input.")
@as_json
@colored
@asking
def cover(questions: str, as_json: bool, color: Color, place: Place) -> int:
    """Say which questions nothing in a space looks like an answer to, and what those are about.

    Exit code 1: every question has an answer.

    \b
    Examples:
      semspace cover --questions questions.txt
      semspace cover --questions - --index notes --json
    """
    with place.open() as space:
        found = space.cover(*lines.read(questions))
    code = output.put(found.to_dict(), found, as_json=as_json, color=color)
    return code if found.gaps else output.NOTHING


@click.command(short_help="Say whether the texts of a space can be found.")
@as_json
@colored
@asking
def health(as_json: bool, color: Color, place: Place) -> int:
    """Say whether the texts of a space can be found, and what its geometry is like.

    Some texts are looked for by a sentence of theirs with gaps, by meaning, by words and by both. Exit code 0: all is well; 1:
    something should be looked at.

    \b
    Examples:
      semspace health
      semspace health --index notes --json
    """
    with place.open() as space:
        found = space.health()
    code = output.put(found.to_dict(), found, as_json=as_json, color=color)
    return output.NOTHING if any(sign.remedy for sign in found.signs) else code

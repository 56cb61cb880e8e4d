"""semspace features, semspace explain, semspace why, semspace factors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from semspace.cli import output
from semspace.cli.options import Narrow, Place, Words, as_json, asking, colored, existing, narrowed, placed

if TYPE_CHECKING:
    from semspace.latent.factors import Kind
    from semspace.ui.console import Color

seeded = click.option("--seed", type=click.IntRange(0), default=0, metavar="N", help="Where chance begins.", show_default=True)


@click.command(short_help="Say what the dimensions of a space mean: its features.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("-k", "--top-k", "top", type=click.IntRange(1), metavar="N", help="Only the N that most texts have.")
@click.option("--all", "everything", is_flag=True, help="Also those that not every seed finds.")
@click.option("--fresh", is_flag=True, help="Learn them anew, not those that were kept.")
@seeded
@narrowed
@as_json
@colored
@placed
def features(
    paths: tuple[str, ...],
    top: int | None,
    everything: bool,
    fresh: bool,
    seed: int,
    narrow: Narrow,
    as_json: bool,
    color: Color,
    place: Place,
) -> int:
    """Say what the dimensions of a space mean: its features.

    A feature is a direction that many texts share; a few of them make up each text. They are learned from the texts of the
    space, three times; one that is found every time is stable, others are hidden. Its name are the words that tell the texts
    which have most of it from all others. They are kept, under the same numbers, until the space has grown by a fifth.

    \b
    Examples:
      semspace features
      semspace features -k 20 --index notes
      semspace features --all --since 2024 --json
    """
    with place.open(paths) as space:
        found = space.features(
            top, narrow.where, everything=everything, seed=seed, fresh=fresh, **narrow.among(existing(paths))
        )
    code = output.put(found.to_dict(), found, as_json=as_json, color=color)
    return code if found.features else output.NOTHING


@click.command(short_help="Part a passage, or the similarity of two, into features.")
@click.argument("target")
@click.argument("other", required=False)
@seeded
@as_json
@colored
@placed
def explain(target: str, other: str | None, seed: int, as_json: bool, color: Color, place: Place) -> int:
    """Part a passage, or the similarity of two, into features.

    TARGET is a passage id as search prints it ('#12', in quotes, or 12), FILE, or FILE:LINE. The amounts add up: those of one
    passage to 1, those of two to their cosine, with what all texts share and what no feature explains.

    \b
    Examples:
      semspace explain 12
      semspace explain 12 40
      semspace explain notes/roses.md:40 --json
    """
    with place.open() as space:
        found = space.explain(target, other, seed=seed)
    return output.put(found.to_dict(), found, as_json=as_json, color=color)


@click.command(short_help="Say which words of a passage carry its similarity to a query.")
@click.argument("query", type=Words())
@click.argument("target")
@seeded
@as_json
@colored
@asking
def why(query: str, target: str, seed: int, as_json: bool, color: Color, place: Place) -> int:
    """Say which words of a passage carry its similarity to a query.

    Each word is left out once, and the passage encoded again: what its similarity to the query loses is what the word carries.
    The test leaves out the three best together, and three random words: where they cost the same, the words explain nothing.

    \b
    Examples:
      semspace why "undo a commit" 12
      semspace why "late frost" notes/roses.md:40 --json
    """
    with place.open() as space:
        found = space.why(query, target, seed=seed)
    return output.put(found.to_dict(), found, as_json=as_json, color=color)


@click.command(short_help="Show the axes along which a space varies most.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--kind",
    type=click.Choice(["pca", "varimax", "fa", "ica"]),
    default="varimax",
    help="Principal components, those turned so that few texts stand far out, factor analysis, independent components.",
    show_default=True,
)
@click.option("-k", "--top-k", "top", type=click.IntRange(1), default=8, metavar="N", help="How many.", show_default=True)
@seeded
@narrowed
@as_json
@colored
@placed
def factors(
    paths: tuple[str, ...], kind: Kind, top: int, seed: int, narrow: Narrow, as_json: bool, color: Color, place: Place
) -> int:
    """Show the axes along which a space varies most.

    Each with the share of the variance that it explains, with its stability (the cosine to the same axis of half of the
    texts), and with the words and texts at both of its ends.

    \b
    Examples:
      semspace factors
      semspace factors --kind ica -k 12 --index notes
      semspace factors --kind pca --since 2024 --json
    """
    with place.open(paths) as space:
        found = space.factors(top, kind, narrow.where, seed=seed, **narrow.among(existing(paths)))
    return output.put(found.to_dict(), found, as_json=as_json, color=color)

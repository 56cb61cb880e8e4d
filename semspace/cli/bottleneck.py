"""semspace squeeze, semspace decode."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from semspace.cli import output
from semspace.cli.meaning import seeded
from semspace.cli.options import Place, Words, as_json, asking, colored, placed

if TYPE_CHECKING:
    from semspace.ui.console import Color


@click.command(short_help="Measure how few bytes a vector of a space can do with.")
@click.option("--to", type=click.IntRange(1), default=64, metavar="N", help="Numbers in a bottleneck.", show_default=True)
@click.option("--apply", metavar="CODE", help="Use one from now on: float16, 'RaBitQ 1 bit'.")
@seeded
@as_json
@colored
@placed
def squeeze(to: int, apply: str | None, seed: int, as_json: bool, color: Color, place: Place) -> int:
    """Measure how few bytes a vector of a space can do with.

    Recall@10 against bytes: rounded numbers, RaBitQ, product quantisation, principal components, a linear bottleneck that was
    learnt to keep similarities, and an autoencoder; each by itself, and with the best 100 scored again by the true vectors.
    The learning is by the space's own texts, the queries are texts that were held out.

    \b
    Examples:
      semspace squeeze
      semspace squeeze --to 32 --index notes --json
      semspace squeeze --apply "RaBitQ 1 bit"
    """
    with place.open() as space:
        found = space.squeeze(to, apply=apply, seed=seed)
    return output.put(found.to_dict(), found, as_json=as_json, color=color)


@click.command(short_help="Say in words what a point of the space means.")
@click.argument("target", type=Words())
@click.option("--phrases", type=click.IntRange(1), default=5, metavar="N", help="Phrases at most.", show_default=True)
@click.option("--texts", type=click.IntRange(0), default=3, metavar="N", help="Nearest texts.", show_default=True)
@as_json
@colored
@asking
def decode(target: str, phrases: int, texts: int, as_json: bool, color: Color, place: Place) -> int:
    """Say in words what a point of the space means.

    TARGET is '#12', a file, some words, or topic:3 or topic:NAME, the centre of a topic; A..B is the middle of two of these,
    where there may be no text. Of the phrases that stand in the texts around it those are shown whose sum, no weight below
    zero, comes nearest to the point.

    \b
    Examples:
      semspace decode "sourdough bread..sailing boats"
      semspace decode topic:2.1
      semspace decode "#12..#40" --phrases 8 --json
    """
    with place.open() as space:
        found = space.decode(target, phrases=phrases, texts=texts)
    return output.put(found.to_dict(), found, as_json=as_json, color=color)

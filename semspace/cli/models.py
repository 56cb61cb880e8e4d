"""semspace models list, show, add, distil, compare, remove."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from semspace.cli import output
from semspace.cli.meaning import seeded
from semspace.cli.options import Place, as_json, asking, colored, modelled

if TYPE_CHECKING:
    from semspace.encoders import ModelCard
    from semspace.ui.console import Color


@click.group(short_help="List, show, add and remove encoders and rerankers.")
def models() -> None:
    """List, show, add and remove encoders, which turn texts into vectors, and rerankers, which read query and passage together.

    \b
    Examples:
      semspace models list
      semspace models add sentence-transformers/all-mpnet-base-v2
    """


@models.command("list", short_help="List the encoders and rerankers on this machine.")
@as_json
@colored
@modelled
def list_(as_json: bool, color: Color, place: Place) -> int:
    """List the encoders and rerankers on this machine.

    \b
    Examples:
      semspace models list
      semspace models list --json
    """
    from semspace import encoders
    from semspace.ui import tables

    cards = [asdict(card) for card in encoders.installed(place.models)]
    if not cards:
        output.say("No encoder is prepared yet: the first index or search does that.")
    return output.put({"models": cards}, tables.ModelList(cards), as_json=as_json, color=color)


@models.command(short_help="Show what is known about an encoder.")
@click.argument("name")
@as_json
@colored
@modelled
def show(name: str, as_json: bool, color: Color, place: Place) -> int:
    """Show what is known about an encoder.

    \b
    Examples:
      semspace models show all-MiniLM-L6-v2
      semspace models show all-MiniLM-L6-v2 --json
    """
    from semspace import encoders

    return _write(encoders.show(name, models=place.models), as_json, color)


@models.command(short_help="Convert a sentence-transformers model and keep it.")
@click.argument("path_or_id")
@click.option("--name", help="Keep it under this name.")
@click.option("--trust-remote-code", is_flag=True, help="Let the model run code of its author.")
@as_json
@colored
@modelled
def add(path_or_id: str, name: str | None, trust_remote_code: bool, as_json: bool, color: Color, place: Place) -> int:
    """Convert a sentence-transformers model, verify it, and keep it.

    PATH_OR_ID is a folder, or a model hub's owner/model: an encoder, or a cross-encoder of one label, which becomes a reranker
    (`search --rerank`). The worst cosine, or error, compares the conversion with sentence-transformers on sample texts.

    \b
    Examples:
      semspace models add ~/models/my-encoder --name mine
      semspace models add sentence-transformers/all-mpnet-base-v2
      semspace models add cross-encoder/ms-marco-MiniLM-L6-v2
    """
    from semspace import encoders

    card = encoders.add(path_or_id, models=place.models, name=name, progress=output.say, trust_remote_code=trust_remote_code)
    return _write(card, as_json, color)


@models.command(short_help="Make a small, very fast static model of an encoder.")
@click.argument("name")
@click.option("--from", "teacher", metavar="MODEL", help="The encoder to learn from; without it, the default one.")
@click.option("--dim", type=click.IntRange(1), metavar="N", help="Dimensions of its vectors. [256]")
@as_json
@colored
@modelled
def distil(name: str, teacher: str | None, dim: int | None, as_json: bool, color: Color, place: Place) -> int:
    """Make a static model of an encoder and keep it under NAME.

    It knows words but no context: more than a hundred times as fast, and worse at meaning; eval says how much. It is
    made on this machine, without texts, in seconds, and used only where `index --model` names it.

    \b
    Examples:
      semspace models distil quick
      semspace models distil quick-mine --from mine --dim 128
    """
    from semspace import encoders

    card = encoders.distil(name, teacher=teacher, dim=dim, models=place.models, progress=output.say)
    return _write(card, as_json, color)


@models.command(short_help="Compare two encoders on the texts of a space.")
@click.argument("first")
@click.argument("second")
@click.option("--sample", type=click.IntRange(40), metavar="N", help="Passages that both encode. [1000]")
@click.option(
    "-k", "--top-k", "top", type=click.IntRange(0), default=5, metavar="N", help="Passages in dispute.", show_default=True
)
@seeded
@as_json
@colored
@asking
def compare(first: str, second: str, sample: int | None, top: int, seed: int, as_json: bool, color: Color, place: Place) -> int:
    """Compare two encoders on the texts of a space, before anything is moved from one to the other.

    Both encode the same sample of passages: which neighbours they share, where they differ most, how well each finds known
    items by meaning alone, and what a linear map from FIRST to SECOND keeps of SECOND's neighbours on passages that taught it
    nothing. The space stays as it is.

    \b
    Examples:
      semspace models compare all-MiniLM-L6-v2 quick
      semspace models compare quick mine --index notes --sample 2000
    """
    from semspace import evaluation
    from semspace.ui.progress import ProgressBar

    with place.open() as space, ProgressBar(output.console(sys.stderr, color)) as progress:
        found = evaluation.compare_encoders(
            space, first, second, sample=sample or evaluation.PASSAGES, k=top, seed=seed, progress=progress, **place.running
        )
    return output.put(found.to_dict(), found, as_json=as_json, color=color)


@models.command(short_help="Delete an encoder that was prepared on this machine.")
@click.argument("name")
@as_json
@modelled
def remove(name: str, as_json: bool, place: Place) -> int:
    """Delete an encoder that was prepared on this machine; what it was made from stays.

    \b
    Examples:
      semspace models remove mine
    """
    from semspace import encoders

    encoders.remove(name, models=place.models)
    return output.put({"model": name, "removed": True}, f"{name}: removed", as_json=as_json)


def _write(card: ModelCard, as_json: bool, color: Color) -> int:
    from semspace.ui import tables

    fields = asdict(card)
    return output.put(fields, tables.ModelView(fields), as_json=as_json, color=color)

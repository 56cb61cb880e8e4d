"""semspace eval."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from semspace.cli import output
from semspace.cli.options import Place, as_json, colored, filling
from semspace.records import MODES, Mode

if TYPE_CHECKING:
    from semspace.records import Evaluation
    from semspace.ui.console import Color


@click.command("eval", short_help="Measure the quality of search on judged queries.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--mode", "modes", type=click.Choice(MODES), multiple=True, help="Measure this mode; may be repeated. [all]")
@click.option("--split", default="test", metavar="NAME", help="Which judgements: qrels/NAME.tsv.", show_default=True)
@click.option(
    "-k", "--top-k", "k", type=click.IntRange(1), default=10, metavar="N", help="Depth of nDCG and MRR.", show_default=True
)
@click.option("--chunk", is_flag=True, help="Cut documents into passages as index does.")
@click.option("--model", metavar="M", help="The encoder: a name, a folder, or a hub id.")
@as_json
@colored
@filling
def eval_(
    folder: Path,
    modes: tuple[str, ...],
    split: str,
    k: int,
    chunk: bool,
    model: str | None,
    as_json: bool,
    color: Color,
    place: Place,
) -> int:
    """Measure the quality of search on judged queries: nDCG, recall and MRR.

    DIR is in BEIR layout: corpus.jsonl, queries.jsonl, qrels/SPLIT.tsv. Its corpus goes into a temporary space, or into the one
    that --index names. Intervals are 95 % bootstrap intervals over queries.

    \b
    Examples:
      semspace eval data/scifact
      semspace eval data/scifact --mode semantic --mode hybrid --json
    """
    from semspace.ui import formats, tables

    done = _evaluated(folder, cast("tuple[Mode, ...]", modes), split, k, chunk, model, color, place)
    return output.put(formats.evaluation(done), tables.EvaluationTable(done), as_json=as_json, color=color)


def _evaluated(
    folder: Path, modes: tuple[Mode, ...], split: str, k: int, chunk: bool, model: str | None, color: Color, place: Place
) -> Evaluation:
    from semspace.evaluation import evaluate
    from semspace.ui.progress import ProgressBar

    with ProgressBar(output.console(sys.stderr, color)) as progress:
        return evaluate(
            folder,
            modes=modes or MODES,
            split=split,
            k=k,
            chunk=chunk,
            model=model,
            index=place.index,
            home=place.home,
            progress=progress,
            **place.running,
        )

"""semspace eval."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from semspace.cli import output
from semspace.cli.completing import models
from semspace.cli.options import Place, as_json, colored, filling, grouped
from semspace.records import MODES, Mode

if TYPE_CHECKING:
    from semspace.records import Contest, Evaluation
    from semspace.ui.console import Color


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose queries are asked, of what, and what is compared; None and empty is what was not said."""

    folder: Path | None
    auto: bool
    queries: Path | None
    compared: tuple[str, ...]
    modes: tuple[Mode, ...]
    rerank: bool
    model: str | None
    split: str | None
    chunk: bool
    items: int | None
    sample: int | None
    k: int

    def check(self) -> None:
        """Raise UsageError where the words do not go together: nothing that is said is ignored."""
        if sum([self.folder is not None, self.auto, self.queries is not None]) != 1:
            raise click.UsageError("Say whose queries to ask: DIR, --auto, or --queries FILE, one of them.")
        own = self.folder is None
        odd = {
            "--split": own and self.split is not None,
            "--chunk": own and self.chunk,
            "--items": not self.auto and self.items is not None,
            "--sample": not own and self.sample is not None,
        }
        if wrong := [name for name, out_of_place in odd.items() if out_of_place]:
            raise click.UsageError(f"{wrong[0]} says nothing {'about a space' if own else 'about a folder'} here.")


asked_options = grouped(
    "asked",
    Asked,
    click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path)),
    click.option("--auto", is_flag=True, help="Make queries out of the space itself: no judgements are needed."),
    click.option("--queries", metavar="FILE", type=click.Path(path_type=Path), help="Ask the space your own queries."),
    click.option(
        "--compare",
        "compared",
        metavar="AXIS[=A,B]",
        multiple=True,
        help="Compare mode, rerank, model or chunk; may be repeated.",
    ),
    click.option("--mode", "modes", type=click.Choice(MODES), multiple=True, help="Measure this mode; may be repeated. [all]"),
    click.option("--split", metavar="NAME", help="Which judgements: qrels/NAME.tsv. [test]"),
    click.option(
        "-k", "--top-k", "k", type=click.IntRange(1), default=10, metavar="N", help="Depth of nDCG and MRR.", show_default=True
    ),
    click.option("--chunk", is_flag=True, help="Cut documents of DIR into passages as index does."),
    click.option("--rerank", is_flag=True, help="Read the best again, by the encoder's own tokens; others: --compare rerank."),
    click.option("--model", metavar="M", shell_complete=models, help="The encoder: a name, a folder, or a hub id."),
    click.option("--items", type=click.IntRange(5, 10_000), metavar="N", help="Queries that --auto makes. [200]"),
    click.option(
        "--sample", type=click.IntRange(50), metavar="N", help="Passages of a space to encode for model and chunk. [2000]"
    ),
)


@click.command("eval", short_help="Measure the quality of search, and compare ways to search.")
@asked_options
@as_json
@colored
@filling
def eval_(asked: Asked, as_json: bool, color: Color, place: Place) -> int:
    """Measure the quality of search, and compare ways to search.

    DIR has judged queries in BEIR layout: corpus.jsonl, queries.jsonl, qrels/SPLIT.tsv; its corpus goes into a temporary
    space, or into the one that --index names. --auto makes queries out of your own space, and says whom each kind favours.
    --queries FILE holds your own: lines of query TAB path, path:line or #ID [TAB grade], or JSON with query and relevant.

    \b
    What can be compared, alone or together (every combination is measured):
      --compare mode=hybrid,semantic,lexical
      --compare rerank=none,tokens
      --compare model=NAME,NAME
      --compare chunk=usual,64,128,whole     tokens of a passage at most

    Intervals are 95 % bootstrap intervals over queries; differences are paired, and corrected for how many there are (Holm).

    \b
    Examples:
      semspace eval data/scifact --compare mode --compare rerank
      semspace eval --auto --index notes
      semspace eval --queries queries.tsv --compare chunk=usual,64
    """
    from semspace.ui import contests, formats, tables

    asked.check()
    if asked.folder is not None and not asked.compared:
        done = _evaluated(asked.folder, asked, color, place)
        return output.put(formats.evaluation(done), tables.EvaluationTable(done), as_json=as_json, color=color)
    found = _compared(asked, color, place)
    return output.put(contests.contest(found), contests.ContestView(found), as_json=as_json, color=color)


def _evaluated(folder: Path, asked: Asked, color: Color, place: Place) -> Evaluation:
    from semspace.evaluation import evaluate
    from semspace.ui.progress import ProgressBar

    with ProgressBar(output.console(sys.stderr, color)) as progress:
        return evaluate(
            folder,
            modes=asked.modes or MODES,
            split=asked.split or "test",
            k=asked.k,
            chunk=asked.chunk,
            rerank="tokens" if asked.rerank else "none",
            model=asked.model,
            index=place.index,
            home=place.home,
            progress=progress,
            **place.running,
        )


def _compared(asked: Asked, color: Color, place: Place) -> Contest:
    """Compare what is asked for in the collection or in the space."""
    from semspace import evaluation
    from semspace.records import Alternative
    from semspace.ui.progress import ProgressBar

    axes = _axes(asked, place)
    chunk = "whole" if asked.folder and not asked.chunk else "usual"
    base = Alternative(rerank="tokens" if asked.rerank else "none", model=asked.model, chunk=chunk)
    with ProgressBar(output.console(sys.stderr, color)) as progress:
        if asked.folder is not None:
            split = asked.split or "test"
            return evaluation.compare(
                asked.folder,
                axes,
                base=base,
                split=split,
                k=asked.k,
                index=place.index,
                home=place.home,
                progress=progress,
                **place.running,
            )
        sample, items = asked.sample or evaluation.SAMPLE, asked.items or evaluation.QUERIES
        with place.open() as space:
            if asked.queries is not None:
                return evaluation.compare_queries(
                    space, asked.queries, axes, sample=sample, k=asked.k, base=base, progress=progress, **place.running
                )
            return evaluation.compare_known_items(
                space, axes, queries=items, sample=sample, k=asked.k, base=base, progress=progress, **place.running
            )


def _axes(asked: Asked, place: Place) -> dict[str, list[str]]:
    """Return what is compared: modes where nothing else is said."""
    from semspace import encoders
    from semspace.evaluation import parse_axes

    installed = [card.name for card in encoders.installed(place.models)]
    axes = parse_axes(asked.compared or ([] if asked.modes else ["mode"]), installed)
    return {"mode": [*asked.modes], **axes} if asked.modes and "mode" not in axes else axes

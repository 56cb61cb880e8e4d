"""semspace export."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from semspace.cli import output
from semspace.cli.completing import Filed
from semspace.cli.options import FOLDER, Narrow, Place, as_json, colored, existing, narrowed, placed

if TYPE_CHECKING:
    from semspace.ui.console import Color


@click.command(short_help="Write a space into files that other programs open.")
@click.argument("paths", type=Filed(), nargs=-1, metavar="[PATH]...")
@click.option("--parquet", type=click.Path(path_type=Path), metavar="FILE", help="One Parquet file, a row for each passage.")
@click.option("--tsv", type=FOLDER, metavar="FOLDER", help="vectors.tsv and metadata.tsv, for TensorBoard's projector.")
@click.option("--no-map", is_flag=True, help="Without x and y, the positions on the map.")
@click.option("--force", is_flag=True, help="Replace files that are not exports of semspace's, too.")
@narrowed
@as_json
@colored
@placed
def export(
    paths: tuple[str, ...], parquet: Path | None, tsv: Path | None, no_map: bool, force: bool, narrow: Narrow,
    as_json: bool, color: Color, place: Place,
) -> int:  # fmt: skip
    """Write texts, metadata, vectors and positions into files that other programs open.

    DuckDB, pandas, polars and embedding-atlas read the Parquet file as it is: id, text, path, lines, page, heading, title,
    date, x and y on the map, vector, and a column for each field of the metadata. Rows come in the order of the ids. Without
    --no-map the map is made where none is kept. Only you can read the files; each is replaced in one step.

    \b
    Examples:
      semspace export --parquet notes.parquet
      semspace export ~/notes/work --parquet work.parquet --since 2024 --no-map
      semspace export --tsv projector
    """
    from semspace.ui.steps import StepBar

    with place.open(paths) as space, StepBar(output.console(sys.stderr, color)) as progress:
        found = space.export(
            parquet, tsv, narrow.where, positions=not no_map, force=force, progress=progress, **narrow.among(existing(paths))
        )
    output.put(found.to_dict(), found, as_json=as_json, color=color)
    return output.FOUND if found.count else output.NOTHING

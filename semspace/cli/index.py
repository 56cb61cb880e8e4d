"""semspace index."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from semspace.cli import output
from semspace.cli.completing import Filed, models
from semspace.cli.engines import Serving, Spreading, serving, spreading
from semspace.cli.options import Place, Size, as_json, colored, existing, filling, grouped, stand

if TYPE_CHECKING:
    from semspace.records import IndexReport
    from semspace.space import Space
    from semspace.ui.console import Color

FILE = click.Path(dir_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True)
class Reading:
    """What of a folder is read; None is what the space remembers."""

    include: tuple[str, ...]
    exclude: tuple[str, ...]
    hidden: bool | None
    ignore: bool | None
    max_size: int | None
    keep_boilerplate: bool | None
    token_vectors: bool | None
    yes: bool
    wait: bool

    def runs(self, space: Space, paths: list[str], color: Color, *, watch: bool) -> Iterable[IndexReport]:
        """Index some paths once, or go on."""
        return self.follow(space, paths, color) if watch else [self.run(space, paths, color)]

    def follow(self, space: Space, paths: list[str], color: Color) -> Iterator[IndexReport]:
        """Index some paths, then whatever changes, until Ctrl-C."""
        from semspace.ui.progress import ProgressBar

        yield self.run(space, paths, color)
        output.say(f"watching {', '.join(root.path for root in space.settings.roots)} (Ctrl-C ends)")
        with ProgressBar(output.console(sys.stderr, color)) as progress:
            # The first report is of nothing, unless something changed meanwhile.
            yield from (report for report in space.watch(progress=progress) if changed(report))

    def run(self, space: Space, paths: list[str], color: Color) -> IndexReport:
        """Index some paths under a progress bar."""
        from semspace.ui.progress import ProgressBar

        with ProgressBar(output.console(sys.stderr, color)) as progress:
            return space.index(
                paths or None,
                include=self.include or None,
                exclude=self.exclude or None,
                hidden=self.hidden,
                ignore=self.ignore,
                max_size=self.max_size,
                keep_boilerplate=self.keep_boilerplate,
                token_vectors=self.token_vectors,
                purge=self.yes,
                wait=self.wait,
                progress=progress,
            )


reading = grouped(
    "reading",
    Reading,
    click.option("--include", metavar="GLOB", multiple=True, help="Only files that match; may be repeated."),
    click.option("--exclude", metavar="GLOB", multiple=True, help="No files that match; may be repeated."),
    click.option("--hidden/--no-hidden", default=None, help="Hidden files and folders too."),
    click.option("--ignore/--no-ignore", default=None, help="Whether .gitignore and .semspaceignore hold."),
    click.option("--max-size", type=Size(), metavar="BYTES", help="Skip larger files: 500000, 10MB. [50MB]"),
    click.option(
        "--keep-boilerplate/--skip-boilerplate",
        default=None,
        help="Whether text that recurs over many files is searched, too. [skip]",
    ),
    click.option(
        "--token-vectors/--no-token-vectors",
        default=None,
        help="Whether those of all passages are kept, so that search --rerank has not to encode them. [no]",
    ),
    click.option("-y", "--yes", is_flag=True, help="Remove what has vanished, even if it is most of the files."),
    click.option("--wait", is_flag=True, help="Wait while another process is writing to the space."),
)


@click.command(short_help="Index files and folders, or bring a space up to date.")
@click.argument("paths", type=Filed(), nargs=-1, metavar="[PATH]...")
@click.option("--model", metavar="M", shell_complete=models, help="The encoder of a new space: a name, a folder, or a hub id.")
@reading
@serving
@spreading
@click.option("--vectors", type=FILE, metavar="FILE", help="A Parquet file of texts with vectors that were made elsewhere.")
@click.option("--watch", is_flag=True, help="Go on, and index what changes, until Ctrl-C.")
@click.option("-v", "--verbose", is_flag=True, help="List the files that were skipped, too.")
@as_json
@colored
@filling
def index(
    paths: tuple[str, ...],
    model: str | None,
    reading: Reading,
    serving: Serving,
    spreading: Spreading,
    vectors: Path | None,
    watch: bool,
    verbose: bool,
    as_json: bool,
    color: Color,
    place: Place,
) -> int:
    """Index files and folders, or bring a space up to date.

    What is unchanged is left alone, what is gone is removed. Without PATH the space of this folder is brought up to date. A
    new space takes the name of the folder. Options are remembered.

    \b
    Examples:
      semspace index ~/notes
      semspace index ~/papers --include "*.pdf" --engine milvus --uri papers.db
      semspace index --watch
    """
    from semspace.ui import formats, reports

    named = existing(paths) or ([str(vectors)] if vectors else [])
    serving.ready()
    with spreading.opened() as bulk, space_for(named, model, place) as space:
        space.spread(bulk)
        engage(space, serving)
        runs = [space.add_vectors(vectors)] if vectors else reading.runs(space, list(paths), color, watch=watch)
        for report in runs:
            output.put(formats.report(report), reports.IndexSummary(report, verbose, stand()), as_json=as_json, color=color)
        warn(space)
    return output.INTERRUPTED if report.interrupted else output.FOUND


def engage(space: Space, serving: Serving) -> None:
    """Have the vectors of a space served from where they are wanted."""
    wanted = serving.wanted(space.name)
    if (wanted or serving.engine == "faiss") and wanted != space.settings.engine:
        space.engage(wanted)


def warn(space: Space) -> None:
    """Say what is wrong with the version of the engine that serves a space."""
    if (status := space.engine_status()) and status.warning:
        output.say(f"warning: {status.warning}")


def changed(report: IndexReport) -> bool:
    """Tell whether a run found anything new."""
    return bool(report.read or report.removed or report.encoded or report.interrupted)


def space_for(paths: list[str], model: str | None, place: Place) -> Space:
    """Open the space that is meant, or make a new one for a folder that none covers."""
    from semspace import Space, places
    from semspace.paths import real

    first = real(paths[0]) if paths else None
    name = place.index or (places.covering(first, place.home) or places.free_name(first, place.home) if first else place.name())
    if places.is_space(places.folder_of(name, place.home)):
        space = Space.open(name, home=place.home, **place.running)
        _check_model(space, model, place)
        return space
    if not paths:
        raise places.missing(name, places.names(place.home))
    space = Space.create(name, model, home=place.home, **place.running)
    output.say(f"created space {space.name}")
    return space


def _check_model(space: Space, model: str | None, place: Place) -> None:
    """Raise EncoderMismatch where a space was filled by another encoder than the one that is asked for."""
    from semspace import encoders
    from semspace.errors import EncoderMismatch, SemspaceError

    if model is None or model == space.settings.encoder:
        return
    try:
        same = encoders.show(model, models=place.models).fingerprint == space.settings.fingerprint
    except SemspaceError:
        same = False
    if not same:
        space.close()
        raise EncoderMismatch(
            f"The space {space.name} is filled by {space.settings.encoder}, not by {model}.",
            f"Leave --model out, or make another space: --index NAME --model {model}",
        )

"""python -m semspace.bench: parse, run benches one after the other, keep what they found."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path
from tempfile import gettempdir

import click

from semspace.bench import BENCHES, bench, figures, report
from semspace.bench.measuring import machine
from semspace.bench.setting import Setting
from semspace.errors import SemspaceError

KEPT = Path("scripts") / "figures.json"
FOLDER = click.Path(file_okay=False, path_type=Path)


def say(line: str) -> None:
    """Tell how far the run is."""
    click.echo(f"  [{time.strftime('%H:%M:%S')}] {line}", err=True)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("names", nargs=-1, type=click.Choice([*BENCHES]), metavar="[NAME]...")
@click.option("--quick", is_flag=True, help="Small sizes: whether it runs, not how fast.")
@click.option("--long", is_flag=True, help="As many cases of each fault as a night allows.")
@click.option(
    "--minutes",
    type=float,
    metavar="N",
    help="Inject faults for so long, the rest another time; walk or load the server for so long.",
)
@click.option("--data", type=FOLDER, default=Path("../shared/data"), show_default=True, help="Where the texts are.")
@click.option("--work", type=FOLDER, default=Path(gettempdir()) / "semspace-bench", help="Where spaces are built and kept.")
@click.option("--model", metavar="M", help="The encoder: a name, a folder, or a hub id.")
@click.option("--models", type=FOLDER, envvar="SEMSPACE_MODELS", help="Where encoders live.")
@click.option(
    "--referee",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    envvar="SEMSPACE_REFEREE",
    metavar="PYTHON",
    help="A Python with umap-learn and openTSNE, whose maps are compared.",
)
@click.option("--figures", "kept", type=click.Path(dir_okay=False, path_type=Path), help=f"Keep figures here. [{KEPT}]")
def main(
    names: tuple[str, ...],
    quick: bool,
    long: bool,
    minutes: float | None,
    data: Path,
    work: Path,
    model: str | None,
    models: Path | None,
    referee: Path | None,
    kept: Path | None,
) -> None:
    """Measure, print, and keep the figures of some benches, or of all; a quick run keeps them only where --figures says."""
    work.mkdir(parents=True, exist_ok=True)
    kept = kept or (work / "quick.json" if quick else KEPT)
    setting = Setting(data.resolve(), work.resolve(), quick, model, models, say, long, minutes, referee)
    setting.results = figures.read(kept)
    setting.home.mkdir(parents=True, exist_ok=True)
    setting.clear()
    bad: list[str] = []
    for name in names or BENCHES:
        try:
            bad += [
                f"FALLS SHORT: {figure.what}" for figure in _run(name, setting, kept) if figure.holds is False and not quick
            ]
        except (SemspaceError, RuntimeError) as error:
            # The others may take many minutes and need not be asked for again.
            bad.append(f"BROKEN: {name}: {error}")
    click.echo("\n".join(bad))
    sys.exit(1 if bad else 0)


def _run(name: str, setting: Setting, kept: Path) -> list[figures.Figure]:
    """Run one bench, print what it found and keep it; one that cannot run says why."""
    click.echo(f"{name}: {BENCHES[name][1]}")
    started = time.perf_counter()
    try:
        found = bench(name)(setting)
    except figures.Absent as absent:
        click.echo(f"  skipped: {absent}")
        return []
    result = replace(found, machine=machine(), date=time.strftime("%Y-%m-%d"))
    setting.results[name] = result
    figures.merge(kept, name, result, [*BENCHES])
    click.echo("\n".join(report.lines(result)))
    if setting.quick:
        click.echo("  (small sizes: these figures say that it runs, not how well)")
    say(f"{name} took {time.perf_counter() - started:.0f} s")
    return list(result.figures)


if __name__ == "__main__":
    main()

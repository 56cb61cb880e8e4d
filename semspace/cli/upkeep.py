"""semspace check, repair, forget, compact."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from semspace.cli import output
from semspace.cli.options import Place, as_json, colored, filling, placed

if TYPE_CHECKING:
    from semspace.ui.console import Color


@click.command(short_help="Say whether a space is what it says it is.")
@click.option("--deep", is_flag=True, help="Also encode a sample of the texts again and compare.")
@as_json
@colored
@placed
def check(deep: bool, as_json: bool, color: Color, place: Place) -> int:
    """Say whether a space is what it says it is; nothing is changed.

    Every text, fact, passage and vector is compared with its checksum, both indexes with the store. Exit code 0: all is
    sound; 1: something is damaged.

    \b
    Examples:
      semspace check
      semspace check --deep --index notes
      semspace check --json
    """
    from semspace.ui import formats, reports

    with place.open() as space:
        found, name = space.check(deep=deep), space.name
    output.put(formats.findings(found, name), reports.CheckView(found), as_json=as_json, color=color)
    return output.NOTHING if any(finding.count for finding in found) else output.FOUND


@click.command(short_help="Mend a damaged space.")
@as_json
@colored
@filling
def repair(as_json: bool, color: Color, place: Place) -> int:
    """Mend a damaged space, and say what cannot be had again.

    Damaged documents are read again from their files where those still have the same content, vectors encoded again,
    both indexes made anew. What was damaged is kept in the space's folder `quarantine`. Exit code 0: all is well; 1:
    something is lost.

    \b
    Examples:
      semspace repair
      semspace repair --index notes --json
    """
    from semspace import Space
    from semspace.ui import formats, reports
    from semspace.ui.progress import ProgressBar

    name = place.name()
    with ProgressBar(output.console(sys.stderr, color)) as progress:
        done = Space.repair(name, home=place.home, progress=progress, **place.running)
    output.put(formats.mendings(done, name), reports.RepairView(done), as_json=as_json, color=color)
    return output.NOTHING if any(one.lost for one in done) else output.FOUND


@click.command(short_help="Remove texts so that no byte of them is left.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--verify", is_flag=True, help="Look for the texts in every byte of the space afterwards.")
@as_json
@colored
@placed
def forget(paths: tuple[str, ...], verify: bool, as_json: bool, color: Color, place: Place) -> int:
    """Remove files and folders from a space so that no byte of them is left in it.

    rm is faster, and leaves what it removed to be overwritten. The files themselves stay, and stay out of the space. What a
    repair had put aside is deleted. Exit code 1: --verify has found something, and says where. An engine deletes, too; its
    own files, queues and backups are beyond --verify.

    \b
    Examples:
      semspace forget ~/notes/diary.md --verify
      semspace forget ~/notes/private --index notes
    """
    from semspace.ui import formats, reports

    with place.open(paths) as space:
        done = space.forget(paths, verify=verify)
    output.put(formats.forgotten(done), reports.ForgottenView(done), as_json=as_json, color=color)
    return output.NOTHING if done.traces else output.FOUND


@click.command(short_help="Give back the disk that removed texts have left free.")
@as_json
@placed
def compact(as_json: bool, place: Place) -> int:
    """Give back the disk that removed texts have left free.

    The store and the lexical index are written anew, and what an older format was kept for is deleted.

    \b
    Examples:
      semspace compact
      semspace compact --index notes
    """
    from rich.filesize import decimal

    with place.open() as space:
        done = space.compact()
    told = f"{done.index}: {decimal(done.before)} before, {decimal(done.after)} now"
    return output.put({"index": done.index, "before": done.before, "after": done.after}, told, as_json=as_json)

"""semspace status, list, show, rm, delete."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from semspace.cli import output
from semspace.cli.completing import Filed, spaces
from semspace.cli.opening import open_at, opened
from semspace.cli.options import Place, as_json, colored, here, housed, placed, relative, stand
from semspace.errors import InvalidInput, SemspaceError

if TYPE_CHECKING:
    from semspace.records import Status
    from semspace.ui.console import Color


@click.command(short_help="Say what a space holds, and what failed.")
@click.option("--failed", is_flag=True, help="List the files that gave no passages, with reasons.")
@click.option("--boilerplate", is_flag=True, help="List the text that recurs over many files, and is left out.")
@as_json
@colored
@placed
def status(failed: bool, boilerplate: bool, as_json: bool, color: Color, place: Place) -> int:
    """Say what a space holds, what it takes on disk, what changed since, and what failed.

    \b
    Examples:
      semspace status
      semspace status --boilerplate
      semspace status --index notes --json
    """
    from semspace.ui import formats, reports

    with place.open() as space:
        if boilerplate:
            blocks, kept = space.boilerplate(), space.settings.keep_boilerplate
            data, listed = formats.boilerplate(blocks, space.name, kept), reports.BoilerplateList(blocks, kept, stand())
            return output.put(data, listed, as_json=as_json, color=color)
        found = space.status()
    view = reports.FailureList if failed else reports.StatusView
    return output.put(formats.status(found), view(found, stand()), as_json=as_json, color=color)


@click.command("list", short_help="List the spaces.")
@as_json
@colored
@housed
def list_(as_json: bool, color: Color, place: Place) -> int:
    """List the spaces, with what each holds.

    \b
    Examples:
      semspace list
      semspace list --json
    """
    from semspace.ui import formats, tables

    found = _spaces(place)
    if not found:
        output.say("There is no space yet. Make one: semspace index FOLDER")
    return output.put(formats.spaces(found), tables.SpaceList(found, stand()), as_json=as_json, color=color)


def _spaces(place: Place) -> dict[str, Status | SemspaceError]:
    from semspace import Space, places

    found: dict[str, Status | SemspaceError] = {}
    for name in places.names(place.home):
        try:
            with Space.open(name, home=place.home) as space:
                found[name] = space.status(look=False)
        except SemspaceError as error:
            found[name] = error
    return found


@click.command(short_help="Show one passage with all that is known about it.")
@click.argument("target", type=Filed(), metavar="#ID")
@opened("Open its file in $VISUAL or $EDITOR at its line.")
@as_json
@relative
@colored
@placed
def show(target: str, open_: bool, as_json: bool, relative: bool, color: Color, place: Place) -> int:
    """Show one passage with all that is known about it.

    #ID is a passage id as search prints it, in quotes ('#12') or without its mark (12); FILE:LINE works too.

    \b
    Examples:
      semspace show 12
      semspace show notes/roses.md:40 --json
    """
    from semspace.ui import formats, tables

    with place.open() as space:
        hit = space.show(target)
    if open_:
        open_at(hit)
        return output.FOUND
    data = formats.hit(hit, here() if relative else None)
    return output.put(data, tables.PassageView(hit, stand()), as_json=as_json, color=color)


@click.command(short_help="Take files and folders out of a space.")
@click.argument("paths", type=Filed(), nargs=-1, required=True, metavar="PATH...")
@as_json
@placed
def rm(paths: tuple[str, ...], as_json: bool, place: Place) -> int:
    """Take files and folders out of a space; the files themselves stay.

    A path that is taken out stays out when the space is indexed again, until it is named to index.

    \b
    Examples:
      semspace rm ~/notes/old
      semspace rm letter.md --index notes
    """
    from semspace.ui.reports import plural

    with place.open(paths) as space:
        removed, name = space.remove(paths), space.name
    told = f"{name}: {plural(removed, 'document')} removed"
    return output.put({"index": name, "removed": removed}, told, as_json=as_json)


@click.command(short_help="Delete a space, after asking.")
@click.argument("name", shell_complete=spaces)
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@as_json
@housed
def delete(name: str, yes: bool, as_json: bool, place: Place) -> int:
    """Delete a space, after asking; the documents themselves stay.

    \b
    Examples:
      semspace delete notes
      semspace delete notes --yes
    """
    from semspace.places import erase, existing
    from semspace.ui.safe import safe_text

    folder = existing(name, place.home)
    if not yes and not sys.stdin.isatty():
        raise InvalidInput(f"Deleting {name} needs a yes, and there is no terminal to ask.", "Add --yes.")
    if not yes and not click.confirm(safe_text(f"Delete the space {name} in {folder}?", one_line=True), err=True):
        return output.NOTHING
    erase(folder)
    return output.put({"index": name, "deleted": True}, f"{name}: deleted", as_json=as_json)

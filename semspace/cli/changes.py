"""semspace drift, semspace erase."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from semspace.cli import output
from semspace.cli.meaning import seeded
from semspace.cli.options import Narrow, Place, as_json, colored, existing, narrowed, placed

if TYPE_CHECKING:
    from semspace.ui.console import Color
    from semspace.views.drift import Drift


@click.command(short_help="Say what changed between two folders, spaces, git revisions or periods.")
@click.argument("old", required=False)
@click.argument("new", required=False)
@click.argument("folder", required=False)
@click.option("--git", "in_git", is_flag=True, help="OLD and NEW are revisions in git; FOLDER is what is compared. [here]")
@click.option("--by", metavar="FIELD", help="Compare by a field instead: date, modified, or one of the metadata.")
@click.option("--before", metavar="VALUE", help="Old is what has less than this in the field. [that of --after]")
@click.option("--after", metavar="VALUE", help="New is what has this or more. [that of --before]")
@click.option("--where", metavar="EXPR", help="Only where metadata say so, on both sides: \"tags = 'x'\".")
@seeded
@as_json
@colored
@placed
def drift(
    old: str | None, new: str | None, folder: str | None, in_git: bool, by: str | None, before: str | None, after: str | None,
    where: str | None, seed: int, as_json: bool, color: Color, place: Place,
) -> int:  # fmt: skip
    """Say what changed between two folders, spaces, git revisions or periods.

    OLD and NEW are files or folders of one space, or else the names of two spaces of the same encoder, or with --git two
    revisions of a folder, which need not be in a space: git gives what it stored, without a checkout. The verdict rests on a
    classifier that sees texts which it was not taught, against the same texts split by chance. Exit code 1: no difference.

    \b
    Examples:
      semspace drift notes/2023 notes/2024
      semspace drift --by date --before 2020 --after 2024 --index mail
      semspace drift --git v1.0 HEAD docs --json
    """
    if in_git:
        found = _in_git(place, (old, new), folder, (by, before, after, where), seed, color)
    elif folder is not None:
        raise click.UsageError("A third argument goes with --git only.")
    elif by is None and old and new and not any(os.path.lexists(one) or os.sep in one for one in (old, new)):
        with replace(place, index=old).open() as older, replace(place, index=new).open() as space:
            found = space.drift_from(older, seed=seed)
    else:
        with place.open(existing([one for one in (old, new) if one])[:1]) as space:
            found = space.drift(old, new, by=by, before=before, after=after, where=where, seed=seed)
    code = output.put(found.to_dict(), found, as_json=as_json, color=color)
    return code if found.found else output.NOTHING


def _in_git(
    place: Place,
    revisions: tuple[str | None, str | None],
    folder: str | None,
    others: tuple[str | None, ...],
    seed: int,
    color: Color,
) -> Drift:
    from semspace.ui.progress import ProgressBar

    old, new = revisions
    if old is None or new is None or any(others):
        raise click.UsageError("--git takes two revisions and a folder: semspace drift --git v1.0 HEAD docs")
    below = folder or os.curdir
    with place.open([below]) as space, ProgressBar(output.console(sys.stderr, color)) as progress:
        return space.drift_revisions(old, new, below, seed=seed, progress=progress)


@click.command(short_help="Measure what it does to take a field out of the vectors.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--by", required=True, metavar="FIELD", help="What is taken out: kind, or a name in the metadata.")
@click.option("--as", "name", metavar="NAME", help="Keep what takes it out, for --view of search, map and topics.")
@seeded
@narrowed
@as_json
@colored
@placed
def erase(
    paths: tuple[str, ...], by: str, name: str | None, seed: int, narrow: Narrow, as_json: bool, color: Color, place: Place
) -> int:
    """Measure what it does to take a field out of the vectors.

    Where source, language or year show in the vectors, topics and neighbours follow them. Half of the files teach what has to
    go, the other half tests: how well a classifier tells the values apart before and after, and which neighbours stay.
    No vector is changed: with --as a view of that name is kept, through which the space can be seen without the field.

    \b
    Examples:
      semspace erase --by author
      semspace erase --by kind --index notes --json
      semspace erase --by lang --as plain
    """
    with place.open(paths) as space:
        found = space.erase(by, narrow.where, name=name, seed=seed, **narrow.among(existing(paths)))
    return output.put(found.to_dict(), found, as_json=as_json, color=color)

"""Lines in, lines out: what the verbs over sentences share."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

import click

from semspace.cli import output
from semspace.cli.completing import models
from semspace.cli.options import Place, existing, grouped

if TYPE_CHECKING:
    from semspace.encoders import Encoder
    from semspace.records.lines import Pair
    from semspace.sentences import Progress


class Means(TypedDict):
    """What says how similar lines are, and who is told how far it is."""

    encoder: Encoder | None
    progress: Progress


@dataclass(frozen=True, slots=True)
class Form:
    """In which form lines are written."""

    as_json: bool
    as_jsonl: bool

    def write(self, name: str, rows: Iterable[Any], plain: Iterable[str], **about: Any) -> int:
        """Write rows as JSON or lines as they are; return the exit code: 0 where there is any, 1 where there is none."""
        from semspace.ui import formats

        shown = list(rows if self.as_json or self.as_jsonl else plain)
        if self.as_json:
            output.json({name: shown, **about})
        else:
            output.lines((formats.to_json(row) for row in shown) if self.as_jsonl else shown)
        if not shown and not self.as_json and sys.stderr.isatty():
            output.say("Nothing found.")
        return output.FOUND if shown else output.NOTHING

    def write_pairs(self, found: Sequence[Pair], **about: Any) -> int:
        """Write pairs; for a person the second line stands under the first."""
        from semspace.ui import sentences as shown

        plain = shown.pair_lines(found, stacked=sys.stdout.isatty())
        return self.write("pairs", map(shown.pair, found), plain, **about)


formed = grouped(
    "form",
    Form,
    click.option("--json", "as_json", is_flag=True, help="Write JSON."),
    click.option("--jsonl", "as_jsonl", is_flag=True, help="Write JSON, one value a line."),
)
modelled = click.option("--model", metavar="M", shell_complete=models, help="The encoder: a name, a folder, or a hub id.")


def read(*names: str) -> list[list[str]]:
    """Return the lines of files, - being standard input; bytes that are no UTF-8 come out again as they are."""
    if names.count("-") > 1:
        raise output.UsageFault("Standard input can be read once.", "Name a file in the place of one -.")
    return [
        _lines(sys.stdin.buffer.read() if name == "-" else Path(*existing([name])).expanduser().read_bytes()) for name in names
    ]


def _lines(data: bytes) -> list[str]:
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    return lines if lines[-1] else lines[:-1]


@contextmanager
def judging(model: str | None, place: Place, *lists: Sequence[str]) -> Iterator[Means]:
    """Open the encoder that suits so many lines, and draw a bar while they are worked at."""
    from semspace.encoders.running import open_encoder
    from semspace.sentences.distinct import MANY
    from semspace.ui.steps import StepBar

    count = sum(map(len, lists))
    opened = open_encoder(model, place.running, bulk=count >= MANY) if count else None
    with StepBar(output.console(sys.stderr)) as progress:
        yield {"encoder": opened, "progress": progress}

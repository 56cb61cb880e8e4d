"""Options that several commands share, each group of them handed over as one value."""

from __future__ import annotations

import functools
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from semspace.cli import completing, output
from semspace.errors import PathNotFound

if TYPE_CHECKING:
    from semspace.asking import Narrowing
    from semspace.encoders.running import Running
    from semspace.settings import Settings
    from semspace.space import Space
    from semspace.ui.paths import Stand

Command = TypeVar("Command", bound=Callable[..., Any])
FOLDER = click.Path(file_okay=False, path_type=Path)

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """Which space a command means, where spaces and encoders live, and how encoders run."""

    home: Path | None = None
    models: Path | None = None
    index: str | None = None
    runtime: str = "auto"
    device: str = "cpu"

    @property
    def running(self) -> Running:
        """How encoders are opened."""
        return {
            "models": self.models,
            "runtime": self.runtime,
            "device": self.device,
            "say": output.say,
            "secret": os.environ.get,
        }

    def name(self, paths: Sequence[str] = (), read: Callable[[Path], Settings] | None = None) -> str:
        """Return the space that is meant: the named one, else the one that covers a path, else that of this folder.

        `read` gives the settings of each, those of the store unless it is said.
        """
        if self.index:
            return self.index
        from semspace import places, settings
        from semspace.paths import real

        found = places.covering(real(paths[0]), self.home, read or settings.read) if paths else None
        return found or places.meant(self.home, None, read or settings.read)

    @contextmanager
    def open(self, paths: Sequence[str] = ()) -> Iterator[Space]:
        """Open the space that is meant, and close it afterwards."""
        from semspace import Space

        with Space.open(self.name(paths), home=self.home, **self.running) as space:
            yield space


@dataclass(frozen=True, slots=True)
class Narrow:
    """Which passages may answer."""

    where: str | None
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    since: str | None
    until: str | None

    def among(self, paths: Sequence[str] = ()) -> Narrowing:
        """Return what the walk of a query wants to know, but for `where`."""
        return {
            "paths": paths,
            "include": self.include,
            "exclude": self.exclude,
            "since": self.since,
            "until": self.until,
        }


class Size(click.ParamType[int]):
    """A number of bytes: 500000, 10MB, 1.5GiB."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return bytes."""
        match = _SIZE.fullmatch(str(value).strip())
        if not match:
            self.fail(f"{value!r} is no size: write 500000, 10MB or 1.5GiB.", param, ctx)
        power = " kmgt".index(match[2].lower() or " ")
        return int(float(match[1]) * (1024 if match[3] else 1000) ** power)


class Words(click.ParamType[str]):
    """Words that were typed; bytes that are no text in them do not matter."""

    name = "words"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ARG002
        """Return text without the bytes that the shell gave and no text can hold."""
        return os.fsencode(str(value)).decode("utf-8", "replace")


def grouped(name: str, record: type, *options: Callable[[Any], Any]) -> Callable[[Command], Command]:
    """Add options to a command, which gets them as one value; what a command does not offer keeps its default."""

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def run(**values: Any) -> Any:
            mine = {field.name: values.pop(field.name) for field in fields(record) if field.name in values}
            return command(**{name: record(**mine)}, **values)

        for option in reversed(options):
            option(run)
        return run  # type: ignore[return-value]

    return decorate


_HOME = click.option("--home", type=FOLDER, envvar="SEMSPACE_HOME", metavar="DIR", help="Where spaces live.")
_MODELS = click.option("--models", type=FOLDER, envvar="SEMSPACE_MODELS", metavar="DIR", help="Where encoders live.")
_INDEX = click.option(
    "--index", metavar="NAME", shell_complete=completing.spaces, help="The space; without it, the one that covers this folder."
)
_RUNTIME = click.option(
    "--runtime",
    type=click.Choice(["auto", "openvino", "onnx", "torch"]),
    default="auto",
    envvar="SEMSPACE_RUNTIME",
    show_default=True,
    help="What runs the encoder; auto takes the fastest for the purpose.",
)
_DEVICE = click.option(
    "--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True, help="Where texts are encoded."
)

placed = grouped("place", Place, _INDEX, _HOME, _MODELS)
"""A command about one space."""

asking = grouped("place", Place, _RUNTIME, _INDEX, _HOME, _MODELS)
"""A command about one space that encodes a query."""

filling = grouped("place", Place, _RUNTIME, _DEVICE, _INDEX, _HOME, _MODELS)
"""A command about one space that encodes many texts."""

encoding = grouped("place", Place, _RUNTIME, _DEVICE, _MODELS)
"""A command that encodes texts and knows no space."""

housed = grouped("place", Place, _HOME, _MODELS)
"""A command about spaces that names its own."""

serving = grouped("place", Place, _RUNTIME, _HOME, _MODELS)
"""A command that keeps spaces open and names its own."""

modelled = grouped("place", Place, _MODELS)
"""A command about encoders."""

narrowed = grouped(
    "narrow",
    Narrow,
    click.option("--where", metavar="EXPR", help="Only where metadata say so: \"tags = 'x' and date > 2024\"."),
    click.option("--include", metavar="GLOB", multiple=True, help="Only files that match; may be repeated."),
    click.option("--exclude", metavar="GLOB", multiple=True, help="No files that match; may be repeated."),
    click.option("--since", metavar="WHEN", help="Only what is dated from then on: 2024, 2024-05-31, 7d."),
    click.option("--until", metavar="WHEN", help="Only what is dated up to then."),
)

viewed = click.option("--view", metavar="NAME", help="Without what tells a field apart: a view that `erase --as` kept.")

as_json = click.option("--json", "as_json", is_flag=True, help="Write JSON.")
colored = click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="Colours; auto has them on a terminal.",
)


def relative(command: Command) -> Command:
    """Add --relative."""
    return click.option("--relative", is_flag=True, help="Paths from the current folder in machine formats.")(command)


def here() -> str | None:
    """Return the current folder, None where it is gone."""
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        return None


def stand() -> Stand:
    """Return where the reader stands; ~ stands for his home on a terminal only."""
    from semspace.ui.paths import Stand

    home = os.path.expanduser("~")  # noqa: PTH111  # Path raises where nobody knows it
    return Stand(here(), home if sys.stdout.isatty() and os.path.isabs(home) else None)  # noqa: PTH117


def existing(paths: Sequence[str]) -> list[str]:
    """Return paths that are there. Raises PathNotFound."""
    from semspace.paths import absolute

    for path in paths:
        if not os.path.lexists(absolute(path)):
            raise PathNotFound(f"There is no file or folder {path}.", "Check the path.")
    return list(paths)

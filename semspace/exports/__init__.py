"""A space -> files that other programs open as they are: Parquet, and the pair of TSV that embedding projectors read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text

from semspace.errors import InvalidInput
from semspace.exports.source import Source
from semspace.records.lines import Step
from semspace.ui.safe import safe_text
from semspace.views.value import Value

if TYPE_CHECKING:
    from rich.console import RenderableType

Told = Callable[[Step], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which files are wanted; `force` replaces what no export of semspace's is."""

    parquet: Path | None = None
    tsv: Path | None = None
    force: bool = False


@dataclass(frozen=True, slots=True)
class Exported(Value):
    """What was written: files, with how many passages of `dim` numbers; `waiting` have no vector yet and are left out.

    `fields` are those of the metadata that became columns.
    """

    space: str
    files: tuple[Path, ...]
    count: int
    waiting: int
    dim: int
    fields: tuple[str, ...]
    mapped: bool

    def to_dict(self) -> dict[str, Any]:
        """Return what programs read."""
        return {
            "index": self.space, "count": self.count, "waiting": self.waiting, "dim": self.dim, "mapped": self.mapped,
            "fields": list(self.fields), "files": [str(path) for path in self.files],
        }  # fmt: skip

    def rows(self) -> list[dict[str, Any]]:
        """Return one row for each file."""
        return [{"file": str(path), "count": self.count} for path in self.files]

    def __rich__(self) -> RenderableType:
        parts = [f"{self.count:,} passages", f"{self.dim} dimensions"]
        parts += ["positions of the map"] * self.mapped
        parts += [f"{self.waiting:,} without a vector yet were left out"] * bool(self.waiting)
        return Text("\n".join([*(safe_text(str(path), one_line=True) for path in self.files), " · ".join(parts)]))


def check(wanted: Wanted) -> None:
    """Raise before anything is computed where a file could not be written, or is somebody else's.

    Raises InvalidInput, MissingDependency.
    """
    from semspace.exports import parquet, tsv

    if wanted.parquet is None and wanted.tsv is None:
        raise InvalidInput("An export needs a file.", "Name one: --parquet FILE, or --tsv FOLDER.")
    if wanted.parquet is not None:
        parquet.check(wanted.parquet, force=wanted.force)
    if wanted.tsv is not None:
        tsv.check(wanted.tsv, force=wanted.force)


def write(source: Source, wanted: Wanted, progress: Told | None = None) -> Exported:
    """Write the files that are wanted: each is replaced in one step, and none where there is no passage."""
    from semspace.exports import parquet, tsv

    def tell(done: int) -> None:
        if progress:
            progress(Step("writing", done, len(source.ids)))

    files: list[Path] = []
    if len(source.ids) and wanted.parquet is not None:
        files.append(parquet.write(source, wanted.parquet, tell))
    if len(source.ids) and wanted.tsv is not None:
        files += tsv.write(source, wanted.tsv, tell)
    fields = tuple(field.name for field in source.fields)
    return Exported(
        source.space, tuple(files), len(source.ids), source.waiting, source.dim, fields, source.positions is not None
    )

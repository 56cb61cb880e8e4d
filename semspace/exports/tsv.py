"""Passages -> what embedding projectors read: vectors and metadata in two tables whose lines belong together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from semspace.errors import InvalidInput
from semspace.exports.fields import OWN, clean
from semspace.exports.files import need_folder, refuse_foreign, replacing
from semspace.exports.source import Batch, Source
from semspace.ui.safe import safe_text

VECTORS, METADATA, SETTINGS = "vectors.tsv", "metadata.tsv", "projector_config.pbtxt"

MARK = b"# semspace\n"

CONFIG = f'embeddings {{\n  tensor_path: "{VECTORS}"\n  metadata_path: "{METADATA}"\n}}\n'
"""What has TensorBoard find both when it is pointed at the folder."""

LABEL = 80
"""Characters of a label, as projectors write them beside a point."""

_COLUMNS = ("label", *(name for name in OWN if name not in {"metadata", "vector", "x", "y"}))
_BLANKS = re.compile(r"\s+")


def check(folder: Path, *, force: bool) -> None:
    """Raise InvalidInput where the files cannot be written, or are somebody else's."""
    if folder.exists() and not folder.is_dir():
        raise InvalidInput(f"{folder} is no folder.", "Name a folder, or a new one: --tsv FOLDER")
    need_folder(folder.parent)
    known = (folder / SETTINGS).is_file() and _ours(folder / SETTINGS)
    for name in (VECTORS, METADATA, SETTINGS):
        refuse_foreign(folder / name, lambda _: known, force=force)


def _ours(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MARK)) == MARK


def write(source: Source, folder: Path, tell: Callable[[int], None]) -> list[Path]:
    """Write the tables, and what says where they are; return the files. They take their places when all are written."""
    if not folder.is_dir():
        folder.mkdir(mode=0o700)
    paths = [folder / name for name in (VECTORS, METADATA, SETTINGS)]
    with replacing(*paths) as (vectors, metadata, settings):
        metadata.write(_line([*_COLUMNS, *(field.name for field in source.fields)]))
        for batch in source.batches(tell):
            # Nine digits are enough for a number of 32 bits to be read back as it was.
            vectors.writelines(("\t".join(f"{x:.9g}" for x in row) + "\n").encode() for row in batch.vectors.tolist())
            metadata.writelines(map(_line, _cells(source, batch)))
        settings.write(MARK + CONFIG.encode())
    return paths


def _cells(source: Source, batch: Batch) -> Iterator[list[Any]]:
    for row, date in zip(batch.rows, batch.dates, strict=True):
        passage = row.passage
        path = None if row.key is not None else row.path
        heading = " > ".join(passage.heading)
        yield [
            _cell(passage.text)[:LABEL], row.id, passage.text, path, row.key, passage.start_line, passage.end_line,
            passage.page, heading, row.title, row.kind, date, *(field.value(row.metadata) for field in source.fields),
        ]  # fmt: skip


def _line(values: Iterable[Any]) -> bytes:
    return ("\t".join(map(_cell, values)) + "\n").encode("utf-8")


def _cell(value: Any) -> str:
    """Return a value on one line, without anything that ends a cell, moves a cursor or hides something."""
    if value is None:
        return ""
    text = ", ".join(value) if isinstance(value, list) else str(value)
    return clean(safe_text(_BLANKS.sub(" ", text).strip(), one_line=True))

"""Passages -> one Parquet file: a row each, the vector a list of fixed length, the metadata as columns and as they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from semspace.errors import InvalidInput, MissingDependency
from semspace.exports.fields import Kind, as_json, clean
from semspace.exports.files import need_folder, refuse_foreign, replacing
from semspace.exports.source import Batch, Source

MARK = b"semspace"
"""The key under which the file's own metadata say what it was made of."""

_FIRST = datetime(1, 1, 1, tzinfo=UTC).timestamp()
_LAST = datetime(9999, 12, 31, tzinfo=UTC).timestamp()


def check(path: Path, *, force: bool) -> None:
    """Raise InvalidInput where the file cannot be written, or is somebody else's; MissingDependency."""
    _arrow()
    if path.is_dir():
        raise InvalidInput(f"{path} is a folder.", "Name a file: --parquet space.parquet")
    need_folder(path.parent)
    refuse_foreign(path, _ours, force=force)


def write(source: Source, path: Path, tell: Callable[[int], None]) -> Path:
    """Write all passages, a batch a row group, and return where they are."""
    _, parquet = _arrow()
    schema = _schema(source)
    # Vectors hardly repeat: a dictionary of them would be built for nothing.
    repeated = ["path", "kind", "title"]
    with replacing(path) as (file,), parquet.ParquetWriter(file, schema, use_dictionary=repeated) as writer:
        for batch in source.batches(tell):
            writer.write_table(_table(source, batch, schema))
    return path


def _schema(source: Source) -> Any:
    arrow, _ = _arrow()
    text, whole = arrow.string(), arrow.int32()
    columns = [
        ("id", arrow.int64()), ("text", text), ("path", text), ("key", text), ("start_line", whole), ("end_line", whole),
        ("page", whole), ("heading", arrow.list_(text)), ("title", text), ("kind", text),
        ("date", arrow.timestamp("ms")),
    ]  # fmt: skip
    columns += [(field.name, _type(field.kind)) for field in source.fields]
    columns += [("metadata", text)]
    columns += [("x", arrow.float32()), ("y", arrow.float32())] if source.positions is not None else []
    columns += [("vector", arrow.list_(arrow.float32(), source.dim))]
    about = json.dumps({"space": clean(source.space), "encoder": clean(source.encoder), "dim": source.dim})
    return arrow.schema(columns, metadata={MARK: about.encode()})


def _type(kind: Kind) -> Any:
    arrow, _ = _arrow()
    types = {"bool": arrow.bool_(), "integer": arrow.int64(), "number": arrow.float64(), "texts": arrow.list_(arrow.string())}
    return types.get(kind, arrow.string())


def _table(source: Source, batch: Batch, schema: Any) -> Any:
    arrow, _ = _arrow()
    passages = [row.passage for row in batch.rows]
    columns: dict[str, Any] = {
        "id": batch.ids,
        "text": [clean(passage.text) for passage in passages],
        "path": [None if row.key is not None else clean(row.path) for row in batch.rows],
        "key": [None if row.key is None else clean(row.key) for row in batch.rows],
        "start_line": [passage.start_line for passage in passages],
        "end_line": [passage.end_line for passage in passages],
        "page": [passage.page for passage in passages],
        "heading": [list(map(clean, passage.heading)) for passage in passages],
        "title": [None if row.title is None else clean(row.title) for row in batch.rows],
        "kind": [row.kind for row in batch.rows],
        "date": list(map(_moment, batch.dates)),
        "metadata": [as_json(dict(row.metadata)) for row in batch.rows],
    }
    for field in source.fields:
        columns[field.name] = [field.value(row.metadata) for row in batch.rows]
    if batch.positions is not None:
        columns["x"], columns["y"] = batch.positions[:, 0], batch.positions[:, 1]
    columns["vector"] = arrow.FixedSizeListArray.from_arrays(arrow.array(batch.vectors.ravel()), source.dim)
    return arrow.table([arrow.array(columns[column.name], column.type) for column in schema], schema=schema)


def _moment(seconds: float | None) -> int | None:
    """Return milliseconds since 1970; None for what no calendar of others holds."""
    return round(seconds * 1000) if seconds is not None and _FIRST <= seconds <= _LAST else None


def _ours(path: Path) -> bool:
    arrow, parquet = _arrow()
    try:
        return MARK in (parquet.read_schema(path).metadata or {})
    except (arrow.ArrowException, OSError):
        return False


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingDependency("The package pyarrow is not installed.", "pip install 'semspace[parquet]'") from error
    return pyarrow, pyarrow.parquet

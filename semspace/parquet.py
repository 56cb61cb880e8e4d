"""A Parquet file of texts with vectors that were made elsewhere -> texts, ids, vectors and metadata, checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from semspace.arrays import Vectors, check
from semspace.errors import InvalidInput, InvalidVectors, MissingDependency, PathNotFound
from semspace.store import TEXT_PREFIX, text_hash

ROWS = 2_000
"""Rows that are read and stored at a time."""

SAME = 0.999
"""Cosine from which on two vectors may be of one text."""

TEXT, VECTOR, ID = "text", "vector", "id"


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Some rows: the text of each, its id if there are any, its vector and all else that is said of it."""

    texts: list[str]
    ids: list[str] | None
    vectors: Vectors
    metadata: list[dict[str, Any]]

    def by_path(self) -> dict[str, Vectors]:
        """Return each vector by the path that its text gets in a space. Raises InvalidVectors."""
        found, first = dict[str, Vectors](), dict[str, Vectors]()
        keys = self.ids or [text_hash(text).hex() for text in self.texts]
        for text, key, vector in zip(self.texts, keys, self.vectors, strict=True):
            found[TEXT_PREFIX + key] = vector
            if float(first.setdefault(text, vector) @ vector) < SAME:
                raise InvalidVectors(f"The text {text[:60]!r} has two vectors that are not alike.")
        return found


def read(path: Path, dim: int) -> Iterator[Batch]:
    """Yield the rows of a file: the columns `text`, `vector` (numbers, `dim` of them, of unit length), perhaps `id`.

    Every other column is metadata. Raises InvalidInput, InvalidVectors, PathNotFound, MissingDependency.
    """
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        raise MissingDependency("Parquet needs the package pyarrow.", "pip install 'semspace[parquet]'") from error
    if not path.is_file():
        raise PathNotFound(f"There is no file {path}.", "Check the path.")
    try:
        with parquet.ParquetFile(path) as file:
            names = file.schema_arrow.names
            if missing := [name for name in (TEXT, VECTOR) if name not in names]:
                raise InvalidInput(f"{path.name} has no column {missing[0]!r}.", "It needs text and vector; id is welcome.")
            first = 0
            for part in file.iter_batches(batch_size=ROWS):
                yield _batch(part, dim, path.name, first)
                first += part.num_rows
    except (ArrowException, OSError) as error:
        raise InvalidInput(f"{path.name} is no Parquet file that can be read: {str(error)[:200]}.") from error


def _batch(part: Any, dim: int, name: str, first: int) -> Batch:
    columns = {key: part.column(key).to_pylist() for key in part.schema.names if key != VECTOR}
    texts, ids = columns.pop(TEXT), columns.pop(ID, None)
    if bad := [row for row, text in enumerate(texts) if not isinstance(text, str) or not text.strip()]:
        raise InvalidInput(f"Row {first + bad[0]} of {name} holds no text.")
    try:
        rows = part.column(VECTOR)
        vectors = check(np.array(rows.to_pylist(), dtype=np.float32).reshape(part.num_rows, -1), dim)
    except (ValueError, TypeError) as error:
        raise InvalidVectors(f"The vectors of {name} are not all of {dim} numbers.") from error
    except InvalidVectors as error:
        raise InvalidVectors(f"Rows from {first} on of {name}: {error}", "They have to be of the space's encoder.") from error
    metadata = [
        {key: value for key, value in zip(columns, values, strict=True) if value is not None}
        for values in zip(*columns.values(), strict=True)
    ]
    return Batch(texts, None if ids is None else [str(one) for one in ids], vectors, metadata or [{} for _ in texts])

"""Making a store on disk: it appears whole, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from semspace.records import VectorType
from semspace.store.connection import sync
from semspace.store.writing import WritableStore


def make(path: Path, dim: int, dtype: VectorType, values: Mapping[str, str]) -> None:
    """Make a new, empty store with settings of its space, under another name until it is whole. The caller holds the lock."""
    fresh = path.with_name(f"{path.name}.new")
    for left in path.parent.glob(f"{fresh.name}*"):
        left.unlink()
    with closing(WritableStore.create(fresh, dim, dtype)) as store:
        for key, value in values.items():
            store.configure(key, value)
        store.settle()
    sync(fresh)
    fresh.replace(path)
    sync(path.parent)

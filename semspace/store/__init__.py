"""Ids <-> passages: documents, passages, vectors and metadata in one SQLite file, the truth of a space.

`Store` reads, `WritableStore` also writes; `":memory:"` is a store that is never on disk. Everything else in a space is
derived from it. A row of a passage never changes what is encoded, and no id is ever used again: that is why an index is
brought up to date by the difference of two sets of ids. Names are loaded at first touch: whoever only wants to know where
a space is, or who writes to it, waits for no numpy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from semspace.store import audit as audit
    from semspace.store import salvage as salvage
    from semspace.store.catalog import Catalog as Catalog
    from semspace.store.connection import BACKUP as BACKUP
    from semspace.store.connection import QUARANTINE as QUARANTINE
    from semspace.store.connection import SHAPES as SHAPES
    from semspace.store.connection import STORE as STORE
    from semspace.store.connection import TEXT_PREFIX as TEXT_PREFIX
    from semspace.store.connection import sync as sync
    from semspace.store.lock import LOCK as LOCK
    from semspace.store.lock import WriterLock as WriterLock
    from semspace.store.making import make as make
    from semspace.store.periods import period as period
    from semspace.store.reading import Store as Store
    from semspace.store.rows import Blocks as Blocks
    from semspace.store.rows import Entry as Entry
    from semspace.store.rows import Recut as Recut
    from semspace.store.rows import Row as Row
    from semspace.store.rows import StoredDocument as StoredDocument
    from semspace.store.rows import Tried as Tried
    from semspace.store.rows import text_hash as text_hash
    from semspace.store.statements import SURVEYED as SURVEYED
    from semspace.store.writing import Change as Change
    from semspace.store.writing import WritableStore as WritableStore
    from semspace.store.writing import modernise as modernise

_HOMES = {
    **dict.fromkeys(("BACKUP", "QUARANTINE", "SHAPES", "STORE", "TEXT_PREFIX", "sync"), "connection"),
    **dict.fromkeys(("LOCK", "WriterLock"), "lock"),
    **dict.fromkeys(("Blocks", "Entry", "Recut", "Row", "StoredDocument", "Tried", "text_hash"), "rows"),
    **dict.fromkeys(("Change", "WritableStore", "modernise"), "writing"),
    "Catalog": "catalog",
    "SURVEYED": "statements",
    "Store": "reading",
    "make": "making",
    "period": "periods",
}

__all__ = [
    "BACKUP",
    "LOCK",
    "QUARANTINE",
    "SHAPES",
    "STORE",
    "SURVEYED",
    "TEXT_PREFIX",
    "Blocks",
    "Catalog",
    "Change",
    "Entry",
    "Recut",
    "Row",
    "Store",
    "StoredDocument",
    "Tried",
    "WritableStore",
    "WriterLock",
    "audit",
    "make",
    "modernise",
    "period",
    "salvage",
    "sync",
    "text_hash",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value

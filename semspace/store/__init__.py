"""Ids <-> passages: documents, passages, vectors and metadata in one SQLite file, the truth of a space.

`Store` reads, `WritableStore` also writes; `":memory:"` is a store that is never on disk. Everything else in a space is
derived from it. A row of a passage never changes what is encoded, and no id is ever used again: that is why an index is
brought up to date by the difference of two sets of ids.
"""

from semspace.store import audit as audit
from semspace.store import salvage as salvage
from semspace.store.catalog import Catalog
from semspace.store.connection import BACKUP, QUARANTINE, SHAPES, STORE, sync
from semspace.store.lock import LOCK, WriterLock
from semspace.store.making import make
from semspace.store.periods import period
from semspace.store.reading import Store
from semspace.store.rows import TEXT_PREFIX, Blocks, Entry, Recut, Row, StoredDocument, Tried, text_hash
from semspace.store.statements import SURVEYED
from semspace.store.writing import Change, WritableStore, modernise

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

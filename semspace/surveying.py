"""Which blocks of a store's documents are boilerplate, and which documents have to be cut otherwise for that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from semspace.boilerplate import blocks, leave_out, recurring, unpack
from semspace.errors import SpaceDamaged
from semspace.records import Boilerplate
from semspace.store import SURVEYED, Recut, Store, StoredDocument, WritableStore, text_hash


@dataclass(frozen=True, slots=True)
class Survey:
    """The marks of boilerplate, and the ids of documents that hold more of it, and less, than was left out of them.

    `settled`: no document has changed since none of them did.
    """

    known: frozenset[int]
    more: tuple[int, ...] = ()
    less: frozenset[int] = frozenset()
    settled: bool = False

    def to_read(self, stored: Mapping[str, StoredDocument]) -> dict[str, StoredDocument]:
        """Return stored documents so that those that get something back are read again: it is in their files only."""
        return {path: replace(one, recipe="") if one.id in self.less else one for path, one in stored.items()}


def survey(store: Store, *, keep: bool) -> Survey:
    """Find what is boilerplate now, or nothing with `keep`; without a look at every document where none has changed."""
    before = frozenset(unpack(store.left_out()))
    if store.setting(SURVEYED) == _state(keep=keep):
        return Survey(before, settled=True)
    known = frozenset() if keep else recurring(lambda: ((one.marks, one.rest) for _, one in store.blocks()), before)
    more, less = list[int](), set[int]()
    for number, one in store.blocks():
        held, left_out = known.intersection(unpack(one.marks)), unpack(one.left_out)
        if not known.issuperset(left_out):
            less.add(number)
        elif not held.issubset(left_out):
            more.append(number)
    return Survey(known, tuple(more), frozenset(less))


def settle(store: WritableStore, *, keep: bool) -> None:
    """Remember that every document is cut as a survey of them all says."""
    store.configure(SURVEYED, _state(keep=keep))


def _state(*, keep: bool) -> str:
    return "kept" if keep else "left out"


def recuts(store: Store, documents: Sequence[int], known: frozenset[int]) -> Iterator[Recut]:
    """Yield what is left of stored documents without boilerplate; a damaged one is passed over."""
    sql = "SELECT id FROM passages WHERE document_id = ? ORDER BY start"
    for number, held in store.blocks(documents):
        with suppress(SpaceDamaged):
            text = store.text(number)
            ids = [passage_id for (passage_id,) in store.query(sql, (number,))]
            rows = store.rows(ids)
            left, marks = leave_out(text, [rows[one].passage for one in ids], blocks(text), known)
            hashes = [text_hash(passage.encoded) for passage in left]
            yield Recut(number, left, hashes, replace(held, left_out=marks), len(ids) - len(left))


def boilerplate(store: Store) -> list[Boilerplate]:
    """Return the blocks that are left out of documents, with one that holds each, the most frequent first."""
    counts: Counter[int] = Counter()
    holders: dict[int, int] = {}
    for number, held in store.blocks():
        marks = unpack(held.left_out)
        counts.update(marks)
        holders.update((mark, number) for mark in marks if mark not in holders)
    found = []
    for number in sorted(set(holders.values())):
        text, path = store.text(number), str(store.document(number)["path"])
        for block in (one for paragraph in blocks(text) for one in (paragraph, *paragraph.lines)):
            if holders.get(block.mark) == number:
                del holders[block.mark]
                found.append(Boilerplate(text[block.start : block.end], counts[block.mark], path))
    return sorted(found, key=lambda one: (-one.documents, one.text))

"""Mending a space: what can be had again is made again, what cannot is kept aside and named.

Nothing is thrown away: a damaged file goes into the folder `quarantine` of its space before another takes its place.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from semspace import settings
from semspace.boilerplate import unpack
from semspace.checking import check_derived
from semspace.chunking import Chunker
from semspace.derived import discard
from semspace.encoders import Encoder
from semspace.errors import SemspaceError, SkippedFile, SpaceDamaged, UnreadableFile
from semspace.intake import Cut, Intake
from semspace.readers import Reader
from semspace.records import Document, Mending, Stamp
from semspace.settings import Settings
from semspace.store import QUARANTINE, STORE, TEXT_PREFIX, Entry, Store, WritableStore, audit, salvage, sync

LARGEST = 1 << 40
"""Bytes of a file that is read again: it was not too large when it was indexed."""

FILES = {"vector index": "vectors.faiss", "lexical index": "lexical", "token vectors": "tokens.bin", "settings": settings.FILE}

INDEX = "semspace index reads its folders again"


def quarantined(folder: Path, names: Iterable[str], *, move: bool) -> Path:
    """Move or copy some files of a space into a new folder of its quarantine."""
    aside = folder / QUARANTINE / time.strftime("%Y-%m-%dT%H-%M-%S")
    number = 1
    while aside.exists():
        number += 1
        aside = aside.with_name(f"{aside.name.partition('_')[0]}_{number}")
    # With `parents` the mode is that of the innermost folder alone.
    aside.parent.mkdir(mode=0o700, exist_ok=True)
    aside.mkdir(mode=0o700)
    for name in names:
        if move:
            shutil.move(folder / name, aside / name)
        else:
            shutil.copy2(folder / name, aside / name)
    return aside


def mend_store(folder: Path) -> list[Mending]:
    """Make `store.db` anew from what can be read of it, if SQLite cannot read it whole. The caller holds the lock.

    Raises SpaceDamaged where neither the store nor space.json say what the space is.
    """
    path = folder / STORE
    for left in folder.glob(f"{STORE}.new*"):
        left.unlink()
    if path.is_file() and salvage.sound(path):
        return [Mending("store", 0, 0, "the file and its references are sound")]
    chosen = _settings(folder)
    files = sorted(file.name for file in folder.glob(f"{STORE}*") if not file.name.endswith("-shm"))
    aside = quarantined(folder, files, move=False)
    fresh = folder / f"{STORE}.new"
    # Of a copy: SQLite brings it up to date with its journal, which the original has to keep until the new one is there.
    copy = aside / f"{STORE}.read"
    shutil.copy2(aside / STORE, copy) if (aside / STORE).is_file() else copy.touch()
    with suppress(FileNotFoundError):
        shutil.copy2(aside / f"{STORE}-wal", aside / f"{STORE}.read-wal")
    kept = salvage.salvage(copy, fresh, chosen.dim, chosen.vector_type)
    for left in aside.glob(f"{STORE}.read*"):
        left.unlink()
    sync(fresh)
    # The journal first: SQLite would play it into the new file.
    for journal in (f"{STORE}-wal", f"{STORE}-shm"):
        (folder / journal).unlink(missing_ok=True)
    fresh.replace(path)
    sync(folder)
    _configure(path, chosen)
    told = f"made anew of {kept['documents']:,} documents that could be read; what it was is in {aside.relative_to(folder)}"
    return [Mending("store", 1, 0, told, INDEX)]


def _settings(folder: Path) -> Settings:
    try:
        return settings.read(folder)
    except SemspaceError as error:
        if not isinstance(error, SpaceDamaged):
            raise
        raise SpaceDamaged(
            f"{folder} holds neither readable settings nor a store with them: which encoder filled it is not known.",
            "Delete the space and index its folders into a new one.",
        ) from error


def _configure(path: Path, chosen: Settings) -> None:
    store = WritableStore.open(path, chosen.dim, chosen.vector_type)
    try:
        store.configure(settings.KEY, settings.encode(chosen))
    finally:
        store.close()


class Mender:
    """Mends the rows of a store that SQLite can read. The caller holds the lock; derived files follow afterwards."""

    def __init__(self, folder: Path, store: WritableStore, encoder: Callable[[], Encoder]) -> None:
        self._folder = folder
        self._store = store
        self._encoder = encoder
        self._aside: Path | None = None
        self._lost = 0

    def mend(self) -> Iterator[Mending]:
        """Mend vectors, then documents; yield what was found of each."""
        yield self._vectors()
        yield from self._documents()

    def _vectors(self) -> Mending:
        damaged = audit.damaged_vectors(self._store)
        if not len(damaged):
            return Mending("vectors", 0, 0, "all are whole, finite and of unit length")
        self._store.unfill(damaged)
        return Mending("vectors", len(damaged), 0, f"{len(damaged):,} were damaged or missing; their texts are encoded again")

    def _documents(self) -> Iterator[Mending]:
        store = self._store
        texts, facts = audit.damaged_texts(store), audit.damaged_documents(store)
        cut = store.document_ids(audit.damaged_passages(store))
        bad = np.union1d(np.union1d(texts, facts), cut[cut >= 0]).tolist()
        if not bad:
            yield Mending("documents", 0, 0, "all texts, facts and passages are what was stored")
            return
        mended, kept, doubtful = 0, 0, 0
        unsound, doubted = set(texts.tolist()), set(facts.tolist())
        with Reader() as reader:
            chunker = Chunker(self._encoder().tokenizer_json, self._encoder().capacity("passage"))
            intake = Intake(chunker, known=frozenset(unpack(store.left_out())))
            for number in bad:
                stored = store.document(number)
                if again := _from_source(intake, reader, stored):
                    mended += self._put(again, number)
                elif number in unsound:
                    self._lose(stored, number)
                else:
                    kept += self._put(_from_store(intake, stored), number)
                    doubtful += number in doubted
        if mended:
            yield Mending("documents", mended, 0, f"{mended:,} were damaged, and read again from their files")
        if kept:
            told = f"{kept:,} whose files are gone or changed were cut anew from their stored texts"
            yield Mending("documents", kept, 0, told)
        if doubtful:
            told = f"what is known of {doubtful:,} (path, title ...) may be wrong, and no file says better"
            yield Mending("documents", 0, doubtful, told, "semspace search shows them; semspace rm takes them out")
        if self._lost:
            told = f"the texts of {self._lost:,} are damaged, and their files gone or changed: kept in {QUARANTINE}"
            yield Mending("documents", 0, self._lost, told, f"{INDEX}; the others are only there")

    def _put(self, cut: Cut, number: int) -> int:
        vectors = self._store.vectors_by_hash(cut.hashes)
        entry = Entry(cut.document, cut.passages, cut.hashes, cut.content_hash, cut.recipe, cut.stamp, cut.blocks)
        self._store.put([entry], vectors, instead=[number])
        return 1

    def _lose(self, stored: Mapping[str, Any], number: int) -> None:
        """Take a document out of the space, once it is kept aside."""
        kept = {key: stored[key] for key in ("path", "title", "kind", "metadata", "text")}
        self._aside = self._aside or quarantined(self._folder, (), move=False)
        descriptor = os.open(self._aside / "documents.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8", errors="surrogateescape") as file:
            file.write(json.dumps(kept, ensure_ascii=False, default=repr) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self._store.discard([number])
        self._lost += 1


def _from_source(intake: Intake, reader: Reader, stored: Mapping[str, Any]) -> Cut | None:
    """Read a document again from its file, if that is there and still has the content that was stored."""
    path = str(stored["path"])
    if path.startswith(TEXT_PREFIX) or not isinstance(stored["content_hash"], bytes):
        return None
    try:
        loaded = reader.load(path, max_size=LARGEST)
        if loaded.content_hash == stored["content_hash"]:
            return intake.cut(reader.parse(loaded), loaded.content_hash, loaded.stamp)
    except (UnreadableFile, SkippedFile):
        pass
    return None


def _from_store(intake: Intake, stored: Mapping[str, Any]) -> Cut:
    """Cut a document anew out of its stored text; a fact that is none any more is left out."""
    try:
        metadata = dict(json.loads(_characters(stored["metadata"])))
    except (ValueError, TypeError):
        metadata = {}
    facts: dict[str, Any] = {key: _characters(stored[key]) for key in ("title", "language") if isinstance(stored[key], str)}
    date = stored["date"] if isinstance(stored["date"], float) else None
    document = Document(
        str(stored["path"]),
        stored["text"],
        _characters(str(stored["kind"])),
        metadata=metadata,
        lines=bool(stored["lines"]),
        date=date,
        **facts,
    )
    stamp = tuple(stored[key] for key in ("size", "mtime_ns", "ctime_ns", "inode"))
    known = Stamp(*stamp) if all(isinstance(value, int) for value in stamp) else None
    content_hash = stored["content_hash"] if isinstance(stored["content_hash"], bytes) else None
    # A text of a program may have been taken as one passage, however long.
    whole = stored["passages"] == 1 and document.path.startswith(TEXT_PREFIX)
    return intake.cut(document, content_hash, known, whole=whole)


def _characters(text: str) -> str:
    """Return a text with a question mark for what is no character: no tokenizer takes the rest of a damaged one."""
    return text.encode("utf-8", "replace").decode() if isinstance(text, str) else ""


def mend_derived(folder: Path, chosen: Settings, store: Store) -> Iterator[Mending]:
    """Put aside the derived files that are not what the store says, so that they are made anew. The caller holds the lock."""
    for finding in check_derived(folder, chosen, store):
        if not finding.count:
            yield Mending(finding.part, 0, 0, finding.message)
            continue
        name = FILES.get(finding.part, finding.part)
        if (folder / name).exists():
            aside = quarantined(folder, (name,), move=True).relative_to(folder)
            yield Mending(finding.part, 1, 0, f"{finding.message}: made anew; what it was is in {aside}")
        else:
            # A link that leads nowhere.
            discard(folder / name)
            yield Mending(finding.part, 1, 0, f"{finding.message}: made anew")

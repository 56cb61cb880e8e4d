"""The first half of the walk of a document: path -> Document -> Passages, some ahead of the encoder.

Files are read and cut in a thread of their own; what is unchanged by its stamp, or by the hash of its content, stops here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from threading import Event, Thread
from typing import Any

from semspace.arrays import Vectors
from semspace.boilerplate import blocks, counted, leave_out
from semspace.chunking import Chunker
from semspace.errors import InvalidInput, SkippedFile, UnreadableFile
from semspace.readers import TIMEOUT, VERSION, Found, Reader, walk
from semspace.records import Document, Failure, Passage, Root, Stamp
from semspace.store import TEXT_PREFIX, Blocks, StoredDocument, Tried, text_hash

READ_AHEAD = 20_000_000
"""Characters of documents that may wait for the store; the one that goes beyond still may."""

OVERHEAD = 20_000
"""What a document counts for besides its characters: so no more than a thousand wait."""

WALK = "walk"
"""The recipe of a file that was not read: there was a reason that the next walk may not have."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A document that was read and cut, with the hashes of what is to be encoded."""

    document: Document
    passages: Sequence[Passage]
    hashes: Sequence[bytes]
    content_hash: bytes
    recipe: str
    stamp: Stamp | None
    replaces: bool
    blocks: Blocks | None = None


@dataclass(frozen=True, slots=True)
class Encoded:
    """A document that was cut and encoded elsewhere, with a vector for each of its hashes."""

    cut: Cut
    vectors: Mapping[bytes, Vectors]


@dataclass(frozen=True, slots=True)
class Same:
    """A file with a new stamp and the content that the store knows."""

    path: str
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Missed:
    """A file that gave no passages, and what was tried."""

    failure: Failure
    stamp: Stamp | None
    recipe: str


Outcome = Cut | Encoded | Same | Missed


@dataclass(frozen=True, slots=True)
class Task:
    """A file that has to be read."""

    file: Found
    max_size: int
    known: StoredDocument | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a walk found: files to read, files that are settled, and stored ones that are gone."""

    tasks: Sequence[Task]
    unchanged: int
    failures: Sequence[Failure]
    gone: Sequence[str]


class _Waiting(Queue[Outcome | BaseException | None]):
    """A queue that is as long as what waits in it is large."""

    def _init(self, maxsize: int) -> None:
        super()._init(maxsize)
        self._size = 0

    def _qsize(self) -> int:
        return self._size

    def _put(self, item: Outcome | BaseException | None) -> None:
        self._size += _size(item)
        super()._put(item)

    def _get(self) -> Outcome | BaseException | None:
        item: Outcome | BaseException | None = super()._get()
        self._size -= _size(item)
        return item


def _size(item: Outcome | BaseException | None) -> int:
    return OVERHEAD + (len(item.document.text) if isinstance(item, Cut) else 0)


class Intake:
    """Turns files and texts into passages with what identifies them; `known` is boilerplate, left out of files."""

    def __init__(self, chunker: Chunker, timeout: float = TIMEOUT, known: frozenset[int] = frozenset()) -> None:
        self.known = known
        self._chunker = chunker
        self._timeout = timeout
        self.recipe = f"{VERSION}/{chunker.recipe}"

    def plan(
        self,
        roots: Iterable[Root],
        stored: Mapping[str, StoredDocument],
        tried: Mapping[str, Tried],
        covered: Callable[[str], bool],
    ) -> Plan:
        """Walk some roots; `covered(path)` tells whether a stored file that was not found would have been found there."""
        found, tasks, failures, unchanged = set[str](), list[Task](), list[Failure](), 0
        for root in roots:
            for file in _walk(root):
                if file.path in found:
                    continue
                found.add(file.path)
                known, before = stored.get(file.path), tried.get(file.path)
                if known and not file.skipped and known.stamp == file.stamp and known.recipe == self.recipe:
                    unchanged += 1
                elif before and not known and self._settled(file, before):
                    failures.append(before.failure)
                else:
                    tasks.append(Task(file, root.max_size, known))
        gone = [path for path in {**stored, **tried} if path not in found and covered(path)]
        return Plan(tasks, unchanged, failures, gone)

    def _settled(self, file: Found, before: Tried) -> bool:
        reason = before.failure.reason if before.recipe == WALK else None
        return before.stamp == file.stamp and before.recipe in {WALK, self.recipe} and file.skipped == reason

    def outcomes(self, tasks: Sequence[Task]) -> Iterator[Outcome | None]:
        """Read and cut files in a thread, some ahead of whoever consumes them; None says that there is time for other work."""
        queue = _Waiting(maxsize=READ_AHEAD)
        stop = Event()

        def work() -> None:
            try:
                with Reader() as reader:
                    for task in tasks:
                        if stop.is_set():
                            return
                        queue.put(self.read(reader, task))
                queue.put(None)
            except BaseException as error:  # noqa: BLE001  # raised again where the outcomes are consumed
                queue.put(error)

        thread = Thread(target=work, name="semspace-reader", daemon=True)
        thread.start()
        try:
            while True:
                if queue.empty():
                    yield None
                if (outcome := queue.get()) is None:
                    return
                if isinstance(outcome, BaseException):
                    raise outcome
                yield outcome
        finally:
            stop.set()
            while thread.is_alive():
                # The thread may be waiting for room in the queue.
                with suppress(Empty):
                    queue.get(timeout=0.05)

    def read(self, reader: Reader, task: Task) -> Outcome:
        """Read and cut one file, unless it holds what the store knows."""
        file, known = task.file, task.known
        if file.skipped:
            return Missed(Failure(file.path, "skipped", file.skipped), file.stamp, WALK)
        # What a disk or a system would not give may be there the next time; what is in a file only changes with it.
        recipe = WALK
        try:
            loaded = reader.load(file.path, max_size=task.max_size)
            recipe = self.recipe
            if known and known.content_hash == loaded.content_hash and known.recipe == self.recipe:
                return Same(file.path, loaded.stamp)
            document = reader.parse(loaded, timeout=self._timeout)
            return self.cut(document, loaded.content_hash, loaded.stamp, replaces=known is not None)
        except SkippedFile as error:
            return Missed(Failure(file.path, "skipped", str(error)), file.stamp, self.recipe)
        except UnreadableFile as error:
            return Missed(Failure(file.path, "failed", str(error)), file.stamp, recipe)

    def cut(
        self,
        document: Document,
        content_hash: bytes | None = None,
        stamp: Stamp | None = None,
        *,
        whole: bool = False,
        replaces: bool = False,
    ) -> Cut:
        """Cut a document into passages, or take it as one passage however long."""
        passages = self._chunker.whole(document) if whole else self._chunker.chunk(document)
        held = None
        # What a program adds is what it wants to find.
        if not document.path.startswith(TEXT_PREFIX):
            found = blocks(document.text)
            passages, left_out = leave_out(document.text, passages, found, self.known)
            held = Blocks(*counted(found, {heading.start for heading in document.headings}), left_out)
        hashes = [text_hash(passage.encoded) for passage in passages]
        return Cut(document, passages, hashes, content_hash or text_hash(document.text), self.recipe, stamp, replaces, held)


def _walk(root: Root) -> Iterator[Found]:
    return walk(
        Path(root.path),
        include=root.include,
        exclude=root.exclude,
        hidden=root.hidden,
        ignore=root.ignore,
        max_size=root.max_size,
    )


def text_documents(
    texts: Sequence[str], ids: Sequence[str] | None, metadata: Sequence[Mapping[str, Any]] | None
) -> list[Document]:
    """Return texts of a program as documents; without ids a text's id comes from its content. Raises InvalidInput."""
    keys = [str(key) for key in ids] if ids is not None else [text_hash(text).hex() for text in texts]
    facts = list(metadata) if metadata is not None else [{}] * len(texts)
    if not len(texts) == len(keys) == len(facts):
        raise InvalidInput(f"{len(texts)} texts need as many ids and metadata, not {len(keys)} and {len(facts)}.")
    if odd := next((key for key in keys if not _sound(key)), None):
        raise InvalidInput(f"{odd!r} cannot be an id.", "An id is text without NUL and without halves of surrogate pairs.")
    # The last text of an id counts, as it would if they came one by one.
    rows = {key: (_clean(text), fact) for key, text, fact in zip(keys, texts, facts, strict=True)}
    return [Document(TEXT_PREFIX + key, text, metadata=fact, lines=False) for key, (text, fact) in rows.items()]


def _sound(key: str) -> bool:
    return "\0" not in key and key == key.encode("utf-8", "replace").decode()


def _clean(text: str) -> str:
    """Replace what no text should hold: NUL and halves of surrogate pairs."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")

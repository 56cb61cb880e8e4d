"""What a space holds, and what was done to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from semspace.records.documents import Failure
from semspace.records.engines import EngineStatus
from semspace.records.kinds import VectorType


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run of `index` is: files done of those that changed, and passages encoded of those read so far."""

    files: int
    total: int
    encoded: int
    pending: int
    seconds: float


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What a run of `index` did. `passages` counts those of the files read, `encoded` those that got a new vector.

    `boilerplate` counts the blocks that recur over the files of the space, and are kept out of what is encoded.
    """

    index: str
    read: int
    unchanged: int
    removed: int
    failed: tuple[Failure, ...]
    skipped: tuple[Failure, ...]
    passages: int
    encoded: int
    seconds: float
    interrupted: bool = False
    boilerplate: int = 0


@dataclass(frozen=True, slots=True)
class Tuned:
    """How the vector index of a space was chosen: what was asked for, and what was measured when it was built.

    `effort` is how many lists a search looks through (0: all there is), `recall` is recall@10 against exact search by
    `queries` queries, `ms` the median time of one, `seconds` what building took, `newest` the last of the `passages` it was
    built of, `checked` the share of passages that had come and gone when recall was last measured again.
    """

    kind: str
    effort: int
    asked: str
    target: float
    recall: float
    queries: int
    passages: int
    newest: int
    bytes_per_passage: float
    ms: float
    seconds: float
    when: float
    checked: float = 0.0


@dataclass(frozen=True, slots=True)
class Status:
    """What a space holds and takes. `bytes` maps each part on disk to its size; `stale` are files changed since indexed.

    `text_bytes` are those of the documents' texts alone, `free_bytes` those of the store that hold nothing. `tuned` is the
    receipt of the vector index, `engine` what one says of itself that serves the vectors in its place.
    """

    index: str
    folder: str
    documents: int
    passages: int
    model: str
    fingerprint: str
    dim: int
    index_kind: str
    vector_type: VectorType
    bytes: Mapping[str, int]
    updated: float | None
    roots: tuple[str, ...]
    stale: tuple[str, ...]
    failed: tuple[Failure, ...]
    skipped: tuple[Failure, ...]
    text_bytes: int = 0
    free_bytes: int = 0
    tuned: Tuned | None = None
    engine: EngineStatus | None = None


@dataclass(frozen=True, slots=True)
class Boilerplate:
    """A block of text that is left out of what is encoded, in how many documents it is, and one of them."""

    text: str
    documents: int
    path: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found about one part of a space. `count` things are wrong (0: it is sound); `remedy` says what to do."""

    part: str
    count: int
    message: str
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class Mending:
    """What a repair did about one part of a space: how many things were mended and how many could not be had again."""

    part: str
    mended: int
    lost: int
    message: str
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was forgotten, and what a search of every byte of the space found of it afterwards.

    `traces` maps a file of the space to how many pieces of the forgotten texts are still in it; `searched` is in bytes.
    `engine` is the address of the engine that was told to delete them, whose own disk nobody here can search.
    """

    index: str
    documents: int
    passages: int
    files: int
    searched: int
    traces: Mapping[str, int]
    kept_out: tuple[str, ...] = ()
    engine: str | None = None


@dataclass(frozen=True, slots=True)
class Compacted:
    """Bytes that a space took before it was compacted, and takes since."""

    index: str
    before: int
    after: int

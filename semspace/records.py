"""The values that travel between rooms: frozen, slotted, without behaviour of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Role = Literal["query", "passage"]
Mode = Literal["hybrid", "semantic", "lexical"]
VectorType = Literal["float16", "float32"]
MODES: tuple[Mode, ...] = get_args(Mode)


@dataclass(frozen=True, slots=True)
class Heading:
    """From `start` (a character offset) on, the text stands under `path`, outermost heading first."""

    start: int
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A text with what its file says about it.

    `pages[i]` is the offset at which page i + 1 begins (empty where the format has no pages). `lines` is true where line n of
    `text` is line n of the file, so that `path:line` leads there. `date` is in seconds since 1970, from the document itself.
    `text` holds neither NUL nor lone surrogates: a reader replaces them by U+FFFD.
    """

    path: str
    text: str
    kind: str = "text"
    title: str | None = None
    language: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    headings: tuple[Heading, ...] = ()
    pages: tuple[int, ...] = ()
    lines: bool = True
    date: float | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A slice of a document: `text == document.text[start:end]`. Lines and pages count from 1.

    `context` (title and headings) is put before the text when it is encoded and when its words are indexed.
    """

    start: int
    end: int
    text: str
    start_line: int | None = None
    end_line: int | None = None
    page: int | None = None
    heading: tuple[str, ...] = ()
    context: str = ""

    @property
    def encoded(self) -> str:
        """Return what the encoder sees: the context, then the text."""
        return f"{self.context}\n{self.text}" if self.context else self.text


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells without reading whether a file has changed."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that answers. `score` ranks, `similarity` is the cosine to the query; larger is nearer in both.

    `path` is absolute, None for a text that came from a program; `key` is then the id that the program gave.
    `matches` are the (start, end) offsets in `text` of the words that the query shares with it.
    """

    rank: int
    id: int
    score: float
    similarity: float | None
    path: str | None
    start_line: int | None
    end_line: int | None
    page: int | None
    heading: tuple[str, ...]
    text: str
    metadata: Mapping[str, Any]
    key: str | None = None
    title: str | None = None
    matches: tuple[tuple[int, int], ...] = ()
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which passages may answer: by metadata, files or folders, globs, and a span of time in seconds since 1970."""

    where: str | None = None
    paths: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    since: float | None = None
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that gave no passages: `outcome` is "failed" (it should have) or "skipped" (it holds no text for us)."""

    path: str
    outcome: Literal["failed", "skipped"]
    reason: str


@dataclass(frozen=True, slots=True)
class Root:
    """A folder or file that a space follows, and what of it is read."""

    path: str
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    hidden: bool = False
    ignore: bool = True
    max_size: int = 50_000_000


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
    """What a run of `index` did. `passages` counts those of the files read, `encoded` those that got a new vector."""

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


class Hits(list[Hit]):
    """Hits, best first, with what was asked and of whom.

    `coverage` is the share of the space's passages that have a vector already; the others are found by their words only.
    """

    def __init__(
        self,
        hits: Iterable[Hit],
        *,
        query: str,
        space: str,
        mode: Mode,
        model: str,
        took_ms: float = 0.0,
        coverage: float = 1.0,
    ) -> None:
        super().__init__(hits)
        self.query = query
        self.space = space
        self.mode = mode
        self.model = model
        self.took_ms = took_ms
        self.coverage = coverage


@dataclass(frozen=True, slots=True)
class Neighborhood:
    """A passage, its nearest passages, and theirs; `similarity` is the cosine to the passage one level up."""

    hit: Hit
    near: tuple[Neighborhood, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two texts and their cosine similarity, in [-1, 1]."""

    first: str
    second: str
    similarity: float


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
    receipt of the vector index.
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


@dataclass(frozen=True, slots=True)
class ModeResult:
    """Quality of one mode: nDCG@k, recall@100 and MRR@k, means over queries, each with its 95 % bootstrap interval."""

    mode: Mode
    k: int
    ndcg: float
    recall: float
    mrr: float
    ci95: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Quality of an encoder on judged queries."""

    dataset: str
    documents: int
    queries: int
    model: str
    results: tuple[ModeResult, ...]


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
    """

    index: str
    documents: int
    passages: int
    files: int
    searched: int
    traces: Mapping[str, int]
    kept_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Compacted:
    """Bytes that a space took before it was compacted, and takes since."""

    index: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found about one part of a space. `count` things are wrong (0: it is sound); `remedy` says what to do."""

    part: str
    count: int
    message: str
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence among those given: `index` is its place, from 0; `similarity` its cosine to what it was compared with."""

    index: int
    text: str
    similarity: float | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sentences that were found to belong together. `score` ranks: their cosine `similarity`, or a margin."""

    first: Line
    second: Line
    score: float
    similarity: float


class Pairs(list[Pair]):
    """Pairs, best first. `capped`: more reach the threshold, and these are the best; `exact`: none can have been missed."""

    def __init__(self, pairs: Iterable[Pair], *, capped: bool = False, exact: bool = True) -> None:
        super().__init__(pairs)
        self.capped = capped
        self.exact = exact


@dataclass(frozen=True, slots=True)
class Group:
    """Sentences that say the same: the first of them, and the others with their similarity to it."""

    first: Line
    others: tuple[Line, ...] = ()

    @property
    def count(self) -> int:
        """Return how many there are."""
        return 1 + len(self.others)


@dataclass(frozen=True, slots=True)
class Overlap:
    """What only the first of two lists says, what only the second does, and what both say."""

    first: tuple[Line, ...]
    second: tuple[Line, ...]
    both: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """How far a computation over sentences is: `done` of `total` parts of what it is doing."""

    what: str
    done: int
    total: int

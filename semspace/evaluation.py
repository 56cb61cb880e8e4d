"""How good the answers are: nDCG, recall and MRR on a judged collection in BEIR layout.

Thakur et al.: BEIR: A Heterogeneous Benchmark for Zero-shot Evaluation of Information Retrieval Models (2021).
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Unpack

import numpy as np
import numpy.typing as npt

from semspace import places
from semspace.encoders.running import Running
from semspace.errors import InvalidInput, PathNotFound
from semspace.ingest import OnProgress
from semspace.records import MODES, Evaluation, Mode, ModeResult
from semspace.space import Space

RECALL_DEPTH = 100
RESAMPLES = 2_000
SEED = 7

Floats = npt.NDArray[np.float64]
Judgements = Mapping[str, Mapping[str, int]]
"""Query id -> document id -> relevance, larger is better; 0 is judged not relevant."""


@dataclass(frozen=True, slots=True)
class Collection:
    """Documents, the queries that are judged in one split, and the judgements."""

    name: str
    documents: Mapping[str, str]
    queries: Mapping[str, str]
    judgements: Judgements


def read_collection(folder: Path, split: str = "test") -> Collection:
    """Read `corpus.jsonl`, `queries.jsonl` and `qrels/SPLIT.tsv`. Raises PathNotFound, InvalidInput."""
    judgements = _judgements(folder, split)
    documents = {row["_id"]: f"{row.get('title', '')} {row['text']}".strip() for row in _rows(folder / "corpus.jsonl")}
    queries = {row["_id"]: row["text"] for row in _rows(folder / "queries.jsonl") if row["_id"] in judgements}
    if not queries or not documents:
        raise InvalidInput(f"No query of {folder} is judged in the split {split!r}.", "Name another one with --split.")
    return Collection(folder.name, documents, queries, {query: judgements[query] for query in queries})


def _rows(path: Path) -> Iterator[dict[str, str]]:
    if not path.is_file():
        raise PathNotFound(f"There is no file {path}.", "A collection has corpus.jsonl, queries.jsonl and qrels/test.tsv.")
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                row = json.loads(line)
                yield {key: str(row.get(key) or "") for key in ("_id", "title", "text")}
            except (ValueError, AttributeError) as error:
                raise InvalidInput(f"Line {number} of {path} is not a JSON object: {error}.") from error


def _judgements(folder: Path, split: str) -> dict[str, dict[str, int]]:
    path = folder / "qrels" / f"{split}.tsv"
    if not path.is_file():
        known = ", ".join(sorted(other.stem for other in folder.glob("qrels/*.tsv"))) or "none"
        raise PathNotFound(f"There is no file {path}.", f"Splits in this folder: {known}.")
    judgements: dict[str, dict[str, int]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            try:
                judgements.setdefault(row["query-id"], {})[row["corpus-id"]] = int(row["score"])
            except (KeyError, TypeError, ValueError) as error:
                raise InvalidInput(f"{path} is not a table of query-id, corpus-id and score: {error}.") from error
    return {query: documents for query, documents in judgements.items() if max(documents.values()) > 0}


def evaluate(
    folder: Path,
    *,
    modes: Sequence[Mode] = MODES,
    split: str = "test",
    k: int = 10,
    chunk: bool = False,
    model: str | None = None,
    index: str | None = None,
    home: Path | None = None,
    progress: OnProgress | None = None,
    **running: Unpack[Running],
) -> Evaluation:
    """Index a collection, ask its judged queries, and measure the answers.

    Each document is one passage, cut as the encoder cuts it, or chunked as usual with `chunk`. `index` names a space that is
    kept for the next time; otherwise it is a temporary one. Raises PathNotFound, InvalidInput, EncoderMismatch.
    """
    if k < 1:
        raise InvalidInput(f"k must be at least 1, not {k}.")
    collection = read_collection(folder, split)
    with _space(index, model, home, running) as space:
        ids = list(collection.documents)
        space.add_texts(list(collection.documents.values()), ids, whole=not chunk, progress=progress)
        results = tuple(_measure(space, collection, mode, k) for mode in modes)
        return Evaluation(collection.name, len(ids), len(collection.queries), space.settings.encoder, results)


@contextmanager
def _space(index: str | None, model: str | None, home: Path | None, running: Running) -> Iterator[Space]:
    with TemporaryDirectory(prefix="semspace-") as temporary:
        if index is None:
            space = Space.create(Path(temporary) / "eval", model, **running)
        elif places.is_space(places.folder_of(index, home)):
            space = Space.open(index, home=home, **running)
        else:
            space = Space.create(index, model, home=home, **running)
        with space:
            yield space


def _measure(space: Space, collection: Collection, mode: Mode, k: int) -> ModeResult:
    figures = []
    for query, text in collection.queries.items():
        hits = space.search(text, max(k, RECALL_DEPTH), mode, per_document=1, everything=True)
        # A query may be a document itself in some collections; finding it proves nothing.
        ranked = [str(hit.key) for hit in hits if hit.key != query]
        relevance = collection.judgements[query]
        figures.append((ndcg(ranked, relevance, k), recall(ranked, relevance), mrr(ranked, relevance, k)))
    columns = np.array(figures).T
    names = (f"ndcg@{k}", f"recall@{RECALL_DEPTH}", f"mrr@{k}")
    intervals = {name: interval(column) for name, column in zip(names, columns, strict=True)}
    ndcgs, recalls, mrrs = columns.mean(axis=1).tolist()
    return ModeResult(mode, k, ndcg=ndcgs, recall=recalls, mrr=mrrs, ci95=intervals)


def ndcg(ranked: Sequence[str], relevance: Mapping[str, int], k: int) -> float:
    """Return nDCG@k in [0, 1], with linear gain as trec_eval has it.

    Järvelin, Kekäläinen: Cumulated gain-based evaluation of IR techniques (2002).
    """
    discounts = 1 / np.log2(np.arange(2, k + 2))
    gains = np.array([max(relevance.get(document, 0), 0) for document in ranked[:k]], dtype=np.float64)
    best = np.array(sorted((value for value in relevance.values() if value > 0), reverse=True)[:k], dtype=np.float64)
    return float(gains @ discounts[: len(gains)] / (best @ discounts[: len(best)])) if len(best) else 0.0


def recall(ranked: Sequence[str], relevance: Mapping[str, int], depth: int = RECALL_DEPTH) -> float:
    """Return the share of the relevant documents among the first `depth`."""
    relevant = {document for document, value in relevance.items() if value > 0}
    return len(relevant.intersection(ranked[:depth])) / len(relevant) if relevant else 0.0


def mrr(ranked: Sequence[str], relevance: Mapping[str, int], k: int) -> float:
    """Return the reciprocal rank of the first relevant document, 0 if it is not among the first k."""
    return next((1 / rank for rank, document in enumerate(ranked[:k], 1) if relevance.get(document, 0) > 0), 0.0)


def interval(values: Floats, level: float = 0.95) -> tuple[float, float]:
    """Return the bootstrap interval of a mean over queries, by percentiles of seeded resamples.

    Efron, Tibshirani: An Introduction to the Bootstrap (1993).
    """
    rng = np.random.default_rng(SEED)
    means = values[rng.integers(0, len(values), (RESAMPLES, len(values)))].mean(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)

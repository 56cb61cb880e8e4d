"""A judged collection in BEIR layout: documents, queries, and which document answers which query.

Thakur et al.: BEIR: A Heterogeneous Benchmark for Zero-shot Evaluation of Information Retrieval Models (2021).
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from semspace.errors import InvalidInput, PathNotFound

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

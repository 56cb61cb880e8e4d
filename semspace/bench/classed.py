"""Texts whose classes somebody else gave them: fields of glosses, articles, folders; with their vectors."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from semspace.arrays import Vectors, unit
from semspace.bench.figures import Absent
from semspace.bench.material import cut, encoded
from semspace.bench.setting import Setting

LEAST = 20
"""Texts of a class: those of smaller ones are left out."""

_FIELD = re.compile(r"\(([a-z][a-z ]+)\) (\S.*)")

_NO_FIELD = re.compile(r"of |.*plural|formerly|slang|figurative|trademark")
"""What stands in the same place of a gloss and says how a word is used, not of what."""

Labels = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Classed:
    """Texts, their unit vectors, (n, dim), and the class of each, (n,): a row of `classes`."""

    name: str
    texts: Sequence[str]
    vectors: Vectors
    labels: Labels
    classes: Sequence[str]

    def members(self, label: int) -> Labels:
        """Return the rows of a class."""
        return np.flatnonzero(self.labels == label)


def fields(setting: Setting) -> Classed:
    """Return the glosses that say of which field they are ("(law) ..."), without saying so. Raises Absent."""
    path = setting.need("wordnet-glosses") / "corpus.jsonl"
    with path.open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    marked = [(row.get("title", ""), _FIELD.match(row["text"])) for row in rows]
    pairs = [
        (match[1], f"{title}: {match[2]}".replace("\n", " "))
        for title, match in marked
        if match and not _NO_FIELD.match(match[1])
    ]
    return _classed(setting, "glosses by field", pairs)


def articles(setting: Setting) -> Classed:
    """Return paragraphs and questions by the article that they are about. Raises Absent."""
    folder = setting.need("xquad/en")
    with (folder / "corpus.jsonl").open(encoding="utf-8") as file:
        paragraphs = {row["_id"]: row for row in map(json.loads, file)}
    with (folder / "queries.jsonl").open(encoding="utf-8") as file:
        questions = {row["_id"]: row["text"] for row in map(json.loads, file)}
    pairs = [(row["title"], row["text"]) for row in paragraphs.values()]
    judged = (folder / "qrels" / "test.tsv").read_text(encoding="utf-8").splitlines()[1:]
    for query, paragraph, _ in (line.split("\t") for line in judged):
        pairs.append((paragraphs[paragraph]["title"], questions[query]))
    return _classed(setting, "xquad's paragraphs and questions by article", pairs)


def paragraphs(setting: Setting) -> Classed:
    """Return the paragraphs of articles alone, by article. Raises Absent."""
    with (setting.need("xquad/en") / "corpus.jsonl").open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return _classed(setting, "xquad's paragraphs by article", [(row["title"], row["text"]) for row in rows], least=2)


def folders(setting: Setting, depth: int = 1, least: int = LEAST) -> Classed:
    """Return passages of hugo-docs by the folder of their file, so many levels down. Raises Absent."""
    root = Path(os.path.realpath(setting.need("hugo-docs"))) / "content" / "en"
    known: dict[str, str] = {}
    for path, text in cut(setting, root, 60 if setting.quick else None):
        if parts := path.relative_to(root).parts[:-1]:
            known.setdefault(text, "/".join(parts[:depth]))
    return _classed(
        setting,
        f"hugo-docs by folder{', two deep' if depth == 2 else ''}",
        [(label, text) for text, label in known.items()],
        least,
    )


def _classed(setting: Setting, name: str, pairs: Sequence[tuple[str, str]], least: int = LEAST) -> Classed:
    """Keep the classes that are large enough. Raises Absent where there are not two."""
    least = min(least, 5) if setting.quick else least
    pairs = list({text: (label, text) for label, text in pairs}.values())
    names, labels, sizes = np.unique([label for label, _ in pairs], return_inverse=True, return_counts=True)
    kept = sizes[labels] >= least
    if (sizes >= least).sum() < 2:
        raise Absent(f"{name}: there are not two classes of {least} texts")
    texts = [text for (_, text), good in zip(pairs, kept, strict=True) if good]
    numbers = np.cumsum(sizes >= least) - 1
    vectors = unit(encoded(setting, texts)[0].astype(np.float32))
    return Classed(name, texts, vectors, numbers[labels[kept]].astype(np.int64), names[sizes >= least].tolist())

"""A small space to do harm to, and the truth about it, told without the code that is put to the test."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import numpy as np

from semspace.arrays import Ids, Ranking, Vectors
from semspace.bench.faults import tiny
from semspace.encoders import load
from semspace.lexical import LexicalIndex
from semspace.records import MODES, Finding, Hit, Mode
from semspace.space import Space
from semspace.store import STORE

QUERIES = ("bread river mountain", "the doctor sent a letter to the bank", "copper bridge in winter rain")
K = 40
"""Hits that are asked for: so many that an index of lists looks through all of its few lists, and is exact."""

SLACK = {"flat": 1e-5, "ivf": 2e-3, "rabitq": 1e-5}
"""How far scores may be from the true ones: lists of half precision round once more."""


def texts(rng: Random, count: int, paragraphs: int = 6) -> list[str]:
    """Return documents in Markdown, with front matter, of words that the tiny encoder knows."""
    made = []
    for number in range(count):
        parts = [" ".join(rng.choices(tiny.WORDS, k=60)) + "." for _ in range(paragraphs)]
        made.append(f"---\ntags: [t{number}]\n---\n# Part {number}\n\n" + "\n\n".join(parts) + "\n")
    return made


def write(folder: Path, documents: list[str], first: int = 0) -> None:
    """Write documents as files."""
    folder.mkdir(exist_ok=True)
    for number, text in enumerate(documents, first):
        (folder / f"{number}.md").write_text(text, encoding="utf-8")


def build(
    folder: Path, models: Path, documents: list[list[str]], kind: str = "flat", texts: Mapping[str, str] | None = None
) -> None:
    """Make a space in `folder / "space"` of texts, and of files in `folder / "files"`, by a run for each list of documents.

    As it was before the last run it stands in `folder / "older"`.
    """
    folder.mkdir(parents=True)
    files, written = folder / "files", 0
    with Space.create(folder / "space", tiny.NAME, models=models) as space:
        if texts:
            space.add_texts([*texts.values()], [*texts])
        for number, part in enumerate(documents):
            if number and number == len(documents) - 1:
                copy(folder / "space", folder / "older")
            write(files, part, written)
            written += len(part)
            space.index([files])
            if not number and kind != "flat":
                space.tune(1.0, kind)
    assert kind == "flat" or Space.open(folder / "space", models=models).settings.index_kind == kind


def copy(folder: Path, target: Path) -> None:
    """Copy a folder file by file, as a program for backups would, but for locks and what processes share."""
    target.mkdir(mode=0o700)
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            copy(path, target / path.name)
        elif not path.name.endswith(("lock", "-shm")):
            (target / path.name).write_bytes(path.read_bytes())


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What a sound space holds and answers: hits by id, for each query and mode a ranking of all, and that of its words."""

    passages: dict[int, Hit]
    rankings: dict[tuple[str, Mode], Ranking]
    words: dict[str, Ranking]
    slack: float
    loose: bool = False
    """Whether words only tell which passages have them: what was removed still counts in the scores for a while."""

    @classmethod
    def of(cls, folder: Path, models: Path, kind: str = "flat", *, loose: bool = False) -> Truth:
        """Read a space that is sound, by SQL of our own, and see that it answers as numpy and a new index in memory do."""
        with TemporaryDirectory(dir=folder.parent) as private:
            # Another process may be copying that folder just now, and to open a space may write to it.
            copy(folder, Path(private) / folder.name)
            return cls._of(Path(private) / folder.name, models, kind, loose)

    @classmethod
    def _of(cls, folder: Path, models: Path, kind: str, loose: bool) -> Truth:
        with closing(sqlite3.connect(f"{(folder / STORE).as_uri()}?mode=ro", uri=True)) as connection:
            rows = connection.execute(
                """SELECT p.id, substr(t.text, p.start + 1, p.stop - p.start), p.context, v.vector
                   FROM passages p JOIN texts t USING (document_id) JOIN vectors v ON v.passage_id = p.id ORDER BY p.id"""
            ).fetchall()
        ids = np.array([row[0] for row in rows], dtype=np.int64)
        vectors = np.array([np.frombuffer(row[3], dtype=np.float16) for row in rows]).astype(np.float32)
        words = LexicalIndex(None)
        words.update(ids[:0], [(number, context, text) for number, text, context, _ in rows])
        with Space.open(folder, models=models) as space:
            passages = {number: space.show(f"#{number}") for number in ids.tolist()}
            answers = {
                (query, mode): space.search(query, len(ids), mode, everything=True) for query in QUERIES for mode in MODES
            }
        assert [passages[row[0]].text for row in rows] == [row[1] for row in rows]
        encoder = load(tiny.NAME, models=models)
        for query in QUERIES:
            dense = _cosines(ids, vectors, encoder.encode([query], "query"))
            found = {hit.id: hit.similarity for hit in answers[query, "semantic"]}
            near = found.keys() == dense.keys() and all(abs((found[n] or 0.0) - dense[n]) < SLACK[kind] for n in dense)
            assert near, f"{query!r} has other cosines than numpy finds"
        rankings = {key: _ranking(hits) for key, hits in answers.items()}
        return cls(passages, rankings, {query: words.search(query, len(ids)) for query in QUERIES}, SLACK[kind], loose)

    def contradiction(self, space: Space, queries: tuple[str, ...] = QUERIES[:1]) -> str | None:
        """Return in what a space answers otherwise; None where all its answers are true."""
        for query in queries:
            if self._misses(space._words.get().search(query, len(self.passages)), self.words[query]):
                return f"other passages, or other scores, for the words of {query!r}"
            for mode in MODES:
                loose = self.loose and mode != "semantic"
                hits = space.search(query, len(self.passages) if loose else K, mode, everything=True)
                if wrong := (self._others if loose else self._wrong)(hits, self.rankings[query, mode]):
                    return f"{mode} search for {query!r}: {wrong}"
        return None

    def _misses(self, found: Ranking, truth: Ranking) -> bool:
        if self.loose:
            return set(found.ids.tolist()) != set(truth.ids.tolist())
        return found.ids.tolist() != truth.ids.tolist() or not np.allclose(found.scores, truth.scores, atol=1e-4)

    def _wrong(self, hits: list[Hit], truth: Ranking) -> str | None:
        best = dict(zip(truth.ids.tolist(), truth.scores.tolist(), strict=True))
        bound = min(K, len(truth))
        if len(hits) != bound or len({hit.id for hit in hits}) != bound:
            return f"{len(hits)} hits instead of {bound}"
        slack = 10 * self.slack
        for hit in hits:
            true = best.get(hit.id)
            if true is None or abs(hit.score - true) > slack or true < truth.scores[bound - 1] - slack:
                return f"passage {hit.id} has {hit.score}, in truth {true}"
            if wrong := self.altered(hit):
                return wrong
        return None

    def _others(self, hits: list[Hit], truth: Ranking) -> str | None:
        """Return what is wrong with which passages were found, in whatever order."""
        found = [hit.id for hit in hits]
        if sorted(found) != sorted(truth.ids.tolist()):
            return f"passages {sorted(set(found) ^ set(truth.ids.tolist()))[:5]} are missing or too many"
        return next(filter(None, map(self.altered, hits)), None)

    def altered(self, hit: Hit) -> str | None:
        """Return what of a hit is not what was stored."""
        known = self.passages.get(hit.id)
        if known is None:
            return f"passage {hit.id} was never stored"
        names = ("path", "text", "heading", "metadata", "title", "start_line", "end_line", "page")
        wrong = [name for name in names if getattr(hit, name) != getattr(known, name)]
        return f"passage {hit.id} has another {', '.join(wrong)}" if wrong else None


def _cosines(ids: Ids, vectors: Vectors, query: Vectors) -> dict[int, float]:
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return dict(zip(ids.tolist(), (unit @ query[0]).tolist(), strict=True))


def _ranking(hits: list[Hit]) -> Ranking:
    return Ranking.of(np.array([hit.id for hit in hits], np.int64), np.array([hit.score for hit in hits], np.float32))


def wrong(findings: list[Finding]) -> list[str]:
    """Return what of a space is not sound, and how."""
    return [f"{finding.part}: {finding.message}" for finding in findings if finding.count]

"""The lexical index: a folder of tantivy segments, derived from the store."""

from __future__ import annotations

import errno
import math
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tantivy import Document, Index, Occur, Query, Schema, SchemaBuilder

from semspace.arrays import Ids, Ranking
from semspace.lexical.asked import Asked, Clause
from semspace.lexical.unspaced import parted, singles
from semspace.lexical.words import STOP_WORDS, analyzer, beginnings, phrase, terms, units

HEAP = 64_000_000
"""Bytes a writer may hold before it writes a segment."""


K1, B = 1.2, 0.75
"""BM25's usual numbers, and tantivy's."""

FULL = 2 + K1
"""What a passage has that holds every word of a query, endlessly often: BM25's 1 + k1 of each, and each once."""

FIELDS = ("context", "text")
"""Title and headings are a field of their own, scored by its own lengths: a word there weighs more than one of many."""


_SYSTEM_ERROR = re.compile(r"\b(?:os error|code:) (\d+)|failed to write")


@contextmanager
def _system_errors(folder: Path | None, *, writing: bool) -> Iterator[None]:
    """Turn what tantivy raises where the system fails it, a ValueError, into an OSError: while it writes nothing else does.

    Where it can do no better it panics, which is no Exception: that becomes one.
    """
    try:
        yield
    except BaseException as error:
        panic = type(error).__name__ == "PanicException"
        if not panic and not isinstance(error, ValueError):
            raise
        found = _SYSTEM_ERROR.search(str(error))
        if not found and not writing:
            raise ValueError(f"the lexical engine failed: {error}") from error
        code = int(found[1]) if found and found[1] else errno.EIO
        raise OSError(code, os.strerror(code), str(folder or "the lexical index")) from error


def _schema() -> Schema:
    builder = SchemaBuilder()
    builder.add_unsigned_field("id", indexed=True, fast=True)
    for field in FIELDS:
        builder.add_text_field(field, tokenizer_name="words", index_option="position")
    return builder.build()


class LexicalIndex:
    """Finds the passages that share words with a query, best BM25 score first."""

    def __init__(self, folder: Path | None) -> None:
        """Open the index in `folder`, or make an empty one there; None is an index that is never on disk.

        Raises OSError, and ValueError where the files are damaged.
        """
        self._folder = folder
        if folder is not None:
            folder.mkdir(mode=0o700, exist_ok=True)
        with _system_errors(folder, writing=False):
            self._index = Index(_schema(), path=str(folder) if folder else None, reuse=True)
            self._index.register_tokenizer("words", analyzer())
            # Otherwise a thread of tantivy's own watches the folder, and keeps its files mapped after we are done.
            self._index.config_reader(reload_policy="manual")
            self._searcher = self._index.searcher()

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def ids(self) -> Ids:
        """Return the ids of all passages, in order."""
        if not len(self):
            return np.empty(0, dtype=np.int64)
        hits = self._searcher.search(Query.all_query(), len(self), count=False).hits
        found = self._searcher.fast_field_values("id", [address for _, address in hits])
        return np.sort(np.array(found, dtype=np.int64))

    def update(self, removed: Ids, added: Iterable[tuple[int, str, str]]) -> None:
        """Remove passages and add others, (id, context, text) each, in one commit. Raises OSError."""
        with _system_errors(self._folder, writing=True):
            self._commit(removed, added)

    def _commit(self, removed: Ids, added: Iterable[tuple[int, str, str]]) -> None:
        # One thread: segments are then the same for the same texts, and queries score alike on every run.
        writer = self._index.writer(heap_size=HEAP, num_threads=1)
        try:
            if len(removed):
                writer.delete_documents_by_query(Query.term_set_query(self._index.schema, "id", removed.tolist()))
            for passage_id, context, text in added:
                document = Document()
                document.add_unsigned("id", passage_id)
                document.add_text("context", parted(context))
                document.add_text("text", parted(text))
                writer.add_document(document)
            writer.commit()
        finally:
            writer.wait_merging_threads()
            self._close_off()
        self._index.reload()
        self._searcher = self._index.searcher()

    def _close_off(self) -> None:
        """Take from others what tantivy lets them: its files get whatever mode the process gives new ones."""
        for path in self._folder.iterdir() if self._folder else ():
            if path.stat().st_mode & 0o077:
                path.chmod(0o600)

    def search(self, query: str | Asked, k: int, among: Ids | None = None) -> Ranking:
        """Return the k best passages that share a word with the query (fewer if fewer do), among some ids if given.

        A text is taken as plain words; only what was `understand`ed has words that must or must not be there.
        """
        found = self._parse(Asked(query) if isinstance(query, str) else query)
        if found is None or not len(self) or k < 1 or (among is not None and not len(among)):
            return Ranking.empty()
        if among is not None:
            found = self._within([(Occur.Must, found)], among)
        return self._ranked(found, k)

    def shares(self, query: str | Asked, ids: Ids) -> npt.NDArray[np.float64]:
        """Return for each of some passages, ids in order, how much of a query's words it has: 0 is nothing, about 1 is all.

        It is what BM25 gives beside the most that it could give for all words, and the weight of the words that are there
        at all, together: two queries can be compared by it, and a short one is not worse for being short.
        """
        shares = np.zeros(len(ids))
        words = self._weights(query if isinstance(query, str) else query.text)
        if words and len(ids):
            ranking = self._ranked(self._within([part for word in words for part in self._shared(*word)], ids), len(ids))
            shares[np.searchsorted(ids, ranking.ids)] = ranking.scores / (FULL * sum(weight for _, _, weight in words))
        return shares

    def contributions(self, text: str, passage_id: int) -> tuple[tuple[str, float], ...]:
        """Return the words of a text that a passage has, each with its part of the share, the greatest first."""
        one, words = np.array([passage_id], dtype=np.int64), self._weights(text)
        full = FULL * sum(weight for _, _, weight in words)
        scores = {word[0]: self._ranked(self._within(self._shared(*word), one), 1).scores for word in words}
        parts = [(word, float(score[0]) / full) for word, score in scores.items() if len(score)]
        return tuple(sorted(parts, key=lambda part: -part[1]))

    def telling(self, word: str) -> float:
        """Return how much a word tells, its inverse document frequency; 0 for a function word."""
        weights = self._weights(word) if word.casefold() not in STOP_WORDS else []
        return max((weight / count for _, count, weight in weights), default=0.0)

    def telling_parts(self, text: str) -> list[tuple[int, int, float]]:
        """Return where the words of a text stand, (start, end), and how much each tells."""
        return [(start, end, self.telling(word)) for word, start, end in units(text)]

    def share_of(self, query: str, text: str, average: float) -> float:
        """Return the share of a query's words that a text would have in a passage; `average` is the length of passages."""
        words = self._weights(query)
        held = Counter(phrase(text))
        norm = K1 * (1 - B + B * held.total() / average)
        parts = [weight * ((1 + K1) * held[word] / (held[word] + norm) + 1) for word, _, weight in words if held[word]]
        return sum(parts) / (FULL * sum(weight for _, _, weight in words)) if parts else 0.0

    def length(self, context: str, text: str) -> int:
        """Return the number of words that are indexed of a passage."""
        return len(phrase(context)) + len(phrase(text))

    def _weights(self, text: str) -> list[tuple[str, int, float]]:
        """Return the stems of a text, how often each is there, and how much it tells: its inverse document frequency."""
        total = len(self)
        held = {word: max(self._searcher.doc_freq(field, word) for field in FIELDS) for word in terms(text)}
        return [
            (word, count, count * math.log(1 + (total - held[word] + 0.5) / (held[word] + 0.5)))
            for word, count in Counter(terms(text)).items()
        ]

    def _shared(self, word: str, count: int, weight: float) -> list[tuple[Occur, Query]]:
        there = Query.const_score_query(self._any([word]), weight)
        return [(Occur.Should, query) for query in (*(self._term(field, word, count) for field in FIELDS), there)]

    def _within(self, parts: list[tuple[Occur, Query]], ids: Ids) -> Query:
        members = Query.const_score_query(Query.term_set_query(self._index.schema, "id", ids.tolist()), 0.0)
        return Query.boolean_query([(Occur.Must, Query.boolean_query(parts)), (Occur.Must, members)])

    def holding(self, clauses: Iterable[Clause], *, every: bool) -> Ids:
        """Return the ids of the passages that hold every one of some clauses, or any of them, in order."""
        occur = Occur.Must if every else Occur.Should
        found = Query.boolean_query([(occur, self._clause(clause)) for clause in clauses])
        return np.sort(self._ranked(Query.const_score_query(found, 1.0), len(self)).ids)

    def _ranked(self, query: Query, k: int) -> Ranking:
        if not len(self):
            return Ranking.empty()
        with _system_errors(self._folder, writing=False):
            hits = self._searcher.search(query, min(k, len(self)), count=False).hits
            ids = self._searcher.fast_field_values("id", [address for _, address in hits])
        return Ranking.of(np.array(ids, dtype=np.int64), np.array([score for score, _ in hits], dtype=np.float32))

    def _parse(self, asked: Asked) -> Query | None:
        parts = self._scored_words(asked.text)
        parts += [(Occur.Should, self._clause(clause)) for clause in asked.beginnings]
        parts += [(Occur.Should, self._clause(Clause(one, prefix=True))) for one in singles(asked.text)]
        parts += [(Occur.Must, self._clause(clause)) for clause in asked.required]
        if not parts:
            return None
        return Query.boolean_query([*parts, *((Occur.MustNot, self._clause(clause)) for clause in asked.excluded)])

    def _scored_words(self, text: str) -> list[tuple[Occur, Query]]:
        words = Counter(terms(text))
        return [(Occur.Should, self._term(field, word, count)) for word, count in words.items() for field in FIELDS]

    def _any(self, words: list[str]) -> Query:
        """Return what finds a phrase of some stems in any field."""
        return Query.boolean_query([(Occur.Should, self._phrase(field, words)) for field in FIELDS])

    def _clause(self, clause: Clause) -> Query:
        """Return what finds a word, a phrase or the beginning of a word in either field; nothing has it that has no letter."""
        if clause.prefix:
            # Letters and digits only: nothing in them is a sign of a pattern.
            patterns = [f"{begin}.*" for begin in beginnings(clause.text)]
            found = [Query.regex_query(self._index.schema, field, one) for one in patterns for field in FIELDS]
        else:
            words = phrase(clause.text)
            return self._any(words) if words else Query.empty_query()
        return Query.boolean_query([(Occur.Should, one) for one in found])

    def _phrase(self, field: str, words: list[str]) -> Query:
        if len(words) == 1:
            return Query.term_query(self._index.schema, field, words[0], index_option="freq")
        return Query.phrase_query(self._index.schema, field, words)

    def _term(self, field: str, word: str, count: int) -> Query:
        query = Query.term_query(self._index.schema, field, word, index_option="freq")
        return query if count == 1 else Query.boost_query(query, float(count))

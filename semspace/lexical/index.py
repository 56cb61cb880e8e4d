"""The lexical index: a folder of tantivy segments, derived from the store."""

from __future__ import annotations

import errno
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from tantivy import Document, Index, Occur, Query, Schema, SchemaBuilder

from semspace.arrays import Ids, Ranking
from semspace.lexical.words import analyzer, terms

HEAP = 64_000_000
"""Bytes a writer may hold before it writes a segment."""


FIELDS = ("context", "text")
"""Title and headings are a field of their own, scored by its own lengths: a word there weighs more than one of many."""


_SYSTEM_ERROR = re.compile(r"\b(?:os error|code:) (\d+)|failed to write")


@contextmanager
def _system_errors(folder: Path | None, *, writing: bool) -> Iterator[None]:
    """Turn what tantivy raises where the system fails it, a ValueError, into an OSError: while it writes nothing else does."""
    try:
        yield
    except ValueError as error:
        found = _SYSTEM_ERROR.search(str(error))
        if not found and not writing:
            raise
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
                document.add_text("context", context)
                document.add_text("text", text)
                writer.add_document(document)
            writer.commit()
        finally:
            writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()

    def search(self, query: str, k: int, among: Ids | None = None) -> Ranking:
        """Return the k best passages that share a word with the query (fewer if fewer do), among some ids if given."""
        found = self._parse(query)
        if found is None or not len(self) or k < 1 or (among is not None and not len(among)):
            return Ranking.empty()
        if among is not None:
            members = Query.term_set_query(self._index.schema, "id", among.tolist())
            found = Query.boolean_query([(Occur.Must, found), (Occur.Must, Query.const_score_query(members, 0.0))])
        hits = self._searcher.search(found, min(k, len(self)), count=False).hits
        ids = self._searcher.fast_field_values("id", [address for _, address in hits])
        return Ranking.of(np.array(ids, dtype=np.int64), np.array([score for score, _ in hits], dtype=np.float32))

    def _parse(self, query: str) -> Query | None:
        words = Counter(terms(query))
        if not words:
            return None
        return Query.boolean_query(
            [(Occur.Should, self._term(field, word, count)) for word, count in words.items() for field in FIELDS]
        )

    def _term(self, field: str, word: str, count: int) -> Query:
        query = Query.term_query(self._index.schema, field, word, index_option="freq")
        return query if count == 1 else Query.boost_query(query, float(count))

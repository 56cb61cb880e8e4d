"""Words -> matching ids, by BM25.

`LexicalIndex` adds and removes passages and ranks them by the words they share with a query; `spans` finds those words in
a text; `digests` and `whole` tell whether files are. `understand` parts a query into words and what must or must not be
there; no query text is ever parsed as the engine's own syntax.
Robertson, Zaragoza: The Probabilistic Relevance Framework: BM25 and Beyond (2009).
"""

from semspace.lexical.asked import Asked, Clause, understand
from semspace.lexical.index import LexicalIndex
from semspace.lexical.segments import META, digests, whole
from semspace.lexical.unspaced import parted
from semspace.lexical.words import STOP_WORDS, spans, terms

__all__ = [
    "META",
    "STOP_WORDS",
    "Asked",
    "Clause",
    "LexicalIndex",
    "digests",
    "parted",
    "spans",
    "terms",
    "understand",
    "whole",
]

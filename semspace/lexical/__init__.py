"""Words -> matching ids, by BM25.

`LexicalIndex` adds and removes passages and ranks them by the words they share with a query; `spans` finds those words in
a text; `digests` and `whole` tell whether the files of an index are sound. The words of a query are taken as words: no
query text is ever parsed as the engine's own syntax.
Robertson, Zaragoza: The Probabilistic Relevance Framework: BM25 and Beyond (2009).
"""

from semspace.lexical.index import LexicalIndex
from semspace.lexical.segments import META, digests, whole
from semspace.lexical.words import spans, terms

__all__ = ["META", "LexicalIndex", "digests", "spans", "terms", "whole"]

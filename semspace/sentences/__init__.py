"""Unix verbs over meaning: lines in, lines out, as functions over any sentences and as commands of the shell.

Similarities are cosines, larger is nearer. Equal sentences are encoded once and count as one; a blank one means nothing, so
that it is like other blank ones only. A sentence that is longer than the encoder takes is judged by its beginning. Nothing
is quadratic in memory, and in time only up to a size: beyond it neighbours come from an IVF index.
"""

from semspace.sentences.distinct import Progress
from semspace.sentences.grouping import uniq
from semspace.sentences.matching import comm, join
from semspace.sentences.mining import pairs
from semspace.sentences.ordering import head, sort

__all__ = ["Progress", "comm", "head", "join", "pairs", "sort", "uniq"]

"""The two indexes of a space, and its token vectors where it keeps them, in step with its store.

A derived file is trusted when its checksum is the one that the store remembers; while inode, size, mtime and ctime are
those of the last verification it is not hashed again. A file of an older generation is brought up to date by the
difference of two sets of ids; a damaged or missing one is rebuilt. None of it encodes anything, but for the token vectors.

Whoever holds the space's lock also writes what was mended; a reader that cannot get the lock mends in memory.
"""

from semspace.derived.file import discard
from semspace.derived.steady import InStep, Steady
from semspace.derived.tokens import DerivedTokens
from semspace.derived.vectors import DerivedVectors
from semspace.derived.words import DerivedWords

__all__ = ["DerivedTokens", "DerivedVectors", "DerivedWords", "InStep", "Steady", "discard"]

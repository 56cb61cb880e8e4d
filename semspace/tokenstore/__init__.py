"""Token vectors of passages -> few bits each, in one file: what late interaction needs, without encoding at query time."""

from semspace.tokenstore.codec import BITS, Codec
from semspace.tokenstore.index import TokenIndex

__all__ = ["BITS", "Codec", "TokenIndex"]

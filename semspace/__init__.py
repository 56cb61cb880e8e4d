"""Search the latent space of your own texts, and see it.

>>> from semspace import Space
>>> with Space.create("notes") as space:
...     space.index(["~/notes"])
...     hits = space.search("how do I prune roses?", k=5)

`encode`, `similarity`, `search_texts`, and over lists of sentences `pairs`, `uniq`, `sort`, `join`, `comm` and `head` work
without a space. Names are loaded at first touch: importing this package imports nothing else.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from semspace.errors import SemspaceError as SemspaceError
    from semspace.records import Hit as Hit
    from semspace.records import Hits as Hits
    from semspace.records import IndexReport as IndexReport
    from semspace.sentences import comm as comm
    from semspace.sentences import head as head
    from semspace.sentences import join as join
    from semspace.sentences import pairs as pairs
    from semspace.sentences import sort as sort
    from semspace.sentences import uniq as uniq
    from semspace.space import Space as Space
    from semspace.texts import encode as encode
    from semspace.texts import search_texts as search_texts
    from semspace.texts import similarity as similarity

__version__ = "0.1.0"

_HOMES = {
    "Hit": "semspace.records",
    "Hits": "semspace.records",
    "IndexReport": "semspace.records",
    "SemspaceError": "semspace.errors",
    "Space": "semspace.space",
    "comm": "semspace.sentences",
    "encode": "semspace.texts",
    "head": "semspace.sentences",
    "join": "semspace.sentences",
    "pairs": "semspace.sentences",
    "search_texts": "semspace.texts",
    "similarity": "semspace.texts",
    "sort": "semspace.sentences",
    "uniq": "semspace.sentences",
}

__all__ = [
    "Hit",
    "Hits",
    "IndexReport",
    "SemspaceError",
    "Space",
    "comm",
    "encode",
    "head",
    "join",
    "pairs",
    "search_texts",
    "similarity",
    "sort",
    "uniq",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

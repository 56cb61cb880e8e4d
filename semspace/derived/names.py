"""Names that groups of passages were given: kept, so that what was named once need not be read again."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from hashlib import sha256

import numpy as np

from semspace.arrays import Ids
from semspace.derived.arrays import Arrays, DerivedArrays

NAMES = "map.names"

FORMAT = 1

MOST = 16
"""Sets of groups whose names are kept, the newest first: a map, its topics, and some parts of it."""

Names = list[tuple[str, ...]]


class DerivedNames:
    """The words that name groups, by which passages are in those, in `map.names.npz`.

    They are from texts: whatever is forgotten, all of them are dropped.
    """

    def __init__(self, kept: DerivedArrays) -> None:
        """Take the file that they are in."""
        self._kept = kept
        self._held: dict[str, Names] | None = None

    def get(self, groups: Sequence[Ids], made_by: str, make: Callable[[], Names]) -> Names:
        """Return the names of groups of passages, and keep them if they are new; `made_by` tells ways to name apart."""
        key = _marked(groups, made_by)
        if self._held is None:
            # Once: whoever reads one state of the space does not see there what it keeps itself.
            self._held = understood(self._kept.get())
        if key not in self._held:
            self._held = dict([(key, make()), *self._held.items()][:MOST])
            facts = json.dumps({"format": FORMAT, "names": list(self._held.items())}).encode("ascii")
            self._kept.keep({"names": np.frombuffer(facts, np.uint8)})
        return self._held[key]


def understood(held: Arrays | None) -> dict[str, Names]:
    """Return the names that arrays hold, by their key; none where they hold none, or those of another semspace."""
    try:
        facts = json.loads(held["names"].tobytes()) if held is not None else {}
        if facts.get("format") != FORMAT:
            return {}
        return {str(key): [tuple(map(str, words)) for words in names] for key, names in facts["names"]}
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}


def _marked(groups: Sequence[Ids], made_by: str) -> str:
    """Return what tells these groups, named in this way, from any others."""
    mark = sha256(f"{made_by}\0{len(groups)}".encode())
    for ids in groups:
        mark.update(len(ids).to_bytes(8, "little") + ids.astype("<i8").tobytes())
    return mark.hexdigest()

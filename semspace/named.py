"""What somebody has named in a space: kept in its store as JSON, under a kind and a name, with a checksum."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from zlib import crc32

from semspace.errors import InvalidName, NotFound
from semspace.store import Store, WritableStore

_NAME = re.compile(r"[\w][\w.-]{0,63}")

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of named things: what it is called, in the store and to a person, and how one is made."""

    key: str
    word: str
    hint: str

    def check(self, name: str) -> str:
        """Return a name. Raises InvalidName."""
        if not _NAME.fullmatch(name):
            raise InvalidName(f"{name!r} is no name of a {self.word}.", "Take letters, digits, dots and dashes, 64 at most.")
        return name

    def save(self, store: WritableStore, name: str, fields: Mapping[str, Any]) -> None:
        """Keep a thing, in the place of one with the same name. Raises InvalidName."""
        kept = {**fields, "checksum": _checksum(json.dumps({**fields}))}
        store.configure(f"{self.key}:{self.check(name)}", json.dumps(kept))

    def load(self, store: Store, name: str, read: Callable[[dict[str, Any]], Thing]) -> Thing:
        """Return what `read` makes of what was kept. Raises NotFound where there is none, or it is not what was kept."""
        text = store.setting(f"{self.key}:{self.check(name)}")
        if text is None:
            there = ", ".join(self.names(store)) or "none yet"
            raise NotFound(f"This space has no {self.word} {name!r}; there is: {there}.", self.hint)
        try:
            fields = json.loads(text)
            if fields.pop("checksum") != _checksum(json.dumps(fields)):
                raise ValueError("checksum")
            return read(fields)
        except (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise NotFound(f"The {self.word} {name!r} is damaged.", self.hint) from error

    def names(self, store: Store) -> list[str]:
        """Return the names of all of this kind, in order."""
        first, beyond = f"{self.key}:", f"{self.key};"
        rows = store.query("SELECT key FROM meta WHERE key >= ? AND key < ? ORDER BY key", (first, beyond))
        return [key.removeprefix(first) for (key,) in rows]


def _checksum(text: str) -> int:
    return crc32(text.encode())

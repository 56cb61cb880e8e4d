"""What goes over the socket of a space: one line of JSON each way, exact to the last bit.

The command line sends a call and gets records; it draws them itself, as it draws its own. It must import nothing heavy.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from semspace import __version__
from semspace.records import Evidence, Hit, Hits, Neighborhood

PROTOCOL = 1

SOCKET = "server.socket"
"""In the folder of a space, where a server has it open."""

GREETING = b"semspace 1\n"
"""What a server says at once: that it is there, and not stopped or stuck."""

LONGEST = 64 << 20
"""Bytes of a line."""

_TOLD = ("query", "space", "mode", "model", "took_ms", "coverage", "verdict", "judged", "reranker", "excluded")


@dataclass(frozen=True, slots=True)
class Terms:
    """What both sides have in common where answers are the same: the program, the encoder's place, the zone of time."""

    runtime: str
    models: str
    version: str = __version__
    package: str = str(Path(__file__).parents[1])
    zone: tuple[str, ...] = (*time.tzname, str(time.timezone), str(time.altzone))

    @classmethod
    def of(cls, runtime: str, models: Path | None) -> Terms:
        """Return the terms of a process that runs encoders so; None is where they live unless it is said."""
        return cls(runtime, os.path.realpath(models) if models else "")

    def plain(self) -> list[Any]:
        """Return what JSON makes of them."""
        return [PROTOCOL, self.runtime, self.models, self.version, self.package, list(self.zone)]


def line(message: Mapping[str, Any]) -> bytes:
    """Return a message as one line; a byte of a name that is no text stays what it is."""
    return json.dumps(message, separators=(",", ":")).encode("ascii") + b"\n"


def message(data: bytes) -> dict[str, Any]:
    """Return the message of a line. Raises ValueError."""
    try:
        found = json.loads(data)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(found, dict):
        raise ValueError("no message")
    return found


def packed(hits: Hits) -> dict[str, Any]:
    """Return hits as what JSON knows."""
    nearest = asdict(hits.nearest) if hits.nearest else None
    told = {name: getattr(hits, name) for name in _TOLD}
    return {**told, "hits": [asdict(one) for one in hits], "nearest": nearest}


def packed_tree(found: Neighborhood) -> dict[str, Any]:
    """Return a neighbourhood as what JSON knows."""
    return {"hit": asdict(found.hit), "near": [packed_tree(one) for one in found.near]}


def unpacked_tree(row: Mapping[str, Any]) -> Neighborhood:
    """Return a neighbourhood out of what JSON knows. Raises what `unpacked` does where it is none."""
    return Neighborhood(_hit(row["hit"]), tuple(unpacked_tree(one) for one in row["near"]))


def unpacked(row: Mapping[str, Any]) -> Hits:
    """Return hits out of what JSON knows. Raises KeyError, TypeError, ValueError, AttributeError where it is none."""
    nearest = _hit(row["nearest"]) if row["nearest"] else None
    return Hits([_hit(one) for one in row["hits"]], nearest=nearest, **{name: row[name] for name in _TOLD})


def _hit(row: Mapping[str, Any]) -> Hit:
    evidence = row["evidence"]
    if evidence:
        evidence = Evidence(**{**evidence, "words": tuple((str(word), share) for word, share in evidence["words"])})
    return Hit(
        **{
            **row,
            "heading": tuple(row["heading"]),
            "matches": tuple((start, end) for start, end in row["matches"]),
            "marks": tuple((start, end, strength) for start, end, strength in row["marks"]),
            "answer": None if row["answer"] is None else (row["answer"][0], row["answer"][1]),
            "evidence": evidence,
        }
    )

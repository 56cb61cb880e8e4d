"""Is a lexical index whole, although it is not what the store remembers? For who reads while another process writes.

A file that was there when the store last took notes must be as it was then; each newer one ends with a checksum of tantivy's
own, which tantivy itself never reads.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

META = "meta.json"
"""What tantivy replaces at each commit: without it there is no index."""

PARTS = ("fast", "fieldnorm", "idx", "pos", "store", "term")
FIELDS = 2
"""Fields whose lengths are kept, one byte for each passage."""

_END = struct.Struct("<II")
_MAGIC = 1_337
_OPERATIONS = "opstamp"

ANALYSIS = "analysis:2"
"""How texts become words: an index that was made otherwise is not the one that is remembered."""


def digests(paths: list[Path]) -> str:
    """Return what a store remembers of the files of an index: the SHA-256 of each, and how many operations made it."""
    lines = [ANALYSIS, *(f"{path.name}:{_sha256(path)}" for path in paths)]
    for path in paths:
        if path.name == META:
            with suppress(ValueError, TypeError, LookupError, RecursionError):  # whoever compares sees that it is damaged
                lines.append(f"{_OPERATIONS}:{json.loads(path.read_bytes())[_OPERATIONS]}")
    return "\n".join(lines)


def _sha256(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def whole(folder: Path, remembered: str) -> bool:
    """Tell whether an index is the one that is remembered (by `digests`), or one that was made of it since."""
    try:
        known = dict(line.rsplit(":", 1) for line in remembered.splitlines())
        meta = json.loads((folder / META).read_bytes())
        newer = meta[_OPERATIONS] >= int(known[_OPERATIONS])
        return newer and all(_is_whole(folder, known, **segment) for segment in meta["segments"])
    except (OSError, ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError, struct.error):
        return False


def _is_whole(folder: Path, known: Mapping[str, str], segment_id: str, max_doc: int, deletes: dict[str, Any] | None) -> bool:
    name = UUID(segment_id).hex
    bodies = {part: _body(folder / f"{name}.{part}", known) for part in PARTS}
    lengths = bodies["fieldnorm"]
    ends = int.from_bytes(lengths[-4:], "little") + 4
    return len(lengths) - ends == FIELDS * max_doc and (deletes is None or _are_gone(folder, known, name, max_doc, **deletes))


def _are_gone(folder: Path, known: Mapping[str, str], name: str, max_doc: int, num_deleted_docs: int, opstamp: int) -> bool:
    alive = _body(folder / f"{name}.{opstamp}.del", known)[4:]
    return max_doc - int.from_bytes(alive, "little").bit_count() == num_deleted_docs


def _body(path: Path, known: Mapping[str, str]) -> bytes:
    """Return what a file of a segment holds before its footer. Raises ValueError where it is not what was written."""
    data = path.read_bytes()
    size, magic = _END.unpack(data[-_END.size :])
    end = len(data) - _END.size - size
    sound = magic == _MAGIC and end >= 0 and zlib.crc32(data[:end]) == json.loads(data[end : -_END.size])["crc"]
    if not sound or (path.name in known and sha256(data).hexdigest() != known[path.name]):
        raise ValueError(f"{path.name} is not what was written")
    return data[:end]

"""Is a lexical index whole? Each file of a segment of tantivy ends with its own checksum, which tantivy itself never reads.

For a reader that comes while another process writes: what the store remembers of the files is then behind them.
"""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path
from typing import Any
from uuid import UUID

META = "meta.json"
PARTS = ("fast", "fieldnorm", "idx", "pos", "store", "term")
FIELDS = 2
"""Fields whose lengths are kept, one byte for each passage."""

_END = struct.Struct("<II")
_MAGIC = 1_337


def whole(folder: Path) -> bool:
    """Tell whether all that an index consists of is there, byte for byte as tantivy wrote it."""
    try:
        segments = json.loads((folder / META).read_bytes())["segments"]
        return all(_is_whole(folder, **segment) for segment in segments)
    except (OSError, ValueError, TypeError, KeyError, RecursionError, struct.error):
        return False


def _is_whole(folder: Path, segment_id: str, max_doc: int, deletes: dict[str, Any] | None) -> bool:
    name = UUID(segment_id).hex
    bodies = {part: body(folder / f"{name}.{part}") for part in PARTS}
    lengths = bodies["fieldnorm"]
    ends = int.from_bytes(lengths[-4:], "little") + 4
    return len(lengths) - ends == FIELDS * max_doc and (deletes is None or _are_gone(folder, name, max_doc, **deletes))


def _are_gone(folder: Path, name: str, max_doc: int, num_deleted_docs: int, opstamp: int) -> bool:
    alive = body(folder / f"{name}.{opstamp}.del")[4:]
    return max_doc - int.from_bytes(alive, "little").bit_count() == num_deleted_docs


def body(path: Path) -> bytes:
    """Return what a file of a segment holds before its footer. Raises ValueError where it has not its checksum."""
    data = path.read_bytes()
    size, magic = _END.unpack(data[-_END.size :])
    end = len(data) - _END.size - size
    footer = json.loads(data[end : -_END.size])
    if magic != _MAGIC or end < 0 or zlib.crc32(data[:end]) != footer["crc"]:
        raise ValueError(f"{path.name} does not have its checksum")
    return data[:end]

"""Files of a space and of an encoder under the fuzzer: each is what was written, or an error that is documented.

Checksums keep what is damaged by chance from ever being parsed. Here they are made right, as somebody makes them who hands
over a space: what is behind them has to hold as well.
"""

from __future__ import annotations

import io
import json
import re
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from semspace import calibration, settings
from semspace.arrays import SentenceTokens
from semspace.bench.faults import tiny
from semspace.bench.faults.fuzzing import DEEP, Judge, Target
from semspace.bench.faults.originals import zipped
from semspace.calibration import Calibration
from semspace.derived import maps, neighborhoods
from semspace.derived.arrays import SUFFIX, Arrays, DerivedArrays
from semspace.derived.receipts import UNREADABLE
from semspace.encoders import cards
from semspace.errors import ConversionFailed, FormatTooNew, SemspaceError, SpaceDamaged
from semspace.latent.faithfulness import Faithfulness
from semspace.latent.graph import Graph
from semspace.latent.layout import Layout, Recipe
from semspace.lexical import LexicalIndex, digests, whole
from semspace.lexical.segments import META
from semspace.records import Root, Tuned
from semspace.settings import Settings
from semspace.store import WritableStore
from semspace.tokenstore import Codec, TokenIndex

Sum = Callable[[dict[str, Any]], Any]

DIM = 8
PARTS = b"\n--part--\n"
"""What parts the members of an archive: an archive of their own makes their checksums right."""

MADE = "fuzz"
SEGMENTS = b"""{"index_settings": {}, "segments": [{"segment_id": "578aad61-1c81-45c5-86b4-32679240a0ce", "max_doc": 1,
"deletes": {"num_deleted_docs": 1, "opstamp": 9}}], "opstamp": 12}"""


def _settings(folder: Path) -> Judge:
    return partial(_described, folder)


def _described(folder: Path, data: bytes) -> None:
    """Read settings, an encoder's card, or a calibration, as they are and with the right checksum."""
    kind, text = (data[0] if data else 0) % 3, data[1:].decode("utf-8", "replace")
    for one in (text, _signed(text, (settings._checksum, cards._checksum, calibration._checksum)[kind])):
        if kind == 0:
            _setting(one)
        elif kind == 1:
            _card(folder, one)
        else:
            _calibration(one)


def _signed(text: str, checksum: Sum) -> str:
    try:
        fields = json.loads(text)
        if isinstance(fields, dict):
            fields.pop("checksum", None)
            return json.dumps({**fields, "checksum": checksum(fields)})
    except (ValueError, TypeError, RecursionError):
        pass
    return text


def _helps(error: SemspaceError) -> None:
    if not error.hint:
        raise TypeError("an error without a hint")


def _setting(text: str) -> None:
    try:
        found = settings.decode(text, "store.db")
    except (SpaceDamaged, FormatTooNew) as error:
        _helps(error)
        return
    again = settings.encode(found)
    assert settings.encode(settings.decode(again, "store.db")) == again, "settings that are not what was written"


def _card(folder: Path, text: str) -> None:
    (folder / cards.CARD).write_text(text, encoding="utf-8")
    try:
        found = cards.read(folder)
    except (ConversionFailed, FormatTooNew) as error:
        _helps(error)
        return
    cards.write(found, folder)
    cards.read(folder)


def _calibration(text: str) -> None:
    try:
        found = Calibration.from_json(text)
    except ValueError:
        return
    assert np.isfinite(found.subjects).all()
    again = found.to_json()
    assert Calibration.from_json(again).to_json() == again, "a calibration that is not what was written"


def _derived(folder: Path) -> Judge:
    LexicalIndex(folder / "lexical").update(np.empty(0, np.int64), [(1, "", "bread river")])
    remembered = digests(sorted(path for path in (folder / "lexical").iterdir() if path.suffix != ".lock"))
    return partial(_kept, folder, WritableStore.create(":memory:", DIM), remembered)


def _kept(folder: Path, store: WritableStore, remembered: str, data: bytes) -> None:
    """Read token vectors, an archive of arrays, an archive of such members, or what a lexical index says of itself."""
    kind, data = (data[0] if data else 0) % 4, data[1:]
    if kind == 3:
        (folder / "lexical" / META).write_bytes(data)
        whole(folder / "lexical", remembered)
        return
    if kind == 0:
        _tokens(folder / "tokens.bin", data)
        return
    path = folder / f"map{SUFFIX}"
    path.write_bytes(data if kind == 1 else _archive(data))
    try:
        held = DerivedArrays(folder, store, "map")._load()
    except UNREADABLE:
        return
    graph, layout = neighborhoods.understood(held), maps.understood(held)
    if graph is not None:
        assert graph.neighbors.shape == graph.similarities.shape
    if layout is not None:
        assert len(layout.positions) == len(layout.kept) == len(held["ids"])
        assert np.isfinite(layout.positions).all()


def _tokens(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    try:
        index = TokenIndex.load(path, Codec(DIM), MADE)
    except (ValueError, OSError):
        return
    for number, tokens in index.tokens(index.ids()[:10]).items():
        assert tokens.vectors.shape[1:] == (DIM,), number


def _archive(data: bytes) -> bytes:
    """Return members, given as name, newline and bytes, as an archive."""
    members: dict[str, bytes] = {}
    for member in data.split(PARTS):
        name, _, content = member.partition(b"\n")
        members[f"{re.sub(rb'[^a-z]', b'', name).decode()}.npy"] = content
    return zipped({**members}, stored=tuple(members))


def _members(archived: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(archived)) as archive:
        return PARTS.join(name.removesuffix(".npy").encode() + b"\n" + archive.read(name) for name in archive.namelist())


def _described_seeds() -> Sequence[bytes]:
    roots = (Root("/notes", include=("*.md",), exclude=("/a",)),)
    tuned = Tuned("ivf", 8, "recall", 0.99, 0.99, 50, 1_000, 1_000, 100.0, 1.0, 1.0, 1e9)
    chosen = Settings("tiny", "0" * 32, DIM, roots=roots, tuned=tuned, token_vectors=True)
    learned = Calibration(subjects=np.eye(2, DIM, dtype=np.float32), judges=calibration.fit(np.eye(4), np.ones((4, 4))))
    with tempfile.TemporaryDirectory() as folder:
        tiny.install(Path(folder))
        card = (Path(folder) / tiny.NAME / cards.CARD).read_bytes()
    deep = [bytes([kind]) + b'{"a": ' + DEEP for kind in range(3)]
    return [*deep, b"\x00" + settings.encode(chosen).encode(), b"\x01" + card, b"\x02" + learned.to_json().encode()]


def _derived_seeds() -> Sequence[bytes]:
    ids = np.arange(3)
    graph = Graph(np.array([[1, 2], [0, 2], [0, 1]], np.int32), np.ones((3, 2), np.float32))
    zeros = np.zeros((3, 2), np.float32)
    faith = Faithfulness(0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 3)
    layout = Layout(Recipe(), zeros, zeros[:, 0], zeros[:, 0] == 0, 0.9, faith)
    near: Arrays = {"ids": ids, "neighbors": graph.neighbors, "similarities": graph.similarities}
    archives = [_saved(arrays) for arrays in (near, {"ids": ids, **maps.packed(layout)})]
    return [
        _token_seed(),
        b"\x03" + SEGMENTS,
        *(b"\x01" + one for one in archives),
        *(b"\x02" + _members(one) for one in archives),
    ]


def _saved(arrays: Arrays) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def _token_seed() -> bytes:
    index = TokenIndex(Codec(DIM), MADE)
    index.add([1, 2], [SentenceTokens(np.eye(2, DIM, dtype=np.float32), np.array([0]))] * 2)
    with tempfile.TemporaryDirectory() as folder:
        index.save(Path(folder) / "tokens.bin")
        return b"\x00" + (Path(folder) / "tokens.bin").read_bytes()


_FIELDS = b'"format"|"roots"|"tuned"|"files"|"subjects"|"shape"|"judges"|"checksum"|null|[]|{}|-1|1e999|NaN|"a"|[['.split(b"|")
_HEADERS = b"'<i8' '<f4' '|u1' '|O' '<U9' '|V8' (3,) (3,2) (-1,) (1099511627776,) True False positions recipe NaN [] {}".split()

TARGETS = {
    "settings": Target(_settings, _described_seeds, _FIELDS),
    "derived files": Target(_derived, _derived_seeds, [PARTS, *_HEADERS]),
}

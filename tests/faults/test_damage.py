"""What the counted cases of damage do not show: what is read when, and what a shortcut may and may not overlook."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from semspace import Space
from semspace.bench.faults import tiny
from semspace.bench.faults.mutations import MUTATIONS, damaged
from semspace.bench.faults.running import trial
from semspace.derived import DerivedVectors
from semspace.encoders import cards, load
from semspace.errors import ConversionFailed, FormatTooNew
from semspace.lexical import LexicalIndex, digests, whole
from semspace.vectors import flat

WORDS = "bread river mountain copper winter letter"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """Make a small space, and give its folder and that of the encoders."""
    with trial(1) as one:
        with Space.create(tmp_path / "space", tiny.NAME, models=one.models) as space:
            space.add_texts([f"{word} and {other}" for word in WORDS.split() for other in WORDS.split()])
        yield tmp_path / "space", one.models


def found(place: tuple[Path, Path]) -> list[int]:
    with Space.open(place[0], models=place[1]) as space:
        return [hit.id for hit in space.search("copper river", everything=True)]


def complaints(place: tuple[Path, Path]) -> list[str]:
    with Space.open(place[0], models=place[1]) as space:
        return [finding.part for finding in space.check() if finding.count]


def test_faiss_is_only_asked_to_read_the_file_that_was_written(
    place: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, right = place[0] / "vectors.faiss", found(place)
    really, seen = flat.read, list[bool]()

    def watched(file: Path, *, writable: bool) -> Any:
        with closing(sqlite3.connect(place[0] / "store.db")) as connection:
            ((digest,),) = connection.execute("SELECT digest FROM derived WHERE name = 'vectors'").fetchall()
        whole = sha256(f"{file.name}:{sha256(file.read_bytes()).hexdigest()}\n".encode()).hexdigest()
        seen.append(digest == whole)
        return really(file, writable=writable)

    monkeypatch.setattr(flat, "read", watched)
    rng = random.Random(5)
    for kind in MUTATIONS:
        path.write_bytes(damaged(path.read_bytes(), rng, kind))
        assert found(place) == right
        assert found(place) == right
    assert seen
    assert all(seen)


def test_a_file_that_looks_as_it_did_is_not_hashed_by_a_search_and_always_by_a_check(
    place: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert complaints(place) == []
    path = place[0] / "vectors.faiss"
    path.write_bytes(damaged(path.read_bytes(), random.Random(5), "bit"))
    stat = path.stat()
    looks = f"{path.name}:{stat.st_ino}:{stat.st_size}:{stat.st_mtime_ns}:{stat.st_ctime_ns}"
    with closing(sqlite3.connect(place[0] / "store.db", isolation_level=None)) as connection:
        # What no program can do: the store is told that the damaged file is the one it verified.
        connection.execute("UPDATE derived SET identity = ? WHERE name = 'vectors'", (looks,))
    assert complaints(place) == ["vector index"]
    monkeypatch.setattr(DerivedVectors, "_digest", lambda _: pytest.fail("it was hashed"))
    found(place)


@pytest.fixture
def words(tmp_path: Path) -> Path:
    """Make a lexical index in many commits, with passages that were removed."""
    rng = random.Random(3)
    index, last = LexicalIndex(tmp_path / "lexical"), 0
    for _ in range(12):
        count = rng.randrange(1, 60)
        texts = [(number, "title", " ".join(rng.choices(tiny.WORDS, k=20))) for number in range(last + 1, last + count + 1)]
        gone = np.array(rng.sample(range(1, last + 1), min(3, last)), dtype=np.int64)
        index.update(gone, texts)
        last += count
    return tmp_path / "lexical"


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not path.name.endswith(".lock"))


def test_an_index_is_whole_through_every_commit_after_the_one_that_is_remembered(words: Path) -> None:
    remembered = digests(files(words))
    assert whole(words, remembered)
    index = LexicalIndex(words)
    for number in range(1_000, 1_010):
        index.update(np.array([number - 1]), [(number, "", "copper river")])
        assert whole(words, remembered)


def test_no_damage_to_an_index_leaves_it_whole(words: Path) -> None:
    remembered, rng = digests(files(words)), random.Random(4)
    named = [path for path in files(words) if path.suffix not in {".json", ".lock"}]
    for path in [*named, words / "meta.json"] * 3:
        before = path.read_bytes()
        path.write_bytes(damaged(before, rng, rng.choice(["bit", "cut", "noise", "empty"])))
        assert not whole(words, remembered) or json.loads(path.read_bytes()) is not None
        if path.suffix != ".json":
            assert not whole(words, remembered)
        path.write_bytes(before)
    assert whole(words, remembered)


def test_an_index_as_it_was_before_is_not_whole(words: Path) -> None:
    older = (words / "meta.json").read_bytes()
    LexicalIndex(words).update(np.array([1]), [(2_000, "", "copper river")])
    remembered = digests(files(words))
    (words / "meta.json").write_bytes(older)
    assert not whole(words, remembered)


def test_weights_that_changed_and_kept_their_size_are_not_used(place: tuple[Path, Path]) -> None:
    weights = place[1] / tiny.NAME / "vectors.npy"
    before = weights.read_bytes()
    assert found(place)
    weights.write_bytes(before[:-64] + bytes(64))
    with pytest.raises(ConversionFailed, match="not the file that was made") as caught:
        found(place)
    assert caught.value.hint
    weights.write_bytes(before)
    assert found(place)


def test_an_encoder_is_read_whole_once_and_not_again(place: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    load(tiny.NAME, models=place[1])
    monkeypatch.setattr(cards, "sha256", lambda _: pytest.fail("it was read again"))
    load(tiny.NAME, models=place[1])


def test_cards_of_the_first_format_are_read_and_later_ones_have_their_checksum(place: tuple[Path, Path]) -> None:
    path = place[1] / tiny.NAME / cards.CARD
    record = json.loads(path.read_text())
    first = {key: value for key, value in record.items() if key != "checksum"} | {"format": 1}
    path.write_text(json.dumps(first))
    assert cards.read(path.parent).name == tiny.NAME
    for changes, error in (
        ({"max_tokens": 7}, ConversionFailed),
        ({"format": 0}, ConversionFailed),
        ({"format": 9}, FormatTooNew),
    ):
        path.write_text(json.dumps(record | changes))
        with pytest.raises(error):
            cards.read(path.parent)


@pytest.mark.parametrize("kind", MUTATIONS)
def test_damage_always_changes_something(kind: str) -> None:
    rng = random.Random(1)
    for data in (b"", b"\0", bytes(2_000), rng.randbytes(3_000)):
        assert all(damaged(data, rng, kind) != data for _ in range(50))

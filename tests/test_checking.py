"""Damage is found, whatever was damaged, and a sound space is called sound."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from semspace import Space
from semspace.bench.faults.databases import noticed, said
from semspace.bench.faults.mutations import damaged
from semspace.checking import check
from semspace.records import Finding
from semspace.store import WritableStore
from semspace.store.rows import vector_checksum

SEED = 20_261_123


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory, tiny_models: Path) -> Path:
    base = tmp_path_factory.mktemp("checked")
    files = base / "files"
    files.mkdir()
    for i in range(12):
        (files / f"{i}.md").write_text(f"---\ntags: [t{i}]\n---\n# Part {i}\n\n" + f"the bread and the river {i} " * 30)
    with Space.create(base / "space", "tiny", models=tiny_models) as space:
        space.index([files])
    return base / "space"


@pytest.fixture
def copy(sound: Path, tmp_path: Path) -> Path:
    shutil.copytree(sound, tmp_path / "space")
    return tmp_path / "space"


def findings(folder: Path, models: Path, *, deep: bool = False) -> list[Finding]:
    with Space.open(folder, models=models) as space:
        return list(check(folder, space.settings, space._store, (lambda: space.encoder) if deep else None))


def test_a_sound_space_is_called_sound(copy: Path, tiny_models: Path) -> None:
    found = findings(copy, tiny_models, deep=True)
    assert [finding.count for finding in found] == [0] * 10
    assert {finding.part for finding in found} >= {"store", "texts", "vectors", "vector index", "lexical index", "encoding"}


def test_every_damage_to_the_content_of_a_store_is_found(copy: Path, tiny_models: Path) -> None:
    """A flip in a part of the file that holds nothing changes nothing; any other must be found."""
    path, rng = copy / "store.db", random.Random(SEED)
    whole, before = path.read_bytes(), said(path)
    harmful = 0
    for _ in range(150):
        path.write_bytes(damaged(whole, rng))
        for journal in ("store.db-wal", "store.db-shm"):
            (copy / journal).unlink(missing_ok=True)
        if said(path) == before:
            continue
        harmful += 1
        assert noticed(copy, tiny_models)
    assert harmful > 60


@pytest.mark.parametrize("name", ["vectors.faiss", "lexical"])
def test_every_damage_to_a_derived_file_is_found(copy: Path, tiny_models: Path, name: str) -> None:
    rng = random.Random(SEED)
    target = copy / name
    for _ in range(40):
        path = (
            target if target.is_file() else rng.choice([p for p in target.iterdir() if p.is_file() and p.stat().st_size > 700])
        )
        whole = path.read_bytes()
        path.write_bytes(damaged(whole, rng))
        wrong = [finding.part for finding in findings(copy, tiny_models) if finding.count]
        assert wrong == ["vector index" if name == "vectors.faiss" else "lexical index"]
        path.write_bytes(whole)
    assert not any(finding.count for finding in findings(copy, tiny_models))


@pytest.mark.parametrize(
    ("damage", "part"),
    [
        ("UPDATE vectors SET vector = zeroblob(length(vector)) WHERE passage_id = 3", "vectors"),
        ("DELETE FROM vectors WHERE passage_id = 3", "vectors"),
        ("UPDATE texts SET text = text || 'x' WHERE document_id = 2", "texts"),
        ("UPDATE documents SET title = 'other' WHERE id = 2", "documents"),
        ("UPDATE documents SET metadata = '{}' WHERE id = 2", "documents"),
        ("UPDATE passages SET stop = stop + 1 WHERE id = 3", "passages"),
        ("UPDATE passages SET page = 7 WHERE id = 3", "passages"),
        ("UPDATE passages SET document_id = 999 WHERE id = 3", "store"),
    ],
)
def test_a_changed_row_is_named(copy: Path, tiny_models: Path, damage: str, part: str) -> None:
    with closing(sqlite3.connect(copy / "store.db", isolation_level=None)) as connection:
        connection.execute(damage)
    wrong = [finding for finding in findings(copy, tiny_models) if finding.count]
    assert part in [finding.part for finding in wrong]
    assert all(finding.remedy for finding in wrong)


def test_vectors_of_other_texts_are_found_by_encoding_again(copy: Path, tiny_models: Path) -> None:
    with Space.open(copy, models=tiny_models) as space:
        store = WritableStore.open(copy / "store.db", space.settings.dim, "float16")
        vectors = store.stored_vectors(store.ids())
        with store.transaction() as connection:
            connection.execute("DELETE FROM vectors")
            for number, vector in zip(store.ids().tolist(), vectors[::-1], strict=True):
                blob = vector.astype("float16").tobytes()
                connection.execute("INSERT INTO vectors VALUES (?, ?, ?)", (number, vector_checksum(number, blob), blob))
        store.close()
    assert [finding.part for finding in findings(copy, tiny_models, deep=True) if finding.part == "encoding" and finding.count]

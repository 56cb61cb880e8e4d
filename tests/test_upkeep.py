"""A damaged space is mended, what is forgotten is gone, what is compacted is small."""

from __future__ import annotations

import random
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from semspace import Space
from semspace.bench.faults import tiny
from semspace.errors import SpaceDamaged, SpaceLocked
from semspace.store import LOCK, WriterLock, connection, schema

FILES = 12
SECRET = "The garden letter under the copper bridge says seven"


@pytest.fixture(scope="module")
def encoders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("encoders")
    tiny.install(folder)
    return folder


@pytest.fixture
def space(tmp_path: Path, encoders: Path) -> Iterator[Space]:
    (tmp_path / "files").mkdir()
    for i in range(FILES):
        words = random.Random(i).choices(tiny.WORDS, k=200)
        lines = [f"{SECRET} {i} {' '.join(words[j : j + 10])}." for j in range(0, 200, 10)]
        (tmp_path / "files" / f"{i}.md").write_text(
            f"---\nmood: calm like {i}{i}{i} lakes\n---\n# Part {i}\n\n" + "\n\n".join(lines)
        )
    with Space.create(tmp_path / "space", tiny.NAME, models=encoders) as made:
        made.index([tmp_path / "files"])
        made.add_texts(["a text of a program about winter and stone"], ids=["p"])
        yield made


def run_sql(space: Space, *statements: str) -> None:
    with closing(sqlite3.connect(space.folder / "store.db", isolation_level=None)) as raw:
        for statement in statements:
            raw.execute(statement)


def contents(space: Space) -> dict[str, str]:
    store = space._store
    return {path: store.text(known.id) for path, known in store.documents().items()}


def mended(space: Space, encoders: Path) -> dict[str, tuple[int, int]]:
    space.close()
    done = Space.repair(space.folder, models=encoders)
    return {one.part: (one.mended, one.lost) for one in done if one.mended or one.lost}


def assert_sound(folder: Path, encoders: Path, expected: dict[str, str]) -> None:
    with Space.open(folder, models=encoders) as again:
        assert [finding for finding in again.check(deep=True) if finding.count] == []
        assert contents(again) == expected


def test_a_sound_space_has_nothing_to_mend(space: Space, encoders: Path) -> None:
    before = contents(space)
    assert mended(space, encoders) == {}
    assert_sound(space.folder, encoders, before)
    assert not (space.folder / "quarantine").exists()


@pytest.mark.parametrize(
    ("damage", "part"),
    [
        ("UPDATE vectors SET vector = zeroblob(length(vector)) WHERE passage_id = 3", "vectors"),
        ("DELETE FROM vectors WHERE passage_id IN (3, 4)", "vectors"),
        ("UPDATE texts SET text = 'x' || text WHERE document_id = 2", "documents"),
        ("DELETE FROM texts WHERE document_id = 2", "documents"),
        ("UPDATE meta SET value = replace(value, '1', '2') WHERE key = 'calibration'", "calibration"),
        ("UPDATE documents SET title = 'other' WHERE id = 2", "documents"),
        ("UPDATE passages SET stop = stop + 1 WHERE id = 3", "documents"),
        ("UPDATE passages SET text_hash = x'00' WHERE id = 3", "documents"),
        ("DELETE FROM passages WHERE id = 3", "documents"),
        ("UPDATE passages SET document_id = 999 WHERE id = 3", "store"),
        ("UPDATE meta SET value = 'x' WHERE key = 'settings'", ""),
        ("UPDATE meta SET value = '7' WHERE key = 'generation'", ""),
    ],
)
def test_damaged_rows_are_had_again_from_their_files(space: Space, encoders: Path, damage: str, part: str) -> None:
    before = contents(space)
    run_sql(space, damage)
    done = mended(space, encoders)
    assert not part or part in done
    assert all(lost == 0 for _, lost in done.values())
    assert_sound(space.folder, encoders, before)


def test_vectors_that_were_whole_are_not_encoded_again(space: Space, encoders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from semspace.encoders.static import StaticEncoder

    run_sql(space, "UPDATE texts SET text = 'x' || text WHERE document_id = 2")
    encoded: list[str] = []
    encode = StaticEncoder.encode
    monkeypatch.setattr(StaticEncoder, "encode", lambda self, texts, role: encoded.extend(texts) or encode(self, texts, role))
    assert mended(space, encoders)["documents"] == (1, 0)
    assert encoded == []


def test_a_text_whose_file_is_gone_is_kept_aside_and_named(space: Space, encoders: Path) -> None:
    path = str(next(iter(space._store.documents())))
    text = contents(space)[path]
    Path(path).unlink()
    run_sql(space, "UPDATE texts SET text = 'x' || text WHERE document_id = 1")
    space.close()
    done = Space.repair(space.folder, models=encoders)
    assert [(one.lost, bool(one.remedy)) for one in done if one.lost] == [(1, True)]
    kept = next((space.folder / "quarantine").rglob("documents.jsonl"))
    assert text[1:200] in kept.read_text().replace("\\n", "\n")
    assert kept.stat().st_mode & 0o777 == 0o600
    with Space.open(space.folder, models=encoders) as again:
        assert path not in contents(again)
        assert not any(finding.count for finding in again.check())


def test_a_program_s_text_is_cut_anew_from_what_is_stored(space: Space, encoders: Path) -> None:
    before = contents(space)
    number = space._store.documents()["text:p"].id
    run_sql(space, f"UPDATE passages SET page = 9 WHERE document_id = {number}")
    assert mended(space, encoders)["documents"] == (1, 0)
    assert_sound(space.folder, encoders, before)


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7, 0.9])
def test_a_store_that_sqlite_cannot_read_is_made_anew(space: Space, encoders: Path, share: float) -> None:
    before = contents(space)
    path = space.folder / "store.db"
    space.close()
    data = bytearray(path.read_bytes())
    at = int(len(data) * share) // 4096 * 4096
    data[at : at + 8192] = b"\xff" * 8192
    path.write_bytes(data)
    Space.repair(space.folder, models=encoders)
    with Space.open(space.folder, models=encoders) as again:
        again.index()
        assert not any(finding.count for finding in again.check())
        # What a program put in has no file: it may be lost, and then is said to be.
        assert {**contents(again), "text:p": ""} == {**before, "text:p": ""}
    assert any((space.folder / "quarantine").rglob("store.db"))


def test_a_store_that_is_nothing_any_more_leaves_the_settings(space: Space, encoders: Path) -> None:
    before = contents(space)
    space.close()
    (space.folder / "store.db").write_bytes(b"garbage" * 1000)
    with pytest.raises(SpaceDamaged) as raised:
        Space.open(space.folder, models=encoders).search("x")
    assert "repair" in str(raised.value.hint)
    Space.repair(space.folder, models=encoders)
    with Space.open(space.folder, models=encoders) as again:
        again.index()
        assert contents(again) == {path: text for path, text in before.items() if path != "text:p"}


def test_a_derived_file_that_is_wrong_is_put_aside_and_made_anew(space: Space, encoders: Path) -> None:
    before = contents(space)
    (space.folder / "vectors.faiss").write_bytes(b"garbage")
    shutil.rmtree(space.folder / "lexical")
    (space.folder / "space.json").write_text("{}")
    assert mended(space, encoders).keys() == {"vector index", "lexical index", "settings"}
    assert next((space.folder / "quarantine").rglob("vectors.faiss")).read_bytes() == b"garbage"
    assert_sound(space.folder, encoders, before)


def every_byte(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_what_is_forgotten_is_in_no_byte_of_the_space(space: Space, tmp_path: Path) -> None:
    path = tmp_path / "files" / "7.md"
    secret = path.read_text().splitlines()[7].encode()
    assert secret in every_byte(space.folder)
    done = space.forget([path], verify=True)
    assert (done.documents, dict(done.traces)) == (1, {})
    assert done.searched > 10_000
    assert done.engine is None
    left = every_byte(space.folder)
    assert secret not in left
    assert b"calm like 777 lakes" not in left
    assert space.index().read == 0
    assert len(space.search("garden letter copper", everything=True)) == 10
    assert not any(finding.count for finding in space.check())


def test_what_is_left_of_a_forgotten_text_is_found_and_named(space: Space, tmp_path: Path) -> None:
    line = (tmp_path / "files" / "7.md").read_text().splitlines()[7]
    (space.folder / "note").write_bytes(b"\0" * 12345 + line.encode() + b"\0" * 7)
    assert dict(space.forget([tmp_path / "files" / "7.md"], verify=True).traces) == {"note": 1}


def test_rm_leaves_free_pages_and_compact_gives_them_back(space: Space, tmp_path: Path) -> None:
    assert space.status().free_bytes == 0
    space.remove([tmp_path / "files"])
    assert space.status().free_bytes > 0
    done = space.compact()
    assert done.after < done.before
    assert space.status().free_bytes == 0
    assert [hit.key for hit in space.search("winter stone", everything=True)] == ["p"]


def test_one_who_waits_goes_on_when_the_other_is_done(space: Space, tmp_path: Path, encoders: Path) -> None:
    told: list[str] = []
    with Space.open(space.folder, models=encoders, say=told.append) as other:
        lock = WriterLock(space.folder / LOCK)
        assert lock.acquire()
        with pytest.raises(SpaceLocked):
            other.index()
        threading.Timer(0.3, lock.release).start()
        started = time.monotonic()
        other.index(wait=True)
        assert time.monotonic() - started > 0.2
    assert len(told) == 1


def test_a_dead_holder_s_lock_is_no_lock(space: Space, encoders: Path) -> None:
    code = f"""
import sys, time
from pathlib import Path
from semspace.store import WriterLock
assert WriterLock(Path({str(space.folder / LOCK)!r})).acquire()
print("held", flush=True)
time.sleep(60)
"""
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(SpaceLocked, match=str(holder.pid)):
        space.index()
    holder.kill()
    holder.wait()
    holder.stdout.close()
    space.index()


def test_an_older_format_is_brought_up_to_date_after_a_backup(
    space: Space, encoders: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = contents(space)
    space.close()
    newer = schema.Migrations("semspace")
    newer._migrations = [*schema.migrations._migrations]

    @newer()  # type: ignore[untyped-decorator]
    def m999_more(db: object) -> None:
        db.execute("CREATE TABLE more (x)")  # type: ignore[attr-defined]
        if failing:
            raise OSError("no space left")

    for module in (connection, schema, sys.modules["semspace.store.writing"]):
        monkeypatch.setattr(module, "SCHEMA", schema.SCHEMA + 1)
    monkeypatch.setattr(schema, "migrations", newer)
    whole = (space.folder / "store.db").read_bytes()
    failing = True
    with pytest.raises(OSError, match="no space"):
        Space.open(space.folder, models=encoders)
    with closing(sqlite3.connect(space.folder / "store.db")) as raw:
        assert not raw.execute("SELECT 1 FROM sqlite_master WHERE name = 'more'").fetchall()
    failing = False
    with Space.open(space.folder, models=encoders) as again:
        assert contents(again) == before
        assert again._store.query("SELECT * FROM more") == []
    backup = next((space.folder / "backup").iterdir())
    assert backup.name == f"store-format-{schema.SCHEMA - 1}.db"
    (tmp_path / "old.db").write_bytes(whole)
    with closing(sqlite3.connect(backup)) as raw, closing(sqlite3.connect(tmp_path / "old.db")) as old:
        dump = "SELECT * FROM texts ORDER BY 1"
        assert raw.execute(dump).fetchall() == old.execute(dump).fetchall()

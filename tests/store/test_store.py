"""The store keeps documents whole, ids for ever, and notices what was damaged."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from semspace.arrays import Vectors, unit
from semspace.errors import FormatTooNew, InvalidVectors, PassageNotFound, SpaceDamaged
from semspace.records import Document, Failure, Filter, Passage, Stamp
from semspace.store import Blocks, Change, Entry, Recut, Store, WritableStore, audit, text_hash

DIM = 8


def vector(text: str) -> Vectors:
    seed = int.from_bytes(text_hash(text)[:4], "big")
    return unit(np.random.default_rng(seed).normal(size=DIM))[0]


def entry(path: str, *texts: str, stamp: Stamp | None = None, **facts: object) -> Entry:
    whole, passages = "", []
    for text in texts:
        start = len(whole)
        whole += text
        passages.append(Passage(start, len(whole), text))
        whole += "\n"
    document = Document(path, whole, **facts)  # type: ignore[arg-type]
    return Entry(document, passages, [text_hash(text) for text in texts], text_hash(whole), "1", stamp)


def put(store: WritableStore, *entries: Entry) -> Change:
    """Put documents with the vectors of all their passages."""
    return store.put(entries, {text_hash(p.text): vector(p.text) for e in entries for p in e.passages})


@pytest.fixture
def store() -> WritableStore:
    return WritableStore.create(":memory:", DIM)


def texts(store: Store) -> dict[int, str]:
    return {number: row.passage.text for number, row in store.rows(store.ids().tolist()).items()}


def test_what_is_put_comes_back(store: WritableStore) -> None:
    facts = {"title": "T", "kind": "markdown", "metadata": {"tags": ["a"], "n": 1.5, "ü": None}}
    change = put(store, entry("/a", "one", "two", **facts), entry("/b", "drei 北京 é"))
    assert change.gained.tolist() == [1, 2, 3]
    row = store.row(2)
    assert (row.path, row.title, row.kind, row.metadata) == ("/a", "T", "markdown", facts["metadata"])
    assert store.row(3).passage.text == "drei 北京 é"
    np.testing.assert_allclose(store.vectors(np.array([3, 1])), [vector("drei 北京 é"), vector("one")], atol=1e-3)
    assert np.linalg.norm(store.vectors(store.ids()), axis=1) == pytest.approx(1, abs=1e-6)


def test_a_passage_that_stays_keeps_its_id_when_its_document_changes(store: WritableStore) -> None:
    put(store, entry("/a", "one", "two", "three"))
    change = put(store, entry("/a", "zero", "three", "two"))
    assert change.lost.tolist() == [1]
    assert change.gained.tolist() == [4]
    assert texts(store) == {2: "two", 3: "three", 4: "zero"}
    assert store.passages_of("/a") == [4, 3, 2]


def test_the_same_passage_twice_in_a_document_is_two_passages(store: WritableStore) -> None:
    put(store, entry("/a", "one", "one"))
    assert texts(store) == {1: "one", 2: "one"}
    assert put(store, entry("/a", "one")).lost.tolist() == [2]


def test_an_id_is_never_used_again(store: WritableStore) -> None:
    put(store, entry("/a", "one", "two"))
    store.remove(["/a"])
    assert put(store, entry("/a", "one")).gained.tolist() == [3]


def test_removing_leaves_nothing_of_a_document(store: WritableStore) -> None:
    put(store, entry("/a", "one"), entry("/b", "two"))
    assert store.remove(["/a", "/nowhere"]).lost.tolist() == [1]
    for table in ("documents", "texts", "passages", "vectors"):
        assert store._one(f"SELECT count(*) FROM {table}") == 1
    with pytest.raises(PassageNotFound):
        store.row(1)


def test_every_change_is_a_new_generation(store: WritableStore) -> None:
    seen = [store.generation]
    put(store, entry("/a", "one"))
    seen.append(store.generation)
    store.remove(["/a"])
    seen.append(store.generation)
    assert seen == sorted(set(seen))


def test_a_transaction_that_fails_leaves_the_store_as_it_was(store: WritableStore) -> None:
    put(store, entry("/a", "one"))
    with pytest.raises(InvalidVectors):
        store.put([entry("/b", "two")], {text_hash("two"): vector("two") * np.nan})
    with pytest.raises(ValueError, match="shorter"):
        store.put([entry("/b", "two"), replace(entry("/c", "three"), hashes=[])])
    assert texts(store) == {1: "one"}
    assert store.generation == 1


def test_a_name_that_is_not_utf8_is_kept_byte_for_byte(store: WritableStore) -> None:
    path = b"/caf\xe9/\xff.txt".decode("utf-8", "surrogateescape")
    put(store, entry(path, "one"))
    assert list(store.documents()) == [path]
    assert store.passages_of(path) == [1]
    assert store.ids(Filter(paths=(path,))).tolist() == [1]
    store.fail([(Failure(path + "x", "failed", "why"), None, "1")])
    assert store.failures() == [Failure(path + "x", "failed", "why")]
    assert store.remove([path]).lost.tolist() == [1]


def test_a_file_that_is_read_again_is_no_failure_any_more(store: WritableStore) -> None:
    stamp = Stamp(1, 2, 3, 4)
    store.fail([(Failure("/a", "failed", "damaged PDF"), stamp, "1")])
    assert store.tried()["/a"].stamp == stamp
    put(store, entry("/a", "one", stamp=stamp))
    assert store.failures() == []
    assert store.documents()["/a"].stamp == stamp


def test_texts_that_have_a_vector_are_known(store: WritableStore) -> None:
    put(store, entry("/a", "one", "two"))
    assert store.known([text_hash("two"), text_hash("new")]) == {text_hash("two"): 2}
    assert store.known(text_hash(str(i)) for i in range(2000)) == {}


def test_vectors_are_rounded_once_and_never_again(store: WritableStore) -> None:
    put(store, entry("/a", "one"))
    before = store.stored_vectors(np.array([1]))
    store.put([entry("/b", "one")], {text_hash("one"): before[0]})
    assert (store.stored_vectors(np.array([2])) == before).all()


def test_a_passage_may_wait_for_its_vector(store: WritableStore) -> None:
    put(store, entry("/a", "one"))
    store.put([entry("/b", "two", "three"), entry("/c", "two")])
    assert texts(store) == {1: "one", 2: "two", 3: "three", 4: "two"}
    assert store.encoded_ids().tolist() == [1]
    assert store.pending_count() == 3
    assert store.known([text_hash("two")]) == {}
    assert store.pending(2) == {text_hash("two"): "two", text_hash("three"): "three"}
    assert store.fill({text_hash("two"): vector("two"), text_hash("unknown"): vector("x")}).gained.tolist() == [2, 4]
    store.remove(["/b"])
    assert store.pending_count() == 0
    assert store.encoded_ids().tolist() == store.ids().tolist() == [1, 4]


def test_what_a_passage_skips_comes_back_and_is_not_encoded(store: WritableStore) -> None:
    text = "one MENU two"
    passage = Passage(0, len(text), text, skips=((4, 9),))
    hashes = [text_hash(passage.encoded)]
    store.put([Entry(Document("/a", text), [passage], hashes, b"", "1", None, Blocks(b"12345678", 3, b"87654321"))])
    assert store.row(1).passage == passage
    assert list(store.pending(9).values()) == ["one two"]
    assert list(store.blocks()) == [(1, Blocks(b"12345678", 3, b"87654321"))]
    assert store.left_out() == b"87654321"
    store._connection.execute("UPDATE blocks SET left_out = x'00'")
    assert list(store.blocks()) == []
    store.remove(["/a"])
    assert store.left_out() == b""


def test_a_passage_of_which_less_is_encoded_gets_a_new_id_and_the_others_keep_theirs(store: WritableStore) -> None:
    put(store, entry("/a", "one", "MENU", "two"))
    rows = [row.passage for row in store.rows([1, 2, 3]).values()]
    less = replace(rows[0], skips=((0, 2),))
    cut = Recut(1, [less, rows[2]], [text_hash(less.encoded), text_hash("two")], Blocks(b"", 0, b"87654321"), 1)
    change = store.recut([cut], {})
    assert (sorted(change.lost.tolist()), change.gained.tolist(), store.ids().tolist()) == ([1, 2], [4], [3, 4])
    assert store.encoded_ids().tolist() == [3]
    assert list(store.pending(9).values()) == ["e"]
    assert len(audit.damaged_documents(store)) == len(audit.damaged_passages(store)) == 0


def test_float32_is_kept_exactly_on_request() -> None:
    store = WritableStore.create(":memory:", DIM, "float32")
    put(store, entry("/a", "one"))
    assert (store.stored_vectors(np.array([1]))[0] == vector("one")).all()


@pytest.mark.parametrize(
    ("damage", "touch"),
    [
        ("UPDATE vectors SET vector = zeroblob(16)", lambda store: store.vectors(np.array([1]))),
        ("UPDATE vectors SET vector = x'00'", lambda store: store.vectors(np.array([1]))),
        ("UPDATE texts SET text = 'onf'", lambda store: store.text(1)),
    ],
)
def test_a_damaged_row_is_noticed(store: WritableStore, damage: str, touch: object) -> None:
    put(store, entry("/a", "one"))
    store._connection.execute(damage)
    with pytest.raises(SpaceDamaged):
        touch(store)  # type: ignore[operator]


def test_a_store_is_private(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = WritableStore.create(path, DIM)
    put(store, entry("/a", "one"))
    for name in ("store.db", "store.db-wal", "store.db-shm"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    store.close()


def test_other_programs_are_told_to_which_row_a_row_belongs(tmp_path: Path) -> None:
    WritableStore.create(tmp_path / "store.db", DIM, "float16").close()
    with closing(sqlite3.connect(tmp_path / "store.db")) as plain:
        tables = [name for (name,) in plain.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {
            (table, key[2], key[3], key[4]) for table in tables for key in plain.execute(f"PRAGMA foreign_key_list({table})")
        }
    # datasette shows no table where the column that is meant goes without saying.
    assert found == {
        *((table, "documents", "document_id", "id") for table in ("texts", "passages", "blocks")),
        *((table, "passages", "passage_id", "id") for table in ("vectors", "pending")),
    }


def test_a_reader_sees_one_state_while_a_writer_works(tmp_path: Path) -> None:
    writer = WritableStore.create(tmp_path / "store.db", DIM)
    put(writer, entry("/a", "one"))
    reader = Store.open(tmp_path / "store.db", DIM, "float16")
    with writer.transaction() as connection:
        connection.execute("DELETE FROM documents")
        assert texts(reader) == {1: "one"}
    assert texts(reader) == {}
    with pytest.raises(sqlite3.OperationalError):
        reader._connection.execute("DELETE FROM documents")


@pytest.mark.parametrize("content", [b"", b"garbage" * 1000, b"SQLite format 3\0" + b"\xff" * 4000])
def test_a_file_that_is_no_store_is_an_error_with_a_remedy(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(content)
    for kind in (Store, WritableStore):
        with pytest.raises(SpaceDamaged) as error:
            kind.open(path, DIM, "float16")
        assert error.value.hint


def test_a_store_of_a_newer_format_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = WritableStore.create(path, DIM)
    store._connection.execute("PRAGMA user_version = 99")
    store.close()
    before = path.read_bytes()
    with pytest.raises(FormatTooNew):
        WritableStore.open(path, DIM, "float16")
    assert path.read_bytes() == before

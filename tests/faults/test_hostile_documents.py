"""The checks of hostile documents see what they are there to see."""

from __future__ import annotations

import socket
from contextlib import closing
from pathlib import Path

from semspace.bench.faults.documents import chosen, everything
from semspace.bench.faults.hostile import CANARY, Outside
from semspace.bench.faults.moving import _halves, digest
from semspace.bench.faults.watching import Secrets, told
from semspace.bench.faults.wording import _miscut
from semspace.records import Document, Passage


def test_there_are_as_many_hostile_files_as_there_should_be() -> None:
    thought = everything()
    assert len(thought) >= 102
    assert len({one.name for one in thought}) == len(thought)
    whole = [chosen(number, 1).name for number in range(630)]
    assert {one.name for one in thought} <= set(whole)
    assert len(set(whole) - {one.name for one in thought}) >= 400


def test_a_generated_file_is_the_same_each_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        chosen(7, 3).place(tmp_path / name, Outside(tmp_path, "http://127.0.0.1:9/"))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_whoever_reads_a_secret_or_asks_the_server_is_seen(tmp_path: Path) -> None:
    with closing(Secrets(tmp_path / "outside")) as secrets:
        secrets.forget()
        assert secrets.problem() is None
        (secrets.outside.folder / "secret.txt").read_text()
        assert "secret.txt" in str(secrets.problem())
        host, port = secrets.outside.url.removeprefix("http://").rstrip("/").split(":")
        socket.create_connection((host, int(port))).close()
        assert secrets.problem() == "a server was asked"


def test_a_secret_in_a_space_is_seen(tmp_path: Path) -> None:
    assert told(tmp_path) is None
    (tmp_path / "store.db").write_bytes(b"\0" + CANARY.encode())
    assert "store.db" in str(told(tmp_path))


def test_passages_that_leave_something_out_are_seen() -> None:
    document = Document("a.txt", "One two.\nThree.")
    assert _miscut(document, [Passage(0, 8, "One two.", 1, 1), Passage(9, 15, "Three.", 2, 2)]) is None
    assert "is in no passage" in str(_miscut(document, [Passage(0, 8, "One two.", 1, 1)]))
    assert "no slice" in str(_miscut(document, [Passage(0, 8, "One too.", 1, 1)]))
    assert "not on line" in str(_miscut(document, [Passage(0, 8, "One two.", 1, 1), Passage(9, 15, "Three.", 1, 1)]))


def test_half_a_document_is_seen(tmp_path: Path) -> None:
    from semspace.bench.faults import tiny
    from semspace.space import Space

    tiny.install(tmp_path / "models")
    (tmp_path / "a.txt").write_text("VERSION 1 half of")
    (tmp_path / "ledger").write_text(digest("VERSION 1 half of it") + "\n")
    with Space.create(tmp_path / "space", tiny.NAME, models=tmp_path / "models") as space:
        space.index([tmp_path / "a.txt"])
        assert "never a version" in str(_halves(space.folder, tmp_path / "ledger"))

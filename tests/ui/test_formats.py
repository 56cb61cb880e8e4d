"""What programs read."""

from __future__ import annotations

import json
import math
from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from ui_samples import hit, hits, report, status

from semspace.errors import SpaceLocked
from semspace.records import Evaluation, ModeResult, Neighborhood
from semspace.ui import formats


def test_hits_have_the_keys_that_were_promised() -> None:
    found = formats.hits(hits(hit(heading=())))
    assert {"query", "index", "mode", "model", "took_ms", "hits"} <= set(found)
    one = found["hits"][0]
    promised = {"rank", "id", "score", "similarity", "path", "start_line", "end_line", "page", "heading", "text", "metadata"}
    assert promised <= set(one)
    assert one["page"] is None
    assert one["heading"] is None
    assert one["path"] == "/home/ann/notes/roses.md"


def test_paths_are_relative_on_request() -> None:
    assert formats.hit(hit(), "/home/ann/mail")["path"] == "../notes/roses.md"


@given(st.text(st.characters(codec=None, categories=None)))
def test_json_keeps_the_true_text(text: str) -> None:
    written = formats.to_json(formats.hits(hits(hit(text, path="/n/" + text, metadata={"k": text}))))
    read = json.loads(written.encode("utf-8"))["hits"][0]
    assert (read["text"], read["path"], read["metadata"]["k"]) == (text, "/n/" + text, text)


def test_json_takes_whatever_a_front_matter_holds() -> None:
    assert formats.plain({"a": math.nan, "b": date(2024, 5, 31), 3: {1}, "c": (True, None)}) == {
        "a": None,
        "b": "2024-05-31",
        "3": [1],
        "c": [True, None],
    }


def test_jsonl_is_one_whole_hit_a_line() -> None:
    lines = list(formats.json_lines(hits(hit("a\nb"), hit("c", rank=2))))
    assert [json.loads(line)["rank"] for line in lines] == [1, 2]
    assert json.loads(lines[0])["query"] == "roses"


def test_paths_and_grep_open_an_editor_at_the_place() -> None:
    found = hits(
        hit("one\ntwo roses\nthree", matches=((8, 13),)),
        hit("x", path="/n/b.pdf", start_line=None),
        hit("y", path=None, key="k7", start_line=None),
    )
    assert list(formats.path_lines(found)) == ["/home/ann/notes/roses.md:3", "/n/b.pdf", "k7"]
    assert list(formats.grep_lines(found)) == ["/home/ann/notes/roses.md:4:two roses", "/n/b.pdf:1:x", "k7:1:y"]


def test_files_come_once_best_first() -> None:
    assert formats.files(hits(hit(path="/b"), hit(path="/a"), hit(path="/b"))) == ["/b", "/a"]


def test_a_report_has_the_keys_that_were_promised() -> None:
    found = formats.report(report())
    assert found["failed"] == [{"path": "/home/ann/notes/a.pdf", "reason": "encrypted"}]
    assert found["skipped"] == {"binary": 2}
    assert {"index", "read", "unchanged", "removed", "passages", "encoded", "seconds"} <= set(found)


def test_a_status_has_the_keys_that_were_promised() -> None:
    keys = {"index", "documents", "passages", "model", "fingerprint", "dim", "index_kind", "bytes", "failed"}
    assert keys <= set(formats.status(status()))


def test_an_evaluation_has_the_keys_that_were_promised() -> None:
    interval = {"ndcg@10": (0.7, 0.76)}
    found = formats.evaluation(Evaluation("s", 1, 2, "m", (ModeResult("hybrid", 10, 0.73, 0.9, 0.7, interval),)))
    assert set(found) == {"dataset", "documents", "queries", "model", "rerank", "results"}
    assert set(found["results"][0]) == {"mode", "ndcg@10", "recall@100", "mrr@10", "ci95"}


def test_a_neighborhood_nests() -> None:
    found = formats.neighborhood(Neighborhood(hit(), (Neighborhood(hit(id=13)),)))
    assert (found["id"], found["near"][0]["id"], found["near"][0]["near"]) == (12, 13, [])


def test_an_error_says_what_kind_and_whether_to_try_again() -> None:
    found = formats.error(SpaceLocked("Busy.", "Wait."))
    assert found == {"error": {"kind": "space_locked", "message": "Busy.", "hint": "Wait.", "retryable": True}}


def test_the_answer_and_the_marks_of_a_hit_are_told_with_their_places() -> None:
    told = formats.hit(hit("Old. Prune roses.", answer=(5, 17), marks=((11, 16, 0.6123456789),)))
    assert told["answer"] == {"start": 5, "end": 17, "text": "Prune roses."}
    assert '"marks": [[11, 16, 0.612346]]' in formats.to_json(told)
    assert formats.hit(hit())["answer"] is None

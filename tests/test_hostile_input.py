"""What once broke: each of these was a hang, a fault of the program, a wrong answer or a leak, found by the bench's faults."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from semspace import Space
from semspace.arrays import check
from semspace.encoders import Encoder
from semspace.errors import InvalidFilter, InvalidInput, InvalidName, InvalidVectors, PathNotFound, SemspaceError
from semspace.paths import absolute
from semspace.readers.decoding import decode
from semspace.store import period
from semspace.ui.safe import escape_json, safe_text


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("documents")
    (folder / "sea.md").write_text("---\ntitle: Ship\nn: 5\n---\n# Sea\n\nThe ship has a sail.\n")
    (folder / "caf\udce9.md").write_text("The bread is in the oven.\n")
    return folder


@pytest.fixture(scope="module")
def space(documents: Path, tmp_path_factory: pytest.TempPathFactory, tiny_models: Path) -> Iterator[Space]:
    with Space.create(tmp_path_factory.mktemp("home") / "space", "tiny", models=tiny_models) as space:
        space.index([documents])
        yield space


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 300 + "n = 5" + ")" * 300, "not " * 300 + "n = 5", f"n in ({','.join(['5'] * 5000)})", "a " * 500_000,
        "'" * 100_001,        "n = '\0'", "n = '\ud800'", "\udce9 = 1", "date = 9999-12-31", "n ~ '" + "x" * 60_000 + "'",
        " or ".join(["(n = 1)"] * 390),
    ],
)  # fmt: skip
def test_a_filter_that_is_too_much_is_refused_in_a_short_message(space: Space, expression: str) -> None:
    started = time.thread_time()
    with pytest.raises(InvalidFilter) as caught:
        space.search("sea", where=expression)
    assert len(caught.value.message) < 600
    assert time.thread_time() - started < 1


def test_a_filter_may_name_a_file_whose_name_is_not_utf_8(space: Space, documents: Path) -> None:
    path = str(documents / "caf\udce9.md")
    assert [hit.path for hit in space.search("sea", mode="semantic", everything=True, where=f"path = '{path}'")] == [path]
    assert [hit.path for hit in space.search("sea", mode="semantic", everything=True, where="path ~ 'caf\udce9'")] == [path]


@pytest.mark.parametrize("glob", ["!", "\\", "[z-a]", "x" * 5_000])
def test_a_glob_that_is_none_is_an_error_that_says_so(space: Space, glob: str) -> None:
    for narrow in ({"include": [glob]}, {"exclude": [glob]}):
        with pytest.raises(InvalidInput, match="is no glob"):
            space.search("sea", **narrow)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [0, -1, 2.0, float("nan"), "3", None, -(10**30)])
def test_a_number_of_hits_is_a_whole_number(space: Space, value: object) -> None:
    with pytest.raises(InvalidInput):
        space.search("sea", k=value)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [10**30, True, np.int64(1)])
def test_any_whole_number_of_hits_may_be_asked_for(space: Space, value: int) -> None:
    assert len(space.search("sea", k=value, mode="semantic", everything=True)) == min(int(value), len(space))


def test_a_neighbourhood_has_bounds(space: Space) -> None:
    for breadth, depth in ((0, 1), (1, -1), (1, 10**9)):
        with pytest.raises(InvalidInput):
            space.neighbors("#1", breadth, depth)


@pytest.mark.parametrize("when", [float("nan"), float("inf"), 10**400, "9999-12-31", b"x"])
def test_a_moment_that_never_comes_is_refused(space: Space, when: str) -> None:
    with pytest.raises(InvalidInput):
        space.search("sea", since=when)
    assert period("9999-12-31") is None


@pytest.mark.parametrize("path", ["", "\0", "\ud800", "~nobody-of-this-name/x"])
def test_what_cannot_be_a_path_is_an_error_that_says_so(space: Space, path: str) -> None:
    with pytest.raises(InvalidInput, match="cannot be a path"):
        absolute(path)
    for ask in (lambda: space.search("sea", paths=[path]), lambda: space.similar(path), lambda: space.show(path)):
        with pytest.raises(SemspaceError):
            ask()


def test_words_are_compared_however_long_they_are_and_whatever_they_begin_with(space: Space) -> None:
    assert space.compare("the river and the sea " * 100, "the river").similarity > 0
    assert space.compare("~about the river", "~about the river").similarity == pytest.approx(1, abs=1e-3)


def test_a_query_without_end_is_refused(space: Space) -> None:
    with pytest.raises(InvalidInput, match="1,000,000 characters"):
        space.search("a" * 1_000_000)


def test_a_line_of_number_signs_does_not_keep_the_chunker_busy_for_ever(tmp_path: Path, tiny_models: Path) -> None:
    (tmp_path / "a.md").write_text("# " * 60 + "\n!\n\n" + "The ship has a sail. " * 20)
    started = time.thread_time()
    with Space.create(tmp_path / "space", "tiny", models=tiny_models) as space:
        assert space.index([tmp_path / "a.md"]).read == 1
    assert time.thread_time() - started < 5


def test_a_change_behind_an_equal_size_and_time_is_stale(tmp_path: Path, tiny_models: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("the river")
    before = path.stat()
    with Space.create(tmp_path / "space", "tiny", models=tiny_models) as space:
        space.index([path])
        while path.stat().st_ctime_ns == before.st_ctime_ns:
            path.write_text("the ocean")
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert space.status().stale == (str(path),)


def test_json_keeps_a_tower_of_marks_that_a_person_is_spared() -> None:
    tower = "e" + "\u0301" * 40
    written = escape_json(json.dumps({"text": tower}, ensure_ascii=False))
    assert safe_text(written) == written
    assert json.loads(written) == {"text": tower}
    assert len(safe_text(tower)) < 12


def test_an_unseen_character_among_marks_is_shown() -> None:
    assert "\u034f" not in safe_text("e" + "\u0301" * 3 + "\u034f" + "\u0301" * 8)


def test_a_log_of_a_terminal_is_utf_8_all_the_same() -> None:
    text = "\x1bP1$r0m\x1b\\ \x1b(B café \x9b=9"
    assert decode(text.encode()) == text
    plain = "which sat all\x1b=\x1bP+qbeen there\x07\x1b]4;1;rain\x07 by mountain sea"
    assert decode(plain.encode()) == plain


def test_a_space_has_a_place_that_its_engines_can_be_told(tmp_path: Path, tiny_models: Path) -> None:
    with pytest.raises(InvalidName, match="not UTF-8"):
        Space.create(tmp_path / "caf\udce9", "tiny", models=tiny_models)
    with pytest.raises(InvalidName, match="not UTF-8"):
        Space.open("notes", home=tmp_path / "caf\udce9")


@pytest.mark.parametrize(
    "rows", [[["1", "0"]], [[1j, 0]], [[True, False]], [[1.0], [1.0, 0.0]], None, "vectors", [[1e300, 0]], [[None, 1]]]
)
def test_what_is_no_vector_is_refused_as_such(rows: object) -> None:
    with pytest.raises(InvalidVectors):
        check(rows, 2)  # type: ignore[arg-type]


class Counting:
    """An encoder that gives one vector too few."""

    def __init__(self, true: Encoder) -> None:
        self._true = true

    def __getattr__(self, name: str) -> object:
        return getattr(self._true, name)

    def encode(self, texts: list[str], role: str) -> object:
        return self._true.encode(texts, role)[1:]  # type: ignore[arg-type]


def test_an_encoder_that_gives_too_few_vectors_is_not_believed(tmp_path: Path, tiny_models: Path) -> None:
    with Space.create(tmp_path / "space", "tiny", models=tiny_models) as space:
        space._encoders[True] = Counting(space.encoder)  # type: ignore[assignment]
        with pytest.raises(InvalidVectors, match="1 vectors for 2 texts"):
            space.add_texts(["the river", "the sea"])
        assert len(space._store.encoded_ids()) == 0


@pytest.mark.parametrize("name", ["", "a\0b", "\ud800", "~nobody9"])
def test_what_no_file_can_be_called_is_a_clear_error(name: str, space: Space) -> None:
    with pytest.raises(InvalidInput, match="path"):
        space.index([name])
    for method in (space.remove, space.forget):
        with pytest.raises(PathNotFound):
            method([name])
    assert space.check()[0].count == 0

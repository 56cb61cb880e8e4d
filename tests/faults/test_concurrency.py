"""What several processes and threads may do with one space, told one by one; the faults of the bench try it in bulk."""

from __future__ import annotations

import fcntl
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from semspace import Space
from semspace.bench.faults import tiny
from semspace.bench.faults.versions import mixed, publish, text_of, whole
from semspace.derived import DerivedVectors
from semspace.derived.words import OPENING
from semspace.records import MODES, Hit, Mode

NAME = "many"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("encoders")
    tiny.install(folder)
    return folder


@pytest.fixture
def space(tmp_path: Path, models: Path) -> Iterator[Space]:
    root = tmp_path / "files"
    root.mkdir()
    for number in range(4):
        publish(root, number, 0)
    with Space.create(NAME, tiny.NAME, home=tmp_path / "home", models=models) as made:
        made.index([root])
        yield made


def again(space: Space) -> Space:
    return Space.open(space.folder, models=space._models)


def hit(text: str, path: str = "/doc1.txt") -> Hit:
    return Hit(1, 1, 1.0, 1.0, path, 1, 1, None, (), text, {})


def test_the_bench_sees_a_mixture_of_versions() -> None:
    old, new = (text_of(1, version).split("\n\n") for version in (0, 1))
    assert mixed([hit(old[0]), hit(old[3])]) == []
    assert "mix" in mixed([hit(old[0]), hit(new[3])])[0]
    assert "versions" in mixed([hit(old[0] + "\n\n" + new[1])])[0]
    assert "no part" in mixed([hit(old[0].replace("part0", "part5"))])[0]


def test_the_bench_sees_half_a_document(space: Space, tmp_path: Path) -> None:
    path = tmp_path / "files" / "doc1.txt"
    assert whole(space, str(path)) == []
    path.write_text(text_of(1, 3)[:-400])
    space.index()
    assert whole(space, str(path)) == [f"{path} is not all of version 3"]


def test_the_bench_sees_a_process_that_fails_or_dies() -> None:
    code = (
        "import os; from semspace.bench.faults.crew import gather, start\n"
        "def dies(): os.kill(os.getpid(), 9)\n"
        "print(len(gather([start(dies), start(lambda: 1 / 0), start(lambda: []), start(lambda: ['wrong'])])))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"3\n"


@pytest.mark.parametrize("mode", MODES)
def test_a_reader_that_stays_open_finds_what_another_has_just_indexed(space: Space, mode: Mode) -> None:
    with again(space) as reader:
        assert reader.search("bread", mode=mode, everything=True)
        space.add_texts(["a zebra with stripes"], ids=["new"])
        assert reader.search("zebra stripes", mode=mode)[0].key == "new"


def test_a_reader_that_looked_before_the_words_were_written_looks_again(space: Space) -> None:
    with again(space) as reader, again(space) as writer:
        with writer._writing() as store:
            store.remove([sorted(store.documents())[0]])
            assert reader.search("bread", mode="lexical")
        assert reader._words.get().ids().tolist() == reader._store.ids().tolist()


def test_a_reader_follows_when_another_process_tunes(space: Space) -> None:
    with again(space) as reader:
        right = [one.id for one in reader.search("bread river", mode="semantic", everything=True)]
        space.tune(kind="ivf")
        assert [one.id for one in reader.search("bread river", mode="semantic", everything=True)] == right
        assert reader._vectors._kind == "ivf"
        assert type(reader._vectors.get()).__name__ == "IvfIndex"


def test_a_tuning_that_was_cut_off_is_mended_by_the_next_search(space: Space) -> None:
    with space._writing() as store:
        # The new index is in its place and signed; that it is one of lists was never written down.
        other = DerivedVectors(None, store, "ivf")
        space._vectors.adopt("ivf", other.get())
        space._vectors._index = None
        space._vectors._kind = "flat"
    with again(space) as reader:
        assert reader.search("bread", mode="semantic", everything=True)
        assert DerivedVectors(reader.folder, reader._store, "flat").intact() is not None


def test_an_answer_does_not_change_while_it_is_made(space: Space, tmp_path: Path) -> None:
    with again(space) as reader, reader._searcher.steady():
        path = str(tmp_path / "files" / "doc1.txt")
        before = reader._store.passages_of(path)
        publish(tmp_path / "files", 1, 7)
        space.index()
        assert reader._store.passages_of(path) == before
        assert whole(reader, path) == []


def test_threads_share_a_space(space: Space) -> None:
    questions = [(query, mode) for query in ("bread river", "winter stone") for mode in MODES]
    with again(space) as one:
        right = [[found.id for found in one.search(query, mode=mode, everything=True)] for query, mode in questions]
    with again(space) as shared, ThreadPoolExecutor(16) as pool:
        ask = partial(shared.search, everything=True)
        found = pool.map(lambda number: ask(questions[number % 6][0], mode=questions[number % 6][1]), range(96))
        assert [[one.id for one in hits] for hits in found] == right * 16


def test_threads_search_while_one_of_them_writes(space: Space) -> None:
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(space.search, "bread river", 10, everything=True) for _ in range(40)]
        for number in range(5):
            space.add_texts([f"bread number {number}"], ids=[f"t{number}"])
        assert all(one.result() for one in asked)


def test_a_space_cannot_be_sent_to_another_process(space: Space) -> None:
    with pytest.raises(TypeError, match="pickle"):
        pickle.dumps(space)


def test_a_fork_is_told_to_open_the_space_again(tmp_path: Path, models: Path) -> None:
    code = f"""
import fcntl
import os
from pathlib import Path
from semspace import Space
from semspace.errors import InvalidInput
with Space.create("s", {tiny.NAME!r}, home=Path({str(tmp_path)!r}), models=Path({str(models)!r})) as space:
    if child := os.fork():
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        assert space.search("bread") == []
    else:
        try:
            space.search("bread")
        except InvalidInput as error:
            assert "fork" in error.message and "again" in error.hint
            os._exit(7)
        os._exit(1)
"""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment, check=False).returncode == 0


def test_a_search_does_not_wait_for_a_writer_that_stands_still_in_its_lexical_index(space: Space) -> None:
    right = [one.id for one in space.search("bread river", mode="lexical")]
    with (space.folder / "lexical" / OPENING).open("r+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with again(space) as reader:
            assert [one.id for one in reader.search("bread river", mode="lexical")] == right

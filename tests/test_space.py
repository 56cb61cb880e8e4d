"""A space follows its folders, and answers from what they hold."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from semspace import Space
from semspace.encoders import Encoder
from semspace.errors import (
    EmptyQuery,
    EncoderMismatch,
    InvalidInput,
    InvalidName,
    ModelNotFound,
    MostlyGone,
    PassageNotFound,
    PathNotFound,
    SemspaceError,
    SpaceDamaged,
    SpaceExists,
    SpaceLocked,
    SpaceNotFound,
)
from semspace.inspection import size
from semspace.records import Progress
from semspace.settings import decode
from semspace.store import WriterLock

FILES = {
    "bread.md": "---\ntags: [kitchen, flour]\nn: 3\ndate: 2023-05-01\n---\n# Bread\n\nflour and water in the oven\n",
    "sea.md": "# The sea\n\nrain and wind on the river\n\n## Ships\n\nthe ship will sail\n",
    "deep/star.txt": "a planet and a star in orbit\n",
    "deep/bank.txt": "the money in the bank\n\n" + "price of the engine " * 30 + "\n\nthe end\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "notes"
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.fixture
def make(tmp_path: Path, tiny_models: Path) -> Iterator[Callable[..., Space]]:
    made: list[Space] = []

    def make(name: str = "notes", **options: Any) -> Space:
        made.append(Space.create(name, "tiny", home=tmp_path / "home", models=tiny_models, **options))
        return made[-1]

    yield make
    for space in made:
        space.close()


@pytest.fixture
def space(make: Callable[..., Space], folder: Path) -> Space:
    space = make()
    space.index([folder])
    return space


def paths(hits: Any) -> list[str]:
    return [Path(hit.path).name for hit in hits]


def state(space: Space) -> dict[str, list[tuple[str, bytes]]]:
    """Give everything that the space holds, by path: texts and vectors, checked against both indexes."""
    ids = space._store.ids()
    rows = space._store.rows(ids.tolist())
    assert space._vectors.get().ids().tolist() == ids.tolist()
    assert space._words.get().ids().tolist() == ids.tolist()
    held: dict[str, list[tuple[str, bytes]]] = {path: [] for path in space._store.documents()}
    for number, row in rows.items():
        held[row.path].append((row.passage.text, space._store.stored_vectors(np.array([number])).tobytes()))
    return {path: sorted(passages) for path, passages in held.items()}


def test_an_unchanged_folder_costs_nothing(space: Space) -> None:
    before = state(space)
    report = space.index()
    assert (report.read, report.unchanged, report.removed, report.encoded, report.failed) == (0, 4, 0, 0, ())
    assert state(space) == before


def test_an_edited_file_replaces_its_passages_and_only_what_is_new_is_encoded(space: Space, folder: Path) -> None:
    path = folder / "deep/long.txt"
    words = ["bread", "river", "star", "money", "engine", "ship", "wind", "planet"]
    paragraphs = [f"the {word} and the {other} " * 3 for word in words for other in words]
    path.write_text("\n\n".join(paragraphs))
    first = space.index()
    paragraphs[20] = "the dog sat on the mat and so did the cat with all that bread"
    path.write_text("\n\n".join(paragraphs))
    report = space.index()
    assert (report.read, report.unchanged, report.passages) == (1, 4, first.passages)
    assert 1 <= report.encoded <= 2
    texts = [text for text, _ in state(space)[str(path)]]
    assert sum("dog sat" in text for text in texts) == 1
    assert not any(f"the {words[2]} and the {words[4]}" in text for text in texts)


def test_a_removed_file_leaves_and_a_new_one_comes(space: Space, folder: Path) -> None:
    (folder / "sea.md").unlink()
    (folder / "new.md").write_text("the dog sat on the mat")
    report = space.index()
    assert (report.read, report.unchanged, report.removed) == (1, 3, 1)
    assert str(folder / "sea.md") not in state(space)
    assert paths(space.search("dog mat", 1, everything=True)) == ["new.md"]


def test_a_moved_file_is_not_encoded_again(space: Space, folder: Path) -> None:
    (folder / "deep/star.txt").rename(folder / "moved.txt")
    report = space.index()
    assert (report.read, report.removed, report.encoded) == (1, 1, 0)


def test_a_touched_file_is_read_but_not_stored_again(space: Space, folder: Path) -> None:
    generation = space._store.generation
    os.utime(folder / "sea.md", (1, 1))
    report = space.index()
    assert (report.read, report.unchanged) == (0, 4)
    assert space._store.generation == generation
    assert space.index().unchanged == 4
    assert space.status().stale == ()


def test_new_content_under_the_old_size_and_time_is_noticed(space: Space, folder: Path) -> None:
    path = folder / "deep/star.txt"
    before = path.stat()
    path.write_text("a planet and a moon in orbit\n"[: before.st_size].ljust(before.st_size))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert space.index().read == 1


def test_an_unreadable_file_is_one_line_of_the_report(space: Space, folder: Path) -> None:
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\n garbage")
    (folder / "empty.md").write_bytes(b"")
    report = space.index()
    assert [Path(failure.path).name for failure in report.failed] == ["broken.pdf"]
    assert [(Path(failure.path).name, failure.reason) for failure in report.skipped] == [("empty.md", "empty")]
    again = space.index()
    assert (again.failed, again.skipped) == (report.failed, report.skipped)
    assert [failure.path for failure in space.status().failed] == [failure.path for failure in report.failed]
    (folder / "broken.pdf").unlink()
    assert space.index().failed == ()
    assert space.status().failed == ()


def test_a_file_that_became_empty_leaves_the_space(space: Space, folder: Path) -> None:
    (folder / "sea.md").write_text("")
    assert space.index().removed == 1
    assert str(folder / "sea.md") not in state(space)


def test_front_matter_is_metadata_and_not_text(space: Space) -> None:
    hit = space.search("flour oven", 1, everything=True)[0]
    assert hit.metadata["tags"] == ["kitchen", "flour"]
    assert "kitchen" not in hit.text
    assert hit.start_line == 6
    assert paths(space.search("ship", 9, where="tags = kitchen", everything=True)) == ["bread.md"]
    assert paths(space.search("ship", 9, where="date = 2023-05", everything=True)) == ["bread.md"]


def test_filters_hold_for_every_mode(space: Space, folder: Path) -> None:
    for mode in ("hybrid", "semantic", "lexical"):
        assert set(paths(space.search("the star", 9, mode, paths=[folder / "deep"], everything=True))) <= {
            "star.txt",
            "bank.txt",
        }
        assert set(paths(space.search("the star", 9, mode, exclude=["*.txt"], everything=True))) <= {"bread.md", "sea.md"}
    assert space.search("the star", 9, where="n = 99", everything=True) == []


def test_every_mode_finds(space: Space) -> None:
    assert paths(space.search("planet orbit", 1, everything=True)) == ["star.txt"]
    assert paths(space.search("planet orbit", 9, "lexical", everything=True)) == ["star.txt"]
    hits = space.search("planet orbit", 99, "semantic", everything=True)
    assert len(hits) == len(space)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(hit.similarity == pytest.approx(hit.score, abs=1e-5) for hit in hits)
    assert (hits.query, hits.space, hits.mode, hits.model) == ("planet orbit", "notes", "semantic", "tiny")


def test_semantic_scores_are_cosines(space: Space, tiny_encoder: Encoder) -> None:
    query = tiny_encoder.encode(["money"], "query")[0]
    for hit in space.search("money", 99, "semantic", everything=True):
        context = space._store.row(hit.id).passage.context
        text = f"{context}\n{hit.text}" if context else hit.text
        # Passages may be encoded in bfloat16, at a cosine of 0.9999 or more: a score then moves by 0.0142 at most.
        assert hit.score == pytest.approx(float(tiny_encoder.encode([text], "passage")[0] @ query), abs=0.0142)


def test_one_document_need_not_flood_the_list(space: Space) -> None:
    hits = space.search("the price of the engine", 4, per_document=1, everything=True)
    assert sorted(paths(hits)) == sorted(Path(name).name for name in FILES)


def test_lines_around_a_passage_come_along(make: Callable[..., Space], tmp_path: Path) -> None:
    lines = [f"line {i} of the river and the sea in rain and wind" for i in range(40)]
    (tmp_path / "long.txt").write_text("\n".join(lines))
    space = make("long")
    space.index([tmp_path / "long.txt"])
    hit = space.search("line 20", 1, "lexical", lines=2, everything=True)[0]
    assert hit.before.strip().split("\n") == lines[hit.start_line - 3 : hit.start_line - 1]  # type: ignore[operator]
    assert hit.after.strip().split("\n") == lines[hit.end_line : hit.end_line + 2]  # type: ignore[operator, misc]


def test_the_words_that_match_are_marked(space: Space) -> None:
    hit = space.search("ships sailing", 1, "lexical", everything=True)[0]
    assert [hit.text[a:b] for a, b in hit.matches] == ["Ships", "ship", "sail"]


def test_similar_never_returns_its_target(space: Space, folder: Path) -> None:
    ids = space._store.passages_of(str(folder / "deep/bank.txt"))
    assert ids[0] not in [hit.id for hit in space.similar(f"#{ids[0]}", 99)]
    assert len(space.similar(f"#{ids[0]}", 99)) == len(space) - 1
    assert not set(ids) & {hit.id for hit in space.similar(str(folder / "deep/bank.txt"), 99)}
    at_line = space.similar(f"{folder / 'deep/bank.txt'}:1", 99)
    assert [hit.id for hit in at_line] == [hit.id for hit in space.similar(f"#{ids[0]}", 99)]
    assert len(space.similar(text="the bank", k=99)) == len(space)


def test_a_file_that_no_space_holds_can_be_a_target(space: Space, tmp_path: Path) -> None:
    other = tmp_path / "other.md"
    other.write_text(FILES["deep/star.txt"])
    assert paths(space.similar(str(other), 1)) == ["star.txt"]


@pytest.mark.parametrize(
    ("target", "error"),
    [("#9999", PassageNotFound), ("nowhere.md", PathNotFound), ("nowhere.md:3", PathNotFound), ("#x", PathNotFound)],
)
def test_a_target_that_is_not_there_is_an_error_with_a_remedy(space: Space, target: str, error: type[SemspaceError]) -> None:
    with pytest.raises(error) as caught:
        space.similar(target)
    assert caught.value.hint


def test_a_neighbourhood_holds_every_passage_once_nearest_first(space: Space) -> None:
    root = space.neighbors("#1", breadth=2, depth=2)
    near = [child.hit.id for child in root.near]
    assert near == [hit.id for hit in space.similar("#1", 2)]
    everyone = [root.hit.id, *near, *(grandchild.hit.id for child in root.near for grandchild in child.near)]
    assert len(everyone) == len(set(everyone)) == 7


def test_compare_takes_texts_files_and_passages(space: Space, folder: Path) -> None:
    assert space.compare("the sea", "the sea").similarity == pytest.approx(1, abs=1e-6)
    assert space.compare("#1", "#1").similarity == pytest.approx(1, abs=1e-6)
    star = folder / "deep/star.txt"
    assert space.compare(str(star), star.read_text().strip()).similarity == pytest.approx(1, abs=1e-5)
    assert space.compare("the sea", "money").similarity == space.compare("money", "the sea").similarity


def test_texts_of_a_program_live_beside_files(space: Space) -> None:
    keys = space.add_texts(["the cat sat", "all her bread"], ids=["x", "y"], metadata=[{"n": 1}, {"n": 2}])
    assert keys == ["x", "y"]
    hit = space.search("cat", 1, where="n = 1", everything=True)[0]
    assert (hit.key, hit.path, hit.text, hit.metadata) == ("x", None, "the cat sat", {"n": 1})
    assert space.index().removed == 0
    space.add_texts(["the dog sat"], ids=["x"])
    assert space.search("cat", 9, "lexical", everything=True) == []
    assert space.remove(["x"]) == 1
    assert space.search("dog", 9, "lexical", everything=True) == []
    assert space.add_texts(["same", "same"]) == space.add_texts(["same"])
    with pytest.raises(InvalidInput):
        space.add_texts(["one"], ids=["a", "b"])


def test_odd_texts_of_a_program_are_stored(space: Space) -> None:
    odd = ["nul\0 byte", "half \ud800 pair", "\x1b[31m [/] red", "北京 \u202e", " "]
    space.add_texts(odd, ids=[f"k{i}" for i in range(len(odd))])
    assert len(state(space)) == len(FILES) + len(odd)


def test_options_are_remembered_for_the_next_run(make: Callable[..., Space], folder: Path, tmp_path: Path) -> None:
    space = make("options")
    (folder / ".gitignore").write_text("sea.md\n")
    assert space.index([folder], exclude=["deep"]).read == 1
    (folder / "new.md").write_text("the rain")
    (folder / "deep/new.md").write_text("the rain")
    assert space.index().read == 1
    assert [root.exclude for root in space.settings.roots] == [("deep",)]
    assert space.index([folder], ignore=False, exclude=[]).read == 4
    with Space.open("options", home=tmp_path / "home") as again:
        assert again.settings == space.settings


def test_a_path_below_a_root_updates_that_root(space: Space, folder: Path) -> None:
    (folder / "deep/new.md").write_text("the rain")
    assert space.index([folder / "deep"]).read == 1
    assert [root.path for root in space.settings.roots] == [str(folder)]
    assert len(state(space)) == 5


def test_what_is_removed_by_name_stays_out_until_it_is_named_again(space: Space, folder: Path) -> None:
    assert space.remove([folder / "deep"]) == 2
    assert space.index().read == 0
    assert space.index([folder / "deep"]).read == 2
    assert space.remove([folder]) == 4
    assert space.settings.roots == ()
    with pytest.raises(InvalidInput):
        space.index()
    with pytest.raises(PathNotFound):
        space.remove(["nowhere"])


def test_a_root_that_is_gone_is_not_purged(space: Space, folder: Path) -> None:
    before = state(space)
    folder.rename(folder.with_name("away"))
    with pytest.raises(PathNotFound) as error:
        space.index()
    assert "semspace rm" in str(error.value.hint)
    assert state(space) == before


def test_most_of_a_root_that_vanished_is_not_purged_without_a_yes(space: Space, folder: Path) -> None:
    before = state(space)
    for name in ("sea.md", "deep/star.txt", "deep/bank.txt"):
        (folder / name).unlink()
    (folder / "new.md").write_text("the rain")
    with pytest.raises(MostlyGone) as error:
        space.index()
    assert "3 of 4" in str(error.value)
    assert "--yes" in str(error.value.hint)
    assert state(space) == before
    report = space.index(purge=True)
    assert (report.removed, report.read) == (3, 1)


def test_what_is_only_excluded_now_has_not_vanished(space: Space, folder: Path) -> None:
    assert space.index([folder], exclude=["*.txt", "sea.md"]).removed == 3


def test_progress_ends_with_everything_done(make: Callable[..., Space], folder: Path) -> None:
    seen: list[Progress] = []
    make("progress").index([folder], progress=seen.append)
    assert (seen[-1].files, seen[-1].total, seen[-1].pending) == (4, 4, 0)
    assert [p.files for p in seen] == sorted(p.files for p in seen)


def test_ctrl_c_keeps_what_is_done_and_the_next_run_goes_on(
    make: Callable[..., Space], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("semspace.ingest.BATCH", 2)
    space = make("interrupted")

    def stop(progress: Progress) -> None:
        if progress.files >= 2:
            raise KeyboardInterrupt

    report = space.index([folder], progress=stop)
    assert report.interrupted
    assert 0 < len(space._store.documents()) < 4
    again = space.index()
    assert again.encoded + report.encoded == space._store._one("SELECT count(DISTINCT text_hash) FROM passages")
    assert len(state(space)) == 4


def test_words_are_found_before_vectors_are_made(
    make: Callable[..., Space], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("semspace.ingest.BATCH", 2)
    seen: list[tuple[float, list[str]]] = []

    def ask(progress: Progress) -> None:
        if progress.files == progress.total and progress.pending:
            with Space.open("words", home=tmp_path / "home", models=space._models) as reader:
                hits = reader.search("planet orbit", 9, "lexical", everything=True)
                assert reader.search("planet orbit", 99, "hybrid", everything=True)
                seen.append((hits.coverage, paths(hits)))

    space = make("words")
    space.index([folder], progress=ask)
    assert all(found == ["star.txt"] for _, found in seen[1:])
    shares = [coverage for coverage, _ in seen]
    assert len(shares) > 2
    assert shares == sorted(shares)
    assert shares[0] < 0.5
    assert space.search("planet orbit", everything=True).coverage == 1
    state(space)


def test_an_index_in_memory_follows_documents_that_wait_for_their_vectors(
    space: Space, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("semspace.derived.DerivedVectors.patience", 0.0)
    monkeypatch.setattr("semspace.derived.file.PATIENCE_SHARE", 0.0)
    monkeypatch.setattr("semspace.ingest.BATCH", 2)
    for i in range(6):
        (folder / f"new{i}.txt").write_text(f"the star {i} and the sea\n\n" * 20)
    (folder / "sea.md").write_text("the dog")
    assert space.index().read == 7
    state(space)


def test_a_passage_without_a_vector_has_no_similarity_and_is_encoded_by_the_next_run(space: Space, folder: Path) -> None:
    (folder / "new.txt").write_text("zebra")
    with space._writing() as store:
        ingest = space._ingest(store, None)
        ingest._encode = lambda least: False  # type: ignore[method-assign]
        ingest.files(space.settings.roots, lambda path: False)
    assert [hit.similarity for hit in space.search("zebra", 99, everything=True) if hit.text == "zebra"] == [None]
    report = space.index()
    assert (report.read, report.unchanged, report.encoded) == (0, 5, 1)
    similarities = [hit.similarity for hit in space.search("zebra", 99, everything=True) if hit.text == "zebra"]
    assert similarities[0] is not None
    assert similarities[0] > 0.9


def test_a_space_opened_by_another_hand_sees_what_was_written(space: Space, folder: Path, tmp_path: Path) -> None:
    with Space.open("notes", home=tmp_path / "home", models=space._models) as reader:
        assert reader.search("zebra", 9, "lexical", everything=True) == []
        (folder / "zebra.md").write_text("zebra")
        space.index()
        assert paths(reader.search("zebra", 9, "lexical", everything=True)) == ["zebra.md"]
        assert len(reader.search("zebra", 99, "semantic", everything=True)) == len(space)


def test_one_writer_at_a_time(space: Space, folder: Path) -> None:
    with WriterLock(space.folder / "lock"), pytest.raises(SpaceLocked) as error:
        space.index()
    assert str(os.getpid()) in str(error.value)
    assert error.value.retryable
    assert space.index().unchanged == 4


def test_opening_never_creates(tmp_path: Path, make: Callable[..., Space]) -> None:
    make("recipes")
    with pytest.raises(SpaceNotFound) as error:
        Space.open("recipe", home=tmp_path / "home")
    assert "recipes" in str(error.value.hint)
    assert not (tmp_path / "home" / "recipe").exists()
    with pytest.raises(SpaceExists):
        make("recipes")
    with pytest.raises(InvalidName):
        make("a b")
    with pytest.raises(ModelNotFound):
        Space.create("other", "no-such-model", home=tmp_path / "home")
    assert not (tmp_path / "home" / "other").exists()


def test_another_encoder_of_the_same_dimension_is_an_error_with_a_remedy(
    space: Space, make_model: Callable[..., Path], tmp_path: Path
) -> None:
    from semspace import encoders

    other = tmp_path / "other-models"
    encoders.add(make_model(seed=8), models=other, name="tiny")
    with Space.open("notes", home=tmp_path / "home", models=other) as swapped:
        for call in (lambda: swapped.search("bread", everything=True), swapped.index):
            with pytest.raises(EncoderMismatch) as error:
                call()
            assert error.value.hint
        assert paths(swapped.search("planet", 1, "lexical", everything=True)) == ["star.txt"]


def test_weights_that_were_changed_in_place_fill_nothing(space: Space, tiny_models: Path, tmp_path: Path, folder: Path) -> None:
    models = tmp_path / "models"
    shutil.copytree(tiny_models, models)
    weights = models / "tiny" / "model.onnx.data"
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)
    (folder / "new.md").write_text("the rain")
    with Space.open("notes", home=tmp_path / "home", models=models) as changed:
        before = state(changed)
        with pytest.raises(SemspaceError) as error:
            changed.index()
        assert error.value.hint
        assert state(changed) == before


@pytest.mark.parametrize("query", ["", "   ", "?!", "\n"])
def test_an_empty_query_is_an_error(space: Space, query: str) -> None:
    with pytest.raises(EmptyQuery):
        space.search(query, everything=True)


@pytest.mark.parametrize("options", [{"k": 0}, {"k": -1}, {"mode": "fuzzy"}, {"per_document": 0}, {"since": "soon"}])
def test_a_wrong_option_is_an_error(space: Space, options: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        space.search("bread", **options, everything=True)


def test_a_query_of_broken_bytes_is_searched_all_the_same(space: Space) -> None:
    assert paths(space.search("planet \udce9", 1, everything=True)) == ["star.txt"]


def test_a_space_knows_its_roots_before_anything_is_read(make: Callable[..., Space], folder: Path, tmp_path: Path) -> None:
    def stop(progress: Progress) -> None:
        with Space.open("killed", home=tmp_path / "home") as other:
            assert [root.path for root in other.settings.roots] == [str(folder)]

    make("killed").index([folder], progress=stop)


def test_an_empty_space_answers_with_nothing(make: Callable[..., Space]) -> None:
    space = make("empty")
    assert space.search("bread", everything=True) == []
    assert space.similar(text="bread") == []
    assert space.status().documents == 0


def test_a_huge_k_returns_what_there_is(space: Space) -> None:
    assert len(space.search("bread", 10**6, "semantic", everything=True)) == len(space)


@pytest.mark.parametrize("name", ["space.json", "vectors.faiss", "lexical"])
@pytest.mark.parametrize("damage", ["gone", "empty", "garbage", "cut"])
def test_a_damaged_derived_file_is_rebuilt_from_the_store(space: Space, tmp_path: Path, name: str, damage: str) -> None:
    expected = state(space)
    answer = [(hit.id, round(hit.score, 5)) for hit in space.search("the rain", 9, everything=True)]
    space.close()
    target = space.folder / name
    for path in [target] if target.is_file() else [inner for inner in target.iterdir() if inner.is_file()]:
        content = path.read_bytes()
        if damage == "gone":
            path.unlink()
        else:
            path.write_bytes({"empty": b"", "garbage": b"\x00garbage" * 99, "cut": content[: len(content) // 2]}[damage])
    for _ in range(2):
        with Space.open(space.folder, models=space._models) as again:
            assert state(again) == expected
            assert [(hit.id, round(hit.score, 5)) for hit in again.search("the rain", 9, everything=True)] == answer
            again.index()
    decode((space.folder / "space.json").read_text(), "space.json")


def test_an_index_of_an_older_generation_is_brought_up_to_date(space: Space, folder: Path) -> None:
    old = space.folder.with_name("old")
    shutil.copytree(space.folder, old)
    (folder / "sea.md").unlink()
    (folder / "new.md").write_text("the dog")
    space.index()
    expected = state(space)
    for name in ("vectors.faiss", "lexical"):
        target = space.folder / name
        shutil.rmtree(target) if target.is_dir() else target.unlink()
        shutil.copytree(old / name, target) if (old / name).is_dir() else shutil.copy(old / name, target)
    with Space.open(space.folder, models=space._models) as again:
        assert state(again) == expected


def test_a_space_that_was_copied_works_at_its_new_place(space: Space, tmp_path: Path) -> None:
    shutil.copytree(space.folder, tmp_path / "copy")
    with Space.open(tmp_path / "copy", models=space._models) as copy:
        assert state(copy) == state(space)


def test_a_damaged_store_is_an_error_with_a_remedy(space: Space) -> None:
    space.close()
    (space.folder / "store.db").write_bytes(b"garbage" * 1000)
    with pytest.raises(SpaceDamaged) as error:
        Space.open(space.folder)
    assert error.value.hint


def test_a_space_is_private_and_says_what_it_takes(space: Space) -> None:
    assert space.folder.stat().st_mode & 0o777 == 0o700
    for path in space.folder.iterdir():
        if path.is_file():
            assert path.stat().st_mode & 0o077 == 0, path
    status = space.status()
    assert (status.documents, status.passages, status.dim) == (4, len(space), 32)
    assert all(status.bytes[part] > 0 for part in ("store", "vectors", "lexical", "settings"))
    assert json.loads((space.folder / "space.json").read_text())["fingerprint"] == status.fingerprint


def test_a_changed_or_vanished_file_is_stale(space: Space, folder: Path) -> None:
    (folder / "sea.md").write_text("new text")
    (folder / "bread.md").unlink()
    assert [Path(path).name for path in space.status().stale] == ["bread.md", "sea.md"]


def test_the_size_of_a_folder_is_told_while_its_files_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "stays").write_bytes(b"12345")
    (tmp_path / "goes").write_bytes(b"123")
    asked = Path.is_file

    def goes(path: Path) -> bool:
        found = asked(path)
        if path.name == "goes":
            path.unlink()
        return found

    monkeypatch.setattr(Path, "is_file", goes)
    assert size(tmp_path) == 5

"""A space that is served from an engine answers as one that is served from its own folder; so does the engine alone."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from semspace import Space
from semspace.derived.engine import EngineVectors
from semspace.errors import EncoderMismatch, EngineDiffers, EngineRefused, InvalidInput, SemspaceError
from semspace.records import Engine, Hits
from semspace.remote import Remote
from semspace.ui import formats, reports
from semspace.vectors.milvus import MilvusIndex

pytest.importorskip("pymilvus")
WORDS = """cat dog mat river mountain sea rain bread oven flour star planet orbit bank money price ship sail wind""".split()  # noqa: SIM905


@pytest.fixture(scope="module", params=["lite", "server"])
def uri(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    if request.param == "server":
        return str(request.getfixturevalue("milvus_server"))
    return str(tmp_path_factory.mktemp("lite") / "a.db")


@pytest.fixture(scope="module")
def folder(uri: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write 300 texts of some words, with metadata; odd ones, too."""
    where, random = tmp_path_factory.mktemp("texts"), np.random.default_rng(3)
    for number in range(300):
        text = ". ".join(" ".join(random.choice(WORDS, 6)) for _ in range(4))
        head = f"---\ntitle: Text {number}\nlevel: {number % 7}\ntags: [{'odd' if number % 2 else 'even'}, t{number % 5}]\n"
        (where / f"{number:03}.md").write_text(f"{head}date: 2024-0{number % 9 + 1}-11\n---\n{text}.\n")
    (where / "quo\"te' or id >= 0.md").write_text("A quoted ship on the sea.")
    return where


@pytest.fixture(scope="module")
def local(folder: Path, tiny_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Space]:
    with Space.create("local", "tiny", home=tmp_path_factory.mktemp("home"), models=tiny_models) as space:
        space.index([folder])
        yield space


@pytest.fixture(scope="module")
def engine(uri: str) -> Engine:
    return Engine(uri, "texts")


@pytest.fixture(scope="module")
def served(folder: Path, engine: Engine, tiny_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Space]:
    with Space.create("served", "tiny", home=tmp_path_factory.mktemp("home"), models=tiny_models) as space:
        space.engage(engine)
        space.index([folder])
        yield space


@pytest.fixture(scope="module")
def remote(served: Space, engine: Engine, tiny_models: Path) -> Iterator[Remote]:
    with Remote.open(engine, models=tiny_models) as one:
        yield one


def found(hits: Hits) -> list[tuple[str | None, int | None, str]]:
    return [(hit.path, hit.start_line, hit.text) for hit in hits]


QUERIES = [" ".join(np.random.default_rng(seed).choice(WORDS, 3)) for seed in range(30)]


def test_the_count_is_exact_and_searches_equal_exact_ones(local: Space, served: Space, remote: Remote) -> None:
    status = served.engine_status()
    assert status is not None
    assert status.passages == len(served) == len(local)
    same, total = [0, 0], 0
    for query in QUERIES:
        expected = found(local.search(query, 10, "semantic", everything=True))
        total += len(expected)
        for place, hits in enumerate(
            (served.search(query, 10, "semantic", everything=True), remote.search(query, 10, everything=True))
        ):
            same[place] += len(set(found(hits)) & set(expected))
    assert total == 300
    assert min(same) >= 0.99 * total


@pytest.mark.parametrize(
    "where",
    [
        "tags = 'odd'",
        "level > 4 and tags = 't1'",
        "not level = 3",
        "missing = 1",
        "not missing = 1",
        "level = '2'",
        "title ~ 'TEXT 12'",
        "date >= 2024-06",
        "kind = 'markdown' or page exists",
        "path ~ 'or id >= 0'",
        "tags in ('t1', 't2')",
    ],
)
def test_filters_say_the_same_everywhere(local: Space, served: Space, remote: Remote, where: str) -> None:
    expected = local.search("the ship on the sea", 8, "semantic", where, everything=True)
    for hits in (
        served.search("the ship on the sea", 8, "semantic", where, everything=True),
        remote.search("the ship on the sea", 8, where, everything=True),
    ):
        assert found(hits) == found(expected)
        assert [hit.score for hit in hits] == pytest.approx([hit.score for hit in expected], abs=1e-5)
        assert [hit.relevance for hit in hits] == pytest.approx([hit.relevance for hit in expected], abs=1e-3)
        assert hits.verdict == expected.verdict
        assert [hit.metadata for hit in hits] == [hit.metadata for hit in expected]


def test_files_globs_dates_and_documents_narrow_alike(local: Space, remote: Remote, folder: Path) -> None:
    for narrow in (
        {"paths": [folder / "007.md"]},
        {"include": ["01*.md"], "exclude": ["*5.md"]},
        {"since": "2024-05", "until": "2024-06"},
    ):
        for limit in (None, 1):
            expected = local.search("bread in the oven", 6, "semantic", per_document=limit, everything=True, **narrow)
            hits = remote.search("bread in the oven", 6, per_document=limit, everything=True, **narrow)
            assert found(hits) == found(expected)


def test_what_an_engine_cannot_do_is_said(remote: Remote) -> None:
    with pytest.raises(InvalidInput, match="index of words"):
        remote.search('"the ship"')


def test_hybrid_search_asks_the_engine_for_its_half(local: Space, served: Space) -> None:
    for query in QUERIES[:5]:
        assert found(served.search(query, 5, everything=True)) == found(local.search(query, 5, everything=True))


def test_a_changed_file_replaces_its_passages_in_the_engine(served: Space, folder: Path, remote: Remote) -> None:
    path = folder / "quo\"te' or id >= 0.md"
    before = remote.search("a quoted ship", 3, everything=True, paths=[path])
    path.write_text("A bank with money.\n")
    served.index()
    hits = remote.search("a bank with money", 3, everything=True, paths=[path])
    assert [hit.text for hit in hits] == ["A bank with money."]
    assert before[0].id != hits[0].id
    assert [finding.count for finding in served.check() if finding.part == "engine"] == [0]


def test_new_lines_before_a_passage_reach_the_engine_though_its_text_stays(served: Space, folder: Path, remote: Remote) -> None:
    path = folder / "quo\"te' or id >= 0.md"
    path.write_text("\n\nA bank with money.\n")
    served.index()
    hits = remote.search("a bank with money", 1, everything=True, paths=[path])
    assert [(hit.text, hit.start_line) for hit in hits] == [("A bank with money.", 3)]


def test_a_run_that_was_cut_off_is_made_good_by_the_next(served: Space, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "later.md").write_text("The planet has an orbit.")

    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(MilvusIndex, "publish", cut_off)
        with pytest.raises(KeyboardInterrupt):
            served.index()
    # The store has it, the engine has not published it: a search finds it all the same.
    hits = served.search("The planet has an orbit.", 1, "semantic", everything=True)
    assert hits[0].text == "The planet has an orbit."
    served.index()
    status = served.engine_status()
    assert status is not None
    assert status.passages == len(served)


def test_an_engine_that_lost_rows_is_seen_and_mended(served: Space) -> None:
    vectors = served._vectors
    assert isinstance(vectors, EngineVectors)
    vectors.get().remove(np.array([1, 2, 3]))
    assert [finding.count for finding in served.check() if finding.part == "engine"] == [3]
    (served.folder / "engine.npy").unlink()
    served.index()
    assert [finding.count for finding in served.check() if finding.part == "engine"] == [0]


def test_a_difference_in_count_is_an_error(served: Space, folder: Path) -> None:
    vectors = served._vectors
    assert isinstance(vectors, EngineVectors)
    vectors.get().remove(np.array([4]))
    (folder / "one more.md").write_text("One more star.")
    with pytest.raises(EngineDiffers, match="counts"):
        served.index()
    served.index()
    assert [finding.count for finding in served.check() if finding.part == "engine"] == [0]


def test_the_collection_of_another_space_is_not_touched(served: Space, local: Space, engine: Engine) -> None:
    with pytest.raises(EngineRefused, match="another space"):
        local.engage(engine)
    local.engage(None)
    assert [finding.count for finding in served.check() if finding.part == "engine"] == [0]
    assert local.search("a ship", 1, "semantic", everything=True)


def test_another_encoder_is_refused(engine: Engine, served: Space, make_model: object, tmp_path: Path) -> None:
    from semspace import encoders

    encoders.add(make_model(seed=8), models=tmp_path, name="tiny")  # type: ignore[operator]
    with Remote.open(engine, models=tmp_path) as other, pytest.raises(EncoderMismatch):
        other.search("a ship")


def test_a_space_that_goes_back_to_its_folder_answers_as_before(served: Space) -> None:
    before = [found(served.search(query, 5, "semantic", everything=True)) for query in QUERIES[:5]]
    with pytest.raises(SemspaceError, match="index of its own"):
        served.tune()
    served.engage(None)
    assert served.engine_status() is None
    assert [found(served.search(query, 5, "semantic", everything=True)) for query in QUERIES[:5]] == before


def test_what_is_forgotten_goes_from_the_engine_for_whose_disk_nobody_vouches(
    uri: str, tiny_models: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    for name in ("river", "bread"):
        (folder / f"{name}.md").write_text(f"The {name} is by the sea and the sail of the ship is in the wind.")
    with Space.create("forgetful", "tiny", home=tmp_path / "home", models=tiny_models) as space:
        space.engage(Engine(uri, "forgetful"))
        space.index([folder])
        done = space.forget([folder / "river.md"], verify=True)
        status = space.engine_status()
        assert status is not None
        assert status.passages == len(space) == 1
    assert (done.documents, dict(done.traces), done.engine) == (1, {}, uri)
    assert formats.forgotten(done)["engine"] == uri
    console = Console(width=500, file=io.StringIO())
    console.print(reports.ForgottenView(done))
    said = console.file.getvalue()  # type: ignore[attr-defined]
    assert f"deleted from the engine at {uri}" in said
    assert "on its own disk is not known here" in said

"""The bench measures what it says, keeps what it measured, and says why where it cannot."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from semspace.arrays import unit
from semspace.bench import BENCHES, bench, costs, figures, report
from semspace.bench.__main__ import main
from semspace.bench.costs import Cost
from semspace.bench.faults import walks
from semspace.bench.figures import Figure, Result, Table
from semspace.bench.material import Documents, GivenEncoder, Material, glosses
from semspace.bench.measuring import exponent, python
from semspace.bench.scale import recall
from semspace.bench.setting import Setting
from semspace.bench.vectors import Cloud, around, crowding, near_rows, resemblance
from semspace.chunking import Chunker
from semspace.encoders import Encoder
from semspace.space import Space
from tests.conftest import WORDS


def sentence(seed: int, length: int = 12) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=length))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    (folder / "wordnet-glosses").mkdir()
    rows = [{"_id": str(row), "title": f"word{row}", "text": sentence(row)} for row in range(60)]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "wordnet-glosses" / "corpus.jsonl").write_text(lines, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def setting(data: Path, tiny_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Setting:
    made = Setting(data, tmp_path_factory.mktemp("work"), quick=True, model="tiny", models=tiny_models)
    made.home.mkdir()
    return made


def clustered(count: int, seed: int = 3, dim: int = 48, spread: float = 0.8) -> np.ndarray:
    """Vectors in clusters on a curved sheet of few dimensions, as an encoder gives them."""
    random = np.random.default_rng(seed)
    sheet = random.normal(size=(8, dim))
    centres = random.normal(size=(max(2, count // 40), 8))
    points = centres[random.integers(len(centres), size=count)] + spread * random.normal(size=(count, 8))
    return unit(np.tanh(points) @ sheet)


def test_every_bench_that_is_listed_is_there() -> None:
    for name in BENCHES:
        assert callable(bench(name))


def test_a_figure_holds_on_the_right_side_of_its_bar() -> None:
    assert Figure("", 4.0, "", "at least", 4.0).holds is True
    assert Figure("", 3.9, "", "at least", 4.0).holds is False
    assert Figure("", 1.15, "", "at most", 1.15).holds is True
    assert Figure("", 300.0, "", "under", 300.0).holds is False
    assert Figure("", 1.0).holds is None


def test_results_are_merged_by_name_and_keep_the_order_of_the_benches(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    old, new = (Result([Figure("time", value, "s", "under", 2.0)], [Table("t", ("a",), (("1",),))]) for value in (1.0, 3.0))
    figures.merge(path, "update", old, ["encoding", "update"])
    figures.merge(path, "encoding", old, ["encoding", "update"])
    figures.merge(path, "update", new, ["encoding", "update"])
    found = figures.read(path)
    assert list(found) == ["encoding", "update"]
    assert found["update"].figures[0].value == 3.0
    text = report.figures(str(path))
    assert "| update | time | 3 s | under 2 | **no** |" in text
    assert "| encoding | time | 1 s | under 2 | yes |" in text


def test_numbers_of_numpy_are_kept_as_numbers(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    figures.merge(path, "update", Result([Figure("recall", np.float64(0.5), "", "at least", 0.25)]), ["update"])
    [kept] = figures.read(path)["update"].figures
    assert (kept.value, kept.holds) == (0.5, True)
    assert json.loads(path.read_text())["update"]["figures"][0]["holds"] is True


def test_without_figures_the_readme_says_how_to_get_them(tmp_path: Path) -> None:
    assert "scripts/bench" in report.figures(str(tmp_path / "none.json"))


def test_a_table_with_a_page_of_its_own_stands_there_and_not_among_the_others(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    result = Result(
        [Figure("recall", 1.0)], [Table("Many passages", ("a",), (("1",),))], machine="a machine", date="2026-01-02"
    )
    assert report.tables(str(path), "engines") == "Nothing was measured yet: `scripts/bench engines` does."
    figures.merge(path, "engines", result, ["engines"])
    assert "Many passages" not in report.figures(str(path))
    assert "| engines | recall | 1 | - | - |" in report.figures(str(path))
    said = report.tables(str(path), "engines")
    assert "**Many passages**" in said
    assert "Measured on 2026-01-02: a machine." in said


def test_a_plan_is_the_cost_of_one_passage_so_many_times() -> None:
    cost = Cost(encoding=0.0036, indexing=0.01, loading=0.001, graph=0.001, store=2_000, files=3_000, memory=1_600)
    ten, hundred, thousand = costs.plan(cost).rows
    assert ten == ["10,000,000", "10 hours", "12 minutes", "5.56 hours", "20 GB", "30 GB", "32 GB", "2"]
    assert hundred[4:] == ["200 GB", "300 GB", "320 GB", "6"]
    assert thousand[0] == "1,000,000,000"
    assert thousand[4:] == ["2 TB", "3 TB", "3.2 TB", "50"]


def test_a_row_takes_its_vector_its_links_and_its_fields_in_memory() -> None:
    row = {"id": 1, "document": 2, "generation": 0, "mark": 0, "key": "abcd", "text": "é", "facts": "{}", "vector": [0.0] * 384}
    assert costs.memory_of([row]) == 384 * 4 + 64 * 4 + 4 * 8 + 4 + 2 + 2


def test_the_exponent_is_that_of_the_power() -> None:
    assert exponent([10, 100, 1000], [3 * 10**1.5, 3 * 100**1.5, 3 * 1000**1.5]) == pytest.approx(1.5)


def test_the_peak_of_a_process_is_its_own_and_not_that_of_its_parent() -> None:
    ballast = np.ones(40_000_000)
    small = python("-S", "-c", "print('{}')")
    large = python("-S", "-c", "x = bytearray(80_000_000); print('{}')")
    assert ballast.sum() > 0
    assert small.peak < 60_000_000
    assert 70_000_000 < large.peak - small.peak < 100_000_000


def test_a_process_that_fails_is_an_error_with_what_it_said() -> None:
    with pytest.raises(RuntimeError, match="no such luck"):
        python("-c", "raise SystemExit('no such luck')")


def test_the_same_seed_draws_the_same_unit_vectors() -> None:
    real = clustered(200)
    first, second, other = (np.concatenate([*around(real, 500, seed)]) for seed in (1, 1, 2))
    assert (first == second).all()
    assert (first != other).any()
    assert np.abs(np.linalg.norm(first, axis=1) - 1).max() < 1e-5


def test_a_vector_depends_on_its_number_alone_and_not_on_its_company() -> None:
    real = clustered(200)
    cloud = Cloud(real, near_rows(real))
    numbers = np.arange(50, dtype=np.uint64)
    assert np.allclose(cloud.draw(numbers)[20:21], cloud.draw(numbers[20:21]))


def test_near_rows_are_the_nearest_others() -> None:
    real = clustered(120)
    scores = real @ real.T
    np.fill_diagonal(scores, -2)
    expected = np.sort(np.argsort(-scores, axis=1)[:, :5], axis=1)
    assert (np.sort(near_rows(real, 5), axis=1) == expected).all()


def test_drawn_vectors_crowd_as_real_ones_do_and_noise_does_not() -> None:
    real, drawn = resemblance(clustered(2_000))
    noise = crowding(unit(np.random.default_rng(1).normal(size=(2_000, 48))))
    assert drawn.nearest[1] == pytest.approx(real.nearest[1], abs=0.12)
    assert abs(drawn.dimension - real.dimension) < abs(noise.dimension - real.dimension) / 2


def test_each_gloss_is_a_passage_of_its_own(tiny_encoder: Encoder) -> None:
    texts = [sentence(row) for row in range(30)]
    none = np.zeros((30, 1), dtype=np.float16)
    documents = Documents(Material(texts, none, none.astype(np.int32), ()), 45)
    chunker = Chunker(tiny_encoder.tokenizer_json, tiny_encoder.capacity("passage"))
    passages = [passage.text for document in documents for passage in chunker.chunk(document)]
    assert len(passages) == 45
    assert passages[:30] == texts
    assert len(set(passages)) == 45


def test_a_gloss_gets_its_own_vector_and_other_texts_one_of_theirs(setting: Setting) -> None:
    material = glosses(setting)
    given = GivenEncoder(setting.encoder, material)
    real = setting.encoder.encode(material.texts[:5], "passage")
    found = given.encode([*material.texts[:5], "rain on the river", "rain on the river"], "passage")
    assert np.abs(found[:5] - real).max() < 1e-3
    assert (found[5] == found[6]).all()
    assert np.allclose(given.encode(["rain"], "query"), setting.encoder.encode(["rain"], "query"))


def test_recall_of_an_exact_index_is_one(tiny_models: Path, tmp_path: Path) -> None:
    with Space.create("exact", "tiny", home=tmp_path, models=tiny_models) as space:
        space.add_texts([sentence(row) for row in range(60)])
        assert recall(space, [sentence(row) for row in range(100, 110)]) == 1.0


def test_benches_run_print_and_keep_their_figures(setting: Setting, tmp_path: Path) -> None:
    kept = tmp_path / "figures.json"
    options = ["--quick", "--data", setting.data, "--work", setting.work, "--model", "tiny", "--models", setting.models]
    arguments = [str(one) for one in ["warm-search", "update", "plan", "eval", *options, "--figures", kept]]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    assert "skipped: there is no scifact" in done.output
    assert "skipped: it reckons with the figures of encoding and growth" in done.output
    found = figures.read(kept)
    assert list(found) == ["warm-search", "update"]
    values = {figure.what: figure.value for figure in found["update"].figures}
    # Passages of the tiny encoder are a few words long: an edit can move the next cuts too, never all of them.
    assert 1 <= values["passages encoded for one edited paragraph"] <= 4
    assert values["passages encoded for a moved file"] == 0
    assert found["update"].date
    assert found["update"].machine


def test_a_second_run_builds_nothing_again(setting: Setting) -> None:
    said: list[str] = []
    again = Setting(setting.data, setting.work, quick=True, model="tiny", models=setting.models, say=said.append)
    bench("warm-search")(again)
    assert not [line for line in said if line.startswith(("building", "encoding"))]


def test_walks_go_on_where_they_were_cut_off_and_then_take_another_seed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walks, "FEW", 1)
    begun = walks.Count(seed=7, walks=3, operations=90, seconds=2.0, problems=[])
    (tmp_path / walks.UNDER_WAY).write_text(json.dumps(begun))
    first = walks.walks(Setting(tmp_path, tmp_path, quick=False, minutes=0.05))
    [count] = first.facts["seeds"]
    assert count["seed"] == 7
    assert count["walks"] > 3
    assert count["operations"] == 30 * count["walks"]
    second = walks.walks(Setting(tmp_path, tmp_path, quick=True, results={"walks": first}))
    assert [one["seed"] for one in second.facts["seeds"]] == [7, 8]
    assert second.facts["seeds"][1]["walks"] == 1
    assert second.figures[0].value == 30 * (count["walks"] + 1)
    assert [figure.holds for figure in second.figures] == [None, True]

"""Each part of the bench of views runs, gives its figures, and its referees are what they are called."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

import numpy as np
import pytest

from semspace.arrays import unit
from semspace.bench import maps
from semspace.bench.classed import Classed, articles, fields, folders
from semspace.bench.dictionaries import dictionaries
from semspace.bench.drifting import drifting
from semspace.bench.equal import equal
from semspace.bench.excluding import excluding
from semspace.bench.figures import Absent, Figure, Result
from semspace.bench.grouping import grouping
from semspace.bench.latent import PARTS, latent
from semspace.bench.planting import planting
from semspace.bench.setting import Setting
from semspace.bench.squeezing import squeezing
from semspace.bench.tasting import tasting
from tests.conftest import WORDS

FIELDS = "law", "music", "golf"


def sentence(seed: int, words: list[str] = WORDS, length: int = 10) -> str:
    return " ".join(random.Random(seed).choices(words, k=length))


def glosses() -> list[dict[str, str]]:
    """Return glosses without a field, and a dozen of each field that draw on a few words of their own."""
    rows = [{"title": WORDS[row % len(WORDS)], "text": sentence(row)} for row in range(500)]
    for place, field in enumerate(FIELDS):
        own = WORDS[6 * place : 6 * place + 6]
        rows += [{"title": f"{field}{row}", "text": f"({field}) {sentence(row, own)}"} for row in range(12)]
    return [{"_id": str(row), **gloss} for row, gloss in enumerate(rows)]


def lines(rows: list[dict[str, str]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture(scope="module")
def setting(tiny_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Setting:
    data = tmp_path_factory.mktemp("data")
    (data / "wordnet-glosses").mkdir()
    (data / "wordnet-glosses" / "corpus.jsonl").write_text(lines(glosses()))
    for language in ("en", "de", "zh"):
        folder = data / "xquad" / language
        (folder / "qrels").mkdir(parents=True)
        asked = [(f"q{row}", f"{row % 3}-0") for row in range(30)]
        paragraphs = [{"_id": f"{row}-0", "title": f"Article {row}", "text": sentence(row, WORDS, 14)} for row in range(3)]
        (folder / "corpus.jsonl").write_text(lines(paragraphs))
        (folder / "queries.jsonl").write_text(lines([{"_id": one, "text": sentence(int(one[1:]))} for one, _ in asked]))
        (folder / "qrels" / "test.tsv").write_text("h\n" + "".join(f"{one}\t{other}\t1\n" for one, other in asked))
    for number in range(24):
        file = data / "hugo-docs" / "content" / "en" / f"folder{number % 3}" / "deep" / f"{number}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n\n".join(sentence(100 * number + row, WORDS, 30) for row in range(3)))
    work = tmp_path_factory.mktemp("work")
    return Setting(data, work, quick=True, model="tiny", models=tiny_models)


def by_name(result: Result) -> dict[str, Figure]:
    return {figure.what: figure for figure in result.figures}


def one(figures: dict[str, Figure], part: str) -> Figure:
    (found,) = (figure for what, figure in figures.items() if part in what)
    return found


def test_classes_are_those_of_the_texts_and_not_in_them(setting: Setting) -> None:
    found = fields(setting)
    assert sorted(found.classes) == sorted(FIELDS)
    assert np.bincount(found.labels).tolist() == [12, 12, 12]
    assert not [text for text in found.texts if "(" in text]
    assert all(found.texts[row].startswith(found.classes[found.labels[row]]) for row in range(len(found.texts)))
    assert [len(collection.classes) for collection in (articles(setting), folders(setting), folders(setting, 2, 5))] == [3] * 3


def test_what_is_exact_is_equal_to_its_referees(setting: Setting) -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    figures = by_name(equal(setting))
    # Vectors of an encoder without any sense have no independent sources, so that ICA need not come to an end.
    assert [what for what, figure in figures.items() if not figure.holds and not what.startswith("ICA")] == []
    assert len(figures) == 12


def test_asking_for_one_word_without_another_is_measured_in_three_ways(setting: Setting) -> None:
    rows = excluding(setting).tables[0].rows
    assert [row[1] for row in rows] == 2 * ["A", "the words: A but not B", "A --not B"]
    for alone, said, without in (rows[:3], rows[3:]):
        assert float(without[3]) <= float(said[3]), "what is taken away is found less often, whatever the encoder knows"
        assert float(without[3]) <= float(alone[3])
    assert float(rows[3][3]) >= 0.1, "B is among what A finds"


def test_likes_are_compared_on_all_collections_with_intervals_over_classes(setting: Setting) -> None:
    found = tasting(setting)
    assert len(found.tables[0].rows) == 3
    assert len(found.figures) == 6
    for figure in found.figures:
        low, high = (float(word) for word in figure.note.split("95 % ")[1].split(" to "))
        assert low - 1e-3 <= figure.value <= high + 1e-3


def test_texts_split_by_chance_and_a_planted_topic_are_compared(setting: Setting) -> None:
    figures = by_name(drifting(setting))
    assert one(figures, "two halves by chance").limit == 0.03
    assert 0 <= one(figures, "when they come").value <= 1


def test_features_leave_less_than_noise_shares(setting: Setting) -> None:
    figures = by_name(dictionaries(setting))
    assert 0 < one(figures, "features: unexplained").value < 1
    assert one(figures, "features: unexplained").limit == one(figures, "PCA with").value


def test_codes_are_measured_on_two_collections(setting: Setting) -> None:
    found = squeezing(setting)
    assert {row[0] for row in found.tables[0].rows} == {"glosses", "hugo-docs"}
    recalls = {row[1]: float(row[3]) for row in found.tables[0].rows if row[0] == "glosses"}
    assert recalls["float16"] > recalls["RaBitQ 1 bit"]


def test_topics_of_planted_classes_agree_with_them_and_not_with_shuffled_ones(setting: Setting) -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    rows = grouping(setting).tables[0].rows
    assert {row[3] for row in rows} == {"ARI", "NMI"}
    ours, chance = next((float(row[4]), float(row[6])) for row in rows if row[0] == "glosses by field" and row[3] == "ARI")
    assert ours > chance + 0.2


def test_what_is_planted_is_found_beside_its_controls(setting: Setting) -> None:
    figures = by_name(planting(setting))
    assert one(figures, "planted duplicates found").value == 1
    assert one(figures, "planted hubs").value > one(figures, "the same of a text by chance").value
    assert len(figures) == 15


def test_a_part_without_its_texts_is_left_out_and_none_is_an_error_that_says_so(setting: Setting, tmp_path: Path) -> None:
    said: list[str] = []
    empty = Setting(tmp_path, tmp_path, quick=True, model="tiny", models=setting.models, say=said.append)
    with pytest.raises(Absent, match="no part"):
        latent(empty)
    assert len([line for line in said if line.startswith("skipped")]) >= len(PARTS) - 1


def test_another_python_draws_a_map_and_one_without_packages_is_told(
    setting: Setting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = unit(np.random.default_rng(0).standard_normal((60, 8)).astype(np.float32))
    said: list[str] = []
    asked = Setting(setting.data, tmp_path, referee=Path(sys.executable), say=said.append)
    script = tmp_path / "refereed.py"
    script.write_text(
        "import sys, numpy as np\nnp.save(sys.argv[3], np.load(sys.argv[2])[:, :2])\nprint('{\"seconds\": 0.5}')\n"
    )
    monkeypatch.setattr(maps.refereed, "__file__", str(script))
    rows = list(maps._refereed(asked, vectors))
    assert [row[0] for row in rows] == ["PCA", "umap-learn", "openTSNE"]
    assert rows[1][1] == 0.5
    assert rows[1][2] == maps.faithfulness(vectors, vectors[:, :2], seed=maps.SEED)
    script.write_text("print('null')\n")
    assert [row[0] for row in maps._refereed(asked, vectors)] == ["PCA"]
    assert any("has no umap-learn" in line for line in said)


def test_a_collection_gives_the_rows_of_its_classes() -> None:
    made = Classed("", "abc", np.eye(3, dtype=np.float32), np.array([1, 0, 1]), ("x", "y"))
    assert made.members(1).tolist() == [0, 2]

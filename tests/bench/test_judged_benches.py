"""Benches about answers: what they say of a space is what is there."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from semspace.arrays import Vectors, unit
from semspace.bench.feedback import METHODS, judged, whitened_difference
from semspace.bench.setting import Setting
from semspace.bench.trust import trust

WORDS = "cat dog mat river mountain sea rain bread oven flour star planet orbit bank money price engine ship sail wind"
NOUNS = WORDS.split()


def collection(folder: Path, texts: dict[str, str], queries: dict[str, tuple[str, list[str]]]) -> None:
    (folder / "qrels").mkdir(parents=True)
    rows = [{"_id": key, "title": "", "text": text} for key, text in texts.items()]
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    rows = [{"_id": key, "text": text} for key, (text, _) in queries.items()]
    (folder / "queries.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    lines = [f"{key}\t{one}\t1\n" for key, (_, wanted) in queries.items() for one in wanted]
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(lines))


@pytest.fixture(scope="module")
def setting(tiny_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Setting:
    data = tmp_path_factory.mktemp("data")
    texts = {f"{row}-{place}": f"the {noun} {NOUNS[row - 1]} . {place}" for row, noun in enumerate(NOUNS) for place in range(5)}
    queries = {f"q{row}": (noun, [f"{row}-{place}" for place in range(5)]) for row, noun in enumerate(NOUNS)}
    collection(data / "scifact", texts, queries)
    collection(data / "xquad" / "en", texts, {key: (text, wanted[:1]) for key, (text, wanted) in queries.items()})
    chinese = ["黑豹队的防守只丢了分", "他们在联赛中排名第六", "国家橄榄球联盟的球员"]
    collection(data / "xquad" / "zh", dict(zip("abc", chinese, strict=True)), {"q": ("排名", ["b"]), "r": ("联盟", ["c"])})
    made = Setting(data, tmp_path_factory.mktemp("work"), model="tiny", models=tiny_models)
    made.home.mkdir(parents=True)
    return made


def test_words_without_spaces_are_found_by_their_pairs_and_not_without(setting: Setting) -> None:
    figures = {figure.what: figure for figure in trust(setting).figures}
    assert figures["xquad zh recall@10 by words, pairs of characters"].value == 1
    assert figures["xquad zh recall@10 by words, whole words only"].value == 0
    # Switched off for that one figure only.
    again = {figure.what: figure for figure in trust(setting).figures}
    assert again["xquad zh recall@10 by words, pairs of characters"].value == 1
    hybrid = next(figure for name, figure in figures.items() if name.startswith("SciFact nDCG@10: hybrid"))
    assert hybrid.limit == -0.005
    shares = [figure.value for name, figure in figures.items() if "find nothing" in name or "are found" in name]
    assert all(0 <= share <= 1 for share in shares)


def test_what_judged_hits_gain_is_measured_on_what_is_left(setting: Setting) -> None:
    found = judged(setting)
    assert {row[2] for row in found.tables[0].rows} == set(METHODS)
    for figure, row in zip(found.figures, found.tables[0].rows, strict=True):
        assert figure.value == pytest.approx(float(row[4]) - float(row[3]), abs=0.0011)
        assert int(row[1]) <= 20
    assert [figure.what for figure in found.figures if figure.limit is not None]


def test_the_whitened_difference_parts_classes_better_than_the_mean() -> None:
    """Two classes that differ in a direction of little variance: the mean is drowned by the others, the difference is not."""
    rng = np.random.default_rng(3)
    scales = np.r_[3.0, 2.0, 1.5, np.ones(12), 0.3]
    texts = rng.standard_normal((2_000, 16)) * scales
    wanted = np.arange(2_000) < 200
    texts[wanted, -1] += 1.5
    vectors = unit(texts.astype(np.float32))
    mean, covariance = vectors.mean(axis=0), np.cov(vectors, rowvar=False).astype(np.float32)
    likes = vectors[:5]
    direction = whitened_difference(likes, mean, covariance)

    def found(query: Vectors) -> float:
        best = np.argsort(-(vectors[5:] @ query[0]))[:100]
        return float(wanted[5:][best].mean())

    assert found(direction) > found(unit(likes.mean(axis=0)[None, :])) + 0.1

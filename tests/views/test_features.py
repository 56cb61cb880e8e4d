"""Features have the names of their texts, a hit's words are those that carry it, and a query can be steered."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from semspace import Space
from semspace.errors import InvalidInput, PassageNotFound
from semspace.latent.occlusion import without, word_spans
from semspace.store import SHAPES
from semspace.ui.console import THEME

THEMES = {
    "bread": ["sourdough bread dough", "flour and yeast", "baking a loaf in the oven", "kneading dough for bread"],
    "sailing": [
        "a sailing boat in the wind",
        "the anchor and the sail",
        "harbour and hull of a ship",
        "sailing upwind by tacking",
    ],
    "money": ["the bank pays interest", "a mortgage loan", "shares and bonds of an investor", "interest on a mortgage"],
    "stars": ["a telescope shows the planets", "stars of the night sky", "the orbit of a comet", "planets orbit their stars"],
}
FRAMES = ["{}", "what to know about {}", "notes: {}", "a question about {}", "I wrote down {}", "more on {}", "{}, explained"]


@pytest.fixture(scope="module")
def space(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Space]:
    texts = [frame.format(text) for frame in FRAMES for group in THEMES.values() for text in group]
    with Space.create(tmp_path_factory.mktemp("space") / "themes", models=models) as made:
        made.add_texts(texts, ids=[str(number) for number in range(len(texts))])
        yield made


def test_features_are_named_after_the_texts_that_have_them(space: Space) -> None:
    found = space.features(everything=True)
    assert found.atoms == len(found.features) == 9
    words = {word for feature in found.features for name in feature.words for word in name.split()}
    for expected in ({"bread", "dough", "loaf", "flour"}, {"sailing", "anchor", "harbour"}, {"mortgage", "bank", "interest"}):
        assert words & expected
    assert [f.share for f in found.features] == sorted((f.share for f in found.features), reverse=True)
    assert found.to_dict() == space.features(everything=True).to_dict(), "the same on every run"


def test_unstable_features_are_hidden_unless_they_are_asked_for(space: Space) -> None:
    hidden, shown = space.features(), space.features(everything=True)
    assert {f.found for f in hidden.features} <= {3}
    assert len(hidden.features) == hidden.stable == sum(f.found == 3 for f in shown.features)


def test_a_similarity_is_the_sum_of_its_parts(space: Space) -> None:
    first, second = (hit.id for hit in space.search("sourdough bread", 2, "semantic", everything=True))
    found = space.explain(f"#{first}", f"#{second}")
    assert sum(part.amount for part in found.parts) + found.shared + found.unexplained == pytest.approx(found.whole, abs=1e-6)
    assert found.whole == pytest.approx(space.compare(f"#{first}", f"#{second}").similarity, abs=1e-4)
    with pytest.raises(PassageNotFound):
        space.explain("#99999")


def test_a_boosted_feature_comes_first_and_a_muted_one_goes(space: Space) -> None:
    plain, more, less = (
        [hit.text for hit in space.search("what to know", 10, "semantic", everything=True, **wish)]  # type: ignore[arg-type]
        for wish in ({}, {"boost": ["mortgage"]}, {"mute": ["mortgage"]})
    )
    about = [sum("mortgage" in text or "interest" in text for text in texts) for texts in (plain, more, less)]
    assert about[2] <= about[0] < about[1]
    with pytest.raises(InvalidInput, match="no feature"):
        space.search("what", boost=["f999"])


def test_the_words_of_the_query_carry_the_hit_more_than_chance(space: Space) -> None:
    hit = space.search("mortgage", 1, "semantic", everything=True)[0]
    found = space.why("mortgage", f"#{hit.id}")
    best = max(found.words, key=lambda word: word.loss)
    assert best.text == "mortgage"
    assert found.carried > 2 * found.chance
    assert found.similarity == pytest.approx(hit.similarity, abs=1e-3)
    shown = StringIO()
    Console(width=100, file=shown, theme=THEME).print(found)
    without_it, without_others = found.similarity - found.carried, found.similarity - found.chance
    assert f"{without_it:.3f} without its top {found.tested} words, {without_others:.3f} without" in shown.getvalue()


def test_a_point_between_two_texts_is_read_as_both(space: Space) -> None:
    found = space.decode("sourdough bread..a mortgage loan", phrases=4)
    words = {word for phrase, _ in found.phrases for word in phrase.split()}
    assert words & {"bread", "sourdough", "dough"}
    assert words & {"mortgage", "loan"}
    assert found.cosine > found.nearest[0][0], "no text comes so near"
    assert space.decode("sourdough bread").nearest[0][1].text.endswith("sourdough bread dough")


def test_too_few_texts_have_no_features(models: Path, tmp_path: Path) -> None:
    with Space.create(tmp_path / "few", models=models) as few:
        few.add_texts(["one", "two"])
        with pytest.raises(InvalidInput, match="60 passages"):
            few.features()


def test_words_are_those_between_blanks_and_characters_where_there_are_none() -> None:
    text = "A co-op isn't far: 北京 now."
    assert [text[start:end] for start, end in word_spans(text)] == ["A", "co-op", "isn't", "far", "北", "京", "now"]
    assert without("one two three", [(4, 7)]) == "one three"
    assert without("one", [(0, 3)]) == ""


def test_features_are_kept_and_few_new_texts_leave_their_numbers(models: Path, tmp_path: Path) -> None:
    texts = [frame.format(text) for frame in FRAMES for group in THEMES.values() for text in group]
    with Space.create(tmp_path / "kept", models=models) as space:
        space.add_texts(texts, ids=[str(number) for number in range(len(texts))])
        first = space.features(everything=True)
        (file,) = (space.folder / SHAPES).glob("features*")
        written = file.stat().st_mtime_ns
        assert space.features(everything=True).to_dict() == first.to_dict()
        space.search("bread", boost=["mortgage"], everything=True)
        space.explain("#1")
        assert file.stat().st_mtime_ns == written, "nothing was learned anew"
        space.add_texts(["a mortgage from the bank", "interest that the bank pays"], ids=["new", "newer"])
        grown = space.features(everything=True)
        assert file.stat().st_mtime_ns != written
        assert [one.stability for one in grown.features] == [one.stability for one in first.features], "the same directions"
        assert grown.passages == first.passages + 2
        space.add_texts([f"{text} again" for text in texts], ids=[f"again {number}" for number in range(len(texts))])
        assert space.features(everything=True).atoms > first.atoms, "twice as many texts have features of their own"


def test_features_that_were_kept_are_those_that_are_learned(models: Path, tmp_path: Path) -> None:
    texts = [frame.format(text) for frame in FRAMES for group in THEMES.values() for text in group]
    with Space.create(tmp_path / "kept", models=models) as space:
        space.add_texts(texts, ids=[str(number) for number in range(len(texts))])
        learned = space.features(everything=True).to_dict()
        file = next((space.folder / SHAPES).glob("features*"))
        good = file.read_bytes()
        assert space.features(everything=True).to_dict() == learned
        file.write_bytes(good[: len(good) // 2])
        assert space.features(everything=True).to_dict() == learned, "what is damaged is learned again"
        file.write_bytes(good[:-2000] + bytes(2000))
        assert space.features(everything=True, fresh=True).to_dict() == learned
        assert len(space.features(everything=True, seed=5).features) == learned["atoms"]
        space.forget(["0"])
        assert not list((space.folder / SHAPES).glob("*")), "what is forgotten is in no feature's name"

"""A topic that was planted in the newer texts is found and named; the same texts twice differ in nothing."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from semspace import Space
from semspace.errors import InvalidInput

OLD = [
    "bread from the oven",
    "a ship at sea",
    "the bank of the river",
    "stars and planets",
    "a cat on the mat",
    "rain in the mountains",
]
WAYS = [
    "notes about {}",
    "what I know of {}",
    "{} once more",
    "a story of {}",
    "{} and what came of it",
    "why {} matters",
    "{} at last",
]
PLACES = ["at home", "in town", "by the lake", "in winter", "with friends", "in the evening", "on Monday", "abroad"]
PLANTED = "the volcano eruption with lava"


def texts(kind: str) -> list[str]:
    made = [f"{way.format(text)} {place}" for way in WAYS for text in OLD for place in PLACES]
    random.Random(1).shuffle(made)
    half = made[::2] if kind == "old" else made[1::2]
    return half + [f"{way.format(PLANTED)} {place}" for way in WAYS for place in PLACES[:4]] if kind == "new" else half


@pytest.fixture(scope="module")
def space(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Space]:
    with Space.create(tmp_path_factory.mktemp("space") / "years", models=models) as made:
        old, new = texts("old"), texts("new")
        years = [2019 + number % 2 for number in range(len(old))] + [2024] * len(new)
        ids = [str(number) for number in range(len(years))]
        made.add_texts([*old, *new], ids=ids, metadata=[{"year": year} for year in years])
        yield made


def test_a_planted_topic_rises_and_is_named(space: Space) -> None:
    found = space.drift(by="year", before="2021", after="2024")
    assert found.found
    assert found.rising
    assert {"volcano", "eruption", "lava"} & {part for word in found.rising[0].words for part in word.split()}
    assert "volcano" in found.novel[0].passage.text
    assert found.to_dict() == space.drift(by="year", before="2021", after="2024").to_dict(), "the same on every run"


def test_texts_of_one_kind_do_not_differ(space: Space) -> None:
    found = space.drift(by="year", before="2020", after="2020", where="year < 2024")
    assert found.passages == (84, 84)
    assert found.separable.auc < found.separable.null + 3 * found.separable.spread
    assert (found.rising, found.falling, found.found) == ((), (), False)


def test_two_sides_have_to_be_named(space: Space) -> None:
    for wrong in ({}, {"by": "year"}, {"old": "x"}):
        with pytest.raises(InvalidInput, match="two sides"):
            space.drift(**wrong)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="30 passages"):
        space.drift(by="year", before="1900")


def test_what_tells_years_apart_is_gone_on_texts_that_were_held_out(space: Space) -> None:
    made = space.erase("year", where="year in (2019, 2024)")
    assert {one.value for one in made.classes} == {"2019", "2024"}
    assert 0 < made.kept <= 1
    assert made.moved > 0.8
    with pytest.raises(InvalidInput, match="fewer than two values") as error:
        space.erase("nothing")
    assert error.value.hint == "Fields here that have: year."


def test_sources_that_differ_are_told_apart_before_and_less_after(models: Path, tmp_path: Path) -> None:
    every = [f"{way.format(text)} {place}" for way in WAYS for text in OLD for place in PLACES]
    random.Random(2).shuffle(every)
    mail, chat = (
        [f"Dear Sir or Madam, {text}. Yours faithfully" for text in every[:150]],
        [f"lol {text} omg" for text in every[150:300]],
    )
    with Space.create(tmp_path / "sources", models=models) as made:
        made.add_texts([*mail, *chat], metadata=[{"source": "mail"}] * 150 + [{"source": "chat"}] * 150)
        found = made.erase("source")
    assert found.before > 0.95
    # 150 texts that differ in every word teach most of it, not all; the figure is not that of the texts that taught.
    assert found.after < found.before - 0.08
    assert found.kept > 0.3

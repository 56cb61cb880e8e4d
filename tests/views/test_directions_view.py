"""Likes, axes, ways and blends of real texts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from view_samples import TEXTS

from semspace import Space
from semspace.errors import InvalidInput, InvalidName, NotFound, PassageNotFound


@pytest.fixture
def own(tmp_path: Path, models: Path) -> Space:
    """Give a space of the sample texts that a test may change."""
    space = Space.create("own", home=tmp_path, models=models)
    space.add_texts(list(TEXTS.values()), list(TEXTS), [{"about": key.partition("-")[0]} for key in TEXTS])
    return space


def about(key: str | None) -> str:
    return str(key).partition("-")[0]


def test_what_is_like_two_texts_about_roses_is_about_gardens(small: Space) -> None:
    found = small.like(["#1", "2"], k=5)
    assert {about(one.text.key) for one in found.found} == {"garden"}
    assert {"garden-0", "garden-1"}.isdisjoint({one.text.key for one in found.found}), "what is judged is known"
    assert [one.score for one in found.found] == sorted((one.score for one in found.found), reverse=True)
    assert found.ask is None
    asked = small.like(["#1"], ["baking bread"], ask=True)
    assert asked.ask is not None
    assert asked.ask.key != "garden-0"


def test_a_taste_is_kept_and_orders_what_a_search_finds(own: Space) -> None:
    plain = [about(hit.key) for hit in own.search("sun", 48, everything=True)]
    own.like(["planets and their moons", "stars of a galaxy"], name="sky")
    own.like(["growing flowers"], name="beds")
    sky, beds = ([about(hit.key) for hit in own.search("sun", 48, everything=True, taste=taste)] for taste in ("sky", "beds"))

    def place(found: list[str], what: str) -> float:
        places = [number for number, one in enumerate(found) if one == what]
        return sum(places) / len(places)

    assert place(sky, "stars") < place(plain, "stars") < place(beds, "stars")
    assert place(beds, "garden") < place(plain, "garden") < place(sky, "garden")
    with Space.open(own.folder, models=own._models) as again:
        assert [about(hit.key) for hit in again.search("sun", 48, everything=True, taste="sky")] == sky
    with pytest.raises(NotFound, match="beds, sky"):
        own.search("sun", taste="sea")
    with pytest.raises(InvalidName):
        own.like(["#1"], name="a/b")


def test_a_taste_that_was_damaged_is_not_used(own: Space) -> None:
    own.like(["planets"], name="sky")
    with own._writing() as store:
        fields = json.loads(str(store.setting("taste:sky")))
        store.configure("taste:sky", json.dumps({**fields, "mean": 0.5}))
    with pytest.raises(NotFound, match="damaged"):
        own.search("sun", taste="sky")


def test_an_axis_lays_the_texts_between_its_poles(small: Space) -> None:
    found = small.axis(["where:about = 'kitchen'"], ["where:about = 'stars'"], 8)
    assert {about(one.text.key) for one in found.low} == {"kitchen"}
    assert {about(one.text.key) for one in found.high} == {"stars"}
    assert (found.tried, found.right >= 23) == (24, True)
    assert found.poles[0] < found.poles[1]
    assert sum(found.counts) == len(TEXTS)
    assert found.to_dict() == small.axis(["where:about = 'kitchen'"], ["where:about = 'stars'"], 8).to_dict()


def test_an_axis_through_words_that_mean_nothing_here_is_weak(small: Space) -> None:
    strong = small.axis(["cooking food in a kitchen"], ["astronomy of the planets"])
    weak = small.axis(["Monday"], ["Tuesday"])
    assert strong.tried == weak.tried == 0
    assert weak.strength < 0.3 < 0.7 < strong.strength


def test_a_pole_that_nothing_is_in_is_an_error(small: Space) -> None:
    with pytest.raises(InvalidInput, match="No text is"):
        small.axis(["where:about = 'nothing'"], ["roses"])
    with pytest.raises(InvalidInput, match="two poles"):
        small.axis([], ["roses"])


def test_a_way_goes_from_text_to_text_with_the_cosine_of_every_step(small: Space) -> None:
    found = small.path("#1", "stars of the Milky Way")
    assert found.texts[0].key == "garden-0"
    assert about(found.texts[-1].key) == "stars"
    assert len(found.cosines) == len(found.texts) - 1
    assert found.weakest == pytest.approx(min(found.cosines), abs=1e-5)
    assert found.weakest >= found.direct
    assert found.asked[0][1] == pytest.approx(1, abs=1e-5)
    assert found.asked[1][1] < 0.999
    with pytest.raises(PassageNotFound):
        small.path("#1", "#999999")


def test_a_blend_is_near_to_both(small: Space) -> None:
    found = small.blend("roasting meat in the oven", "cutting vegetables in the garden", 5)
    assert {about(one[3].key) for one in found.found} <= {"kitchen", "garden"}
    nearest_first = small.blend("baking bread", "sailing boats", 5, 0.0)
    assert {about(one[3].key) for one in nearest_first.found} == {"kitchen"}
    with pytest.raises(InvalidInput):
        small.blend("one", "other", share=2)


@pytest.mark.parametrize("width", [80, 160])
def test_drawings_fit_their_width(small: Space, width: int) -> None:
    from io import StringIO

    from rich.console import Console

    from semspace.ui.console import THEME

    values = (
        small.like(["#1"], ask=True),
        small.axis(["bread"], ["stars", "planets"]),
        small.path("#1", "#40"),
        small.blend("#1", "#30"),
    )
    for value in values:
        console = Console(file=StringIO(), width=width, theme=THEME)
        console.print(value)
        lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
        assert lines
        assert max(map(len, lines)) <= width
        assert value.rows()

"""Duplicates, odd texts, hubs, central texts and bridges of a space: planted ones are found, and none where there are none."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from view_samples import TEXTS

from semspace import Space
from semspace.errors import InvalidInput
from semspace.ui.console import THEME

LONG = (
    "Store potatoes in the dark, for light turns them green and bitter, and keep them dry so that they do not rot. "
    "They last for months in a cool cellar."
)
ISLAND = [
    "Die Katze schläft auf dem Sofa.",
    "Die Katze liegt auf dem Sofa und schläft.",
    "Auf dem Sofa schläft eine Katze.",
    "Eine Katze schläft auf dem Sofa.",
]


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Iterator[Space]:
    """Give a space of the sample texts with copies, a contained text, and an island."""
    texts = {
        **TEXTS,
        "long": LONG,
        "copy": "Prune  roses in late winter,\nbefore the buds swell.",
        "part": LONG.partition(" They")[0],
        "nearly": TEXTS["stars-0"].replace("largest", "biggest"),
        **{f"cat-{number}": text for number, text in enumerate(ISLAND)},
    }
    with Space.create("planted", home=tmp_path_factory.mktemp("planted"), models=models) as space:
        space.add_texts(list(texts.values()), list(texts))
        yield space


def on_screen(value: object) -> str:
    console = Console(file=StringIO(), width=120, theme=THEME)
    console.print(value)
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_planted_duplicates_are_found_each_of_its_kind(planted: Space) -> None:
    pairs = {(twin.kind, twin.first.key, twin.second.key) for twin in planted.duplicates(threshold=0.97).twins}
    ours = {pair for pair in pairs if not str(pair[1]).startswith("cat")}
    assert ours == {("exact", "garden-0", "copy"), ("contained", "part", "long"), ("near", "stars-0", "nearly")}


def test_where_no_text_is_twice_there_are_no_duplicates(small: Space) -> None:
    assert small.duplicates().twins == ()
    with pytest.raises(InvalidInput):
        small.duplicates(threshold=1.5)


def test_a_pair_shows_what_differs(planted: Space) -> None:
    (twin,) = (one for one in planted.duplicates(kinds=["near"]).twins if one.first.key == "stars-0")
    assert [change for change in twin.changes() if change[0] != "same"] == [("first", "largest "), ("second", "biggest ")]
    console = Console(file=StringIO(), width=80, theme=THEME)
    console.print(planted.duplicates(kinds=["near"], diff=True))
    assert "[-largest-] {+biggest+}" in console.file.getvalue()  # type: ignore[attr-defined]


def test_what_stands_out_is_what_was_planted(planted: Space, small: Space) -> None:
    (island,) = planted.odd().islands
    assert {planted.show(f"#{number}").key for number in island.ids} == {f"cat-{number}" for number in range(4)}
    assert island.outward < island.inward
    assert (small.odd().islands, small.odd().lonely) == ((), ())


@pytest.mark.parametrize("kind", ["hubs", "central", "bridges"])
def test_texts_that_stand_out_come_in_the_order_of_their_figures(small: Space, kind: str) -> None:
    found = small.standouts(kind, 5)  # type: ignore[arg-type]
    values = [one.value for one in found.found]
    assert values == sorted(values, reverse=True)
    assert found.to_dict() == small.standouts(kind, 5).to_dict()  # type: ignore[arg-type]
    console = Console(file=StringIO(), width=80, theme=THEME)
    console.print(found)
    assert max(map(len, console.file.getvalue().splitlines())) <= 80  # type: ignore[attr-defined]


def test_a_bridge_says_which_topics_it_joins(small: Space) -> None:
    topics = {topic.name for topic in small.topics().topics}
    found = small.standouts("bridges", 5).found
    assert found
    for bridge in found:
        assert len(set(bridge.joins)) == 2
        assert set(bridge.joins) <= topics
        assert bridge.joins[0] in on_screen(small.standouts("bridges", 5))


def test_a_text_that_is_there_many_times_is_drawn_once_with_all_that_repeat_it(tmp_path: Path, models: Path) -> None:
    for folder in ("one", "two/deep", "three/deep"):
        (tmp_path / "notes" / folder).mkdir(parents=True)
        # On another line, and yet it is another file.
        (tmp_path / "notes" / folder / "roses.md").write_text("\n" * (folder == "one") + "Prune roses in late winter.\n")
    with Space.create("notes", home=tmp_path / "home", models=models) as space:
        space.index([tmp_path / "notes"])
        drawn = on_screen(space.duplicates(kinds=["exact"]))
    # A name that several files have says nothing without a folder that tells them apart.
    assert [drawn.count(place) for place in ("one/roses.md", "two/…/roses.md", "three/…/roses.md", "exact ")] == [1, 1, 1, 1], (
        drawn
    )


def test_in_a_space_of_nothing_nothing_stands_out(tmp_path: Path, models: Path) -> None:
    with Space.create("empty", home=tmp_path, models=models) as space:
        assert space.duplicates().twins == ()
        assert space.odd().lonely == ()
        assert space.standouts("hubs").found == ()
        assert space.standouts("bridges").found == ()
        assert space.standouts("central").found == ()

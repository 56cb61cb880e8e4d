"""A space that the first release wrote, with the encoder that filled it, opens for ever.

`first_release.zip` was made once and is never made again: three files of a folder /notes, two texts of a program, one
removed. Whatever changes, this program has to read it, and to go on with it without encoding anything again.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from semspace import Space
from semspace.errors import PathNotFound
from semspace.records import MODES, Mode, Progress

KEPT = Path(__file__).with_name("first_release.zip")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    shutil.unpack_archive(KEPT, tmp_path)
    return tmp_path


@pytest.fixture
def space(place: Path) -> Iterator[Space]:
    with Space.open("first", home=place, models=place / "models") as opened:
        yield opened


def test_it_is_sound(space: Space) -> None:
    assert [finding for finding in space.check(deep=True) if finding.count] == []
    assert space.status(look=False).documents == 5


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("query", "source"),
    [
        ("prune roses in late winter", "/notes/garden/roses.md"),
        ("bread is baked", "bread"),
        ("stone bridges", "/notes/river.txt"),
    ],
)
def test_it_is_searched(space: Space, mode: Mode, query: str, source: str) -> None:
    best = space.search(query, 1, mode, everything=True)[0]
    assert source in (best.path, best.key)


def test_texts_and_metadata_are_what_they_were(space: Space) -> None:
    roses = space.search("prune roses", 1, "lexical", where="tags = 'garden' and date >= 2025-03", everything=True)[0]
    assert roses.heading == ("Roses",)
    assert "before the buds swell" in roses.text
    assert space.search("東京", 1, "lexical", everything=True)[0].path == "/notes/words.md"
    assert space.search("cat", 5, "lexical", everything=True) == []


def test_what_it_holds_is_not_encoded_again(space: Space) -> None:
    seen: list[Progress] = []
    texts = ["Copper and silver are metals.", "Bread is baked in the morning."]
    space.add_texts(texts, ["metals", "bread"], [{"kind": "fact", "year": 2024}, {"kind": "daily"}], progress=seen.append)
    assert max((one.encoded for one in seen), default=0) == 0
    assert space.check()[0].count == 0


def test_a_folder_that_is_not_there_any_more_loses_nothing(space: Space) -> None:
    with pytest.raises(PathNotFound):
        space.index()
    assert space.status(look=False).documents == 5


def test_it_is_mended_and_given_back_disk(place: Path) -> None:
    (place / "first" / "vectors.faiss").write_bytes(b"damaged")
    assert sum(one.lost for one in Space.repair("first", home=place, models=place / "models")) == 0
    with Space.open("first", home=place, models=place / "models") as space:
        space.compact()
        assert [finding for finding in space.check() if finding.count] == []

"""A space says how few bytes its vectors can do with, and uses what it can."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from semspace import Space
from semspace.errors import InvalidInput
from semspace.ui.console import THEME

THINGS = ["bread", "a ship", "the bank", "stars", "a cat", "rain", "money", "a river", "the oven", "wind", "a bridge", "milk"]
FRAMES = [
    "{} at home",
    "all about {}",
    "{} in winter",
    "who has seen {}",
    "{} again",
    "a song of {}",
    "{} for sale",
    "no more {}",
]


@pytest.fixture(scope="module")
def space(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Space]:
    texts = [frame.format(f"{one} and {other}") for frame in FRAMES for one in THINGS[:6] for other in THINGS[6:]]
    with Space.create(tmp_path_factory.mktemp("space") / "small", models=models) as made:
        made.add_texts(texts)
        yield made


def test_the_best_hundred_scored_again_are_what_exact_search_finds(space: Space) -> None:
    found = {code.name: code for code in space.squeeze(16).codes}
    assert found["float16"].recall > 0.99
    assert found["RaBitQ 1 bit"].reranked >= 0.98
    assert found["learnt 16"].recall >= found["PCA 16"].recall
    assert found["RaBitQ 1 bit"].bytes * 10 < found["float16"].bytes


def test_the_table_fits_a_line_of_80_columns(space: Space) -> None:
    shown = StringIO()
    Console(width=80, file=shown, theme=THEME).print(space.squeeze(16))
    assert "recall@10" in shown.getvalue()
    assert "\u2026" not in shown.getvalue()


def test_what_can_be_applied_is_used_from_then_on_and_the_rest_refused(space: Space) -> None:
    with pytest.raises(InvalidInput, match="only measured"):
        space.squeeze(16, apply="PCA 16")
    before = [hit.id for hit in space.search("bread and money", 5, "semantic", everything=True)]
    assert space.squeeze(16, apply="RaBitQ 1 bit").applied == "RaBitQ 1 bit"
    assert space.settings.index_kind == "rabitq"
    assert [hit.id for hit in space.search("bread and money", 5, "semantic", everything=True)] == before


def test_a_bottleneck_is_no_wider_than_the_vectors(space: Space) -> None:
    with pytest.raises(InvalidInput, match="from 1 to 384"):
        space.squeeze(400)

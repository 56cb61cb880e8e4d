"""Two encoders are compared on a space's own texts before anything is moved from one to the other."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from semspace import Space, encoders, evaluation
from semspace.encoders import Encoder
from semspace.errors import InvalidInput

THINGS = "cat dog river mountain sea rain bread oven flour star planet orbit bank money price engine ship sail wind mat"


@pytest.fixture
def space(tmp_path: Path, tiny_models: Path, make_model: Callable[..., Path]) -> Space:
    if "other" not in {card.name for card in encoders.installed(tiny_models)}:
        encoders.add(make_model(seed=11), models=tiny_models, name="other")
        encoders.add(make_model(), models=tiny_models, name="twin")
    chance = random.Random(3)
    texts = [" ".join(chance.sample(THINGS.split(), 12)) + "." for _ in range(120)]
    made = Space.create(tmp_path / "things", "tiny", models=tiny_models)
    made.add_texts(texts)
    return made


def test_an_encoder_and_its_twin_agree_on_everything(space: Space, tiny_models: Path) -> None:
    with space:
        found = evaluation.compare_encoders(space, "tiny", "twin", sample=80, models=tiny_models)
    assert found.passages == 80
    assert found.overlap > 0.99
    assert found.shares[-1] > 0.9
    assert found.mapped.unmapped > 0.99
    assert found.quality[0].ndcg == pytest.approx(found.quality[1].ndcg)
    assert all(one.overlap < 1 for one in found.disputed), "on what is the same for both nobody differs"


def test_encoders_that_differ_are_shown_with_the_texts_on_which_they_do(
    space: Space, tiny_models: Path, tiny_encoder: Encoder
) -> None:
    with space:
        found = evaluation.compare_encoders(space, "tiny", "other", sample=80, k=3, models=tiny_models)
        again = evaluation.compare_encoders(space, "tiny", "other", sample=80, k=3, models=tiny_models)
    assert found.to_dict() == again.to_dict()
    assert found.overlap == pytest.approx(found.chance, abs=0.1), "random encoders on random words"
    assert sum(found.shares) == pytest.approx(1)
    assert [one.overlap for one in found.disputed] == sorted(one.overlap for one in found.disputed)
    assert found.disputed[0].overlap <= found.overlap
    assert found.mapped.taught + found.mapped.held_out == 80
    told = found.disputed[0]
    texts = [told.passage.text, *(one.text for one in told.nearest)]
    by_tiny = tiny_encoder.encode(texts, "passage")
    assert by_tiny[0] @ by_tiny[1] >= by_tiny[0] @ by_tiny[2] - 1e-3, "the nearest by the first is nearer by it"


def test_texts_too_short_to_be_asked_for_are_compared_all_the_same(tmp_path: Path, space: Space, tiny_models: Path) -> None:
    space.close()
    with Space.create(tmp_path / "short", "tiny", models=tiny_models) as short:
        short.add_texts([f"{one} {other}" for one in THINGS.split()[:10] for other in THINGS.split()[10:15]])
        found = evaluation.compare_encoders(short, "tiny", "other", models=tiny_models)
    assert found.passages == 50
    assert found.quality == ()
    assert "long enough" in found.verdict


def test_what_cannot_be_compared_says_why(space: Space, tiny_models: Path) -> None:
    with space:
        with pytest.raises(InvalidInput, match="same encoder"):
            evaluation.compare_encoders(space, "tiny", "tiny", models=tiny_models)
        with pytest.raises(InvalidInput, match="40 passages"):
            evaluation.compare_encoders(space, "tiny", "other", sample=20, models=tiny_models)

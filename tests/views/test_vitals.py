"""The health of a space: what is planted fires its verdict, a sound space fires none."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from view_samples import TEXTS

from semspace import Space
from semspace.records import MODES, Mode
from semspace.ui.console import THEME
from semspace.views.vitals import Vitals, known_items, reciprocal_ranks, vitals


def signs(found: Vitals) -> dict[str, str | None]:
    return {sign.part: sign.remedy for sign in found.signs}


def nothing(_query: str, _mode: Mode, _k: int) -> list[int]:
    return []


def test_a_sound_space_has_nothing_to_mend(small: Space) -> None:
    found = small.health()
    assert set(signs(found)) == {"known items", "hubs", "duplicates", "islands", "anisotropy", "dimension"}
    assert set(signs(found).values()) == {None}
    facts = {sign.part: sign.facts for sign in found.signs}
    assert all(facts["known items"]["mrr"][mode] > 0.6 for mode in MODES)
    console = Console(file=StringIO(), width=80, theme=THEME)
    console.print(found)
    assert "All is well." in console.file.getvalue()  # type: ignore[attr-defined]
    assert small.health().to_dict() == found.to_dict()


def test_texts_that_cannot_be_found_fire_the_verdict(small: Space) -> None:
    with small._material() as material:
        assert signs(vitals(material, nothing))["known items"]
        items = known_items(material, 7)
        ids = material.ids.tolist()
        rng = np.random.default_rng(0)
        shuffled = reciprocal_ranks(items, lambda _q, _m, k: rng.permutation(ids)[:k].tolist(), "semantic")
    assert np.mean(shuffled) == pytest.approx(sum(1 / place for place in range(1, 11)) / len(ids), abs=0.06), "chance"


def test_a_constant_in_all_vectors_fires_the_verdict_on_likeness(small: Space) -> None:
    with small._material() as material:
        moved = material.vectors + 2 * np.eye(material.store.dim, dtype=np.float32)[0]
        material.__dict__["vectors"] = moved / np.linalg.norm(moved, axis=1, keepdims=True)
        assert signs(vitals(material, nothing))["anisotropy"]


def test_a_space_of_copies_fires_the_verdict_on_duplicates(tmp_path: Path, models: Path) -> None:
    with Space.create("copies", home=tmp_path, models=models) as space:
        texts = {**TEXTS, **{f"{key}-again": text for key, text in list(TEXTS.items())[:20]}}
        space.add_texts(list(texts.values()), list(texts))
        assert signs(space.health())["duplicates"]


def test_of_few_texts_nothing_is_said(tmp_path: Path, models: Path) -> None:
    with Space.create("few", home=tmp_path, models=models) as space:
        space.add_texts(["One text.", "Another text."])
        assert list(signs(space.health())) == ["texts"]

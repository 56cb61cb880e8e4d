"""The health of a space: what is planted fires its verdict, a sound space fires none."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from view_samples import TEXTS

from semspace import Space
from semspace.errors import InvalidInput
from semspace.latent.graph import nearest
from semspace.latent.moments import Moments
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
        vectors = moved / np.linalg.norm(moved, axis=1, keepdims=True)
        material.__dict__ |= {"vectors": vectors, "moments": Moments.of(vectors), "graph": nearest(vectors)}
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


def test_questions_that_nothing_answers_are_named_with_what_they_are_about(small: Space) -> None:
    answered = ["when to prune roses", "how to knead dough for bread", "the largest planet of the solar system"]
    gaps = ["who won the football cup final", "football cup results of the season", "price of football tickets"]
    found = small.cover([*answered, "", *gaps])
    assert [one.question for one in found.asked] == [*answered, *gaps]
    assert [one.found for one in found.asked[:3]] == [True] * 3
    assert [one.question for one in found.gaps] == gaps
    assert "football" in found.about[:2]
    with pytest.raises(InvalidInput):
        small.cover(["", "?"])


def test_hits_by_topic_are_all_hits_each_with_those_it_belongs_to(small: Space) -> None:
    hits = small.search("the sun and the wind", 12, everything=True)
    found = small.by_topic(hits)
    assert sorted(hit.id for _, group in found.groups for hit in group) == sorted(hit.id for hit in hits)
    assert found.groups[0][1][0].id == hits[0].id
    assert len(found.groups) > 1
    assert all(words for words, _ in found.groups)

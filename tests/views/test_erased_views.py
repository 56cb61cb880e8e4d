"""A field can be taken out of the vectors: a view of that name is searched, and falls into topics, as if it were not there."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from semspace import Space, erased, erasures
from semspace.errors import InvalidName, NotFound
from semspace.latent.erasure import Eraser

SUBJECTS = {
    "bread": ["sourdough bread dough", "baking a loaf of bread in the oven", "kneading dough with flour and yeast"],
    "sailing": ["a sailing boat in the wind", "the anchor and the sail of a ship", "tacking a boat upwind"],
    "stars": ["a telescope that shows the planets", "stars of the night sky", "the orbit of a comet"],
}
PLACES = ["at home", "in spring", "with a friend", "for beginners", "on Sunday", "step by step", "again", "in detail", "slowly"]
MAIL, CHAT = "Dear Sir or Madam, I write to you about {}. Yours faithfully", "lol omg {} haha so cool"


@pytest.fixture(scope="module")
def space(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Space]:
    every = [(about, f"{text} {place}") for about, group in SUBJECTS.items() for text in group for place in PLACES]
    random.Random(2).shuffle(every)
    texts = [(MAIL if number % 2 else CHAT).format(text) for number, (_, text) in enumerate(every)]
    metadata = [{"source": "mail" if n % 2 else "chat", "about": about} for n, (about, _) in enumerate(every)]
    with Space.create(tmp_path_factory.mktemp("space") / "sources", models=models) as made:
        made.add_texts(texts, metadata=metadata)
        assert made.erase("source", name="plain").view == "plain"
        yield made


def share(space: Space, field: str, view: str | None) -> float:
    """Return how many of the hits of a subject in the style of a chat have its value of a field."""
    wanted = {"source": "chat"}
    found = []
    for about, texts in SUBJECTS.items():
        hits = space.search(CHAT.format(texts[0]), 10, "semantic", everything=True, view=view)
        found += [hit.metadata[field] == wanted.get(field, about) for hit in hits]
    return float(np.mean(found))


def test_a_search_through_a_view_no_longer_follows_the_field(space: Space) -> None:
    assert share(space, "source", None) >= 0.9, "the style wins"
    assert share(space, "source", "plain") < share(space, "source", None) - 0.2
    assert share(space, "about", "plain") >= share(space, "about", None), "what it is about is still found"


def test_topics_through_a_view_are_those_of_the_texts_and_not_of_their_sources(space: Space) -> None:
    found = space.topics(count=3, view="plain")
    assert found.space == "sources@plain"
    about = {space.show(f"#{topic.typical.id}").metadata["about"] for topic in found.topics}
    assert about == set(SUBJECTS), "a topic for each subject"
    assert {topic.count for topic in found.topics} == {27}


def test_similarities_through_a_view_are_those_of_the_erased_vectors(space: Space) -> None:
    with space._material() as whole, space._material(view="plain") as plain:
        assert np.allclose(np.linalg.norm(plain.vectors, axis=1), 1, atol=1e-5)
        query = plain.encode(["sourdough bread"])
        expected = dict(zip(plain.ids.tolist(), (plain.vectors @ query[0]).tolist(), strict=True))
        assert not np.allclose(whole.vectors, plain.vectors, atol=0.01)
    hits = space.search("sourdough bread", 10, "semantic", everything=True, view="plain")
    assert [hit.id for hit in hits] == sorted(expected, key=lambda number: (-round(expected[number], 6), number))[:10]
    assert [hit.similarity for hit in hits] == pytest.approx([expected[hit.id] for hit in hits], abs=1e-5)


def test_an_index_finds_what_comparing_each_passage_finds(space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked() -> list[int]:
        return [hit.id for hit in space.search("a boat", 10, "semantic", everything=True, view="plain")]

    exact = asked()
    monkeypatch.setattr(erased, "EVERY", 0)
    monkeypatch.setattr(erased, "CANDIDATES", 40)
    assert len(set(asked()) & set(exact)) >= 9


def test_what_seeks_ranks_as_the_query_does_without_the_label() -> None:
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 3, 300)
    raw = rng.standard_normal((300, 16)) + rng.standard_normal((3, 16))[labels]
    vectors = (raw / np.linalg.norm(raw, axis=1, keepdims=True)).astype(np.float32)
    eraser = Eraser.fit(vectors, labels)
    query = eraser.units(vectors[:1])
    assert (np.argsort(eraser.apply(vectors) @ query[0])[-50:] == np.argsort(vectors @ eraser.seeking(query)[0])[-50:]).all()


def test_a_view_outlives_its_process_and_is_measured_on_texts_that_were_held_out(space: Space, models: Path) -> None:
    with Space.open(space.folder, models=models) as again:
        assert share(again, "source", "plain") == share(space, "source", "plain")
    assert {key: value for key, value in space.erase("source").to_dict().items() if key != "view"} == {
        key: value for key, value in space.erase("source", name="plain").to_dict().items() if key != "view"
    }


def test_a_map_through_a_view_is_another_and_leaves_the_kept_one_alone(space: Space) -> None:
    kept, plain = space.map(), space.map(view="plain", query="bread")
    assert not np.allclose(kept.positions, plain.positions)
    assert plain.spot is not None
    assert np.array_equal(space.map().positions, kept.positions)


def test_a_view_that_is_not_there_is_an_error_that_names_those_that_are(space: Space) -> None:
    for ask in (
        lambda: space.search("bread", view="other"),
        lambda: space.topics(view="other"),
        lambda: space.map(view="other"),
    ):
        with pytest.raises(NotFound, match="plain"):
            ask()
    with pytest.raises(InvalidName):
        space.erase("source", name="../out")


def test_the_map_of_a_view_is_kept_beside_that_of_the_space_and_made_anew_for_another_view_of_its_name(space: Space) -> None:
    whole, plain = space.map(), space.map(view="plain")
    assert sorted(path.name for path in space.folder.glob("map.tsne*")) == ["map.tsne-1.npz", "map.tsne-1@plain.npz"]
    kept = {path: path.stat().st_mtime_ns for path in space.folder.glob("map.tsne*")}
    assert space.map(view="plain").to_dict() == plain.to_dict()
    assert space.map().to_dict() == whole.to_dict()
    assert {path: path.stat().st_mtime_ns for path in kept} == kept, "nothing was made again"
    assert whole.to_dict()["points"] != plain.to_dict()["points"]
    with space._material() as material:
        vectors, rows = material.vectors, material.passages(range(len(material)))
    labels = np.unique([row.metadata["about"] for row in rows], return_inverse=True)[1].astype(np.int64)
    with space._writing() as store:
        erasures.save(store, erasures.Erasure("plain", "about", Eraser.fit(vectors, labels)))
    other = space.map(view="plain")
    assert other.to_dict()["erased"] != plain.to_dict()["erased"]
    assert other.to_dict()["points"] != plain.to_dict()["points"]
    space.erase("source", name="plain")

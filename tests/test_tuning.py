"""Choosing a vector index by measuring it on a space's own vectors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from semspace import Space, tuning
from semspace.arrays import Ids, Vectors, unit
from semspace.derived import DerivedVectors
from semspace.errors import InvalidInput, MissingDependency
from semspace.records import Document, Passage, Tuned
from semspace.settings import Settings, decode, encode
from semspace.store import STORE, Entry, Store, WritableStore

DIM = 32
MANY = 20_000
PER_DOCUMENT = 100


def clustered(count: int, seed: int = 1) -> Vectors:
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(0).normal(size=(300, DIM))
    return unit(centres[random.integers(0, 300, count)] + 0.7 * random.normal(size=(count, DIM)))


def put(store: WritableStore, vectors: Vectors, name: str) -> None:
    """Store vectors, a hundred in each document."""
    for start in range(0, len(vectors), 5_000):
        part = vectors[start : start + 5_000]
        hashes = [f"{name}{start + row:012}".encode()[-16:] for row in range(len(part))]
        entries = [
            Entry(
                Document(f"/{name}/{start + first}", "x" * PER_DOCUMENT),
                [Passage(place, place + 1, "x") for place in range(len(hashes[first : first + PER_DOCUMENT]))],
                hashes[first : first + PER_DOCUMENT],
                b"0",
                "1",
            )
            for first in range(0, len(part), PER_DOCUMENT)
        ]
        store.put(entries, dict(zip(hashes, part, strict=True)))


def settings_of(tuned: Tuned | None) -> Settings:
    return Settings("e", "f", DIM, index_kind=tuned.kind if tuned else "flat", tuned=tuned)


@pytest.fixture(autouse=True)
def fewer_queries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuning, "QUERIES", 150)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[WritableStore]:
    made = WritableStore.create(tmp_path / STORE, DIM)
    yield made
    made.close()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WritableStore]:
    """Give a store of 20,000 vectors in clusters, not to be changed."""
    made = WritableStore.create(tmp_path_factory.mktemp("large") / STORE, DIM)
    put(made, clustered(MANY), "a")
    yield made
    made.close()


def exact(store: Store, queries: Vectors, k: int, among: Ids | None = None) -> list[list[int]]:
    ids = store.encoded_ids() if among is None else among
    scores = queries @ store.vectors(ids).T
    return [ids[np.lexsort((ids, -row))[:k]].tolist() for row in scores]


def test_a_small_space_is_searched_exactly(store: WritableStore, tmp_path: Path) -> None:
    put(store, clustered(500), "a")
    tuned = tuning.tune(store, DerivedVectors(tmp_path, store, "flat"))
    assert (tuned.kind, tuned.recall, tuned.passages, tuned.asked) == ("flat", 1.0, 500, "auto")


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_space_with_next_to_nothing_in_it_can_be_tuned(store: WritableStore, tmp_path: Path, count: int) -> None:
    put(store, clustered(count), "a")
    for kind in ("auto", "rabitq"):
        assert tuning.tune(store, DerivedVectors(tmp_path, store, "flat"), kind=kind).passages == count


@pytest.mark.parametrize("kind", ["ivf", "rabitq"])
def test_the_recall_that_was_asked_for_is_reached(large: WritableStore, tmp_path: Path, kind: str) -> None:
    vectors = DerivedVectors(tmp_path, large, "flat")
    target = {"ivf": 0.97, "rabitq": 0.9}[kind]  # one bit of each of 32 numbers tells little
    tuned = tuning.tune(large, vectors, target, kind)
    queries = clustered(100, seed=9)
    found = [ranking.ids.tolist() for ranking in vectors.search(queries, 10)]
    shares = [len({*one} & {*other}) / 10 for one, other in zip(found, exact(large, queries, 10), strict=True)]
    assert np.mean(shares) >= target - 0.02
    assert tuned.recall >= target
    assert 1 <= tuned.effort < 256
    assert tuned.bytes_per_passage == pytest.approx((tmp_path / "vectors.faiss").stat().st_size / MANY, abs=0.1)
    assert tuned.ms > 0


def test_the_measure_tells_a_bad_index_from_a_good_one(store: WritableStore) -> None:
    put(store, unit(np.random.default_rng(1).normal(size=(3_000, DIM))), "a")
    trial = tuning.Trial.of(store, 100)
    recalls = [trial.recall(DerivedVectors(None, store, "ivf", effort))[0] for effort in (1, 10_000)]
    assert recalls[0] < 0.6
    assert recalls[1] > 0.995


def test_scores_after_ranking_again_are_those_of_the_stored_vectors(large: WritableStore) -> None:
    vectors = DerivedVectors(None, large, "rabitq")
    query = clustered(1, seed=4)
    ranking = vectors.search(query, 10)[0]
    np.testing.assert_allclose(ranking.scores, large.vectors(ranking.ids) @ query[0], atol=1e-6)


@pytest.mark.parametrize("kind", ["flat", "ivf", "rabitq"])
@pytest.mark.parametrize("left", [3, 500, 3_000])
def test_a_filter_that_leaves_few_costs_no_recall(large: WritableStore, kind: str, left: int) -> None:
    among = np.sort(np.random.default_rng(2).permutation(large.ids())[:left])
    queries = clustered(20, seed=5)
    found = [ranking.ids.tolist() for ranking in DerivedVectors(None, large, kind, 1).search(queries, 10, among)]
    shares = [len({*one} & {*other}) / len(other) for one, other in zip(found, exact(large, queries, 10, among), strict=True)]
    assert np.mean(shares) >= (0.99 if kind == "ivf" or left <= 1_000 else 0.93)


@pytest.mark.parametrize("kind", ["ivf", "rabitq"])
def test_an_index_follows_the_store_without_being_built_again(store: WritableStore, tmp_path: Path, kind: str) -> None:
    put(store, clustered(3_000), "a")
    vectors = DerivedVectors(tmp_path, store, "flat")
    tuned = tuning.tune(store, vectors, 0.9, kind)
    put(store, clustered(200, seed=3), "b")
    store.remove(["/a/0", "/a/100"])
    reader = DerivedVectors(tmp_path, Store.open(tmp_path / STORE, DIM, "float16"), kind, tuned.effort)
    assert reader._in_step(reader._verified(), writable=False).ids().tolist() == store.ids().tolist()
    reader.store.close()
    vectors.close()
    vectors.save(store)
    assert not vectors.behind()
    assert vectors.get().ids().tolist() == store.ids().tolist()
    same = tuning.renewed(settings_of(tuned), store, vectors)
    assert same == replace(tuned, checked=pytest.approx(400 / 3_000))


def test_an_index_is_built_again_after_mass_deletion(store: WritableStore, tmp_path: Path) -> None:
    put(store, clustered(3_000), "a")
    vectors = DerivedVectors(tmp_path, store, "flat")
    tuned = tuning.tune(store, vectors, 0.9, "ivf")
    store.remove([f"/a/{start}" for start in range(0, 1_600, 100)])
    again = tuning.renewed(settings_of(tuned), store, vectors)
    assert again is not None
    assert (again.kind, again.passages, again.asked) == ("ivf", 1_400, "ivf")
    assert vectors.get().ids().tolist() == store.ids().tolist()


def test_recall_is_measured_again_when_enough_has_changed(store: WritableStore, tmp_path: Path) -> None:
    put(store, clustered(3_000), "a")
    vectors = DerivedVectors(tmp_path, store, "flat")
    tuned = tuning.tune(store, vectors, 0.9, "ivf")
    put(store, clustered(600, seed=3), "b")
    checked = tuning.renewed(settings_of(tuned), store, vectors)
    assert checked is not None
    assert (checked.passages, checked.checked) == (3_000, pytest.approx(0.2))
    vectors.get().effort = 1
    again = tuning.renewed(settings_of(replace(tuned, checked=0.0)), store, vectors)
    assert again is not None
    assert again.passages == 3_600


def test_a_space_that_crosses_the_size_gets_another_index(
    large: WritableStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = DerivedVectors(tmp_path, large, "flat")
    assert tuning.renewed(settings_of(None), large, vectors) is None  # 20,000 are not many yet
    monkeypatch.setattr(tuning, "EXACT_UP_TO", 10_000)
    tuned = tuning.renewed(settings_of(None), large, vectors)
    assert tuned is not None
    assert tuned.kind != "flat"
    assert tuned.recall >= 0.99
    assert tuning.renewed(settings_of(tuned), large, vectors) is None


def test_what_cannot_be_reached_by_lists_is_searched_exactly(
    store: WritableStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tuning, "EXACT_UP_TO", 100)
    monkeypatch.setattr(tuning, "_sizes", lambda dim: {"rabitq": 20, "flat": 4 * dim})
    put(store, unit(np.random.default_rng(1).normal(size=(2_000, DIM))), "a")
    tuned = tuning.tune(store, DerivedVectors(tmp_path, store, "flat"), recall=1.0)
    assert (tuned.kind, tuned.recall) == ("flat", 1.0)


def test_the_same_store_is_tuned_to_the_same_file(store: WritableStore, tmp_path: Path) -> None:
    put(store, clustered(3_000), "a")
    files = []
    for _ in range(2):
        tuning.tune(store, DerivedVectors(tmp_path, store, "flat"), 0.9, "rabitq")
        files.append((tmp_path / "vectors.faiss").read_bytes())
    assert files[0] == files[1]


def test_passages_with_the_same_text_do_not_count_as_missed(store: WritableStore, tmp_path: Path) -> None:
    put(store, np.repeat(clustered(50), 40, axis=0), "a")
    assert tuning.tune(store, DerivedVectors(tmp_path, store, "flat"), kind="flat").recall == 1.0


def test_what_makes_no_sense_is_refused(store: WritableStore, tmp_path: Path) -> None:
    vectors = DerivedVectors(tmp_path, store, "flat")
    for recall in (0.0, 1.5):
        with pytest.raises(InvalidInput):
            tuning.tune(store, vectors, recall)
    with pytest.raises(MissingDependency):
        tuning.tune(store, vectors, kind="hyperspace")


def test_the_receipt_is_kept_in_the_settings() -> None:
    tuned = Tuned("ivf", 8, "auto", 0.99, 0.992, 400, 50_000, 50_001, 776.5, 0.4, 3.2, 1.0e9)
    chosen = settings_of(tuned)
    assert decode(encode(chosen), "here") == chosen
    assert chosen.effort == 8


def test_a_space_says_how_its_index_was_tuned(tiny_models: Path, tmp_path: Path) -> None:
    with Space.create("notes", "tiny", home=tmp_path, models=tiny_models) as space:
        space.add_texts(["the cat sat on the mat", "the river and the sea", "a bread oven"])
        assert space.status().tuned is None
        tuned = space.tune(kind="ivf")
        assert space.status().tuned == tuned
        assert len(space.search("cat", mode="semantic", everything=True)) == 3
        space.add_texts(["a ship in the wind"])
    with Space.open("notes", home=tmp_path, models=tiny_models) as space:
        status = space.status()
        assert (status.index_kind, status.passages) == ("ivf", 4)
        assert status.text_bytes == 22 + 21 + 12 + 18
        assert len(space.search("ship", mode="semantic", everything=True)) == 4


def test_a_space_that_grows_large_is_tuned_by_itself(
    tiny_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tuning, "EXACT_UP_TO", 100)
    texts = [f"the {one} and the {other} {end}" for one in "abcdefgh" for other in "ijklmnop" for end in "xyz"]
    with Space.create("notes", "tiny", home=tmp_path, models=tiny_models) as space:
        space.add_texts(texts[:60])
        assert space.status().tuned is None
        space.add_texts(texts[60:])
        status = space.status()
        assert status.tuned is not None
        assert (status.tuned.asked, status.tuned.passages) == ("auto", len(texts))
        assert status.index_kind == status.tuned.kind
        assert len(space.search("the a", k=7, mode="semantic", everything=True)) == 7
    with Space.open("notes", home=tmp_path, models=tiny_models) as space:
        assert space.status() == status
        assert len(space.similar("#1", k=5)) == 5

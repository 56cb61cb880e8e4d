"""Unix verbs over meaning: each against brute force, and what must not blow up."""

from __future__ import annotations

import csv
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

import semspace
from semspace import sentences
from semspace.arrays import Vectors, unit
from semspace.encoders import Encoder
from semspace.errors import EmptyQuery, InvalidInput
from semspace.records import Role
from semspace.records.lines import Group, Pairs, Step
from semspace.sentences import grouping, matching, mining, nearest
from semspace.sentences.sieve import Sieve
from tests.conftest import WORDS

STSB = Path(__file__).parents[1] / "../shared/data/stsb/stsb-en-test.csv"
EDGE = 1e-5
"""How near to a threshold rounding may decide."""


class Given:
    """An encoder with a vector for each text: what is said of vectors can then be said of any."""

    name, max_tokens, fingerprint, tokenizer_json = "given", 64, "given", Path()

    def __init__(self, texts: Sequence[str], vectors: Vectors) -> None:
        self.dim = vectors.shape[1]
        self.known = dict(zip(texts, vectors, strict=True))
        self.seen: list[str] = []

    def encode(self, texts: Sequence[str], role: Role) -> Vectors:
        self.seen += texts
        return np.stack([self.known[text] for text in texts])

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [1 for _ in texts]

    def capacity(self, role: Role) -> int:
        return self.max_tokens


def crowd(count: int, dim: int = 96, spread: float = 0.35, seed: int = 3) -> Given:
    """Texts whose vectors lie in clusters, as near to each other as near-duplicates and paraphrases are."""
    dice = np.random.default_rng(seed)
    centres = unit(dice.normal(size=(max(2, count // 6), dim)))
    some = centres[dice.integers(len(centres), size=count)]
    vectors = unit(some + spread * dice.uniform(0.2, 1.6, (count, 1)) * dice.normal(size=(count, dim)) / dim**0.5)
    return Given([f"text {number}" for number in range(count)], vectors)


def all_pairs(given: Given, threshold: float) -> dict[tuple[int, int], float]:
    """Return all pairs that reach a threshold, by brute force."""
    vectors = np.stack(list(given.known.values()))
    scores = vectors @ vectors.T
    ones, others = np.nonzero(np.triu(scores >= threshold, 1))
    return {(one, other): float(scores[one, other]) for one, other in zip(ones.tolist(), others.tolist(), strict=True)}


def mined(given: Given, threshold: float, max_pairs: int = 100_000) -> Pairs:
    return semspace.pairs(list(given.known), threshold=threshold, max_pairs=max_pairs, encoder=given)


def places(group: Group) -> list[int]:
    return [group.first.index, *(line.index for line in group.others)]


@pytest.mark.parametrize("dim", [32, 96, 384])
@pytest.mark.parametrize("threshold", [0.5, 0.8, 0.9])
def test_pairs_are_those_of_brute_force(dim: int, threshold: float) -> None:
    given = crowd(1_500, dim)
    expected = all_pairs(given, threshold)
    found = {(pair.first.index, pair.second.index): pair.score for pair in mined(given, threshold)}
    assert len(expected) > 100
    assert [key for key in found.keys() ^ expected.keys() if abs(expected.get(key, found.get(key, 0)) - threshold) > EDGE] == []
    assert all(found[key] == pytest.approx(expected[key], abs=EDGE) for key in found.keys() & expected.keys())


def test_pairs_come_best_first_and_of_too_many_the_best_stay() -> None:
    given = crowd(1_200)
    expected = sorted(all_pairs(given, 0.3).values(), reverse=True)
    found = mined(given, 0.3, 200)
    assert len(expected) > 400
    assert found.capped
    assert [pair.score for pair in found] == pytest.approx(expected[:200], abs=EDGE)
    assert not mined(given, 0.3, len(expected)).capped


def test_the_sieve_loses_nothing_where_everything_is_near() -> None:
    dice = np.random.default_rng(1)
    vectors = unit(1 + 0.3 * dice.normal(size=(300, 96)))
    rows, columns, scores = Sieve(vectors).near(slice(0, 300), slice(0, 300), 0.9)
    expected = vectors @ vectors.T
    assert len(rows) > 10_000
    assert abs(len(rows) - int((expected >= 0.9).sum())) < 10
    assert scores == pytest.approx(expected[rows, columns], abs=EDGE)


def test_equal_sentences_are_encoded_once_and_no_pair() -> None:
    given = crowd(50)
    texts = [*given.known, *given.known, "", "  "]
    found = semspace.pairs(texts, threshold=-1.0, encoder=given)
    assert sorted(given.seen) == sorted(given.known)
    assert len(found) == 50 * 49 // 2
    assert {pair.first.index for pair in found} | {pair.second.index for pair in found} == set(range(50))


def test_beyond_a_size_pairs_come_from_an_index_and_are_true(monkeypatch: pytest.MonkeyPatch) -> None:
    given = crowd(3_000)
    exact = mined(given, 0.8)
    for module in (mining, grouping):
        monkeypatch.setattr(module, "EXACT", 1_000)
    monkeypatch.setattr(nearest, "COMPARED", 1_000)
    found = mined(given, 0.8)
    assert (exact.exact, found.exact) == (True, False)
    scores = {(pair.first.index, pair.second.index): pair.score for pair in exact}
    assert {(pair.first.index, pair.second.index) for pair in found} <= scores.keys()
    assert len(found) >= 0.95 * len(exact)
    assert len({(pair.first.index, pair.second.index) for pair in found}) == len(found)
    heads = {group.first.index for group in semspace.uniq(list(given.known), encoder=given)}
    monkeypatch.undo()
    expected = {group.first.index for group in semspace.uniq(list(given.known), encoder=given)}
    assert expected <= heads
    assert len(heads) <= 1.02 * len(expected)


def groups_by_hand(vectors: Vectors, threshold: float) -> list[list[int]]:
    """Go through sentences one by one, and give each to the nearest head before it."""
    groups: dict[int, list[int]] = {}
    for row in range(len(vectors)):
        heads = list(groups)
        scores = vectors[heads] @ vectors[row] if heads else np.empty(0)
        if len(heads) and scores.max() >= threshold:
            groups[heads[int(scores.argmax())]].append(row)
        else:
            groups[row] = [row]
    return list(groups.values())


@pytest.mark.parametrize("threshold", [0.6, 0.8, 0.9])
def test_near_duplicates_are_grouped_as_by_hand(threshold: float) -> None:
    # More than a block, so that heads come from earlier ones and from the same.
    given = crowd(2_600, spread=0.5)
    expected = groups_by_hand(np.stack(list(given.known.values())), threshold)
    found = [places(group) for group in semspace.uniq(list(given.known), threshold=threshold, encoder=given)]
    assert 100 < len(found) < 2_500
    assert found == expected


def test_no_two_kept_sentences_are_near_and_all_others_are_near_to_theirs() -> None:
    given = crowd(1_500)
    found = semspace.uniq(list(given.known), threshold=0.85, encoder=given)
    heads = np.stack([given.known[group.first.text] for group in found])
    scores = heads @ heads.T
    np.fill_diagonal(scores, -1)
    assert scores.max() < 0.85 + EDGE
    for group in found:
        for line in group.others:
            true = float(given.known[line.text] @ given.known[group.first.text])
            assert line.similarity == pytest.approx(true, abs=EDGE)
            assert true >= 0.85 - EDGE


def test_planted_duplicates_are_found_wherever_they_stand(tiny_encoder: Encoder) -> None:
    dice = random.Random(2)
    texts = list(dict.fromkeys(" ".join(dice.choices(WORDS, k=9)) for _ in range(700)))
    planted = [*texts[:60], *(text.upper() for text in texts[60:120]), *(f"  {text} " for text in texts[120:180])]
    every = [*texts, *planted]
    dice.shuffle(every)
    found = semspace.uniq(every, threshold=0.999, encoder=tiny_encoder)
    kept = [group.first.text.strip().lower() for group in found]
    assert len(kept) == len(set(kept))
    assert sorted(index for group in found for index in places(group)) == list(range(len(every)))
    assert [group.first.index for group in found] == sorted(group.first.index for group in found)


def test_blank_sentences_are_one_group_and_like_nothing_else(tiny_encoder: Encoder) -> None:
    texts = ["", "the sea", "   ", "the sea", "\t"]
    assert [places(group) for group in semspace.uniq(texts, threshold=-1.0, encoder=tiny_encoder)] == [[0, 2, 4], [1, 3]]
    assert [line.index for line in semspace.sort(texts, "sea", encoder=tiny_encoder)] == [1, 3, 0, 2, 4]
    assert [line.index for line in semspace.head(texts, 9, encoder=tiny_encoder)] == [1]
    assert [pair.first.index for pair in semspace.join(texts, texts, encoder=tiny_encoder)] == [1, 3]
    found = semspace.comm(texts, ["the sea"], encoder=tiny_encoder)
    assert [line.index for line in found.first] == [0, 2, 4]
    assert semspace.comm(texts, [" "], encoder=tiny_encoder).both[0].second.text == " "


def test_nothing_comes_of_nothing_and_no_encoder_is_opened() -> None:
    for texts in ([], ["", " "]):
        assert semspace.pairs(texts, encoder="no-such-model") == []
        assert semspace.head(texts, encoder="no-such-model") == []
        assert semspace.join(texts, texts, encoder="no-such-model") == []
        assert len(semspace.uniq(texts, encoder="no-such-model")) == bool(texts)
        assert len(semspace.sort(texts, "x", encoder="no-such-model")) == len(texts)
        assert len(semspace.comm(texts, [], encoder="no-such-model").first) == len(texts)


def two_lists() -> tuple[Given, list[str], list[str]]:
    given = crowd(900, spread=0.5)
    texts = list(given.known)
    return given, texts[:400], texts[400:]


def matrix(given: Given, first: list[str], second: list[str]) -> Vectors:
    return np.stack([given.known[text] for text in first]) @ np.stack([given.known[text] for text in second]).T


def test_every_sentence_gets_its_nearest_partner() -> None:
    given, first, second = two_lists()
    scores = matrix(given, first, second)
    found = semspace.join(first, second, encoder=given)
    assert [pair.first.index for pair in found] == list(range(400))
    assert [pair.second.index for pair in found] == scores.argmax(axis=1).tolist()
    assert [pair.score for pair in found] == pytest.approx(scores.max(axis=1).tolist(), abs=EDGE)
    few = semspace.join(first, second, threshold=0.8, encoder=given)
    assert len(few) == pytest.approx((scores.max(axis=1) >= 0.8).sum())


def test_mutual_partners_are_each_others_best() -> None:
    given, first, second = two_lists()
    scores = matrix(given, first, second)
    there, back = scores.argmax(axis=1), scores.argmax(axis=0)
    expected = [(row, int(there[row])) for row in range(400) if back[there[row]] == row]
    found = semspace.join(first, second, mutual=True, encoder=given)
    assert [(pair.first.index, pair.second.index) for pair in found] == expected
    assert 0 < len(found) < 400


def margins(scores: Vectors) -> Vectors:
    """Return the ratio margin of all pairs, by its formula."""
    there = np.sort(scores, axis=1)[:, -4:].sum(axis=1) / 8
    back = np.sort(scores, axis=0)[-4:].sum(axis=0) / 8
    return scores / np.maximum(0.01, there[:, None] + back[None, :])


def test_the_margin_is_that_of_the_paper() -> None:
    given, first, second = two_lists()
    scores = matrix(given, first, second)
    expected = margins(scores)
    found = semspace.join(first, second, margin=True, encoder=given)
    for pair in found:
        row, column = pair.first.index, pair.second.index
        assert pair.score == pytest.approx(expected[row, column], abs=1e-4)
        assert pair.similarity == pytest.approx(scores[row, column], abs=EDGE)
        best = np.argsort(-scores[row])[:4]
        assert pair.score == pytest.approx(expected[row, best].max(), abs=1e-4)
    assert {(pair.first.index, pair.second.index) for pair in found} != set(enumerate(scores.argmax(axis=1).tolist()))
    mutual = semspace.join(first, second, margin=True, mutual=True, encoder=given)
    assert len({pair.second.index for pair in mutual}) == len(mutual) < len(found)


def test_a_hub_is_no_good_partner_by_margin() -> None:
    # "hub" is near to all of the first list; by cosine it takes every partner, by margin none that has a better claim.
    first = unit(np.eye(6, 12) + 0.2)
    own = unit(first + 1.1 * np.roll(np.eye(6, 12), 6, axis=1))
    hub = unit(first.sum(axis=0))
    names, partners = [f"a{row}" for row in range(6)], [f"b{row}" for row in range(6)]
    given = Given([*names, *partners, "hub"], np.concatenate([first, own, hub]).astype(np.float32))
    by_cosine = semspace.join(names, [*partners, "hub"], encoder=given)
    by_margin = semspace.join(names, [*partners, "hub"], margin=True, encoder=given)
    assert {pair.second.text for pair in by_cosine} == {"hub"}
    assert [pair.second.text for pair in by_margin] == partners


def test_an_equal_sentence_is_the_best_partner(tiny_encoder: Encoder) -> None:
    found = semspace.join(["The Sea"], ["THE SEA", "the sea", "The Sea"], encoder=tiny_encoder)
    assert (found[0].second.text, found[0].score) == ("The Sea", 1.0)


def test_two_lists_are_told_apart_by_meaning() -> None:
    given, first, second = two_lists()
    scores = matrix(given, first, second)
    found = semspace.comm(first, second, threshold=0.8, encoder=given)
    assert [line.index for line in found.first] == np.flatnonzero(scores.max(axis=1) < 0.8).tolist()
    assert [line.index for line in found.second] == np.flatnonzero(scores.max(axis=0) < 0.8).tolist()
    assert [pair.first.index for pair in found.both] == np.flatnonzero(scores.max(axis=1) >= 0.8).tolist()
    assert 0 < len(found.both) < 400


def test_an_empty_list_has_nothing_in_common(tiny_encoder: Encoder) -> None:
    assert len(semspace.comm([], ["sea"], encoder=tiny_encoder).second) == 1
    assert len(semspace.comm(["sea"], [], encoder=tiny_encoder).first) == 1
    assert semspace.comm(["a\udcff"], ["a\udcff"], encoder=tiny_encoder).both


def test_sorted_sentences_are_the_most_similar_first(encoder: Encoder) -> None:
    texts = ["Interest is paid monthly.", "A loaf is baked at 230 degrees.", "The bread is in the oven.", "The mast broke."]
    found = semspace.sort(texts, "baking bread", encoder=encoder)
    assert {line.index for line in found[:2]} == {1, 2}
    scores = [line.similarity or 0.0 for line in found]
    assert scores == sorted(scores, reverse=True)
    backwards = semspace.sort(texts, "baking bread", reverse=True, encoder=encoder)
    assert [line.index for line in backwards] == [line.index for line in found][::-1]


def test_the_most_diverse_are_chosen_as_the_algorithm_says() -> None:
    given = crowd(300)
    vectors = np.stack(list(given.known.values()))
    chosen = [int((vectors @ vectors.mean(axis=0)).argmax())]
    while len(chosen) < 20:
        near = (vectors @ vectors[chosen].T).max(axis=1)
        near[chosen] = np.inf
        chosen.append(int(near.argmin()))
    found = semspace.head(list(given.known), 20, encoder=given)
    assert [line.index for line in found] == chosen
    assert [line.index for line in semspace.head(list(given.known), 5, encoder=given)] == chosen[:5]
    assert len(semspace.head(list(given.known), 1_000, encoder=given)) == 300


def test_diverse_sentences_leave_nothing_far_from_all_of_them(tiny_encoder: Encoder) -> None:
    given = crowd(600, spread=0.2)
    vectors = np.stack(list(given.known.values()))

    def reach(rows: list[int]) -> float:
        return float((vectors @ vectors[rows].T).max(axis=1).min())

    chosen = [line.index for line in semspace.head(list(given.known), 90, encoder=given)]
    dice = random.Random(1)
    assert reach(chosen) > max(reach(dice.sample(range(600), 90)) for _ in range(20))


def test_a_hundred_thousand_equal_sentences_are_one(tiny_encoder: Encoder) -> None:
    started = time.perf_counter()
    texts = ["the same again"] * 100_000
    assert [group.count for group in semspace.uniq(texts, encoder=tiny_encoder)] == [100_000]
    assert semspace.pairs(texts, encoder=tiny_encoder) == []
    assert len(semspace.join(texts, texts[:10], encoder=tiny_encoder)) == 100_000
    assert time.perf_counter() - started < 30


def test_a_crowd_of_near_duplicates_is_bounded_in_pairs_and_time() -> None:
    vectors = unit(np.ones((1, 64)) + 0.01 * np.random.default_rng(1).normal(size=(12_000, 64)))
    given = Given([f"text {number}" for number in range(12_000)], vectors)
    found = mined(given, 0.8, 1_000)
    assert (len(found), found.capped) == (1_000, True)
    assert min(pair.score for pair in found) > 0.9999
    assert len(semspace.uniq(list(given.known), encoder=given)) == 1


def test_bytes_that_are_no_text_do_not_make_lines_alike(encoder: Encoder) -> None:
    one, other = (text.encode("latin-1").decode("utf-8", "surrogateescape") for text in ("gr\xfcn", "gr\xdfn"))
    plain = semspace.sort([one, other], "gr\xfcn", encoder=encoder)
    assert plain[0].text == one
    assert plain[0].similarity != plain[1].similarity
    assert len(semspace.uniq(["\ud800", "\udcff"], threshold=1.0, encoder=encoder)) in {1, 2}


def test_whoever_wants_to_know_is_told_how_far_it_is() -> None:
    steps: list[Step] = []
    given = crowd(2_100)
    semspace.uniq(list(given.known), encoder=given, progress=steps.append)
    assert {step.what for step in steps} == {"encoding", "comparing"}
    assert all(0 <= step.done <= step.total for step in steps)


def refused() -> list[Callable[[], object]]:
    return [
        lambda: semspace.uniq("one text"),
        lambda: semspace.uniq(["a"], threshold=1.1),
        lambda: semspace.pairs(["a"], threshold=float("nan")),
        lambda: semspace.pairs(["a"], max_pairs=0),
        lambda: semspace.head(["a"], 0),
        lambda: semspace.join(["a"], ["b"], threshold=2.0),
        lambda: semspace.comm(["a"], ["b"], threshold=-2.0),
    ]


@pytest.mark.parametrize("number", range(7))
def test_wrong_input_is_an_error(number: int) -> None:
    with pytest.raises(InvalidInput):
        refused()[number]()


def test_a_blank_text_is_nothing_to_sort_by() -> None:
    with pytest.raises(EmptyQuery):
        semspace.sort(["a"], " ")


def test_the_encoder_may_be_named(models: Path) -> None:
    found = semspace.pairs(["A cat sleeps.", "A cat is asleep.", "Taxes rise."], encoder="all-MiniLM-L6-v2")
    assert [(pair.first.index, pair.second.index) for pair in found] == [(0, 1)]


@pytest.mark.skipif(not STSB.is_file(), reason="the data set stsb is not beside this checkout")
def test_the_best_pairs_of_real_sentences_are_those_of_brute_force_and_people_agree(encoder: Encoder) -> None:
    with STSB.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    texts = list(dict.fromkeys(text for row in rows for text in row[:2]))
    found = sentences.pairs(texts, threshold=0.5, max_pairs=20_000, encoder=encoder)
    vectors = encoder.encode(texts, "passage")
    scores = vectors @ vectors.T
    for pair in found:
        assert pair.score == pytest.approx(scores[pair.first.index, pair.second.index], abs=EDGE)
    every = np.sort(scores[np.triu_indices(len(texts), 1)])[::-1]
    assert [pair.score for pair in found] == pytest.approx(every[: len(found)].tolist(), abs=EDGE)
    assert found.capped == (int((every >= 0.5).sum()) > 20_000)
    gold = {frozenset(row[:2]): float(row[2]) for row in rows}
    judged = [gold[key] for pair in found if (key := frozenset((pair.first.text, pair.second.text))) in gold][:200]
    assert np.mean(judged) > 4.0


def test_the_verbs_are_functions_of_the_package() -> None:
    assert semspace.pairs is mining.pairs
    assert semspace.uniq is grouping.uniq
    assert semspace.join is matching.join

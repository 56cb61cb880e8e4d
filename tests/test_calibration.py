"""What a space learns of itself: how much words weigh, and when the best hit is no answer."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest

from semspace.arrays import Vectors, unit
from semspace.calibration import ENOUGH, WEIGHT, Calibration, Trial, combine, evidence, fit, fit_weight, share
from semspace.learning import learn
from semspace.pseudoqueries import everyday, nonsense, questions
from semspace.ranking import Candidates
from semspace.records import Role

WORDS = """
water flows down river bank delta estuary current flood stream valley meander sediment tide marsh
planet orbit moon telescope crater comet ring gravity star asteroid dust probe eclipse solar axis
flour yeast dough oven crust loaf rise knead salt bake crumb starter rye wheat proof
sail mast hull rudder deck anchor keel rope harbor captain crew wind voyage cargo knot
"""
SUBJECTS = [line.split() for line in WORDS.strip().splitlines()]
DIM = 64


def encode(texts: Sequence[str], role: Role) -> Vectors:
    """Map words to fixed random directions near that of their subject; what is of no subject has its own."""
    vectors = []
    for text in texts:
        total = np.zeros(DIM)
        for word in text.lower().replace(".", " ").split():
            rng = np.random.default_rng(sum(ord(letter) * 31**place for place, letter in enumerate(word)) % 2**32)
            total += rng.normal(size=DIM)
            for place, subject in enumerate(SUBJECTS):
                if word in subject:
                    total += 2.5 * np.random.default_rng(place).normal(size=DIM)
        vectors.append(total + 1e-3)
    return unit(vectors)


def passages(count: int, seed: int = 3) -> list[tuple[int, str, str]]:
    rng = np.random.default_rng(seed)
    found = []
    for number in range(count):
        words = SUBJECTS[number % len(SUBJECTS)]
        sentences = [" ".join(rng.choice(words, size=6)) + f" w{number}x{place}." for place in range(4)]
        found.append((number, "", " ".join(sentences).capitalize()))
    return found


class World:
    """A space in memory: brute force over vectors and words."""

    def __init__(self, texts: Sequence[tuple[int, str, str]]) -> None:
        self.ids = np.array([number for number, _, _ in texts], dtype=np.int64)
        self.vectors = encode([text for _, _, text in texts], "passage") if texts else np.empty((0, DIM), np.float32)
        self.words = [Counter(text.lower().replace(".", " ").split()) for _, _, text in texts]
        self.held = Counter(word for words in self.words for word in words)

    def weights(self, query: str) -> dict[str, float]:
        total = len(self.words)
        stems = query.lower().replace(".", " ").split()
        return {word: float(np.log(1 + (total - self.held[word] + 0.5) / (self.held[word] + 0.5))) for word in stems}

    def share(self, query: str, text: str) -> float:
        return share(self.weights(query), text.lower().replace(".", " ").split(), 28.0)

    def find(self, query: str, vector: Vectors) -> Candidates:
        shares = np.array([share(self.weights(query), list(words.elements()), 28.0) for words in self.words])
        return Candidates(self.ids, (self.vectors @ vector[0]).astype(np.float64), shares)

    def find_each(self, queries: Sequence[str], vectors: Vectors) -> list[Candidates]:
        return [self.find(query, vectors[row : row + 1]) for row, query in enumerate(queries)]

    def learn(self, texts: Sequence[tuple[int, str, str]]) -> Calibration:
        return learn(texts, len(texts), encode, self.find_each, self.share)

    def relevance(self, calibration: Calibration, query: str) -> float:
        vector = encode([query], "query")
        found = self.find(query, vector)
        scores = combine(found.dense, found.lexical, calibration.weight)
        best = evidence(found.dense, found.lexical, scores, calibration.everyday(vector))
        return float(calibration.relevance("hybrid", best, np.sort(scores)[::-1])[0])


@pytest.fixture(scope="module")
def texts() -> list[tuple[int, str, str]]:
    return passages(200)


@pytest.fixture(scope="module")
def world(texts: list[tuple[int, str, str]]) -> World:
    return World(texts)


@pytest.fixture(scope="module")
def calibration(world: World, texts: list[tuple[int, str, str]]) -> Calibration:
    return world.learn(texts)


def test_what_a_space_is_about_is_found_and_everyday_questions_are_not(world: World, calibration: Calibration) -> None:
    about = ["river delta flood sediment", "orbit comet telescope", "knead dough rye oven", "rudder mast keel voyage"]
    foreign = ["how do I reverse a list in Python", "notice period in an employment contract", "penalty shoot-out rules"]
    assert min(world.relevance(calibration, query) for query in about) >= 0.5
    assert max(world.relevance(calibration, query) for query in foreign) < 0.5


@pytest.mark.parametrize("query", nonsense(5, seed=99))
def test_nonsense_words_find_nothing(world: World, calibration: Calibration, query: str) -> None:
    assert world.relevance(calibration, query) < 0.5


def test_it_loses_no_more_of_its_own_questions_than_it_may_and_rejects_foreign_ones(calibration: Calibration) -> None:
    assert calibration.basis == "passages"
    assert calibration.kept >= 0.92
    assert calibration.rejected >= 0.9


def test_the_same_passages_give_the_same_calibration(
    world: World, calibration: Calibration, texts: list[tuple[int, str, str]]
) -> None:
    assert world.learn(texts).to_json() == calibration.to_json()


def test_relevance_falls_with_the_score_and_stays_a_share(calibration: Calibration) -> None:
    scores = np.linspace(0.9, -0.4, 50)
    for mode in ("hybrid", "semantic", "lexical"):
        relevance = calibration.relevance(mode, np.array([0.6, 0.5, 0.3, 0.2]), scores)
        assert (np.diff(relevance) <= 0).all()
        assert relevance[0] > relevance[-1]
        assert relevance.min() >= 0
        assert relevance.max() <= 1


@pytest.mark.parametrize("better", [0, 1])
def test_more_evidence_is_never_less_relevant(calibration: Calibration, better: int) -> None:
    found = np.array([0.4, 0.3, 0.3, 0.2])
    more = found.copy()
    more[better] += 0.2
    one = np.array([1.0])
    assert calibration.relevance("hybrid", more, one)[0] > calibration.relevance("hybrid", found, one)[0]


def test_without_a_calibration_nothing_is_held_against_a_hit() -> None:
    unknown = Calibration()
    assert unknown.relevance("hybrid", np.zeros(4), np.array([0.3, 0.1])).tolist() == [1.0, 1.0]
    assert unknown.everyday(encode(["flour"], "query")) == 0.0
    assert unknown.basis == "nothing"


@pytest.mark.parametrize("count", [0, 1, 10])
def test_a_space_with_too_few_passages_is_judged_by_foreign_questions_alone(count: int) -> None:
    few = passages(count)
    world = World(few)
    calibration = world.learn(few)
    assert calibration.basis == ("background" if count else "nothing")
    assert calibration.questions == 0
    assert calibration.weight == WEIGHT
    if count:
        assert world.relevance(calibration, few[0][2].split(".")[0]) >= 0.5
        assert world.relevance(calibration, "notice period in an employment contract") < 0.5
        assert world.relevance(calibration, "zatu mepo") < 0.5


def test_it_is_kept_as_text_and_read_back(world: World, calibration: Calibration) -> None:
    again = Calibration.from_json(calibration.to_json())
    assert again.to_json() == calibration.to_json()
    assert again.judges == calibration.judges
    for query in ("knead dough rye oven", "notice period in an employment contract"):
        assert world.relevance(again, query) == pytest.approx(world.relevance(calibration, query), abs=1e-3)
    assert len(calibration.to_json()) < 100_000
    assert Calibration.from_json(Calibration().to_json()).basis == "nothing"


@pytest.mark.parametrize("text", ["", "{}", "[]", json.dumps({"weight": 1})])
def test_what_is_no_calibration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"cannot be read|line 1"):
        Calibration.from_json(text)


def test_it_is_stale_when_a_fifth_of_the_space_is_new(calibration: Calibration) -> None:
    assert not calibration.stale(200)
    assert not calibration.stale(239)
    assert calibration.stale(241)
    assert calibration.stale(100)
    assert Calibration().stale(50)


def trials(strong: str, count: int = 150) -> list[Trial]:
    """Questions whose answer one side tells from 50 others and the other side does not."""
    rng = np.random.default_rng(1)
    found = []
    for _ in range(count):
        sides = {side: rng.normal(0.3, 0.1, 51) for side in ("dense", "lexical")}
        sides[strong][0] += 0.25
        found.append(Trial(sides["dense"], sides["lexical"]))
    return found


def test_the_side_that_tells_answers_apart_weighs_more() -> None:
    assert fit_weight(trials("lexical")) > 3 * WEIGHT
    assert fit_weight(trials("dense")) < WEIGHT / 3


def test_without_trials_the_weight_is_the_usual_one_and_few_change_little() -> None:
    assert fit_weight([]) == pytest.approx(WEIGHT)
    assert fit_weight([], usual=0.6) == pytest.approx(0.6)
    assert WEIGHT < fit_weight(trials("lexical", count=2)) < fit_weight(trials("lexical"))


def test_a_space_of_everyday_subjects_keeps_its_own_questions() -> None:
    rng = np.random.default_rng(5)
    own, foreign = rng.normal(0.6, 0.1, (200, 4)), rng.normal(0.55, 0.1, (200, 4))
    judge = fit(own, foreign)["lexical"]
    assert (own @ np.array(judge.weights) >= judge.cut).mean() >= 0.97


def test_kinds_of_evidence_that_a_mode_has_not_do_not_count() -> None:
    rng = np.random.default_rng(5)
    judges = fit(rng.normal(0.6, 0.1, (ENOUGH, 4)), rng.normal(0.2, 0.1, (50, 4)))
    assert judges["lexical"].weights[0] == judges["lexical"].weights[2] == 0
    assert judges["semantic"].weights[1] == 0
    assert all(weight >= 0 for judge in judges.values() for weight in judge.weights[:3])


def test_a_text_with_every_word_has_a_larger_share_than_one_with_some() -> None:
    weights = {"rare": 5.0, "common": 1.0}
    every, rare, common = (
        share(weights, words.split(), 4.0) for words in ("rare common here now", "rare here and now", "a common one here")
    )
    assert 1 > every > rare > common > 0
    assert share(weights, ["none", "of", "them"], 4.0) == 0
    assert share({}, ["word"], 4.0) == 0


def test_a_question_is_taken_out_of_its_passage() -> None:
    text = "Tomatoes need sun and warmth. Water them early in the morning. Prune the side shoots every single week."
    for question in questions([(7, text)] * 20, 20):
        assert question.passage == 7
        assert question.sentence
        assert question.text in text
        assert question.text not in question.rest


def test_a_passage_of_one_sentence_is_halved_and_a_word_is_not_asked() -> None:
    text = "american bird with a whitish bill"
    (question,) = questions([(1, "word"), (2, "   "), (3, text)], 9)
    assert (question.passage, question.sentence) == (3, False)
    assert sorted(f"{question.text} {question.rest}".split()) == sorted(text.split())


def test_a_question_is_as_short_as_people_ask() -> None:
    long = " ".join(f"word{place}" for place in range(60))
    (question,) = questions([(1, f"{long}. {long} again.")], 1)
    assert len(question.text.split()) <= 16


def test_sentences_of_unspaced_scripts_are_sentences() -> None:
    text = "黑豹队的防守只丢了308分，在联赛中排名第六。野马队在分区轮击败了匹兹堡钢人队并且拿下十一分。"  # noqa: RUF001
    (question,) = questions([(1, text)], 1)
    assert question.sentence
    assert question.rest


def test_everyday_questions_are_of_many_subjects_and_languages() -> None:
    lines = [line for subject in everyday().values() for line in subject]
    assert len(everyday()) >= 20
    assert len(lines) == len(set(lines)) >= 200
    assert not any(line.startswith("#") for line in lines)
    assert sum(not line.isascii() for line in lines) >= 15

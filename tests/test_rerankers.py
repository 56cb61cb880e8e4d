"""A search with a cross-encoder: who judged is said, its judgement counts, and a better judge gives better answers."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from semspace import Space, encoders
from semspace.arrays import Ranking
from semspace.cli import main
from semspace.encoders import rerankers
from semspace.errors import InvalidInput, ModelNotFound
from semspace.records import Passage
from semspace.reranking import PairJudge, rerank

SAID = """
the of and to in is that for it as was with be by on not he his but at are this have from or had they which
one you were all her she there would their we him been has when who will no more if out so said what up its about cat dog
sat mat river mountain sea rain bread oven flour star planet orbit bank money price engine ship sail wind
""".split()  # noqa: SIM905
"""Words that are one token each to the models of these tests."""

LENGTH = 3


def sample(rng: random.Random, word: str, *, held: bool) -> list[str]:
    """Draw different words, with one among them or without."""
    words = rng.sample([other for other in SAID if other != word], LENGTH)
    if held:
        words[rng.randrange(LENGTH)] = word
    return words


def trained(model: Any) -> None:
    """Train a cross-encoder, from random weights, to see whether a passage holds the word that is asked for: 5 s."""
    import torch

    rng, _ = random.Random(1), torch.manual_seed(1)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # so small a model gains nothing from more, and waits for them on a busy machine
    for module in model.modules():
        if isinstance(module, (torch.nn.Linear, torch.nn.Embedding)):
            module.weight.data.normal_(0.0, 0.1)
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    bert, number = model[0].model, model.tokenizer.get_vocab()
    types = torch.tensor([[0] * 3 + [1] * (LENGTH + 1)] * 64)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.0)
    wanted = torch.tensor([float(row % 2) for row in range(64)])
    model.train()
    for _step in range(600):
        words = [rng.choice(SAID) for _ in range(64)]
        rows = [["[CLS]", w, "[SEP]", *sample(rng, w, held=row % 2 == 1), "[SEP]"] for row, w in enumerate(words)]
        ids = torch.tensor([[number[piece] for piece in row] for row in rows])
        logits = bert(input_ids=ids, token_type_ids=types).logits[:, 0]
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, wanted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def models(
    make_model: Callable[..., Path], make_cross_encoder: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Make a folder of models: an encoder that means nothing, and a cross-encoder that was trained."""
    folder = tmp_path_factory.mktemp("models")
    encoders.add(make_model(), models=folder, name="tiny")
    encoders.add(make_cross_encoder(train=trained, width=64), models=folder, name="matcher")
    return folder


@pytest.fixture(scope="module")
def texts() -> list[str]:
    rng = random.Random(5)
    return sorted({" ".join(rng.sample(SAID, LENGTH)) for _ in range(120)})


@pytest.fixture(scope="module")
def home(models: Path, texts: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder of spaces that holds one, of short texts."""
    folder = tmp_path_factory.mktemp("home")
    with Space.create("words", "tiny", home=folder, models=models) as made:
        made.add_texts(texts, [f"t{row}" for row in range(len(texts))], whole=True)
    return folder


@pytest.fixture
def space(home: Path, models: Path) -> Iterator[Space]:
    with Space.open("words", home=home, models=models) as opened:
        yield opened


def test_a_trained_judge_finds_what_the_encoder_does_not(space: Space, texts: list[str]) -> None:
    """Of 50 candidates of an encoder without meaning, those that hold the word come first."""

    def precision(word: str, **wishes: object) -> float:
        hits = space.search(word, 50, "semantic", everything=True, **wishes)  # type: ignore[arg-type]
        held = np.array([word in hit.text.split() for hit in hits])
        found = int(held.sum())
        return float(held[:found].mean()) if found else np.nan

    words = [word for word in SAID if sum(word in text.split() for text in texts) > 2]
    plain, judged = (np.nanmean([precision(w, **wish) for w in words]) for wish in ({}, {"rerank": "matcher"}))
    assert judged > 0.75
    assert judged > plain + 0.25


def test_the_order_is_that_of_the_score_pooled_with_the_log_odds(space: Space, models: Path) -> None:
    judge = rerankers.load("matcher", models=models)
    plain = space.search("river", 50, everything=True, explain=True)
    again = space.search("river", 50, everything=True, rerank="matcher", explain=True)
    assert all(hit.evidence and hit.evidence.echo is None for hit in again)
    logits = judge.logits("river", [hit.text for hit in plain])
    # A judge who reads has no need of a guess.
    pooled = {
        hit.id: hit.score - ((hit.evidence and hit.evidence.echo) or 0) + float(logit) / 14
        for hit, logit in zip(plain, logits, strict=True)
    }
    assert [hit.id for hit in again] == sorted(pooled, key=lambda number: -pooled[number])
    assert [hit.score for hit in again] == pytest.approx([pooled[hit.id] for hit in again], abs=1e-5)
    shown = dict(zip([hit.id for hit in plain], judge.scores(logits).tolist(), strict=True))
    for hit in again:
        assert hit.evidence is not None
        assert hit.evidence.pair == pytest.approx(shown[hit.id], abs=1e-5)
        assert hit.evidence.reranker == "matcher"
        assert hit.evidence.interaction is None


def test_who_judged_is_said(space: Space) -> None:
    assert space.search("river").reranker is None
    assert space.search("river", rerank=True).reranker == "matcher"
    assert space.search("river", rerank="matcher").reranker == "matcher"
    own = space.search("river", rerank="tokens", everything=True, explain=True)
    assert own.reranker == "tokens"
    assert own[0].evidence is not None
    assert own[0].evidence.interaction is not None
    assert own[0].evidence.pair is None


def test_without_a_reranker_the_encoders_own_tokens_judge(home: Path, tiny_models: Path) -> None:
    with Space.open("words", home=home, models=tiny_models) as opened:
        assert opened.search("river", rerank=True).reranker == "tokens"


def test_an_encoder_or_an_unknown_name_is_no_judge(space: Space) -> None:
    with pytest.raises(ModelNotFound, match="no reranker 'absent'"):
        space.search("river", rerank="absent")
    with pytest.raises(InvalidInput, match="tiny is an encoder, no reranker"):
        space.search("river", rerank="tiny")


def test_scores_fall_from_hit_to_hit_beyond_what_was_read(space: Space) -> None:
    for wish in ("matcher", "tokens"):
        hits = space.search("river", 110, "semantic", everything=True, rerank=wish)
        assert len(hits) > 100
        scores = [hit.score for hit in hits]
        assert scores == sorted(scores, reverse=True)


class Counting:
    """A scorer that says no to everything, and counts what it read."""

    name = "counting"

    def __init__(self) -> None:
        self.read: list[str] = []

    def logits(self, query: str, passages: list[str]) -> np.ndarray:
        self.read += passages
        return np.full(len(passages), -20.0, dtype=np.float32)

    def scores(self, logits: np.ndarray) -> np.ndarray:
        return logits


def test_no_passage_is_read_twice_for_one_query() -> None:
    scorer = Counting()
    judge = PairJudge(scorer, lambda ids: {number: Passage(0, 2, str(number)) for number in ids.tolist() if number != 7}, 14.0)
    known: dict[int, float] = {}
    ranking = Ranking.of(np.arange(80), np.linspace(1, 0, 80, dtype=np.float32))
    first = rerank("q", ranking, judge, known)
    assert len(scorer.read) == judge.depth - 1  # 7 has just been removed
    assert rerank("q", ranking, judge, known).ids.tolist() == first.ids.tolist()
    assert len(scorer.read) == judge.depth - 1
    assert sorted(first.ids.tolist()) == list(range(80))
    assert (np.diff(first.scores) <= 0).all()
    assert len(rerank("q", Ranking.empty(), judge, known)) == 0


def said(capsys: pytest.CaptureFixture[str], home: Path, models: Path, *words: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main([*words, "--index", "words", "--home", str(home), "--models", str(models)])
    written = capsys.readouterr()
    return code, written.out, written.err


def test_the_word_after_a_bare_rerank_is_the_query(capsys: pytest.CaptureFixture[str], home: Path, models: Path) -> None:
    for words, name in (
        (["--rerank", "river"], "matcher"),
        (["river", "--rerank"], "matcher"),
        (["--rerank=tokens", "river"], "tokens"),
        (["--rerank=matcher", "river"], "matcher"),
        (["river"], None),
    ):
        code, out, _ = said(capsys, home, models, "search", *words, "--all", "--json", "--explain")
        assert code == 0
        found = json.loads(out)
        assert found["query"] == "river"
        assert found["reranker"] == name
    code, out, err = said(capsys, home, models, "search", "--rerank=absent", "river")
    assert code == 2
    assert "no reranker 'absent'" in err
    code, out, _ = said(capsys, home, models, "search", "--rerank=matcher", "river", "--all", "--explain")
    assert "matcher 0." in out or "matcher 1." in out

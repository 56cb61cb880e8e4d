"""Meaning without a space."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

import semspace
from semspace.encoders import Encoder
from semspace.encoders.sources import find
from semspace.errors import EmptyQuery, InvalidInput, ModelNotFound

STSB = Path(__file__).parents[1] / "../shared/data/stsb/stsb-en-test.csv"


def test_near_texts_are_more_similar_than_far_ones(encoder: Encoder) -> None:
    near = semspace.similarity("A cat is sleeping on the sofa.", "A kitten naps on the couch.")
    far = semspace.similarity("A cat is sleeping on the sofa.", "The central bank raised interest rates.")
    assert near > 0.5 > 0.2 > far
    assert semspace.similarity("same", "same") == pytest.approx(1, abs=1e-6)


def test_texts_become_unit_vectors(encoder: Encoder) -> None:
    vectors = semspace.encode(["one", "two words", ""])
    assert vectors.shape == (3, encoder.dim)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert semspace.encode([]).shape == (0, encoder.dim)


def test_the_nearest_of_a_few_texts_come_first(encoder: Encoder) -> None:
    texts = ["Bake the loaf at 230 degrees.", "The ship lost its mast.", "Interest is paid monthly."]
    found = semspace.search_texts("sailing accident", texts, k=2)
    assert found[0][0] == 1
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
    assert semspace.search_texts("x", [], 3) == []


def test_wrong_input_is_an_error(tiny_models: Path) -> None:
    with pytest.raises(InvalidInput):
        semspace.encode("one text", model="tiny", models=tiny_models)
    with pytest.raises(EmptyQuery):
        semspace.search_texts(" ", ["a"], model="tiny", models=tiny_models)
    with pytest.raises(InvalidInput):
        semspace.search_texts("a", ["a"], 0, model="tiny", models=tiny_models)
    with pytest.raises(ModelNotFound):
        semspace.encode(["a"], model="no-such-model")


@pytest.mark.skipif(not STSB.is_file(), reason="the data set stsb is not beside this checkout")
def test_similarity_ranks_sentence_pairs_as_sentence_transformers_does(encoder: Encoder) -> None:
    from sentence_transformers import SentenceTransformer

    with STSB.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    gold = [float(row[2]) for row in rows]
    ours = [semspace.similarity(row[0], row[1]) for row in rows[:50]]
    first, second = (semspace.encode([row[side] for row in rows]) for side in (0, 1))
    batched = (first * second).sum(axis=1)
    assert batched[:50] == pytest.approx(ours, abs=1e-5)
    reference = SentenceTransformer(str(find("all-MiniLM-L6-v2").folder), device="cpu")
    theirs = [reference.encode([row[side] for row in rows], normalize_embeddings=True) for side in (0, 1)]
    expected = spearmanr(gold, (theirs[0] * theirs[1]).sum(axis=1)).statistic
    assert spearmanr(gold, batched).statistic == pytest.approx(expected, abs=0.002)
    assert expected > 0.8

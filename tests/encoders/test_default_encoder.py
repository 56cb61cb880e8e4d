"""The default encoder, the real one, on real sentences."""

from __future__ import annotations

import numpy as np

from semspace import encoders
from semspace.encoders import sources
from semspace.encoders.convert import open_original, quiet, reference

SENTENCES = [
    "A man is playing a guitar on the stage.",
    "Someone performs music for an audience.",
    "The central bank raised interest rates by a quarter of a point.",
    "Knead the dough for ten minutes and let it rise overnight.",
    "The telescope shows the moons of Jupiter on a clear night.",
    "Mitochondria convert nutrients into the energy that a cell uses. " * 30,
    "Wie spät ist es?",
    "ok",
]


def test_it_agrees_with_sentence_transformers(encoder):
    with quiet():
        model = open_original(
            sources.Source("original", sources.find(encoders.DEFAULT).folder, "original"), trust_remote_code=False
        )
        wanted = reference(model, SENTENCES, "passage", "")
    found = encoder.encode(SENTENCES, "passage")
    assert (found * wanted).sum(axis=1).min() >= 0.9999
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_it_is_the_model_that_is_documented(encoder):
    assert (encoder.name, encoder.dim, encoder.max_tokens) == ("all-MiniLM-L6-v2", 384, 256)
    assert encoder.card.kind == "onnx"


def test_a_batch_equals_one_by_one(encoder):
    alone = np.concatenate([encoder.encode([text], "passage") for text in SENTENCES])
    np.testing.assert_allclose(encoder.encode(SENTENCES, "passage"), alone, atol=1e-5)


def test_what_means_the_same_is_nearest(encoder):
    query = encoder.encode(["a musician plays live"], "query")
    assert set(np.argsort(-(query @ encoder.encode(SENTENCES, "passage").T)[0])[:2]) == {0, 1}


def test_all_its_names_mean_it(models):
    for name in (None, "all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2"):
        assert encoders.load(name, models=models, progress=print).name == encoders.DEFAULT

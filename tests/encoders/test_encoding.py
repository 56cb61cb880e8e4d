"""Texts -> unit vectors, whatever the texts."""

from __future__ import annotations

import subprocess
import sys
from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semspace import encoders
from semspace.encoders.batching import batches, distinct, sound
from semspace.errors import InvalidInput

TEXTS = [
    "the cat sat on the mat",
    "",
    "rain",
    "the mountain and the river and the sea " * 40,
    "the dog",
    "UPPER and lower, 2 + 2 = 4",
    "東京 and emoji \N{ROCKET}",
    "the cat sat on the mat",
]


def test_every_vector_has_unit_length(tiny_encoder):
    vectors = tiny_encoder.encode(TEXTS, "passage")
    assert vectors.shape == (len(TEXTS), tiny_encoder.dim)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_a_batch_equals_one_by_one_in_order(tiny_encoder):
    alone = np.concatenate([tiny_encoder.encode([text], "passage") for text in TEXTS])
    np.testing.assert_allclose(tiny_encoder.encode(TEXTS, "passage"), alone, atol=1e-5)
    assert len(np.unique(alone.round(3), axis=0)) == len(set(TEXTS)), "different texts must differ for this to mean much"


def test_equal_texts_get_equal_vectors(tiny_encoder):
    vectors = tiny_encoder.encode(TEXTS, "passage")
    assert (vectors[0] == vectors[-1]).all()


def test_more_texts_than_are_tokenised_at_once_keep_their_order(tiny_encoder):
    texts = [f"the cat {i} " + "and rain " * (i % 7) for i in range(2100)]
    vectors = tiny_encoder.encode(texts, "passage")
    for i in (0, 1023, 1024, 2048, 2099):
        np.testing.assert_allclose(vectors[i], tiny_encoder.encode([texts[i]], "passage")[0], atol=1e-5)


def test_no_texts_give_no_vectors(tiny_encoder):
    assert tiny_encoder.encode([], "query").shape == (0, tiny_encoder.dim)


def test_what_is_beyond_the_limit_does_not_count(tiny_encoder):
    fits = "rain " * tiny_encoder.capacity("passage")
    one, same, other = tiny_encoder.encode([fits, fits + "bread " * 30, "bread " * 30 + fits], "passage")
    np.testing.assert_allclose(one, same, atol=1e-5)
    assert one @ other < 0.99


def test_tokens_are_counted_uncut_and_without_special_ones(tiny_encoder):
    assert tiny_encoder.count_tokens(["", "the cat", "rain " * 500]) == [0, 2, 500]
    assert tiny_encoder.capacity("query") == tiny_encoder.max_tokens - 2


def test_broken_characters_of_a_terminal_do_not_stop_a_query(tiny_encoder):
    broken = b"caf\xe9 rain".decode("utf-8", "surrogateescape")
    assert sound(broken) == "caf\N{REPLACEMENT CHARACTER} rain"
    assert (tiny_encoder.encode([broken], "query") == tiny_encoder.encode([sound(broken)], "query")).all()
    assert tiny_encoder.count_tokens([broken]) == tiny_encoder.count_tokens([sound(broken)])


@given(st.lists(st.text(max_size=200), max_size=8))
def test_any_text_at_all_has_a_vector(tiny_encoder, texts):
    vectors = tiny_encoder.encode(texts, "passage")
    assert np.isfinite(vectors).all()
    assert len(vectors) == len(texts)


def test_roles_with_prompts_differ(make_model, tmp_path):
    folder = make_model(prompts={"query": "query : ", "document": "passage : "})
    encoder = encoders.load(folder, models=tmp_path)
    query, passage = (encoder.encode(["the cat"], role)[0] for role in ("query", "passage"))
    assert query @ passage < 0.999
    assert encoder.capacity("query") == encoder.max_tokens - 2 - 2


def test_roles_without_prompts_are_alike(tiny_encoder):
    assert (tiny_encoder.encode(["the cat"], "query") == tiny_encoder.encode(["the cat"], "passage")).all()


def test_every_runtime_gives_the_same_vectors(tiny_models, tiny_encoder):
    slow = encoders.load("tiny", models=tiny_models, runtime="transformer")
    assert slow.fingerprint == tiny_encoder.fingerprint
    assert slow.count_tokens(TEXTS) == tiny_encoder.count_tokens(TEXTS)
    assert slow.capacity("passage") == tiny_encoder.capacity("passage")
    assert slow.encode([], "query").shape == (0, slow.dim)
    for role in ("query", "passage"):
        np.testing.assert_allclose(slow.encode(TEXTS, role), tiny_encoder.encode(TEXTS, role), atol=1e-5)


def test_a_gpu_gives_nearly_the_same_vectors(tiny_models, tiny_encoder):
    import torch

    if not torch.cuda.is_available():
        with pytest.raises(InvalidInput, match="GPU"):
            encoders.load("tiny", models=tiny_models, device="cuda")
        pytest.skip("this machine has no GPU")
    fast = encoders.load("tiny", models=tiny_models, device="cuda")
    assert (fast.encode(TEXTS, "query") * tiny_encoder.encode(TEXTS, "query")).sum(axis=1).min() > 0.999


def test_a_query_imports_no_torch(tiny_models):
    program = """
import sys
from pathlib import Path
from semspace import encoders
encoders.load("tiny", models=Path(sys.argv[1])).encode(["the cat"], "query")
heavy = {"torch", "transformers", "sentence_transformers", "pandas", "onnx", "huggingface_hub", "sqlite_utils", "scipy"}
raise SystemExit(", ".join(sorted(heavy & set(sys.modules))) or None)
"""
    subprocess.run([sys.executable, "-W", "error", "-c", program, tiny_models], check=True)


@given(st.lists(st.integers(1, 300), max_size=60), st.integers(1, 1000))
def test_batches_hold_every_row_once_within_the_budget(lengths, budget):
    made = list(batches(lengths, budget))
    assert sorted(chain(*made)) == list(range(len(lengths)))
    for batch in made:
        longest = max(lengths[row] for row in batch)
        assert len(batch) == 1 or len(batch) * longest <= budget


@given(st.lists(st.sampled_from("abc")))
def test_distinct_texts_lead_back_to_all(texts):
    once, rows = distinct(texts)
    assert [once[row] for row in rows] == texts
    assert len(once) == len(set(texts))

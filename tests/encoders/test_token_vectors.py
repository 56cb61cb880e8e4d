"""The vectors of a text's tokens: those of its own words, where they stand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from semspace import encoders
from semspace.encoders.onnx import OnnxEncoder


def test_each_token_of_a_text_has_a_unit_vector_and_a_place(tiny_encoder: OnnxEncoder) -> None:
    text = "the cat and the river"
    (found,) = tiny_encoder.encode_tokens([text], "passage")
    assert [text[start:end] for start, end in found.spans.tolist()] == ["the", "cat", "and", "the", "river"]
    assert np.linalg.norm(found.vectors, axis=1) == pytest.approx(np.ones(5), abs=1e-5)
    # The same word in another place of the text has another vector: it is read in its context.
    assert float(found.vectors[0] @ found.vectors[3]) < 0.9999


def test_texts_are_told_apart_however_long(tiny_encoder: OnnxEncoder) -> None:
    texts = ["cat", "", "the dog " * 200, "a star"]
    alone = [tiny_encoder.encode_tokens([text], "passage")[0] for text in texts]
    together = tiny_encoder.encode_tokens(texts, "passage")
    for one, other in zip(alone, together, strict=True):
        assert one.vectors == pytest.approx(other.vectors, abs=1e-4)
        assert one.spans.tolist() == other.spans.tolist()
    assert len(together[1].vectors) == 0
    # A text is read to its end, in as many windows as that takes.
    assert len(together[2].vectors) == 400 > tiny_encoder.capacity("passage")
    assert [texts[2][start:end] for start, end in together[2].spans.tolist()] == ["the", "dog"] * 200


def test_a_prompt_is_none_of_the_text_s_own_tokens(
    make_model: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("prompted")
    encoders.add(make_model(prompts={"query": "query: ", "document": "passage: "}), models=folder, name="prompted")
    encoder = encoders.load("prompted", models=folder)
    assert isinstance(encoder, OnnxEncoder)
    (found,) = encoder.encode_tokens(["star planet"], "query")
    assert found.spans.tolist() == [[0, 4], [5, 11]]

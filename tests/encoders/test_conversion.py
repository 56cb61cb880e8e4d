"""A converted model gives the vectors of the original, or is not used."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from semspace import encoders
from semspace.encoders import samples, sources
from semspace.encoders.convert import open_original, quiet, reference, role_prompt
from semspace.encoders.silent import import_onnxruntime
from semspace.errors import ConversionFailed

PROMPTS = {"query": "query : ", "document": "passage : "}
VARIANTS = {
    "mean": {},
    "cls": {"pooling": "cls"},
    "max": {"pooling": "max"},
    "last token": {"pooling": "lasttoken"},
    "weighted mean": {"pooling": "weightedmean"},
    "two poolings": {"pooling": ("cls", "mean")},
    "dense": {"dense": 16},
    "not normalised": {"normalise": False},
    "prompts": {"prompts": PROMPTS},
    "one prompt": {"prompts": {"search": "search : "}, "default_prompt_name": "search"},
    "all of it": {"pooling": "cls", "dense": 24, "normalise": False, "prompts": PROMPTS},
}


def original_vectors(folder: Path, texts: list[str], role: Any, prompt: str) -> Any:
    with quiet():
        model = open_original(sources.Source("original", folder, "original"), trust_remote_code=False)
        found = reference(model, texts, role, prompt)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


@pytest.mark.parametrize("wishes", VARIANTS.values(), ids=VARIANTS.keys())
def test_a_converted_model_gives_the_vectors_of_the_original(make_model, tmp_path, wishes):
    folder = make_model(**wishes)
    encoder = encoders.load(folder, models=tmp_path)
    assert encoder.card.kind == "onnx", encoder.card.note
    assert encoder.card.worst_cosine >= 0.9999
    texts = [*samples.texts(encoder.max_tokens), "the cat sat on the mat"]
    for role in ("query", "passage"):
        prompt = {"one prompt": "search : "}.get("", encoder.card.prompts[role])
        wanted = original_vectors(folder, texts, role, prompt)
        np.testing.assert_allclose(encoder.encode(texts, role), wanted, atol=1e-5)


def test_the_card_says_what_the_model_is(make_model, tmp_path):
    folder = make_model(**VARIANTS["all of it"])
    card = encoders.add(folder, models=tmp_path, name="mine")
    assert (card.name, card.dim, card.max_tokens, card.pooling, card.normalised) == ("mine", 24, 64, "cls", False)
    assert card.prompts == {"query": "query : ", "passage": "passage : "}
    assert card.source == str(folder)
    assert card.bytes == sum(p.stat().st_size for p in (tmp_path / "mine").iterdir() if p.name != "encoder.json")
    assert encoders.show("mine", models=tmp_path) == card


@pytest.mark.parametrize(
    ("prompts", "default", "wanted"),
    [
        ({"query": "", "document": ""}, None, ("", "")),
        ({"query": "q: ", "document": ""}, None, ("q: ", "")),
        ({"query": "q: ", "document": "", "passage": "p: "}, None, ("q: ", "p: ")),
        ({"query": "", "document": "", "any": "a: "}, "any", ("a: ", "a: ")),
        ({"query": "q: ", "document": ""}, "query", ("q: ", "")),
    ],
)
def test_each_role_finds_its_prompt(prompts, default, wanted):
    assert (role_prompt(prompts, default, "query"), role_prompt(prompts, default, "passage")) == wanted


def test_an_export_that_gives_other_vectors_is_not_used(make_model, tmp_path):
    folder = make_model(include_prompt=False, prompts=PROMPTS)  # which words are a prompt's, no exported graph knows
    encoder = encoders.load(folder, models=tmp_path)
    assert encoder.card.kind == "transformer"
    assert "other vectors" in encoder.card.note
    assert [p.name for p in tmp_path.rglob("*.onnx*")] == []
    texts = ["the cat sat on the mat", "rain in the mountain"]
    wanted = original_vectors(folder, texts, "query", "query : ")
    np.testing.assert_allclose(encoder.encode(texts, "query"), wanted, atol=1e-5)


def test_a_model_that_cannot_be_exported_runs_through_sentence_transformers(make_model, tmp_path):
    from sentence_transformers import SentenceTransformer
    from sentence_transformers import models as modules
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(make_model() / "tokenizer.json"))
    with quiet():
        static = modules.StaticEmbedding(tokenizer, embedding_dim=16)
        SentenceTransformer(modules=[static], device="cpu").save(str(tmp_path / "static"), create_model_card=False)
    encoder = encoders.load(tmp_path / "static", models=tmp_path / "models")
    assert encoder.card.kind == "transformer"
    assert encoder.encode(["the cat", "the dog"], "passage").shape == (2, 16)
    assert encoder.count_tokens(["the cat"]) == [2]


def test_converting_says_nothing_on_the_terminal(make_model, tmp_path, capfd):
    said = []
    encoders.add(make_model(), models=tmp_path, progress=said.append)
    assert capfd.readouterr() == ("", "")
    assert said == ["Preparing the encoder model (once, about 20 s)"]


def test_converting_needs_onnx_and_no_other_exporter(make_model, tmp_path):
    program = """
import sys; sys.modules.update(onnxscript=None, optimum=None, openvino=None)
from pathlib import Path
from semspace import encoders
from semspace.errors import MissingDependency
folder, models = map(Path, sys.argv[1:])
assert encoders.add(folder, models=models).kind == "onnx"
sys.modules["onnx"] = None
try:
    encoders.add(folder, models=models, name="other")
except MissingDependency as error:
    assert "pip install onnx" in error.hint
else:
    raise SystemExit("a missing package went unnoticed")
"""
    subprocess.run([sys.executable, "-c", program, make_model(), tmp_path], check=True)


def test_the_export_gives_token_vectors_too(tiny_models, tiny_encoder):
    session = import_onnxruntime().InferenceSession(str(tiny_models / "tiny" / "model.onnx"))
    ids = np.array([[2, 10, 11, 12, 3]], dtype=np.int64)
    feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    tokens, sentence = session.run(["token_embeddings", "sentence_embedding"], feed)
    assert tokens.shape == (1, 5, 32)
    mean = tokens.mean(axis=1)
    np.testing.assert_allclose(mean / np.linalg.norm(mean), sentence, atol=1e-5)


def test_pickled_weights_are_never_read(make_model, tmp_path):
    folder = tmp_path / "pickled"
    shutil.copytree(make_model(), folder)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ConversionFailed, match="pickled") as caught:
        encoders.add(folder, models=tmp_path / "models")
    assert "safetensors" in caught.value.hint


def test_a_module_with_pickled_weights_is_refused_too(make_model, tmp_path):
    folder = tmp_path / "pickled"
    shutil.copytree(make_model(dense=16), folder)
    (folder / "2_Dense" / "model.safetensors").rename(folder / "2_Dense" / "pytorch_model.bin")
    with pytest.raises(ConversionFailed, match="pickled"):
        encoders.add(folder, models=tmp_path / "models")


@pytest.mark.parametrize("path", ["../elsewhere", "/elsewhere"])
def test_a_model_that_leads_out_of_its_folder_is_refused(make_model, tmp_path, path):
    folder = tmp_path / "odd"
    shutil.copytree(make_model(), folder)
    entries = json.loads((folder / "modules.json").read_text())
    entries[1]["path"] = path
    (folder / "modules.json").write_text(json.dumps(entries))
    with pytest.raises(ConversionFailed, match=r"modules\.json"):
        encoders.add(folder, models=tmp_path / "models")


def test_a_folder_without_a_model_is_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConversionFailed, match=r"modules\.json"):
        encoders.load(tmp_path / "empty", models=tmp_path / "models")


def test_a_model_that_does_not_load_leaves_nothing_behind(make_model, tmp_path):
    folder = tmp_path / "broken"
    shutil.copytree(make_model(), folder)
    (folder / "config.json").write_text("{}")
    with pytest.raises(ConversionFailed):
        encoders.add(folder, models=tmp_path / "models")
    assert encoders.installed(tmp_path / "models") == []
    assert [p for p in (tmp_path / "models").iterdir() if p.is_dir()] == []

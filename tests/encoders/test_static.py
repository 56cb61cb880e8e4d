"""Static models: distilled on this machine, models like any other, fast because they only look words up."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semspace import encoders
from semspace.encoders import static
from semspace.errors import ConversionFailed, InvalidInput, InvalidName, ModelNotFound

DIM = 16
CODE = """
import json, sys
from pathlib import Path
from semspace import encoders
encoders.load("quick", models=Path(sys.argv[1])).encode(["the cat sat"], "query")
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


@pytest.fixture(scope="module")
def shelf(tiny_models, tmp_path_factory):
    """Give a folder with a tiny encoder and a static model of it."""
    folder = tmp_path_factory.mktemp("static") / "models"
    shutil.copytree(tiny_models, folder)
    encoders.distil("quick", teacher="tiny", dim=DIM, models=folder)
    return folder


@pytest.fixture(scope="module")
def quick(shelf):
    return encoders.load("quick", models=shelf)


@pytest.fixture
def copy(shelf, tmp_path):
    """Give a folder of encoders that a test may change."""
    shutil.copytree(shelf, tmp_path / "models")
    return tmp_path / "models"


words = st.text(st.sampled_from("the cat,.\n\t \x1c\x85'é東-[MASK]\ud800"), max_size=30)


@settings(deadline=None)
@given(st.lists(st.one_of(words, st.text(max_size=20)), max_size=12))
def test_a_batch_gives_what_each_text_gives_alone(shelf, quick, texts):
    fresh = encoders.load("quick", models=shelf)
    together = fresh.encode(texts, "passage")
    assert together.shape == (len(texts), DIM)
    assert together.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    for text, vector in zip(texts, together, strict=True):
        np.testing.assert_array_equal(quick.encode([text], "passage")[0], vector)


def test_words_count_wherever_they_stand_and_each_time(quick):
    one, other, twice = quick.encode(["the cat sat", "sat  the\ncat", "the cat sat cat cat"], "passage")
    assert one @ other > 0.9999
    assert one @ twice < 0.9999


def test_a_word_is_the_sum_of_its_tokens(shelf, quick):
    rows = np.load(shelf / "quick" / static.VECTORS)
    tokenizer = static.tokens.open_tokenizer(shelf / "quick")
    text = "rivers and mountains, catdog; 42 ships!"
    expected = rows[tokenizer.encode(text, add_special_tokens=False).ids].astype(np.float64).sum(axis=0)
    expected /= np.linalg.norm(expected)
    assert float(quick.encode([text], "passage")[0] @ expected) > 0.99999


@pytest.mark.parametrize("text", ["", " \n", "[UNK]", "\N{ROCKET}"])
def test_a_text_without_a_known_word_gets_a_unit_vector_all_the_same(quick, text):
    assert np.linalg.norm(quick.encode([text], "query")) == pytest.approx(1, abs=1e-5)


def test_what_is_forgotten_comes_back_the_same(shelf, monkeypatch):
    texts = [f"{word} sat on the {word}" for word in ("cat", "dog", "river", "mountain", "bread", "ship")]
    before = encoders.load("quick", models=shelf).encode(texts, "passage")
    monkeypatch.setattr(static, "_WORDS", 3)
    monkeypatch.setattr(static, "_CHARACTERS", 20)
    np.testing.assert_array_equal(encoders.load("quick", models=shelf).encode(texts, "passage"), before)


def test_a_long_text_is_not_cut_within_the_limit(quick):
    assert quick.capacity("passage") > 30_000
    long, whole = quick.encode(["the cat " * 5_000 + "engine " * 5_000, "the cat engine"], "passage")
    assert long @ whole > 0.999


def test_distilling_twice_gives_the_same_fingerprint(copy):
    again = encoders.distil("again", teacher="tiny", dim=DIM, models=copy)
    assert again.fingerprint == encoders.show("quick", models=copy).fingerprint
    assert encoders.distil("again", teacher="tiny", dim=DIM, models=copy) == again
    smaller = encoders.distil("smaller", teacher="tiny", dim=8, models=copy)
    assert smaller.fingerprint != again.fingerprint
    assert encoders.load("smaller", models=copy).encode(["cat"], "query").shape == (1, 8)


def test_it_is_a_model_like_any_other(copy):
    card = encoders.show("quick", models=copy)
    assert (card.kind, card.dim, card.source) == ("static", DIM, "tiny")
    assert "quick" in [card.name for card in encoders.installed(copy)]
    assert encoders.verify("quick", models=copy) == card
    encoders.remove("tiny", models=copy)
    assert encoders.load("quick", models=copy).encode(["cat"], "query").shape == (1, DIM)
    encoders.remove("quick", models=copy)
    with pytest.raises(ModelNotFound):
        encoders.load("quick", models=copy)


def test_a_name_that_is_taken_is_not_taken_away(copy):
    for name in ("tiny", encoders.DEFAULT):
        with pytest.raises(InvalidName):
            encoders.distil(name, teacher="tiny", dim=DIM, models=copy)
    with pytest.raises(InvalidName):
        encoders.distil("quick", teacher="tiny", dim=8, models=copy)
    with pytest.raises(InvalidName):
        encoders.distil("../out", teacher="tiny", models=copy)


@pytest.mark.parametrize("dim", [0, -1, 33])
def test_dimensions_that_the_teacher_has_not_are_an_error_and_leave_nothing(copy, dim):
    with pytest.raises(InvalidInput) as caught:
        encoders.distil("wide", teacher="tiny", dim=dim, models=copy)
    assert "1 to 32" in caught.value.hint
    assert not (copy / "wide").exists()


def test_a_static_model_of_a_static_model_is_refused(copy):
    with pytest.raises(InvalidInput, match="static"):
        encoders.distil("more", teacher="quick", dim=8, models=copy)


@pytest.mark.parametrize("runtime", ["onnx", "openvino", "transformer"])
def test_other_runtimes_are_refused_with_a_hint(shelf, runtime):
    if runtime not in encoders.runtimes():
        pytest.skip(f"there is no runtime {runtime}")
    with pytest.raises(InvalidInput) as caught:
        encoders.load("quick", models=shelf, runtime=runtime)
    assert caught.value.hint
    with pytest.raises(InvalidInput):
        encoders.load("tiny", models=shelf, runtime="static")
    with pytest.raises(InvalidInput):
        encoders.load("quick", models=shelf, device="cuda")


def test_damaged_vectors_are_never_used(copy):
    file = copy / "quick" / static.VECTORS
    content = file.read_bytes()
    for damage in (content[:-2], b"", b"\0" * len(content)):
        file.write_bytes(damage)
        with pytest.raises(ConversionFailed, match="damaged"):
            encoders.load("quick", models=copy)


def test_neither_torch_nor_a_runtime_is_imported(shelf):
    ran = subprocess.run([sys.executable, "-c", CODE, str(shelf)], capture_output=True, text=True, check=True)
    heavy = {"torch", "transformers", "sentence_transformers", "onnxruntime", "openvino", "scipy", "pandas", "joblib"}
    assert heavy.isdisjoint(json.loads(ran.stdout))


def test_a_static_model_of_the_default_encoder_knows_what_words_mean(models: Path, tmp_path: Path):
    shutil.copytree(models / encoders.DEFAULT, tmp_path / "models" / encoders.DEFAULT)
    encoders.distil("quick", models=tmp_path / "models")
    quick = encoders.load("quick", models=tmp_path / "models")
    pairs = [
        ("A cat sleeps on the sofa.", "A kitten naps on the couch."),
        ("The bank raised its interest rates.", "Loans cost more money now."),
        ("The ship sailed across the ocean.", "A boat crossed the sea."),
        ("How do I prune roses?", "Cutting back shrubs in the garden."),
    ]
    first = quick.encode([pair[0] for pair in pairs], "query")
    second = quick.encode([pair[1] for pair in pairs], "passage")
    assert (np.argmax(first @ second.T, axis=1) == np.arange(len(pairs))).all()

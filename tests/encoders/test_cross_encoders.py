"""A converted cross-encoder gives the scores that sentence-transformers gives, or is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from semspace import encoders
from semspace.bench.faults.weights import change
from semspace.encoders import ModelCard, rerankers, samples, sources
from semspace.encoders.convert import quiet
from semspace.encoders.cross_encoder import CrossEncoder
from semspace.errors import ConversionFailed, InvalidInput, InvalidName, ModelNotFound

MakeModel = Callable[..., Path]


@pytest.fixture(scope="module")
def folder(make_cross_encoder: MakeModel) -> Path:
    return make_cross_encoder()


@pytest.fixture(scope="module")
def kept(folder: Path, make_model: MakeModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder of models that holds a reranker, `judge`, and an encoder, `tiny`."""
    models = tmp_path_factory.mktemp("models")
    encoders.add(folder, models=models, name="judge")
    encoders.add(make_model(), models=models, name="tiny")
    return models


@pytest.fixture
def hostile(folder: Path, tmp_path: Path) -> Path:
    """Copy the cross-encoder, to be spoilt."""
    for path in folder.iterdir():
        (tmp_path / "model").mkdir(exist_ok=True)
        (tmp_path / "model" / path.name).write_bytes(path.read_bytes())
    return tmp_path / "model"


def predicted(folder: Path, pairs: list[tuple[str, str]]) -> np.ndarray:
    from sentence_transformers import CrossEncoder as Original

    with quiet():
        found = Original(str(folder), device="cpu").predict(pairs, show_progress_bar=False)
    return np.asarray(found, dtype=np.float32)


def pairs() -> list[tuple[str, str]]:
    texts = [*samples.texts(64), "the cat sat on the mat", "rain over the river and the sea", "ship " * 300]
    return [(one, other) for one in texts[::2] for other in texts[::3]]


@pytest.mark.parametrize(
    "wishes", [{}, {"bare": True}, {"activation": "Identity", "seed": 8}], ids=["saved", "bare", "log-odds"]
)
def test_scores_are_those_of_sentence_transformers(
    make_cross_encoder: MakeModel, tmp_path: Path, wishes: dict[str, object]
) -> None:
    model = make_cross_encoder(**wishes)
    card = encoders.add(model, models=tmp_path, name="judge")
    made = rerankers.load("judge", models=tmp_path)
    truth = predicted(model, pairs())
    assert truth.std() > 0.01  # else any constant would do
    assert made.scores(made.pairs(pairs())) == pytest.approx(truth, abs=1e-4)
    assert card.kind == "cross-encoder"
    assert card.worst_error is not None
    assert card.worst_error < 1e-4
    assert card.activation == ("identity" if wishes.get("activation") else "sigmoid")


def test_scores_do_not_depend_on_what_else_is_asked(kept: Path) -> None:
    made = rerankers.load("judge", models=kept)
    together = made.pairs(pairs())
    alone = np.concatenate([made.pairs([pair]) for pair in pairs()])
    assert together == pytest.approx(alone, abs=1e-5)
    assert made.pairs(pairs()).tolist() == together.tolist()
    assert made.logits("cat", []).tolist() == []
    turned = made.pairs([(second, first) for first, second in pairs()])
    assert not np.allclose(turned, together, atol=1e-3)


def test_a_long_passage_does_not_push_the_query_out(kept: Path) -> None:
    made = rerankers.load("judge", models=kept)
    long = "ship wind sail " * 200
    assert abs(float(made.logits("cat", [long])[0] - made.logits("star", [long])[0])) > 1e-4


def test_the_same_model_is_kept_once(kept: Path, folder: Path) -> None:
    before = encoders.show("judge", models=kept)
    assert encoders.add(folder, models=kept, name="judge") == before
    assert [card.name for card in rerankers.installed(kept)] == ["judge"]
    assert {card.name: card.kind for card in encoders.installed(kept)} == {"judge": "cross-encoder", "tiny": "onnx"}
    assert encoders.verify("judge", models=kept) == before


def test_a_reranker_is_no_encoder_and_an_encoder_no_reranker(kept: Path, folder: Path, make_model: MakeModel) -> None:
    for named in ("judge", folder):
        with pytest.raises(InvalidInput, match="is a reranker, no encoder"):
            encoders.load(named, models=kept)
    with pytest.raises(InvalidInput, match="is an encoder, no reranker"):
        rerankers.load("tiny", models=kept)
    with pytest.raises(InvalidName):
        encoders.add(folder, models=kept, name="tiny")
    with pytest.raises(InvalidName):
        encoders.add(make_model(), models=kept, name="judge")
    with pytest.raises(InvalidName, match="cannot be called tokens"):
        encoders.add(folder, models=kept, name="tokens")
    with pytest.raises(ModelNotFound, match="no reranker 'absent'") as error:
        rerankers.load("absent", models=kept)
    assert "judge" in str(error.value.hint)


def test_another_model_of_the_same_name_is_refused(kept: Path, make_cross_encoder: MakeModel) -> None:
    with pytest.raises(InvalidName, match="another model called judge"):
        encoders.add(make_cross_encoder(seed=9), models=kept, name="judge")


def test_several_labels_are_refused(make_cross_encoder: MakeModel, tmp_path: Path) -> None:
    with pytest.raises(ConversionFailed, match="3 labels"):
        encoders.add(make_cross_encoder(labels=3), models=tmp_path)
    assert encoders.installed(tmp_path) == []


def pickled(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def unlabelled(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    del config["id2label"], config["label2id"]
    (folder / "config.json").write_text(json.dumps(config))


def linked(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder.parent / "elsewhere.safetensors")
    (folder / "model.safetensors").symlink_to(folder.parent / "elsewhere.safetensors")


def headless(folder: Path) -> None:
    change(folder / "config.json", architectures=["BertModel"])


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (pickled, "pickled files, which can run code"),
        (unlabelled, "it has 2 labels"),
        (linked, "leads out of its folder"),
        (headless, "no plain classifier"),
        (lambda folder: change(folder / "config_sentence_transformers.json", activation_fn="torch.hub.load"), "torch.hub.load"),
        (lambda folder: change(folder / "config_sentence_transformers.json", activation_fn="evil.Sigmoid"), "evil.Sigmoid"),
        (lambda folder: change(folder / "config.json", sbert_ce_default_activation_function="os.Identity"), "os.Identity"),
        (lambda folder: change(folder / "config.json", _attn_implementation="somebody/kernel"), "code from the model hub"),
        (lambda folder: change(folder / "config.json", transformers_weights="evil.bin"), "no safetensors file beside it"),
        (lambda folder: (folder / "config.json").write_text("{"), "cannot be read"),
        (lambda folder: (folder / "modules.json").write_text('[{"type": "evil.Model", "path": ""}]'), "evil.Model"),
        (lambda folder: (folder / "model.safetensors").unlink(), "no weights"),
    ],
)
def test_a_hostile_folder_is_refused_before_it_is_loaded(hostile: Path, harm: Callable[[Path], None], reason: str) -> None:
    harm(hostile)
    for trust in (False, True):
        with pytest.raises(ConversionFailed) as error:
            sources.find(hostile, trust_remote_code=trust)
        assert reason in error.value.message


def test_weights_that_do_not_fit_are_refused(hostile: Path, tmp_path: Path) -> None:
    (hostile / "model.safetensors").write_bytes(b"\0" * 100)
    with pytest.raises(ConversionFailed, match="cannot be used"):
        encoders.add(hostile, models=tmp_path / "models")
    assert encoders.installed(tmp_path / "models") == []


def test_a_damaged_reranker_is_not_used(folder: Path, tmp_path: Path) -> None:
    encoders.add(folder, models=tmp_path, name="judge")
    weights = tmp_path / "judge" / "model.onnx.data"
    data = bytearray(weights.read_bytes())
    data[len(data) // 2] ^= 1
    weights.write_bytes(data)
    with pytest.raises(ConversionFailed, match="damaged"):
        rerankers.load("judge", models=tmp_path)


def test_an_export_that_gives_other_scores_is_refused(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    right = CrossEncoder.pairs
    monkeypatch.setattr(CrossEncoder, "pairs", lambda self, asked: right(self, asked) + 0.01)
    with pytest.raises(ConversionFailed, match="its export gives other scores"):
        encoders.add(folder, models=tmp_path, name="judge")
    assert encoders.installed(tmp_path) == []


def test_reading_pairs_imports_no_torch(kept: Path) -> None:
    code = f"""
import sys
from pathlib import Path
from semspace.encoders import rerankers
assert len(rerankers.load("judge", models=Path({str(kept)!r})).logits("cat", ["dog", "cat"])) == 2
print(*sorted({{name.partition(".")[0] for name in sys.modules}}))
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert not {"torch", "transformers", "sentence_transformers", "sklearn", "pandas"} & set(ran.stdout.split())


def test_a_card_of_before_rerankers_is_read(kept: Path) -> None:
    assert isinstance(encoders.show("tiny", models=kept), ModelCard)
    assert encoders.show("tiny", models=kept).activation == ""

"""Encoders on this machine: found by name, whole or refused, never replaced by another."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from semspace import encoders
from semspace.encoders import cards, sources
from semspace.errors import ConversionFailed, FormatTooNew, InvalidInput, InvalidName, ModelNotFound


@pytest.fixture
def models(tiny_models, tmp_path):
    """Give a folder of encoders that a test may damage."""
    shutil.copytree(tiny_models, tmp_path / "models")
    return tmp_path / "models"


@pytest.fixture
def source(make_model, tmp_path):
    """Give a model that a test may change."""
    shutil.copytree(make_model(), tmp_path / "source")
    return tmp_path / "source"


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 0xFF
    path.write_bytes(content)


def edit(path: Path, **changes: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_an_unknown_name_is_an_error_that_says_what_there_is(models):
    with pytest.raises(ModelNotFound, match="tinny") as caught:
        encoders.load("tinny", models=models)
    assert "tiny" in caught.value.hint
    for verb in (encoders.show, encoders.remove, encoders.verify):
        with pytest.raises(ModelNotFound):
            verb("tinny", models=models)


@pytest.mark.parametrize(
    "name", ["../tiny", "tiny/", ".", "", "a b", "nowhere/../tiny", "x" * 5000, "~nobody-at-all/x", "a\0b"]
)
def test_an_odd_name_is_no_way_out_of_the_folder(models, name):
    with pytest.raises(ModelNotFound):
        encoders.remove(name, models=models)
    with pytest.raises((ModelNotFound, ConversionFailed)):
        encoders.load(name, models=models)
    assert encoders.show("tiny", models=models)


def test_without_the_default_weights_the_error_names_the_package(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "PACKAGE", "no_such_package_at_all")
    for name in (None, "all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2"):
        with pytest.raises(ModelNotFound) as caught:
            encoders.load(name, models=tmp_path)
        assert "semspace[default-model]" in caught.value.hint


def test_default_weights_other_than_the_published_ones_are_never_used(make_model, tmp_path, monkeypatch):
    shutil.copytree(make_model(), tmp_path / "brings_weights" / "model")
    (tmp_path / "brings_weights" / "__init__.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sources, "PACKAGE", "brings_weights")
    with pytest.raises(ConversionFailed, match="not the published ones"):
        encoders.load(models=tmp_path / "models")
    assert encoders.installed(tmp_path / "models") == []


@pytest.mark.parametrize("name", ["model.onnx", "model.onnx.data", "tokenizer.json"])
@pytest.mark.parametrize("how", ["truncated", "missing"])
def test_half_an_encoder_is_an_error_with_a_remedy(models, name, how):
    path = models / "tiny" / name
    if how == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ConversionFailed, match=name) as caught:
        encoders.load("tiny", models=models)
    assert str(models / "tiny") in caught.value.hint
    assert encoders.installed(models) == []


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_garbage_of_the_right_size_is_an_error_too(models, name):
    path = models / "tiny" / name
    path.write_bytes(b"\xff" * path.stat().st_size)
    with pytest.raises(ConversionFailed, match="damaged"):
        encoders.load("tiny", models=models)


def test_a_single_changed_byte_is_found_by_verify(models):
    assert encoders.verify("tiny", models=models).name == "tiny"
    flip(models / "tiny" / "model.onnx.data", 5000)
    with pytest.raises(ConversionFailed, match=r"model\.onnx\.data"):
        encoders.verify("tiny", models=models)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"format": 1}', '{"format": "x"}'])
def test_an_unreadable_card_is_an_error_with_a_remedy(models, content):
    (models / "tiny" / cards.CARD).write_text(content)
    with pytest.raises(ConversionFailed, match="damaged") as caught:
        encoders.load("tiny", models=models)
    assert "prepared again" in caught.value.hint


def test_a_card_of_a_newer_version_is_left_alone(models):
    edit(models / "tiny" / cards.CARD, format=cards.FORMAT + 1)
    with pytest.raises(FormatTooNew):
        encoders.load("tiny", models=models)


def test_a_damaged_encoder_can_be_removed_and_added_again(models, make_model):
    (models / "tiny" / "model.onnx").unlink()
    encoders.remove("tiny", models=models)
    assert [p for p in models.iterdir() if p.is_dir()] == []
    encoders.add(make_model(), models=models, name="tiny")
    assert encoders.verify("tiny", models=models)


def test_adding_the_same_model_again_does_nothing(models, make_model):
    before = encoders.show("tiny", models=models)
    assert encoders.add(make_model(), models=models, name="tiny", progress=pytest.fail) == before


def test_a_folder_is_converted_once_and_again_when_its_weights_change(source, make_model, tmp_path):
    models = tmp_path / "models"
    said: list[str] = []
    first = encoders.load(source, models=models, progress=said.append)
    assert encoders.load(str(source), models=models, progress=said.append).fingerprint == first.fingerprint
    assert len(said) == 1
    shutil.copy(make_model(seed=8) / "model.safetensors", source)
    second = encoders.load(source, models=models, progress=said.append)
    assert second.fingerprint != first.fingerprint
    assert (second.encode(["rain"], "query") @ first.encode(["rain"], "query").T).item() < 0.99
    assert len(said) == 2


def test_a_name_that_is_taken_is_not_given_to_another_model(models, make_model):
    with pytest.raises(InvalidName, match="tiny"):
        encoders.add(make_model(seed=8), models=models, name="tiny")
    with pytest.raises(InvalidName):
        encoders.add(make_model(seed=8), models=models, name=encoders.DEFAULT)
    with pytest.raises(InvalidName):
        encoders.add(make_model(seed=8), models=models, name="../out")


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: flip(folder / "model.safetensors", -10),
        lambda folder: edit(folder / "1_Pooling" / "config.json", pooling_mode="cls"),
        lambda folder: edit(folder / "config_sentence_transformers.json", prompts={"query": "search : "}),
        lambda folder: edit(folder / "tokenizer.json", normalizer=None),
        lambda folder: edit(folder / "tokenizer_config.json", model_max_length=32),
        lambda folder: edit(folder / "config.json", hidden_act="relu"),
        lambda folder: (folder / "modules.json").write_text(json.dumps(json.loads((folder / "modules.json").read_text())[:-1])),
    ],
    ids=["weights", "pooling", "prompts", "tokenizer", "length", "activation", "modules"],
)
def test_the_fingerprint_changes_with_whatever_changes_vectors(source, change):
    before = sources.fingerprint(source)
    change(source)
    assert sources.fingerprint(source) != before


def test_the_fingerprint_stays_with_whatever_does_not(source, make_model):
    (source / "README.md").write_text("words")
    edit(source / "config.json", transformers_version="4.0.0", _name_or_path="elsewhere")
    modules = (source / "modules.json").read_text()
    names = [entry["type"] for entry in json.loads(modules)]
    for name in names:
        modules = modules.replace(name, f"sentence_transformers.models.{name.rpartition('.')[2]}")
    (source / "modules.json").write_text(modules)
    assert sources.fingerprint(source) == sources.fingerprint(make_model())


def test_an_original_that_changed_is_not_run_in_place_of_the_one_that_was_added(source, make_model, tmp_path):
    encoders.add(source, models=tmp_path / "models")
    shutil.copy(make_model(seed=8) / "model.safetensors", source)
    with pytest.raises(Exception, match="not the one") as caught:
        encoders.load("source", models=tmp_path / "models", runtime="transformer")
    assert caught.value.kind == "encoder_mismatch"
    shutil.rmtree(source)
    with pytest.raises(ModelNotFound):
        encoders.load("source", models=tmp_path / "models", runtime="transformer")


def test_two_processes_at_once_end_with_one_good_encoder(make_model, tmp_path):
    program = (
        "import sys; from pathlib import Path; from semspace import encoders\n"
        "encoder = encoders.load(Path(sys.argv[1]), models=Path(sys.argv[2]), progress=print)\n"
        "print(encoder.encode(['the cat'], 'query').shape)\n"
    )
    command = [sys.executable, "-c", program, str(make_model()), str(tmp_path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=300)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert "".join(said).count("Preparing") == 1
    assert encoders.verify("model", models=tmp_path)
    assert [p.name for p in tmp_path.iterdir() if p.is_dir()] == ["model"]


def test_what_a_killed_process_left_is_swept_away(models, make_model):
    (models / ".other+new-x").mkdir()
    (models / ".other+new-x" / "model.onnx").write_bytes(b"half")
    assert [card.name for card in encoders.installed(models)] == ["tiny"]
    encoders.add(make_model(), models=models, name="other")
    assert sorted(p.name for p in models.iterdir() if p.is_dir()) == ["other", "tiny"]


def test_a_folder_that_cannot_be_written_is_an_error_for_a_person(make_model, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConversionFailed, match="could not be written"):
        encoders.add(make_model(), models=tmp_path / "file" / "models")


def test_runtimes_of_other_packages_are_found(models, tmp_path, monkeypatch):
    info = tmp_path / "site" / "extra-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: extra\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[semspace.encoders]\nextra = semspace.encoders.onnx:OnnxEncoder\n")
    monkeypatch.syspath_prepend(tmp_path / "site")
    assert "extra" in encoders.runtimes()
    assert encoders.load("tiny", models=models, runtime="extra").encode(["rain"], "query").shape == (1, 32)
    with pytest.raises(InvalidInput, match="nonsense"):
        encoders.load("tiny", models=models, runtime="nonsense")


def hub(home: Path, program: str) -> subprocess.CompletedProcess[str]:
    """Run a program that finds the hub's cache in `home` and no network."""
    prelude = "import sys; from pathlib import Path; from semspace import encoders; from semspace.errors import *\n"
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(home)}
    command = [sys.executable, "-c", prelude + program, str(home / "models")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_a_hub_model_that_is_not_here_is_an_error_when_offline(tmp_path):
    done = hub(
        tmp_path,
        "try: encoders.load('someone/some-model', models=Path(sys.argv[1]))\n"
        "except ModelNotFound as error: print(error, error.hint)\n",
    )
    assert done.stdout.startswith("The encoder someone/some-model is not on this machine"), done.stderr
    assert "HF_HUB_OFFLINE" in done.stdout


def test_a_hub_model_in_the_hubs_cache_needs_no_network(make_model, tmp_path):
    cached = tmp_path / "hub" / "models--someone--some-model"
    shutil.copytree(make_model(), cached / "snapshots" / ("a" * 40))
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text("a" * 40)
    done = hub(
        tmp_path,
        "for _ in range(2):\n"
        "    encoder = encoders.load('someone/some-model', models=Path(sys.argv[1]), progress=print)\n"
        "print(encoder.name, encoder.card.source, encoder.encode(['rain'], 'query').shape)\n",
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "Preparing the encoder someone--some-model (once, about 20 s)",
        "someone--some-model someone/some-model (1, 32)",
    ]

"""A model's folder is somebody else's: nothing in it runs, and nothing outside of it is read, unless the user says so."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from semspace.bench.faults.weights import change, model, write
from semspace.encoders import sources
from semspace.errors import ConversionFailed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    model(tmp_path / "model")
    return tmp_path / "model"


def refused(folder: Path, *, trust: bool = False) -> str:
    with pytest.raises(ConversionFailed) as error:
        sources.find(folder, trust_remote_code=trust)
    return error.value.message


def modules(folder: Path, **values: str) -> None:
    found = json.loads((folder / "modules.json").read_text())
    found[-1].update(values)
    write(folder / "modules.json", found)


def test_a_model_without_surprises_is_found(folder: Path) -> None:
    assert sources.find(folder).folder == folder


def asking(folder: Path) -> None:
    change(folder / "sentence_bert_config.json", model_args={"weights_only": False})


def kernel(folder: Path) -> None:
    change(folder / "config.json", _attn_implementation="somebody/kernel")


def unpickled(folder: Path) -> None:
    change(folder / "config.json", transformers_weights="evil.bin")


def routed(folder: Path) -> None:
    modules(folder, type="sentence_transformers.models.Router", path="1_Router")
    write(folder / "1_Router/router_config.json", {"types": {"a": "evil.Model"}})


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (lambda folder: modules(folder, type="evil.Model"), "evil.Model is code of its own"),
        (lambda folder: modules(folder, type="sentence_transformersevil.Model"), "is code of its own"),
        (asking, "asks the loader for weights_only"),
        (kernel, "wants code from the model hub"),
        (unpickled, "names weights that are no safetensors file beside it"),
        (routed, "evil.Model is code of its own"),
    ],
)
def test_a_model_that_brings_code_needs_the_users_word(folder: Path, harm: Callable[[Path], None], reason: str) -> None:
    harm(folder)
    assert reason in refused(folder)
    assert sources.find(folder, trust_remote_code=True)


@pytest.mark.parametrize("shard", ["evil.bin", "../model.safetensors", "/tmp/model.safetensors"])
def test_weights_in_parts_lie_beside_their_list_as_safetensors(folder: Path, shard: str) -> None:
    write(folder / "model.safetensors.index.json", {"weight_map": {"a": "model.safetensors", "b": shard}})
    assert "wants weights from elsewhere" in refused(folder, trust=True)


def test_pickles_within_a_router_are_refused_as_any(folder: Path) -> None:
    modules(folder, type="sentence_transformers.models.Router", path="1_Router")
    write(folder / "1_Router/router_config.json", {"types": {"a": "sentence_transformers.models.Dense"}})
    write(folder / "1_Router/a/config.json", {})
    (folder / "1_Router/a/pytorch_model.bin").write_bytes(b"pickle")
    assert "pickled files" in refused(folder, trust=True)


def test_what_lies_within_a_router_is_part_of_the_fingerprint(folder: Path) -> None:
    modules(folder, type="sentence_transformers.models.Router", path="1_Router")
    write(folder / "1_Router/router_config.json", {"types": {"a": "sentence_transformers.models.Dense"}})
    write(folder / "1_Router/a/config.json", {"out_features": 4})
    before = sources.fingerprint(folder)
    write(folder / "1_Router/a/config.json", {"out_features": 5})
    assert sources.fingerprint(folder) != before


def test_a_router_leads_nowhere_else(folder: Path) -> None:
    modules(folder, type="sentence_transformers.models.Router", path="1_Router")
    write(folder / "1_Router/router_config.json", {"types": {"../../other": "sentence_transformers.models.Dense"}})
    assert "cannot be read" in refused(folder, trust=True)


def test_an_adapter_is_no_model(folder: Path) -> None:
    write(folder / "adapter_config.json", {"base_model_name_or_path": "/somewhere"})
    assert "it is an adapter" in refused(folder, trust=True)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "1_Pooling"])
def test_links_out_of_the_folder_are_refused(folder: Path, name: str) -> None:
    (folder / name).rename(folder.parent / "other")
    (folder / name).symlink_to(folder.parent / "other")
    assert "leads out of its folder" in refused(folder)


def test_the_hub_keeps_its_files_beside_its_models(tmp_path: Path) -> None:
    folder = tmp_path / "snapshots" / "revision"
    model(folder)
    (tmp_path / "blobs").mkdir()
    for name in ("config.json", "model.safetensors"):
        (folder / name).rename(tmp_path / "blobs" / name)
        (folder / name).symlink_to(f"../../blobs/{name}")
    assert sources.find(folder)


def test_lists_nested_without_end_are_damaged(folder: Path) -> None:
    (folder / "modules.json").write_text("[" * 100_000)
    assert "cannot be read" in refused(folder)

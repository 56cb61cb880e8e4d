"""--runtime and --device reach the encoder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_samples import Run


@pytest.mark.parametrize("runtime", ["auto", "openvino", "onnx", "torch"])
def test_every_runtime_finds_the_same(run: Run, runtime: str) -> None:
    found, wanted = (
        json.loads(run("search", "--all", "roses", "--mode", "semantic", "--json", "--runtime", one).out)["hits"]
        for one in (runtime, "onnx")
    )
    assert [hit["path"] for hit in found] == [hit["path"] for hit in wanted]
    assert [hit["score"] for hit in found] == pytest.approx([hit["score"] for hit in wanted], abs=0.02)


def test_a_runtime_may_stand_in_the_environment(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMSPACE_RUNTIME", "nonsense")
    assert run("search", "--all", "roses").code == 2
    monkeypatch.setenv("SEMSPACE_RUNTIME", "torch")
    assert run("search", "--all", "roses").code == 0


def test_a_gpu_that_is_not_there_is_an_error_that_says_so(run: Run, tmp_path: Path) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    (tmp_path / "a.txt").write_text("the cat sat on the mat")
    ran = run("index", str(tmp_path), "--index", "gpu", "--model", "tiny", "--device", "cuda", "--home", str(tmp_path / "home"))
    assert ran.code == 2
    assert "GPU" in ran.err
    assert not (tmp_path / "home" / "gpu").exists()


def test_a_runtime_that_knows_no_gpu_says_so(run: Run, tmp_path: Path) -> None:
    words = ("--index", "gpu", "--model", "tiny", "--device", "cuda", "--runtime", "onnx", "--home", str(tmp_path / "home"))
    ran = run("index", ".", *words)
    assert ran.code == 2
    assert "does not run on 'cuda'" in ran.err

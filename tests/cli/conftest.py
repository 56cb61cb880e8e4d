"""A small space, and the program as a person runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli_samples import TEXTS, Ran, Run

from semspace.cli import main


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder for spaces."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def garden(tmp_path_factory: pytest.TempPathFactory, home: Path, tiny_models: Path) -> Path:
    """Give a folder of documents that the space `garden` follows. Tests do not change it."""
    folder = tmp_path_factory.mktemp("documents") / "garden"
    for name, text in TEXTS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode("latin-1"))
    assert main(["index", str(folder), "--home", str(home), "--models", str(tiny_models), "--model", "tiny"]) == 0
    return folder


@pytest.fixture
def run(
    garden: Path, home: Path, tiny_models: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Run the program in the folder of documents, 80 columns wide, and return what it wrote."""
    monkeypatch.setenv("SEMSPACE_HOME", str(home))
    monkeypatch.setenv("SEMSPACE_MODELS", str(tiny_models))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.chdir(garden)

    def run_it(*words: str) -> Ran:
        capsys.readouterr()
        code = main(words)
        written = capsys.readouterr()
        return Ran(code, written.out, written.err)

    return run_it


@pytest.fixture
def process(garden: Path, home: Path, tiny_models: Path) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Run the program as a process of its own."""
    environment = {key: value for key, value in os.environ.items() if key not in {"NO_COLOR", "FORCE_COLOR", "COLUMNS"}}
    environment |= {"SEMSPACE_HOME": str(home), "SEMSPACE_MODELS": str(tiny_models)}

    def run_it(*words: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
        environ = environment | options.pop("env", {})
        command = [sys.executable, "-m", "semspace", *words]
        return subprocess.run(command, cwd=garden, env=environ, capture_output=True, check=False, timeout=60, **options)

    return run_it

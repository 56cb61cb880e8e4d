"""What is imported before a person sees an answer: start-up time is kept by keeping the list short."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
import io, json, sys
words, real = sys.argv[1:], sys.stdout
sys.stdout = io.TextIOWrapper(io.BytesIO())
code = 0
if words:
    from semspace.cli import main
    code = main(words)
else:
    import semspace
real.write(json.dumps([code, sorted({name.partition(".")[0] for name in sys.modules})]))
"""
COMPILED = {"swig_runtime_data5", "swig_runtime_data4", "cython_runtime"}
QUERY = {
    "click",
    "faiss",
    "numpy",
    "onnxruntime",
    "packaging",
    "platformdirs",
    "rich",
    "tantivy",
    "tokenizers",
    "typing_extensions",
}


def imported(*words: str, **environment: str) -> set[str]:
    """Return the packages of others that a run imports."""
    environ = {**os.environ, **environment}
    ran = subprocess.run([sys.executable, "-c", CODE, *words], env=environ, capture_output=True, check=True, timeout=60)
    code, names = json.loads(ran.stdout)
    assert code == 0, ran.stderr
    foreign = {name for name in names if name not in sys.stdlib_module_names and not name.startswith(("_", "sitecustomize"))}
    return foreign - COMPILED - {"semspace"}


def test_importing_the_package_imports_nothing_else() -> None:
    assert imported() == set()


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["search", "--help"], ["index", "--help"], ["models", "--help"]])
def test_help_imports_click_and_nothing_else(words: list[str]) -> None:
    assert imported(*words) <= {"click", "colorama"}


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_search_imports_what_a_search_needs(garden: Path, home: Path, tiny_models: Path, form: str) -> None:
    found = imported(
        "search",
        "--all",
        "roses",
        "--index",
        "garden",
        "--format",
        form,
        SEMSPACE_HOME=str(home),
        SEMSPACE_MODELS=str(tiny_models),
    )
    assert found <= QUERY
    if form == "json":
        assert "rich" not in found

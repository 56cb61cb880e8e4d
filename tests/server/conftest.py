"""A space, and a server that has it open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from semspace.bench.faults import tiny
from semspace.bench.faults.served import Server, server, space


@pytest.fixture(scope="session")
def encoders_here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("encoders")
    tiny.install(folder)
    return folder


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory, encoders_here: Path) -> Path:
    """Give a home with two spaces. Tests do not change them."""
    home = tmp_path_factory.mktemp("home")
    space(home, encoders_here, "served")
    space(home, encoders_here, "other", {"cat": "The cat sat on the mat."})
    return home


@pytest.fixture(scope="session")
def served(house: Path, encoders_here: Path) -> Iterator[Server]:
    """Run a server of both spaces."""
    pytest.importorskip("uvicorn", reason="serving needs the extra serve")
    pytest.importorskip("starlette", reason="serving needs the extra serve")
    with server(house, encoders_here, "served", "other") as running:
        yield running

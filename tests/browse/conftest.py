"""A space of texts about four things, with an encoder that is there at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browse_samples import THEMES, text_of

from semspace import Space
from semspace.bench.faults import tiny

EACH = 15


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with spaces, encoders, and the documents of the space `themes`."""
    folder = tmp_path_factory.mktemp("browse")
    tiny.install(folder / "models")
    (folder / "documents").mkdir()
    for theme in THEMES:
        for number in range(EACH):
            (folder / "documents" / f"{theme}-{number:02}.md").write_text(text_of(theme, number), encoding="utf-8")
    with Space.create("themes", tiny.NAME, home=folder / "home", models=folder / "models") as space:
        space.index([folder / "documents"])
    return folder


@pytest.fixture
def space(place: Path) -> Iterator[Space]:
    """Open the space `themes`. Tests do not change its texts."""
    with Space.open("themes", home=place / "home", models=place / "models") as opened:
        yield opened

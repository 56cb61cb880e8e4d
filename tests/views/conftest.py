"""A space of short texts about a few things, filled by the real default encoder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from view_samples import TEXTS

from semspace import Space


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Iterator[Space]:
    """Give a space of the sample texts, each under its id. Tests do not change it."""
    with Space.create("small", home=tmp_path_factory.mktemp("views"), models=models) as space:
        space.add_texts(list(TEXTS.values()), list(TEXTS), [{"about": key.partition("-")[0]} for key in TEXTS])
        yield space

"""Texts with vectors that were made elsewhere, out of a Parquet file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from semspace import Space
from semspace.arrays import unit
from semspace.errors import InvalidInput, InvalidVectors, PathNotFound

pyarrow = pytest.importorskip("pyarrow")
TEXTS = ["A cat on a mat.", "The river and the rain.", "Bread in the oven."]


@pytest.fixture
def space(tiny_models: Path, tmp_path: Path) -> Iterator[Space]:
    with Space.create("given", "tiny", home=tmp_path, models=tiny_models) as one:
        yield one


def written(path: Path, **columns: Any) -> Path:
    from pyarrow import parquet

    parquet.write_table(pyarrow.table(columns), path)
    return path


def some(count: int, dim: int = 32) -> list[list[float]]:
    return unit(np.random.default_rng(2).normal(size=(count, dim))).tolist()


def test_texts_come_in_with_their_vectors_ids_and_facts_and_nothing_is_encoded(space: Space, tmp_path: Path) -> None:
    vectors = some(3)
    path = written(tmp_path / "a.parquet", text=TEXTS, vector=vectors, id=["x", "y", "z"], tag=["b", None, "c"])
    report = space.add_vectors(path)
    assert (report.read, report.passages, len(space)) == (3, 3, 3)
    ids = space._store.ids()
    found = {space._store.row(int(number)).key: vector for number, vector in zip(ids, space._store.vectors(ids), strict=True)}
    for key, vector in zip(["x", "y", "z"], vectors, strict=True):
        np.testing.assert_allclose(found[key], vector, atol=1e-3)
    hits = space.search("the river", 3, "semantic", "tag = 'b'", everything=True)
    assert [(hit.key, dict(hit.metadata)) for hit in hits] == [("x", {"tag": "b"})]
    assert space.add_vectors(path).encoded == 0
    assert len(space) == 3


def test_without_ids_a_text_is_known_by_its_content(space: Space, tmp_path: Path) -> None:
    space.add_vectors(written(tmp_path / "a.parquet", text=[*TEXTS, TEXTS[0]], vector=[*some(3), some(3)[0]]))
    assert len(space) == 3


@pytest.mark.parametrize(
    ("columns", "error"),
    [
        ({"text": TEXTS}, InvalidInput),
        ({"vector": some(3)}, InvalidInput),
        ({"text": TEXTS, "vector": some(3, 31)}, InvalidVectors),
        ({"text": TEXTS, "vector": [*some(2), [0.1] * 31]}, InvalidVectors),
        ({"text": TEXTS, "vector": [*some(2), [float("nan")] * 32]}, InvalidVectors),
        ({"text": TEXTS, "vector": [*some(2), [3.0] * 32]}, InvalidVectors),
        ({"text": TEXTS, "vector": [*some(2), None]}, InvalidVectors),
        ({"text": TEXTS, "vector": ["a", "b", "c"]}, InvalidVectors),
        ({"text": [*TEXTS[:2], "  "], "vector": some(3)}, InvalidInput),
        ({"text": [1, 2, 3], "vector": some(3)}, InvalidInput),
        ({"text": [TEXTS[0]] * 3, "vector": some(3)}, InvalidVectors),
    ],
)
def test_what_is_no_text_or_no_vector_is_refused_and_nothing_is_stored(
    space: Space, tmp_path: Path, columns: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        space.add_vectors(written(tmp_path / "bad.parquet", **columns))
    assert len(space) == 0


def test_a_file_that_is_no_parquet_is_refused(space: Space, tmp_path: Path) -> None:
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 nothing of the kind PAR1")
    with pytest.raises(InvalidInput, match="no Parquet file"):
        space.add_vectors(tmp_path / "bad.parquet")
    with pytest.raises(PathNotFound):
        space.add_vectors(tmp_path / "missing.parquet")

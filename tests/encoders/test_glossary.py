"""A table of what an encoder's own words mean stands beside it, whenever it was added."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from semspace import encoders
from semspace.encoders import cards
from semspace.errors import ConversionFailed


@pytest.fixture
def shelf(tiny_models: Path, tmp_path: Path) -> Path:
    """Give a folder of encoders that a test may change."""
    shutil.copytree(tiny_models, tmp_path / "models")
    return tmp_path / "models"


def make_old(shelf: Path) -> None:
    """Take the table away, as if an older semspace had added the encoder."""
    folder = shelf / "tiny"
    (folder / cards.VECTORS).unlink()
    record = json.loads((folder / cards.CARD).read_text())
    record["bytes"] -= record["files"].pop(cards.VECTORS)["bytes"]
    record["format"] = 1  # had no checksum
    del record["checksum"]
    (folder / cards.CARD).write_text(json.dumps(record))


def test_an_encoder_that_is_added_has_its_table_among_its_files(shelf: Path) -> None:
    card = encoders.verify("tiny", models=shelf)
    table = np.load(shelf / "tiny" / cards.VECTORS, mmap_mode="r")
    assert card.files[cards.VECTORS].bytes == (shelf / "tiny" / cards.VECTORS).stat().st_size
    assert table.dtype == np.float16
    assert card.bytes == sum(file.bytes for file in card.files.values())


def test_each_token_of_a_text_is_looked_up_where_it_stands(shelf: Path) -> None:
    encoder: Any = encoders.load("tiny", models=shelf)
    text = "the cat and the river"
    (found,) = encoder.words([text])
    assert [text[start:end] for start, end in found.spans.tolist()] == ["the", "cat", "and", "the", "river"]
    assert found.vectors[0].tolist() == found.vectors[3].tolist()
    assert all(0 < length < 3 for length in np.linalg.norm(found.vectors, axis=1))


def test_no_text_is_too_long_to_be_looked_up(shelf: Path) -> None:
    encoder: Any = encoders.load("tiny", models=shelf)
    text = "the dog " * 300
    (found,) = encoder.words([text])
    assert len(found.spans) == 600
    assert (np.diff(found.spans[:, 0]) > 0).all()
    assert encoder.words(["", "cat"])[0].vectors.shape[0] == 0


def test_an_older_encoder_goes_on_to_work_and_gets_its_table_when_it_next_fills_a_space(shelf: Path) -> None:
    before = encoders.show("tiny", models=shelf)
    make_old(shelf)
    query: Any = encoders.load("tiny", models=shelf)
    assert query.words(["cat"]) is None
    said: list[str] = []
    opened: Any = encoders.load("tiny", models=shelf, bulk=True, progress=said.append)
    assert said == ["Learning what the words of tiny mean (once, about 10 s)"]
    after = encoders.verify("tiny", models=shelf)
    assert (after.fingerprint, set(after.files)) == (before.fingerprint, set(before.files))
    assert opened.fingerprint == before.fingerprint
    again: Any = encoders.load("tiny", models=shelf, bulk=True, progress=said.append)
    assert again.words(["cat"]) is not None
    assert len(said) == 1
    assert query.encode(["cat"], "query").shape == (1, 32)


def test_adding_the_same_model_again_gives_an_older_encoder_its_table(shelf: Path, make_model: Any) -> None:
    make_old(shelf)
    card = encoders.add(make_model(), models=shelf, name="tiny")
    assert cards.VECTORS in card.files
    assert encoders.verify("tiny", models=shelf) == card


def test_where_nothing_can_be_written_an_older_encoder_does_without(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_old(shelf)
    monkeypatch.setattr(Path, "replace", _full)
    opened: Any = encoders.load("tiny", models=shelf, bulk=True)
    monkeypatch.undo()
    assert opened.encode(["cat"], "passage").shape == (1, 32)
    assert opened.words(["cat"]) is None
    assert not list(shelf.glob(".tiny+*"))


def _full(self: Path, target: Path) -> None:
    raise OSError(28, "No space left on device")


def test_rare_words_weigh_more_than_frequent_ones(encoder: Any) -> None:
    (found,) = encoder.words(["the kitten and a violin"])
    lengths = np.linalg.norm(found.vectors, axis=1)
    assert min(lengths[[1, 4]]) > 0.7 > 0.2 > max(lengths[[0, 2, 3]])


def test_two_that_fill_spaces_at_once_make_one_table(shelf: Path) -> None:
    make_old(shelf)
    said: list[str] = []
    threads = [
        threading.Thread(target=encoders.load, args=("tiny",), kwargs={"models": shelf, "bulk": True, "progress": said.append})
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum("Learning" in line for line in said) == 1
    encoders.verify("tiny", models=shelf)


def test_a_damaged_table_is_noticed(shelf: Path) -> None:
    file = shelf / "tiny" / cards.VECTORS
    content = bytearray(file.read_bytes())
    content[-1] ^= 0x55
    file.write_bytes(content)
    with pytest.raises(ConversionFailed, match=cards.VECTORS):
        encoders.load("tiny", models=shelf)


def test_a_static_encoder_is_its_own_table(shelf: Path) -> None:
    encoders.distil("quick", teacher="tiny", dim=16, models=shelf)
    encoder: Any = encoders.load("quick", models=shelf)
    (found,) = encoder.words(["the cat"])
    assert found.vectors.shape == (2, 16)
    expected = found.vectors.sum(axis=0)
    made = encoder.encode(["the cat"], "query")[0]
    assert float(made @ expected) / float(np.linalg.norm(expected)) > 0.999


def test_every_runtime_of_an_encoder_looks_up_the_same(shelf: Path) -> None:
    found = [encoders.load("tiny", models=shelf, runtime=name).words(["cat dog"])[0] for name in ("onnx", "openvino", "torch")]  # type: ignore[attr-defined]
    for other in found[1:]:
        np.testing.assert_array_equal(found[0].vectors, other.vectors)

"""A file of token vectors gives back what was put into it, and is not believed where it is something else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from semspace.arrays import Ids, SentenceTokens, unit
from semspace.tokenstore import Codec, TokenIndex

CODEC = Codec(32)


def some(seed: int, count: int) -> SentenceTokens:
    """Make tokens of which every third begins a sentence, but for the first: it stands for a title."""
    vectors = unit(np.random.default_rng(seed).standard_normal((count, 32)))
    return SentenceTokens(vectors, np.arange(1, count, 3))


def ids(*numbers: int) -> Ids:
    return np.array(numbers, dtype=np.int64)


def saved(path: Path, sizes: dict[int, int]) -> TokenIndex:
    index = TokenIndex(CODEC, "me")
    index.add([*sizes], [some(number, size) for number, size in sizes.items()])
    index.save(path)
    return TokenIndex.load(path, CODEC, "me")


def test_what_was_added_comes_back_from_the_file(tmp_path: Path) -> None:
    index = saved(tmp_path / "a", {5: 3, 2: 1, 9: 70})
    assert index.ids().tolist() == [2, 5, 9]
    assert len(index) == 3
    found = index.codes(ids(9, 2, 7))
    assert {number: codes.tolist() for number, codes in found.items()} == {
        number: CODEC.encode(some(number, size)).tolist() for number, size in ((9, 70), (2, 1))
    }
    assert index.tokens(ids(5))[5].vectors.shape == (3, 32)
    assert {number: one.begins.tolist() for number, one in index.tokens(ids(2, 5, 9)).items()} == {
        2: [], 5: [1], 9: list(range(1, 70, 3))
    }  # fmt: skip


def test_changes_before_and_after_saving_are_the_same(tmp_path: Path) -> None:
    """Random additions, replacements and removals, against a plain dict."""
    rng = np.random.default_rng(1)
    index, model = TokenIndex(CODEC, "me"), dict[int, bytes]()
    for step in range(200):
        number, size = int(rng.integers(0, 30)), int(rng.integers(0, 6))
        if rng.random() < 0.6:
            index.add([number], [some(1000 + step, size)])
            model[number] = CODEC.encode(some(1000 + step, size)).tobytes()
        else:
            index.remove(ids(number, number + 50))
            model.pop(number, None)
        if step % 17 == 0:
            index.save(tmp_path / f"{step}")
            index = TokenIndex.load(tmp_path / f"{step}", CODEC, "me")
        assert index.ids().tolist() == sorted(model), step
        assert {n: codes.tobytes() for n, codes in index.codes(index.ids()).items()} == model, step


def test_what_was_removed_is_not_in_the_file(tmp_path: Path) -> None:
    index = saved(tmp_path / "a", {1: 4, 2: 4, 3: 4})
    gone = index.codes(ids(2))[2].tobytes()
    assert gone in (tmp_path / "a").read_bytes()
    index.remove(ids(2))
    index.save(tmp_path / "b")
    assert gone not in (tmp_path / "b").read_bytes()
    assert TokenIndex.load(tmp_path / "b", CODEC, "me").ids().tolist() == [1, 3]


def test_an_empty_file_is_one(tmp_path: Path) -> None:
    assert len(saved(tmp_path / "a", {})) == 0
    assert saved(tmp_path / "b", {4: 0}).codes(ids(4))[4].shape == (0, CODEC.width)


@pytest.mark.parametrize("harm", ["encoder", "bits", "dim", "cut", "long", "empty", "foreign"])
def test_another_file_is_refused(tmp_path: Path, harm: str) -> None:
    path = tmp_path / "a"
    saved(path, {1: 4, 2: 4})
    data = path.read_bytes()
    changed = {"cut": data[:-1], "long": data + b"x", "empty": b"", "foreign": b"{}" * 400}
    path.write_bytes(changed.get(harm, data))
    codec = {"bits": Codec(32, 2), "dim": Codec(40)}.get(harm, CODEC)
    with pytest.raises(ValueError, match="it "):
        TokenIndex.load(path, codec, "you" if harm == "encoder" else "me")

"""`index --token-vectors`: kept, in step, found when damaged, gone when forgotten; a search gives what it gave without."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from semspace import Space
from semspace.arrays import TokenVectors
from semspace.boundaries import sentences
from semspace.derived import DerivedTokens
from semspace.encoders import Encoder
from semspace.encoders.onnx import OnnxEncoder
from semspace.errors import InvalidInput
from semspace.records import Passage, Progress
from semspace.reranking import in_sentences

WORDS = "cat dog river mountain sea rain bread oven flour star planet orbit bank money price engine ship sail wind".split()  # noqa: SIM905
FILE = "tokens.bin"


def text(number: int) -> str:
    rng = np.random.default_rng(number)
    return " ".join(rng.choice(WORDS, 12)) + "."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    for number in range(12):
        (tmp_path / "docs" / f"{number}.txt").write_text(text(number))
    return tmp_path / "docs"


@pytest.fixture
def space(folder: Path, tmp_path: Path, tiny_models: Path) -> Iterator[Space]:
    """Make a space that keeps token vectors."""
    with Space.create(tmp_path / "space", "tiny", models=tiny_models) as made:
        made.index([folder], token_vectors=True)
        yield made


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Count the passages whose tokens are encoded, by whichever runtime."""
    from semspace.encoders.converted import ConvertedEncoder

    asked: list[str] = []
    real = ConvertedEncoder._tokens

    def counting(self: ConvertedEncoder, texts: list[str], role: str, states: Callable[..., object]) -> object:
        asked.extend(texts if role == "passage" else [])
        return real(self, texts, role, states)  # type: ignore[arg-type]

    monkeypatch.setattr(ConvertedEncoder, "_tokens", counting)
    return asked


def part(space: Space) -> tuple[int, str]:
    found = {finding.part: finding for finding in space.check()}
    return found["token vectors"].count, found["token vectors"].message


def interactions(space: Space, query: str) -> dict[int, float]:
    hits = space.search(query, 50, everything=True, explain=True, rerank="tokens")
    return {hit.id: hit.evidence.interaction for hit in hits if hit.evidence and hit.evidence.interaction is not None}


def test_a_search_encodes_no_passage_and_agrees_with_one_that_does(space: Space, counted: list[str]) -> None:
    kept = interactions(space, "river bank")
    assert counted == []
    (space.folder / FILE).unlink()
    with Space.open(space.folder, models=space._models) as plain:
        encoded = interactions(plain, "river bank")
    assert len(counted) == len(encoded) == len(kept) == 12
    values, truth = (np.array([found[number] for number in sorted(kept)]) for found in (kept, encoded))
    # One bit of 32 dimensions is coarse: the error of the paper is 0.13 for one pair of tokens.
    assert np.abs(values - truth).mean() < 0.12
    assert np.corrcoef(values, truth)[0, 1] > 0.4


def test_what_is_kept_knows_the_sentences_and_what_is_encoded_now_is_judged_by_them(
    tmp_path: Path, tiny_models: Path, tiny_encoder: Encoder
) -> None:
    """In both ways a passage's interaction is that of its best sentence with the title: by a loop over the sentences."""
    (tmp_path / "docs").mkdir()
    for number in range(6):
        body = " ".join(text(10 * number + part)[:30].capitalize() + "." for part in range(4))
        (tmp_path / "docs" / f"{number}.md").write_text(f"# {WORDS[number]} {WORDS[number + 6]}\n\n{body}\n")
    query, errors, counts = "river and bread", dict[bool, list[float]](), set[int]()
    for keep in (True, False):
        with Space.create(tmp_path / f"space-{keep}", "tiny", models=tiny_models) as made:
            made.index([tmp_path / "docs"], token_vectors=keep)
            told, found = made._words.get().telling_parts(query), interactions(made, query)
            asked = tiny_encoder.encode_tokens([query], "query")[0]  # type: ignore[attr-defined]
            for row in made._store.rows([*found]).values():
                tokens = tiny_encoder.encode_tokens([row.passage.encoded], "passage")[0]  # type: ignore[attr-defined]
                wanted = best_sentence(row.passage, asked, tokens, told)
                errors.setdefault(keep, []).append(abs(found[row.id] - wanted))
                if keep:
                    kept = made._tokens.get().tokens(np.array([row.id]))[row.id]
                    assert kept.begins.tolist() == in_sentences(row.passage, tokens).begins.tolist()
                    counts.add(len(kept.begins) if row.passage.context else 0)
    assert max(counts) > 1
    assert max(errors[False]) < 1e-4
    assert np.mean(errors[True]) < 0.12


def best_sentence(passage: Passage, asked: TokenVectors, tokens: TokenVectors, told: list[tuple[int, int, float]]) -> float:
    own = len(passage.encoded) - len(passage.own)
    cosines = asked.vectors @ tokens.vectors.T
    total = sum(weight * ((asked.spans[:, 0] < end) & (asked.spans[:, 1] > start)).sum() for start, end, weight in told)
    weights = np.full(len(cosines), 0.5 / len(cosines))
    for start, end, weight in told:
        weights += 0.5 * weight / total * ((asked.spans[:, 0] < end) & (asked.spans[:, 1] > start))
    values = []
    for start, end in sentences(passage.own):
        places = tokens.spans[:, 0] - own
        values.append(float(weights @ cosines[:, (places < 0) | ((places >= start) & (places < end))].max(axis=1)))
    return max(values)


def test_only_what_changed_is_encoded_again(space: Space, folder: Path, counted: list[str]) -> None:
    before = space._tokens.get().codes(space._tokens.get().ids())
    (folder / "3.txt").write_text("a star and a planet and an orbit.")
    (folder / "4.txt").unlink()
    (folder / "new.txt").write_text("money in the bank.")
    space.index()
    assert len(counted) == 2
    assert part(space) == (0, "holds every passage")
    after = space._tokens.get().codes(space._tokens.get().ids())
    assert len(after) == 12
    shared = set(before) & set(after)
    assert len(shared) == 10
    assert all(before[number].tobytes() == after[number].tobytes() for number in shared)
    space.index()
    assert len(counted) == 2


def test_the_space_remembers_and_can_be_told_otherwise(space: Space, folder: Path, tiny_models: Path) -> None:
    with Space.open(space.folder, models=tiny_models) as again:
        assert again.settings.token_vectors
        (folder / "x.txt").write_text("rain on the sea.")
        again.index()
        assert part(again) == (0, "holds every passage")
        assert again.status().bytes["tokens"] == (space.folder / FILE).stat().st_size
        again.index(token_vectors=False)
        assert not (again.folder / FILE).exists()
        assert again.status().bytes["tokens"] == 0
        assert "token vectors" not in {finding.part for finding in again.check()}
        assert interactions(again, "rain")


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-7] ^= 16
    path.write_bytes(data)


def shortened(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def linked(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


@pytest.mark.parametrize("harm", [flipped, shortened, linked, Path.unlink], ids=lambda harm: harm.__name__)
def test_a_damaged_file_is_found_never_used_and_made_anew(
    space: Space, tiny_models: Path, counted: list[str], harm: Callable[[Path], None]
) -> None:
    truth = space._tokens.get().codes(space._tokens.get().ids())
    truth = {number: codes.copy() for number, codes in truth.items()}
    space.close()
    harm(space.folder / FILE)
    with Space.open(space.folder, models=tiny_models) as opened:
        assert part(opened)[0] == 1
        assert len(interactions(opened, "river")) == 12
        assert len(counted) == 12  # none of it was believed
        opened.index()
        assert len(counted) == 24
        assert part(opened) == (0, "holds every passage")
        made = opened._tokens.get().codes(opened._tokens.get().ids())
        assert {number: codes.tobytes() for number, codes in made.items()} == {n: c.tobytes() for n, c in truth.items()}


def test_a_file_of_another_time_is_brought_up_to_date(
    space: Space, folder: Path, tiny_models: Path, tmp_path: Path, counted: list[str]
) -> None:
    shutil.copy2(space.folder / FILE, tmp_path / "old")
    (folder / "3.txt").write_text("a star and a planet and an orbit.")
    space.index()
    space.close()
    shutil.copy2(tmp_path / "old", space.folder / FILE)
    del counted[:]
    with Space.open(space.folder, models=tiny_models) as opened:
        assert part(opened)[0] == 1
        opened.index()
        assert part(opened) == (0, "holds every passage")


def test_repair_puts_a_damaged_file_aside(space: Space, tiny_models: Path) -> None:
    space.close()
    flipped(space.folder / FILE)
    done = {mending.part: mending for mending in Space.repair(space.folder, models=tiny_models)}
    assert done["token vectors"].mended == 1
    assert list((space.folder / "quarantine").rglob(FILE))
    with Space.open(space.folder, models=tiny_models) as opened:
        assert part(opened) == (0, "holds every passage")


def test_what_is_forgotten_leaves_no_code_behind(space: Space, folder: Path) -> None:
    index = space._tokens.get()
    hit = space.search(text(5), 1, everything=True)[0]
    number = hit.id
    assert hit.path is not None
    gone = index.codes(np.array([number]))[number].tobytes()
    assert gone in (space.folder / FILE).read_bytes()
    report = space.forget([hit.path], verify=True)
    assert report.documents == 1
    assert gone not in (space.folder / FILE).read_bytes()
    assert number not in interactions(space, "river")
    assert len(space._tokens.get()) == 11
    space.compact()
    assert part(space) == (0, "holds every passage")


def test_a_removed_document_and_new_texts_are_followed(space: Space, folder: Path) -> None:
    space.remove([folder / "2.txt"])
    space.add_texts(["wind in the sail of a ship"], ["ship"])
    assert part(space) == (0, "holds every passage")
    assert len(space._tokens.get()) == 12


def test_a_reader_answers_while_the_file_is_behind(space: Space, folder: Path, tiny_models: Path, counted: list[str]) -> None:
    """Between a change and its token vectors the old ones count, and the new passage is encoded for the query."""
    with Space.open(space.folder, models=tiny_models) as reader:
        interactions(reader, "river")
        (folder / "late.txt").write_text("the river and the sea.")
        old = (space.folder / FILE).read_bytes()
        space.index()
        (space.folder / FILE).write_bytes(old)  # as if its writer had been killed before it was written
        del counted[:]
        assert len(interactions(reader, "river")) == 13
        assert counted


def test_ctrl_c_keeps_what_was_encoded(
    folder: Path, tmp_path: Path, tiny_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("semspace.derived.tokens.PART", 4)
    filling = DerivedTokens.fill

    def cut_off(self: DerivedTokens, encode: Callable[..., object], tell: object = None) -> int:
        def stop(now: Progress) -> None:
            if now.encoded == 8:
                raise KeyboardInterrupt

        return filling(self, encode, stop)  # type: ignore[arg-type]

    with Space.create(tmp_path / "space", "tiny", models=tiny_models) as made:
        monkeypatch.setattr(DerivedTokens, "fill", cut_off)
        assert made.index([folder], token_vectors=True).interrupted
        assert len(made._tokens.get()) == 8
        assert part(made)[0] == 4
        assert len(interactions(made, "river")) == 12
        monkeypatch.setattr(DerivedTokens, "fill", filling)
        made.index()
        assert part(made) == (0, "holds every passage")


KILLED = """
import os, signal, sys
from pathlib import Path
from semspace import Space
from semspace.derived import file, tokens
tokens.PART, written = 4, []
step, when = file.sync, sys.argv[3]
def dying(path):
    if path.name == "tokens.bin.new":
        written.append(path)
        if when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
    step(path)
    if when == "after" and written and path == written[0].parent:
        os.kill(os.getpid(), signal.SIGKILL)
file.sync = dying
with Space.open(sys.argv[1], models=Path(sys.argv[2])) as space:
    space.index()
"""


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_while_the_file_is_written_costs_nothing_but_time(
    space: Space, folder: Path, tiny_models: Path, when: str
) -> None:
    space.close()
    (folder / "3.txt").write_text("a star and a planet and an orbit.")
    words = [sys.executable, "-c", KILLED, str(space.folder), str(tiny_models), when]
    assert subprocess.run(words, env=os.environ, check=False, timeout=60).returncode == -signal.SIGKILL
    with Space.open(space.folder, models=tiny_models) as opened:
        assert len(interactions(opened, "star")) == 12
        opened.index()
        assert part(opened) == (0, "holds every passage")
        assert not list(space.folder.glob("*.new"))


def test_an_encoder_without_token_vectors_is_refused_before_anything(
    folder: Path, tmp_path: Path, tiny_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from semspace.encoders.openvino import OpenvinoEncoder

    for runtime in (OnnxEncoder, OpenvinoEncoder):
        monkeypatch.delattr(runtime, "encode_tokens")
    with Space.create(tmp_path / "space", "tiny", models=tiny_models) as made:
        with pytest.raises(InvalidInput, match="gives no vectors of tokens"):
            made.index([folder], token_vectors=True)
        assert not made.settings.token_vectors
        assert made.index([folder]).read == 12


def test_both_runtimes_keep_the_same(tiny_models: Path) -> None:
    from semspace import encoders

    texts = [text(number) for number in range(6)] + ["", "cat", "the dog " * 100]
    one = encoders.load("tiny", models=tiny_models, runtime="onnx")
    other = encoders.load("tiny", models=tiny_models, runtime="openvino")
    for first, second in zip(one.encode_tokens(texts, "passage"), other.encode_tokens(texts, "passage"), strict=True):  # type: ignore[attr-defined]
        assert first.spans.tolist() == second.spans.tolist()
        assert (first.vectors * second.vectors).sum(axis=1).min(initial=1.0) > 0.999

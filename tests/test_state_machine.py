"""Random adding, changing, removing, damaging and reopening, against a dict."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from semspace import Space
from semspace.encoders import Encoder

NAMES = st.sampled_from(["a.md", "b.txt", "c/d.md", "c/e f.txt", "ü.md"])
WORDS = st.sampled_from(["bread", "sea", "wind", "star", "money", "engine", "cat", "the rain and the river"])
TEXTS = st.lists(WORDS, min_size=1, max_size=60).map(" ".join)
KEYS = st.sampled_from(["x", "y"])


class SpaceMachine(RuleBasedStateMachine):
    """A folder and a space beside a dict of what the space should hold."""

    models: Path
    encoder: Encoder

    @initialize()
    def begin(self) -> None:
        self.base = Path(tempfile.mkdtemp(prefix="semspace-machine-"))
        self.root = self.base / "files"
        self.root.mkdir()
        self.space = Space.create("machine", "tiny", home=self.base / "home", models=self.models)
        self.files: dict[str, str] = {}
        self.indexed: dict[str, str] = {}
        self.texts: dict[str, str] = {}

    def teardown(self) -> None:
        if hasattr(self, "space"):
            self.space.close()
            shutil.rmtree(self.base)

    @rule(name=NAMES, text=TEXTS)
    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        self.files[str(path)] = text

    @rule(name=NAMES)
    def unlink(self, name: str) -> None:
        (self.root / name).unlink(missing_ok=True)
        self.files.pop(str(self.root / name), None)

    @rule(name=NAMES, other=NAMES)
    def rename(self, name: str, other: str) -> None:
        if str(self.root / name) in self.files and name != other:
            (self.root / other).parent.mkdir(exist_ok=True)
            (self.root / name).rename(self.root / other)
            self.files[str(self.root / other)] = self.files.pop(str(self.root / name))

    @rule()
    def index(self) -> None:
        report = self.space.index([self.root], purge=True)
        changed = {path for path, text in self.files.items() if self.indexed.get(path) != text}
        assert report.read == len(changed)
        assert report.unchanged == len(self.files) - len(changed)
        assert report.removed == len(self.indexed.keys() - self.files.keys())
        self.indexed = dict(self.files)

    @rule(key=KEYS, text=TEXTS)
    def add_text(self, key: str, text: str) -> None:
        self.space.add_texts([text], ids=[key])
        self.texts[key] = text

    @rule(key=KEYS)
    def remove_text(self, key: str) -> None:
        if key in self.texts:
            assert self.space.remove([key]) == 1
            del self.texts[key]

    @rule()
    def reopen(self) -> None:
        self.space.close()
        self.space = Space.open("machine", home=self.base / "home", models=self.models)

    @rule(name=st.sampled_from(["vectors.faiss", "lexical", "space.json"]), cut=st.booleans())
    def damage(self, name: str, cut: bool) -> None:
        path = self.space.folder / name
        self.space.close()
        for file in [path, *path.iterdir()] if path.is_dir() else [path]:
            if file.is_file():
                file.write_bytes(file.read_bytes()[:-7] if cut else b"")
        self.space = Space.open("machine", home=self.base / "home", models=self.models)

    @rule(query=WORDS, k=st.integers(1, 9))
    def search(self, query: str, k: int) -> None:
        hits = self.space.search(query, k, "semantic")
        ids = self.space._store.ids()
        vectors = self.space._store.vectors(ids)
        scores = vectors @ self.encoder.encode([query], "query")[0]
        assert [hit.score for hit in hits] == pytest.approx(np.sort(scores)[::-1][:k].tolist(), abs=1e-5)
        words = {hit.id for hit in self.space.search(query, 10_000, "lexical")}
        rows = self.space._store.rows(ids.tolist())
        wanted = {word for word in query.split() if word not in {"the", "and"}}
        assert words == {number for number, row in rows.items() if wanted & set(row.passage.text.split())}

    @invariant()
    def holds_what_the_dict_holds(self) -> None:
        if not hasattr(self, "space"):
            return
        ids = self.space._store.ids()
        held: dict[str, list[tuple[int, str]]] = {path: [] for path in self.space._store.documents()}
        for row in self.space._store.rows(ids.tolist()).values():
            held[row.path].append((row.passage.start, row.passage.text))
        expected = {**self.indexed, **{f"text:{key}": text for key, text in self.texts.items()}}
        assert {path: " ".join(text for _, text in sorted(parts)) for path, parts in held.items()} == expected
        assert self.space._vectors.get().ids().tolist() == ids.tolist()
        assert self.space._words.get().ids().tolist() == ids.tolist()


def test_a_space_holds_what_a_dict_holds(tiny_models: Path, tiny_encoder: Encoder) -> None:
    SpaceMachine.models = tiny_models
    SpaceMachine.encoder = tiny_encoder
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        SpaceMachine, settings=settings(max_examples=25, stateful_step_count=30, deadline=None)
    )

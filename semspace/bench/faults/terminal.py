"""Hostile texts in documents, names, metadata, models and arguments: no command lets one reach the terminal as it is."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import yaml  # type: ignore[import-untyped]

from semspace.bench.faults import Tally, Trial, tiny
from semspace.bench.faults.calls import PICTURES, calls
from semspace.bench.faults.injections import FIXED, file_name, injection, one_line
from semspace.bench.faults.screen import fault_of, plain, run
from semspace.bench.faults.warm import Warm
from semspace.encoders import cards

_TINT = re.compile(rb"\x1b\[[0-9;]*[39][0-7]m")

DOCUMENTS = 24
PROCESSES = 2


def terminal(trial: Trial) -> list[Tally]:
    """Give so many hostile texts to every command on a terminal; each is a case."""
    tally = Tally(
        "hostile text on a terminal", "escape sequences, bidi, tags and markup in documents, names, models, arguments"
    )
    with ThreadPoolExecutor(PROCESSES) as pool:
        shares = [pool.submit(_share, trial, turn) for turn in range(PROCESSES)]
        for texts, problems in (found for share in shares for found in share.result()):
            for number in range(texts):
                tally.case(problems[number] if number < len(problems) else None)
    return [tally]


def _share(trial: Trial, turn: int) -> list[tuple[int, list[str]]]:
    """Take every second round, until all processes together have given so many texts."""
    found: list[tuple[int, list[str]]] = []
    number = turn
    with Warm() as warm:
        warm.learn(_ready, str(trial.work / f"learn-{turn}"), str(trial.models))
        while PROCESSES * sum(texts for texts, _ in found) < trial.cases:
            outcome = warm.call(_round, str(trial.work), str(trial.models), trial.seed, number, limit=900.0)
            if outcome.ended == "returned":
                found.append((outcome.value[0], outcome.value[1]))
            else:
                found.append((1, [f"seed {trial.seed}, round {number}: the process {outcome.ended}"]))
            number += PROCESSES
    return found


def _ready(work: str, models: str) -> int:
    """Search once, so that everything that is needed for it is imported."""
    from semspace.space import Space

    with Space.create(Path(work), tiny.NAME, models=Path(models)) as space:
        space.add_texts(["the river and the sea"])
        return len(space.search("river"))


def _round(work: str, models: str, seed: int, number: int) -> tuple[int, list[str]]:
    folder = Path(work) / f"round-{number}"
    try:
        scene = Scene(folder, Random(f"{seed}/{number}"), first=number * DOCUMENTS)
        scene.lay(Path(models))
        problems = [f"seed {seed}, round {number}: {problem}" for problem in scene.play()]
        return scene.texts, problems
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Scene:
    """A folder of hostile documents, a hostile encoder and a hostile space, and every command over them."""

    folder: Path
    random: Random
    first: int
    texts: int = 0
    truth: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)

    def lay(self, models: Path) -> None:
        """Write documents and encoders."""
        documents = self.folder / "texts"
        documents.mkdir(parents=True)
        for number in range(DOCUMENTS):
            self._document(documents, self.first + number)
        (self.folder / "lines.txt").write_text("\n".join(one_line(self.random) for _ in range(6)) + "\n", encoding="utf-8")
        (documents / "cells.ipynb").write_text(self._notebook(), encoding="utf-8")
        (documents / self._name(self._text(file_name))).write_bytes(b"PK\x03\x04 no archive")
        self._encoder(models)

    def _text(self, kind: Any, number: int | None = None) -> str:
        self.texts += 1
        return str(kind(self.random, number))

    def _name(self, name: str) -> str:
        return name if name.strip(". ") else f"a{name}"

    def _document(self, folder: Path, number: int) -> None:
        fixed = number % len(FIXED)
        title, body = self._text(one_line, fixed), self._text(injection, fixed)
        about = {
            "title": title,
            "tags": [self._text(one_line, fixed), self._text(injection)],
            self._text(one_line, fixed): self._text(injection, fixed),
            "nested": {self._text(one_line): [self._text(injection)]},
        }
        head = yaml.safe_dump(about, width=1_000_000)
        text = f"---\n{head}---\n# {self._text(one_line, fixed)}\n\nsea {body} sea\n"
        path = folder / self._name(self._text(file_name, fixed) + self.random.choice([".md", ".markdown"]))
        path.write_bytes(text.encode())
        self.truth[str(path)] = (body, about)

    def _notebook(self) -> str:
        cells = [{"cell_type": kind, "source": [self._text(injection)]} for kind in ("markdown", "code")]
        return json.dumps({"cells": cells, "metadata": {"title": self._text(one_line)}, "nbformat": 4, "nbformat_minor": 5})

    def _encoder(self, models: Path) -> None:
        """Copy the encoder, and beside it one whose card is hostile."""
        shutil.copytree(models, self.folder / "models")
        evil = self.folder / "models" / "evil"
        shutil.copytree(models / tiny.NAME, evil)
        card = json.loads((evil / cards.CARD).read_text(encoding="utf-8"))
        for name in ("name", "kind", "fingerprint", "pooling", "source", "source_folder", "note"):
            card[name] = self._text(injection)
        card["prompts"] = {"query": self._text(injection), "passage": ""}
        (evil / cards.CARD).write_text(json.dumps(card), encoding="utf-8")

    def play(self) -> Iterator[str]:
        """Run every command, and tell what went wrong."""
        index = ("index", "texts", "--index", "space", "--model", tiny.NAME)
        yield from self._look(index, progress=True)
        shutil.copytree(self.folder / "home" / "space", self.folder / "home" / self._name(self._text(file_name)))
        yield from self._true()
        for call in calls(self.random, self.folder, list(self.truth)):
            self.texts += call.texts
            yield from self._look(call.words, progress=call.progress, typed=call.typed, environ=call.environ)

    def _look(
        self, words: tuple[str, ...], *, progress: bool = False, typed: bytes = b"", environ: dict[str, str] | None = None
    ) -> Iterator[str]:
        """Run a command with or without colours; tell what it sent that is not ours."""
        bare = not progress and self.random.random() < 0.4
        quiet = {"NO_COLOR": "1"} if bare else {"NO_COLOR": ""}
        columns = self.random.choice([20, 40, 80, 80, 160, 400])
        code, seen = run(words, self.folder, {**self._environ(), **quiet, **(environ or {})}, columns, typed)
        wrong = fault_of(seen, progress=progress, picture=words[0] in PICTURES)
        if wrong is None and bare and _TINT.search(seen):
            wrong = "colours where none are wanted"
        if wrong is None and (code not in {0, 1, 2} or b"Traceback" in seen or b"fault of semspace itself" in seen):
            wrong = f"exit code {code}: {plain(seen)[-400:]!r}"
        if wrong:
            yield f"{words!r} ({columns} columns): {wrong}"

    def _environ(self) -> dict[str, str]:
        place = {"SEMSPACE_HOME": str(self.folder / "home"), "SEMSPACE_MODELS": str(self.folder / "models")}
        return {**place, "HF_HUB_OFFLINE": "1", "HOME": str(self.folder)}

    def _true(self) -> Iterator[str]:
        """Tell what JSON has lost of the true texts."""
        words = ("search", "sea", "-k", "1000", "--mode", "lexical", "--all", "--index", "space", "--json")
        _, seen = run(words, self.folder, self._environ(), 80)
        hits = {hit["path"]: hit for hit in json.loads(plain(seen))["hits"]}
        for path, (body, about) in self.truth.items():
            hit = hits.get(path)
            if hit is None:
                yield f"{path!r} is not found"
            elif _same(body) not in hit["text"]:
                yield f"JSON has {hit['text']!r}, not {body!r}"
            elif any(_held(hit["metadata"].get(_same(key))) != _held(value) for key, value in about.items() if key != "title"):
                yield f"JSON has {hit['metadata']!r}, not {about!r}"
            elif hit["title"] != " ".join(_same(about["title"]).split()):
                yield f"JSON has the title {hit['title']!r}, not {about['title']!r}"


def _same(text: str) -> str:
    """Return a text as a reader gives it: with its own ends of lines, and U+FFFD where no text holds a character."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")


def _held(value: Any) -> Any:
    return json.loads(json.dumps(value).replace("\\r\\n", "\\n").replace("\\r", "\\n").replace("\\u0000", "\\ufffd"))

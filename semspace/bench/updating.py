"""Runs of index over files that are there already: nothing changed, one file edited, one moved."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median
from typing import Any

from semspace.bench import spaces
from semspace.bench.figures import Figure, Result
from semspace.bench.measuring import Run, semspace
from semspace.bench.setting import Setting

TIMES = 3


def updating(setting: Setting) -> Result:
    """Index a folder again that a space follows, each time in a new process."""
    built, folder = spaces.followed(setting)
    paths = sorted(folder.rglob("*.txt"))
    setting.say("indexing again: nothing changed, one file edited, one file moved")
    _index(setting, built.name)
    same = [_index(setting, built.name) for _ in range(TIMES)]
    edited = [_edited(setting, built.name, path) for path in paths[:TIMES]]
    moved = [_moved(setting, built.name, path) for path in paths[TIMES : TIMES + 1]]
    size = f"{built.passages:,} passages in {len(paths):,} files"
    return Result(
        [
            Figure("index, nothing changed", _median(same), "s", "under", 1.0, note=size),
            Figure("index, one file edited", _median(edited), "s", "under", 2.0),
            Figure("passages encoded for one edited paragraph", _encoded(edited[0]), "", "at most", 2),
            Figure("index, one file moved", _median(moved), "s"),
            Figure("passages encoded for a moved file", _encoded(moved[0]), "", "at most", 0),
            Figure("peak memory of a run where nothing changed", max(run.peak for run in same) / 1e6, "MB"),
            Figure("peak memory of a run with one edited file", max(run.peak for run in edited) / 1e6, "MB"),
        ]
    )


def _index(setting: Setting, name: str) -> Run:
    return semspace("index", "--index", name, "--json", *setting.place(), codes=(0,))


def _edited(setting: Setting, name: str, path: Path) -> Run:
    """Change a word in the middle of a file; the file gets another word each time."""
    paragraphs = path.read_text(encoding="utf-8").split("\n\n")
    middle = len(paragraphs) // 2
    words = paragraphs[middle].split(" ")
    words[len(words) // 2] = f"edit{path.stat().st_mtime_ns % 1_000_000}"
    paragraphs[middle] = " ".join(words)
    path.write_text("\n\n".join(paragraphs), encoding="utf-8")
    return _index(setting, name)


def _moved(setting: Setting, name: str, path: Path) -> Run:
    """Move a file and index, then move it back and index again, so that the next bench finds it."""
    elsewhere = path.with_name(f"moved-{path.name}")
    path.rename(elsewhere)
    run = _index(setting, name)
    elsewhere.rename(path)
    _index(setting, name)
    return run


def _median(runs: list[Run]) -> float:
    return median(run.seconds for run in runs)


def _encoded(run: Run) -> int:
    said: dict[str, Any] = json.loads(run.out)
    return int(said["encoded"])

"""Every fault, one after the other, and what became of each as a table."""

from __future__ import annotations

import json
import math
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from semspace.bench.faults import FAULTS, Impossible, Tally, Trial, tiny
from semspace.bench.figures import Figure, Result, Table
from semspace.bench.setting import Setting, silent

SEED = 20_261_123
COUNTED = "faults.jsonl"
"""What is counted so far, in the folder of the bench."""

COLUMNS = ("fault", "injected by", "cases", "survived", "bytes lost")


def faults(setting: Setting) -> Result:
    """Run all faults that can be injected here, and count; what a run that was cut off had counted is not run again."""
    tallies: list[Tally] = []
    skipped: list[str] = []
    left: list[str] = []
    counted = setting.work / COUNTED
    ends = time.monotonic() + 60 * (math.inf if setting.minutes is None else setting.minutes)
    for name, fault in FAULTS.items():
        cases = fault.quick if setting.quick else fault.long if setting.long else fault.whole
        try:
            if found := _counted(counted, f"{name} {cases} {SEED}"):
                tallies += found
            elif time.monotonic() > ends:
                left.append(name)
            else:
                tallies += _run(counted, name, cases, setting)
        except Impossible as lacking:
            skipped.append(f"{name}: {lacking}")
    if not left:
        counted.unlink(missing_ok=True)
    return _result(tallies, skipped, left)


def _run(counted: Path, name: str, cases: int, setting: Setting) -> list[Tally]:
    started = time.perf_counter()
    with trial(cases, setting.say) as one:
        found = FAULTS[name].run(one)
    setting.say(f"{name}: {sum(tally.cases for tally in found):,} cases in {time.perf_counter() - started:.0f} s")
    for problem in [problem for tally in found for problem in tally.problems][:5]:
        setting.say(f"  NOT SURVIVED: {problem}")
    with counted.open("a", encoding="utf-8") as file:
        print(json.dumps([f"{name} {cases} {SEED}", [asdict(tally) for tally in found]]), file=file)
    return found


def _counted(counted: Path, key: str) -> list[Tally]:
    """Return what was counted of a fault with so many cases and this seed, before a run was cut off."""
    lines = counted.read_text(encoding="utf-8").splitlines() if counted.is_file() else []
    return [Tally(**one) for line in lines for found, tallies in [json.loads(line)] if found == key for one in tallies]


@contextmanager
def trial(cases: int, say: Callable[[str], None] = silent, seed: int = SEED) -> Iterator[Trial]:
    """Prepare an empty folder and a tiny encoder for one fault, and remove them afterwards."""
    base = Path(tempfile.mkdtemp(prefix="semspace-faults-"))
    try:
        tiny.install(base / "models")
        (base / "work").mkdir()
        yield Trial(base / "work", base / "models", cases, seed, say)
    finally:
        shutil.rmtree(base, ignore_errors=True)


def _result(tallies: list[Tally], skipped: list[str], left: list[str]) -> Result:
    rows = [(t.fault, t.how, f"{t.cases:,}", f"{t.survived:,}", f"{t.lost:,}") for t in tallies]
    cases, survived = sum(t.cases for t in tallies), sum(t.survived for t in tallies)
    figures = [
        Figure("cases of faults and hostile input", cases),
        Figure("of which not survived", cases - survived, "", "at most", 0),
        Figure("bytes of committed texts lost", sum(t.lost for t in tallies), "", "at most", 0),
        Figure("kinds of fault that cannot be injected here", len(skipped), note="; ".join(skipped)),
        Figure("kinds of fault that are still to be run", len(left), "", "at most", 0, note="; ".join(left)),
    ]
    return Result(figures, [Table("Faults injected, and what became of them", COLUMNS, rows)])

"""Every fault, one after the other, and what became of each as a table."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from semspace.bench.faults import FAULTS, Impossible, Tally, Trial, tiny
from semspace.bench.figures import Figure, Result, Table
from semspace.bench.setting import Setting, silent

SEED = 20_261_123
COLUMNS = ("fault", "injected by", "cases", "survived", "bytes lost")


def faults(setting: Setting) -> Result:
    """Run all faults that can be injected here, and count."""
    tallies: list[Tally] = []
    skipped: list[str] = []
    for name, fault in FAULTS.items():
        cases = fault.quick if setting.quick else fault.long if setting.long else fault.whole
        started = time.perf_counter()
        try:
            with trial(cases, setting.say) as one:
                found = fault.run(one)
        except Impossible as lacking:
            skipped.append(f"{name}: {lacking}")
            continue
        tallies += found
        setting.say(f"{name}: {sum(tally.cases for tally in found):,} cases in {time.perf_counter() - started:.0f} s")
        for problem in [problem for tally in found for problem in tally.problems][:5]:
            setting.say(f"  NOT SURVIVED: {problem}")
    return _result(tallies, skipped)


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


def _result(tallies: list[Tally], skipped: list[str]) -> Result:
    rows = [(t.fault, t.how, f"{t.cases:,}", f"{t.survived:,}", f"{t.lost:,}") for t in tallies]
    cases, survived = sum(t.cases for t in tallies), sum(t.survived for t in tallies)
    figures = [
        Figure("cases of faults and hostile input", cases),
        Figure("of which not survived", cases - survived, "", "at most", 0),
        Figure("bytes of committed texts lost", sum(t.lost for t in tallies), "", "at most", 0),
        Figure("kinds of fault that cannot be injected here", len(skipped), note="; ".join(skipped)),
    ]
    return Result(figures, [Table("Faults injected, and what became of them", COLUMNS, rows)])

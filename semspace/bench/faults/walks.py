"""The state machine for as long as one likes: walk after walk from one seed, counted, and gone on with after a stop."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TypedDict

from semspace.bench.faults.batches import run
from semspace.bench.faults.machine import FEW, STEPS, STORY, Walks, memory
from semspace.bench.faults.running import trial
from semspace.bench.faults.warm import LIMIT, Warm
from semspace.bench.figures import Figure, Result, Table
from semspace.bench.setting import Setting

MINUTES = 60.0

FIRST = 5
"""The first seed that is counted here; those before it were walked while the machine was being written."""

ENOUGH = 20
"""Walks that went wrong, after which it is no use to go on."""

UNDER_WAY = "walks.json"
"""The count of a seed that is not at its end, in the folder of the bench."""

COLUMNS = ("seed", "walks", "operations", "minutes", "went wrong")


class Count(TypedDict):
    """What one seed has walked so far; `seconds` are those of the walks themselves."""

    seed: int
    walks: int
    operations: int
    seconds: float
    problems: list[str]


def walks(setting: Setting) -> Result:
    """Walk for `minutes` from a seed that no earlier run had, and count; the seeds of earlier runs stay in the table."""
    known = setting.results["walks"].facts["seeds"] if "walks" in setting.results else []
    kept = setting.work / UNDER_WAY
    count = _begun(kept, max((one["seed"] + 1 for one in known), default=FIRST))
    seconds = 60 * (0.0 if setting.quick else MINUTES if setting.minutes is None else setting.minutes)
    with trial(0) as one, memory(one.models) as (work, models), Warm() as warm:
        given: list[object] = [f"{Walks.__module__}:{Walks.__name__}", str(work), str(models), count["seed"]]
        warm.learn(run, *given, [])
        while not count["walks"] or (count["seconds"] < seconds and len(count["problems"]) < ENOUGH):
            _further(warm, given, count, work / STORY)
            _keep(kept, count)
            setting.say(f"seed {count['seed']}: {count['operations']:,} operations in {count['seconds']:.0f} s")
    kept.unlink()
    for problem in count["problems"][:5]:
        setting.say(f"  WENT WRONG: {problem}")
    return _result([*known, count])


def _begun(kept: Path, seed: int) -> Count:
    if kept.is_file():
        found: Count = json.loads(kept.read_text(encoding="utf-8"))
        return found
    return Count(seed=seed, walks=0, operations=0, seconds=0.0, problems=[])


def _further(warm: Warm, given: list[object], count: Count, story: Path) -> None:
    started = time.perf_counter()
    outcome = warm.call(run, *given, [*range(count["walks"], count["walks"] + FEW)], limit=4 * LIMIT)
    found = outcome.value if outcome.ended == "returned" else []
    problems = [row["problem"] for row in found if row["problem"]]
    if outcome.ended != "returned":
        problems.append(f"seed {given[-1]}, {story.read_text(encoding='utf-8')}: the process {outcome.ended}")
    count["walks"] += FEW
    count["operations"] += STEPS * (FEW - len(problems) if outcome.ended == "returned" else 0)
    count["seconds"] += time.perf_counter() - started
    count["problems"] += problems


def _keep(kept: Path, count: Count) -> None:
    temporary = kept.with_name(f"{kept.name}.new")
    temporary.write_text(json.dumps(count, indent=2) + "\n", encoding="utf-8")
    temporary.replace(kept)


def _result(counts: list[Count]) -> Result:
    figures = [
        Figure("operations in any order against a dict", sum(one["operations"] for one in counts)),
        Figure("walks of them that went wrong", sum(len(one["problems"]) for one in counts), "", "at most", 0),
    ]
    table = Table("The state machine: what each seed walked", COLUMNS, [_row(one) for one in counts])
    return Result(figures, [table], {"seeds": counts})


def _row(one: Count) -> tuple[str, ...]:
    minutes, wrong = one["seconds"] / 60, len(one["problems"])
    return str(one["seed"]), f"{one['walks']:,}", f"{one['operations']:,}", f"{minutes:.0f}", str(wrong)

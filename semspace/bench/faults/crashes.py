"""SIGKILL at random moments of every command that writes, on a space that holds documents already."""

from __future__ import annotations

import random

from semspace.bench.faults import Tally, Trial, scenes
from semspace.bench.faults.hands import Hands, Verdict, hands, judged
from semspace.bench.faults.warm import Warm

COMMANDS = ("edit", *scenes.SCENES, "edit", "create")
"""Taken in turn: a run of `index` that adds, changes and removes has the most steps to fall between."""

TWICE = 0.25
"""Share of cases in which the process that mends is killed too."""

ROUND = 100
"""Tries that are spread over the processes at a time: a command may be done before it is killed."""

MOST = 5
"""Tries for each case at most."""


def crashes(trial: Trial) -> list[Tally]:
    """Kill so many processes, each in the midst of its work, and judge each space that they leave."""
    tally = Tally("kill -9 while a space is written", "SIGKILL at a random moment of each command that writes")
    with hands(trial.work, COMMANDS) as all_hands:
        tries = 0
        while tally.cases < trial.cases and tries < MOST * max(trial.cases, ROUND):
            some = range(tries, tries + min(ROUND, trial.cases - tally.cases))
            for found in all_hands.each(some, lambda warm, home, number: _kill(all_hands, warm, trial, home, number)):
                if found is not None:
                    tally.case(found.problem, lost=found.lost)
            tries = some.stop
    tally.note = f"one of {1 / TWICE:.0f} is killed a second time while it mends"
    return [tally]


def _kill(all_hands: Hands, warm: Warm, trial: Trial, case: str, number: int) -> Verdict | None:
    """Kill one process; None where it was done before."""
    chance = random.Random(f"{trial.seed} {number}")
    name = COMMANDS[number % len(COMMANDS)]
    place, eager = str(all_hands.work / name), chance.random() < 0.5
    home = scenes.fresh(place, case)
    moment = chance.uniform(0, all_hands.lasting[name])
    if warm.call(scenes.act, place, home, name, eager, kill_after=moment).ended != "killed":
        return None
    story = f"seed {trial.seed}, try {number}: {name}{' in small steps' * eager} killed after {moment:.4f} s"
    if chance.random() < TWICE:
        again = chance.uniform(0, all_hands.lasting[name])
        warm.call(scenes.act, place, home, name, kill_after=again)
        story += f" and again after {again:.4f} s"
    return judged(warm, place, home, story)

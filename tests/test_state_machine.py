"""What the bench walks at random, hypothesis walks too, and finds the shortest story of what goes wrong."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from random import Random

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from semspace.bench.faults import tiny
from semspace.bench.faults.machine import memory, walk
from semspace.bench.faults.operations import OFTEN, OPERATIONS
from semspace.bench.faults.oracle import Astray, agree
from semspace.bench.faults.walk import Walk

# A process of many tests has threads, and must not fork: the bench does that from one that has none.
NAMES = [name for name in [*sorted(OPERATIONS), *OFTEN] if name != "crash"]


class SpaceMachine(RuleBasedStateMachine):
    """A folder and a space beside dicts of what the space should hold."""

    models: Path

    @initialize()
    def begin(self) -> None:
        self.stack = ExitStack()
        work, models = self.stack.enter_context(memory(self.models))
        self.walk = Walk(work / "walk", models)

    def teardown(self) -> None:
        if hasattr(self, "walk"):
            self.walk.close()
            self.stack.close()

    # A seed, not chance itself: what an operation draws may depend on how many bytes a file has.
    @rule(name=st.sampled_from(NAMES), seed=st.integers(0, 2**32))
    def operate(self, name: str, seed: int) -> None:
        OPERATIONS[name](self.walk, Random(seed))

    @invariant()
    def holds_what_the_dict_holds(self) -> None:
        if hasattr(self, "walk"):
            agree(self.walk)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("encoders")
    tiny.install(folder)
    return folder


def test_a_space_holds_and_answers_what_a_dict_does(models: Path) -> None:
    SpaceMachine.models = models
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        SpaceMachine, settings=settings(max_examples=20, stateful_step_count=30, deadline=None)
    )


def test_a_walk_notices_what_is_not_as_it_should_be(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(walked: Walk, random: Random) -> None:
        walked.space.remove(walked.space.add_texts(["bread and flour"], ids=["x"]))
        walked.texts["x"] = ("bread and flour", 0)

    monkeypatch.setitem(OPERATIONS, "write", forgetful)
    with memory(models) as (work, encoders), pytest.raises(Astray, match="text:x holds None"):
        walk(work / "walk", encoders, "any", lambda _: None, steps=60)

"""What the faults of hostile text and vectors rest on: nothing is left out, and what they look for they find."""

from __future__ import annotations

import subprocess
import sys
from random import Random

import pytest

from semspace.bench.faults.calls import commands
from semspace.bench.faults.injections import FIXED, file_name, injection
from semspace.bench.faults.screen import fault_of
from semspace.bench.faults.views import drawable
from semspace.cli import COMMANDS
from semspace.ui.safe import safe_text

OPTIMISED = """
import json, sys
from semspace.bench.faults.running import trial
from semspace.bench.faults.vectors import Entrances
assert False, "python -O leaves this out"
with trial(0) as one:
    cases = Entrances(one.work, one.models, one.seed)
    cases.prepare(one.work)
    verdicts = [cases.run(one.work, number) for number in range(140)]
    print(json.dumps([verdict.problem for verdict in verdicts if verdict.problem]))
"""


def test_every_command_is_tried_with_hostile_text() -> None:
    assert commands() == {*COMMANDS}


def test_every_view_is_drawn_with_hostile_text() -> None:
    assert {view.__name__ for view in drawable()} >= {"HitList", "StatusView", "PassageView", "ErrorView", "HealthView"}


@pytest.mark.parametrize("text", [one for one in FIXED if safe_text(one) != one])
def test_what_is_hostile_is_seen_on_the_screen_and_is_not_when_it_is_safe(text: str) -> None:
    assert fault_of(f"sea {text} sea".encode()), "the scanner lets it pass"
    assert fault_of(f"sea {safe_text(text)} sea".encode()) is None


def test_hostile_text_by_chance_is_seen_on_the_screen() -> None:
    random = Random(5)
    texts = [injection(random) for _ in range(500)]
    hostile = [text for text in texts if safe_text(text) != text]
    assert len(hostile) > 250
    assert [text for text in hostile if fault_of(text.encode("utf-8", "surrogatepass")) is None] == []
    assert all(len(file_name(random).encode("utf-8", "surrogateescape")) <= 200 for _ in range(200))


@pytest.mark.parametrize(
    "seen",
    [b"\x1b[1;31mbread\x1b[0m", b"\x1b]8;id=1-2;file:///\x1b\\place\x1b]8;;\x1b\\", "👩\u200d👧 1\ufe0f\u20e3".encode()],
)  # fmt: skip
def test_what_semspace_writes_is_no_fault(seen: bytes) -> None:
    assert fault_of(seen) is None


def test_vectors_are_checked_by_exceptions_not_by_asserts() -> None:
    ran = subprocess.run([sys.executable, "-O", "-c", OPTIMISED], capture_output=True, text=True, check=False, timeout=120)
    assert (ran.returncode, ran.stdout.strip()) == (0, "[]"), ran.stderr

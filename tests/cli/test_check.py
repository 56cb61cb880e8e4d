"""`semspace check` tells a sound space from a damaged one."""

from __future__ import annotations

import json
from pathlib import Path

from cli_samples import Run


def test_a_sound_space_is_called_sound(run: Run) -> None:
    ran = run("check", "--deep")
    assert ran.code == 0
    assert "wrong" not in ran.out
    assert "lexical index" in ran.out
    told = json.loads(run("check", "--json").out)
    assert told["sound"]
    assert {finding["part"] for finding in told["findings"]} >= {"store", "texts", "vectors", "vector index"}


def test_a_damaged_space_is_named_with_a_remedy_and_mended_by_the_next_index(run: Run, home: Path) -> None:
    name = json.loads(run("status", "--json").out)["index"]
    (home / name / "vectors.faiss").write_bytes(b"garbage")
    ran = run("check", "--json")
    told = json.loads(ran.out)
    assert ran.code == 1
    assert [finding["part"] for finding in told["findings"] if finding["wrong"]] == ["vector index"]
    assert "semspace index" in run("check").out
    assert run("index").code == 0
    assert run("check").code == 0

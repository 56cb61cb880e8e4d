"""like --ask asks a person about one text after the other on a terminal, and names the next one in a pipe."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from cli_samples import Run, on_terminal


def asked(keys: bytes, folder: Path, environ: dict[str, str], *words: str) -> str:
    """Run the program on a terminal of its own, type some keys, and return what it wrote."""
    code, seen = on_terminal(words, environ, folder, keys)
    assert code == 0
    return re.sub(r"\x1b\[[0-9;]*m", "", seen)


def test_a_person_is_asked_until_the_end_and_what_was_said_counts(garden: Path, home: Path, tiny_models: Path) -> None:
    environ = {
        **os.environ,
        "SEMSPACE_HOME": str(home),
        "SEMSPACE_MODELS": str(tiny_models),
        "TERM": "xterm-256color",
        "COLUMNS": "80",
        "NO_COLOR": "1",
    }
    words = ("like", "the ship", "--ask", "--index", "garden")
    skipped = asked(b"\ns\nq\n", garden, environ, *words)
    assert skipped.count("like it?") == 3
    shown = re.findall(r"^#(\d+)  ", skipped, re.MULTILINE)
    assert len(set(shown[:3])) == 3, "what was skipped is not asked about again"
    said = asked(b"n\ny\nq\n", garden, environ, *words)
    first, second = re.findall(r"^#(\d+)  ", said, re.MULTILINE)[:2]
    assert first == shown[0]
    results = said.rpartition("like it?")[2]
    assert f"#{first} " not in results
    assert f"#{second} " not in results, "what was judged is no recommendation"


def test_a_pipe_is_told_what_to_judge_next_and_asked_nothing(run: Run) -> None:
    ran = run("like", "the ship", "--ask", "--index", "garden")
    assert ran.code == 0
    assert "judge next" in ran.out
    assert "like it?" not in ran.out + ran.err
    assert json.loads(run("like", "the ship", "--ask", "--json", "--index", "garden").out)["ask"]["id"]

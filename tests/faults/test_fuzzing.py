"""The fuzzer itself: what it takes for a problem, and what it found once."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from semspace.bench.faults import Trial, fuzzing
from semspace.bench.faults.fuzzing import PLACES, counted, target

DRAWING = b"""\x00<o:body xmlns:o="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:d="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" xmlns:t="urn:oasis:names:tc:opendocument:xmlns:text:1.0">
<d:page><t:p>a</t:p></d:page><d:page/></o:body>"""

FOUND = {
    "html": [b"<h1>a</h1><pre>" + b"&#13;&#10;" * 8 + b"</pre><h1>b</h1>"],
    "rtf": [rb"{\rtf1\ansi \u888888888888888888888 a}"],
    "opendocument": [
        DRAWING,
    ],
    "mail": [
        b"\x00From: a@b.org\nDate: Mon, 1 Jan 2024 10:00:00 +009999999999900\n\nbread",
        b"\x00From: " + b"(" * 4_000 + b"\nTo: " + b"<" * 3_000 + b"\n\nbread",
    ],
    "settings": [b'\x00{"format": 1e999}', b'\x01{"format": 1e999}', b'\x00{"format": {}}', b"\x02[]"],
    "derived files": [
        b"\x02ids\nx\n--part--\nneighbors\nx\n--part--\nsimilarities\nx",
        b'\x03{"opstamp": 1e3, "segments": [{"segment_id": 5, "max_doc": 1, "deletes": null}]}',
        b"\x00semspace tokens\n" + b'{"made": "1 8 1 fuzz", "passages": 2}'.ljust(240),
        b"\x00semspace tokens\n" + b"[]".ljust(240),
        b"\x02ids\n\x93NUMPY\x01\x00v\x00" + b"{'descr': '<i8'%, 'fortran_order': False, 'shape': (3".ljust(118),
    ],
}
"""Target -> inputs that were not survived."""

PLANTED = """
import sys, time, atheris
def judge(data):
    if data[:2] == b"FZ":
        WHAT
atheris.Setup([sys.argv[0], *sys.argv[1:]], judge)
atheris.Fuzz()
"""


@pytest.mark.parametrize("name", PLACES)
def test_a_target_takes_its_seeds_and_what_was_found_once(name: str, tmp_path: Path) -> None:
    chosen = target(name)
    judge = chosen.judge(tmp_path)
    seeds = chosen.seeds()
    assert seeds
    for data in [*seeds, *FOUND.get(name, [])]:
        judge(data)


@pytest.mark.parametrize("name", PLACES)
def test_a_target_takes_damaged_seeds(name: str, tmp_path: Path) -> None:
    chosen = target(name)
    judge = chosen.judge(tmp_path)
    for data in chosen.seeds():
        for cut in range(0, len(data), max(1, len(data) // 7)):
            judge(data[:cut] + b"\xff\x00" + data[cut + 1 :])


def run(code: str, folder: Path, *options: str) -> tuple[int, str]:
    with suppress(FileExistsError):
        (folder / "found").mkdir()
    (folder / "seed").mkdir()
    (folder / "seed" / "one").write_bytes(b"FZ")
    options = (*options, "-print_final_stats=1", f"-artifact_prefix={folder / 'found'}/", str(folder / "seed"))
    done = subprocess.run([sys.executable, "-c", code, *options], capture_output=True, check=False, env={**os.environ})
    return done.returncode, (done.stdout + done.stderr).decode(errors="replace")


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not installed")
@pytest.mark.parametrize(
    ("what", "told"),
    [
        ('raise KeyError("planted")', "planted"),
        ("time.sleep(60)", "timeout"),
        ("keep = [bytearray(1 << 20) for _ in range(400)]; time.sleep(60)", "out-of-memory"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "deadly signal"),
    ],
)
def test_what_an_input_does_is_told_with_the_input(what: str, told: str, tmp_path: Path) -> None:
    options = ("-timeout=2" if told == "timeout" else "-timeout=30", "-rss_limit_mb=300", "-max_total_time=30")
    code, said = run(PLANTED.replace("WHAT", what), tmp_path, *options)
    trial = Trial(tmp_path, tmp_path, 30, 5, print)
    tally = counted("planted", code, said, tmp_path / "found", trial)
    (problem,) = tally.problems
    assert tally.cases == tally.survived + 1
    assert told in problem
    assert "b'FZ'" in problem


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not installed")
def test_the_fuzzer_counts_what_it_ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzzing, "PLACES", {"filters": PLACES["filters"]})
    (tally,) = fuzzing.fuzzing(Trial(tmp_path, tmp_path, 1, 5, print))
    assert tally.problems == []
    assert tally.cases > 100

"""Bytes that are changed until they reach other lines of the program: coverage-guided fuzzing of what takes foreign bytes.

Each target runs in a child process for so many seconds, by libFuzzer through atheris: an exception that is not documented, a
crash, an input that takes longer than 5 s, and more than a gigabyte of memory end it, and the input is told.
Serebryany: Continuous Fuzzing with libFuzzer and AddressSanitizer (2016).
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from semspace.bench.faults import Impossible, Tally, Trial

MEMORY = 1024
"""Megabytes that a target may take."""

HANG = 5
"""Seconds that one input may take."""

START = 120.0
"""Seconds that a child may take for its imports, and for its end."""

PROCESSES = 2
MAX_LENGTH = 4096
SHOWN = 4_000
"""Characters of an input that are told."""

HOW = f"inputs that reach new lines, by libFuzzer (atheris); hangs are longer than {HANG} s, memory above {MEMORY} MB"

DEEP = b"[" * 3_000
"""JSON that nests deeper than Python does."""

Judge = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Target:
    """What takes foreign bytes: `judge`, given an empty folder, makes a function that raises where something is wrong.

    `seeds` are what it begins with, `words` what it puts in.
    """

    judge: Callable[[Path], Judge]
    seeds: Callable[[], Sequence[bytes]]
    words: Sequence[bytes] = ()


PLACES = {
    **dict.fromkeys(("markdown", "html", "notebook", "mail", "tables", "rtf", "opendocument"), "fuzz_documents"),
    **dict.fromkeys(("filters", "queries", "shown texts"), "fuzz_languages"),
    **dict.fromkeys(("settings", "derived files"), "fuzz_files"),
}
"""Target -> the module that has it in its TARGETS; that is only imported when each line of it is to be counted."""


def target(name: str) -> Target:
    """Import a target."""
    found: dict[str, Target] = import_module(f"{__package__}.{PLACES[name]}").TARGETS
    return found[name]


def fuzzing(trial: Trial) -> list[Tally]:
    """Fuzz every target for as many seconds as the trial has cases. Raises Impossible without atheris."""
    if find_spec("atheris") is None:
        raise Impossible("atheris is not installed (pip install semspace[fuzz])")
    with ThreadPoolExecutor(PROCESSES) as pool:
        return [*pool.map(partial(_fuzz, trial), PLACES)]


def _fuzz(trial: Trial, name: str) -> Tally:
    folder = trial.work / name.replace(" ", "-")
    for part in ("corpus", "found", "room"):
        (folder / part).mkdir(parents=True)
    chosen = target(name)
    for number, seed in enumerate(chosen.seeds()):
        (folder / "corpus" / f"seed-{number}").write_bytes(seed)
    words = "".join(f'"{_quoted(word)}"\n' for word in chosen.words)
    (folder / "words").write_text(words, encoding="ascii")
    said = folder / "said"
    with said.open("wb") as file:
        code = _run(_command(name, folder, trial), trial.cases, file.fileno())
    return counted(name, code, said.read_text(encoding="utf-8", errors="replace"), folder / "found", trial)


def _quoted(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


def _command(name: str, folder: Path, trial: Trial) -> list[str]:
    limits = [f"-max_total_time={trial.cases}", f"-rss_limit_mb={MEMORY}", f"-timeout={HANG}", f"-max_len={MAX_LENGTH}"]
    told = ["-print_final_stats=1", f"-artifact_prefix={folder / 'found'}/", f"-dict={folder / 'words'}"]
    # 0 would have libFuzzer draw one.
    seed = trial.seed % 2**31 or 1
    module = [sys.executable, "-m", "semspace.bench.faults.fuzzed", name, str(folder / "room")]
    return [*module, str(folder / "corpus"), *limits, *told, f"-seed={seed}"]


def _run(command: list[str], seconds: int, output: int) -> int | None:
    """Run a child; return its exit code, None where it had to be killed."""
    paths = os.pathsep.join(os.path.abspath(entry) for entry in sys.path if entry)  # noqa: PTH100
    environment = {
        **os.environ,
        "PYTHONPATH": paths,
        "PYTHONHASHSEED": "0",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment) as process:
        try:
            return process.wait(seconds + START)
        except subprocess.TimeoutExpired:
            process.kill()
            return None


def counted(name: str, code: int | None, said: str, found: Path, trial: Trial) -> Tally:
    """Return what became of a child: how many inputs it ran, and the one that it did not survive."""
    units = [int(number) for number in re.findall(r"(?:number_of_executed_units: +|Done |^#)(\d+)", said, re.MULTILINE)]
    tally = Tally(f"fuzzing: {name}", HOW, note=f"{trial.cases} s")
    tally.cases = tally.survived = max(units, default=0)
    if code == 0 and tally.cases:
        return tally
    tally.cases, tally.survived = max(tally.cases, 1), max(tally.cases, 1) - 1
    inputs = "; ".join(f"{path.name}: {path.read_bytes()!r:.{SHOWN}}" for path in sorted(found.iterdir()))
    what = _what(code, said)
    tally.problems.append(f"seed {trial.seed}, {name}: {what}, input {inputs or 'unknown'}")
    return tally


def _what(code: int | None, said: str) -> str:
    """Return why a child ended, in one line."""
    if code is None:
        return "the process does not end"
    if raised := re.search(r"Uncaught Python exception: ===\n(.*(?:\n(?!Traceback).*)*)", said):
        places = re.findall(r'File "[^"]*?([^"/]+)", line (\d+)', said)
        where = f" ({places[-1][0]}:{places[-1][1]})" if places else ""
        return f"{raised[1].strip():.400}{where}"
    errors = re.findall(r"^(?:==\d+== )?ERROR: libFuzzer: (.*)|^ALARM: (.*)", said, re.MULTILINE)
    if errors:
        return " ".join(filter(None, errors[-1]))
    return f"exit code {code}: {said.strip()[-400:]}"

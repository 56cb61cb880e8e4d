"""The process in which a target is fuzzed: `python -m semspace.bench.faults.fuzzed TARGET FOLDER [what libFuzzer takes]`."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

import atheris

from semspace.bench.faults.fuzzing import target

COUNTED = ["semspace", "striprtf", "email", "yaml", "csv", "tomllib", "html"]
"""What is made to say which of its lines were reached. Libraries in C are black boxes."""


def main() -> None:
    """Fuzz until the time is over; libFuzzer ends the process itself."""
    name, folder = sys.argv[1:3]
    with atheris.instrument_imports(include=COUNTED):
        chosen = target(name)
        judge = chosen.judge(Path(folder))
        for seed in chosen.seeds():
            # What is imported late is counted too; what is wrong with a seed is found once more.
            with suppress(Exception):
                judge(seed)
    atheris.Setup([sys.argv[0], *sys.argv[3:]], judge)
    atheris.Fuzz()


if __name__ == "__main__":
    main()

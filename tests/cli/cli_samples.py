"""Documents to index, and what a run of the program leaves behind."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

# Words that the tiny encoder knows as wholes, so that a document is not cut into many passages.
TEXTS = {
    "sea.md": "---\ntags: [water, blue]\n---\n# Sea\n\nThe ship has a sail.\n\n## Wind\n\nThe wind is on the sea.\n",
    "bread.md": "# Bread\n\nThe flour is in the oven.\nThe bread was in the oven.\n",
    "star.txt": "A star is not the planet.\nA planet has an orbit.\n",
    "notes/river.txt": "The river and the rain.\n",
    "broken.docx": "this is no Word file",
    "picture.png": "\x89PNG\r\n\x1a\n\0\0",
}


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run of the program left behind."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


def figures_hidden(text: str) -> str:
    """Replace what differs between machines and runs: figures, sizes, moments, temporary folders."""
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "DATE", text)
    text = re.sub(r"\S*/(home|documents)\d+\b", "TMP", text)
    text = re.sub(r"\d+(\.\d+)? (bytes|kB|MB)", "SIZE", text)
    text = re.sub(r"\b[0-9a-f]{12}\b", "HASH", text)
    return re.sub(r"-?\d+\.\d+", "0.0", text)


def on_terminal(
    words: Sequence[str],
    environ: dict[str, str],
    folder: Path | None = None,
    keys: bytes = b"",
    streams: Collection[str] = ("stdin", "stdout", "stderr"),
) -> tuple[int, str]:
    """Run the program with some of its streams on a terminal of its own, keys typed; return its exit code and what was seen."""
    main, side = pty.openpty()
    command = [sys.executable, "-m", "semspace", *words]
    given, told, blamed = (side if name in streams else subprocess.DEVNULL for name in ("stdin", "stdout", "stderr"))
    with subprocess.Popen(command, cwd=folder, env=environ, stdin=given, stdout=told, stderr=blamed) as running:
        os.close(side)
        os.write(main, keys)
        seen = b""
        while True:
            try:
                part = os.read(main, 65536)
            except OSError:  # nobody is left who could write
                break
            if not part:
                break
            seen += part
        code = running.wait(60)
    os.close(main)
    return code, seen.decode("utf-8")

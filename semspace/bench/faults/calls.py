"""Every command of the program, with hostile arguments and over hostile documents."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from semspace.bench.faults.injections import argument

HOSTILE = "\0"
"""Where a hostile text goes."""

OVER = (
    "search sea", "search sea --full --all", "search sea --all --explain --rerank --diverse", "search sea --plus \0 --not \0",
    "search sea --more-like \0", "search sea -n -C 2", "search sea -l", "search sea --format paths",
    "search sea --format grep", "search sea --json", "search sea --jsonl", "search \0", "search \0 --mode semantic",
    "search sea --where \0", "search sea --since \0", "search sea --include \0 --exclude \0", "search sea \0",
    "search sea --mode \0", "search sea -k \0", "search sea --runtime \0", "similar 1", "similar \0", "similar --text \0",
    "similar 1 --format grep", "neighbors 1 --depth 3", "neighbors \0", "show 1", "show 2", "show 3", "show \0",
    "show 1 --json", "status", "status --failed", "status --json", "rm \0", "tune --kind \0", "check", "check --deep --json",
    "repair", "forget \0 --verify", "compact", "index --max-size \0", "index -v", "index \0", "index . --model \0", "doctor",
    "compare \0 \0", "compare \0 sea --json", "map", "map --query \0 --color-by title", "map --json", "topics --depth 2",
    "topics --json", "like 1 \0 --unlike \0", "axis --from \0 --to \0", "path \0 \0", "blend \0 \0", "duplicates --diff", "odd",
    "central", "bridges", "hubs", "cover --questions lines.txt", "health", "features", "explain 1 \0", "why \0 1", "factors",
    "squeeze", "drift --by \0 --before \0", "decode \0", "erase --by \0", "search sea --taste \0", "search sea --boost \0",
    "export --tsv \0", "export --tsv exported --where \0", "export --parquet \0 --no-map",
)  # fmt: skip
"""Commands over the space; words are parted by blanks."""

BESIDE = (
    "list", "list --json", "models list", "models list --json", "models show evil", "models show \0", "models add \0",
    "models remove \0", "models distil \0 --from \0", "delete \0 --yes", "delete \0", "eval \0", "eval \0 --split \0",
    "search sea --index \0", "search sea --home \0", "\0", "search --\0", "models \0",
    "index lines.txt --model \0 --index \0", "status --index \0", "pairs lines.txt --model tiny-static",
    "uniq lines.txt -c --model tiny-static", "sort lines.txt --like \0 --model tiny-static",
    "join lines.txt lines.txt --model tiny-static", "comm lines.txt lines.txt --model tiny-static",
    "head lines.txt --model tiny-static", "uniq lines.txt --json --model tiny-static", "uniq \0", "doctor --home \0",
    "browse \0", "completion \0", "completion bash", "man", "serve \0 --stop", "mcp \0",
)  # fmt: skip
"""Commands that name their space themselves, or need none."""

PROGRESS = {"map", "export", "index", "repair", "eval", "tune", "pairs", "uniq", "sort", "join", "comm", "head"}
"""Commands that may draw a line of progress."""


PICTURES = {"map", "axis", "why"}
"""Commands that draw with the colours of a palette, or turn them round."""


@dataclass(frozen=True, slots=True)
class Call:
    """One command as it is typed, with what is answered when it asks; `texts` of its words are hostile."""

    words: tuple[str, ...]
    texts: int = 0
    typed: bytes = b""
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def progress(self) -> bool:
        """Whether a line of progress may be drawn."""
        return self.words[0] in PROGRESS


def commands() -> set[str]:
    """Return the commands that are tried."""
    return {line.split(" ", 1)[0] for line in (*OVER, *BESIDE) if not line.startswith(HOSTILE)}


def calls(random: Random, folder: Path, paths: Sequence[str]) -> Iterator[Call]:
    """Return all calls, with hostile texts of chance in their places."""
    for line in (*OVER, *BESIDE):
        found = line.split(" ")
        words = tuple(word.replace(HOSTILE, argument(random)) if HOSTILE in word else word for word in found)
        if line in OVER:
            words += ("--index", "space") if line != "index . --model \0" else ()
        yield Call(words, line.count(HOSTILE), b"n\n" if line.startswith("delete") else b"")
    for path in paths[:2]:
        inside = os.path.relpath(path, folder)
        yield Call(("similar", f"./{inside}", "--index", "space"))
        yield Call(("show", f"./{inside}:3", "--index", "space"))
        yield Call(("search", "sea", f"./{inside}", "--index", "space", "-l", "--relative"))
    named = sorted(path.name for path in (folder / "home").iterdir() if path.name != "space")
    for name in named:
        yield Call(("delete", str(folder / "home" / name)), typed=b"n\n")
        yield Call(("search", "sea", "--index", str(folder / "home" / name)))
    yield Call(("search", "sea", "--index", "space"), 1, environ={"SEMSPACE_RUNTIME": argument(random)})
    yield Call(("rm", f"./{os.path.relpath(paths[0], folder)}", "--index", "space"))

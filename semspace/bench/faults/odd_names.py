"""Odd names of files: each is indexed, found, shown so that a terminal obeys nothing in it, and true in JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from semspace.bench.faults import Tally, Trial, tiny
from semspace.bench.faults.injections import file_name
from semspace.bench.faults.screen import fault_of, plain, run

AT_ONCE = 60
"""Names in a folder that is indexed in one run."""

LONGEST = 255

GIVEN = (
    b"caf\xe9.txt", b"\xff\xfe.txt", b"\x80\x81\x82", b"two\nlines.txt", b"tab\there", b"\x1b[31mred\x1b[0m.txt",
    b"\x1b]0;x\x07", "\u202egnp.txt".encode(), "\u2066x\u2069.md".encode(), b"-rf", b"--help", b"-", b"[red]",
    b"[bold]x[link].md", b"'quote\".txt", b"\\back\\slash.txt", b"$HOME.txt", b"$(id).txt", b"`id`.txt", b"a;b.txt",
    b"a|b.txt", b"*.txt", b"?.txt", b"[a-z].txt", b"{a,b}.txt", b"!important.txt", b"#comment.txt", b"~nobody", b"%s%n.txt",
    b"100%.txt", b" leading.txt", b"trailing ", b" ", b"a..txt", "e\u0301.txt".encode(), "\u00e9.txt".encode(), b"TWIN.txt",
    b"twin.txt", "\u0130I\u0131i.txt".encode(), "\U0001f469\u200d\U0001f680.txt".encode(), "\u6771\u4eac.txt".encode(),
    "\u05e2\u05d1.txt".encode(), b"x" * LONGEST, "\u00e9".encode() * 127, b"a:1", b"a:1:2.txt", b"file:", b"http:x", b"CON",
    b"NUL.txt", b"a\r.txt", b"\x7f.txt", b"\x01", "\ufeffbom.txt".encode(), "\u200b".encode(), "\u2028.txt".encode(),
    "\u00a0".encode(), "\U000e0041.txt".encode(), b"#12", b"=1+1.csv.txt", b"\xed\xa0\x80.txt", b"\xc0\xaf.txt",
    b"\xf4\x90\x80\x80.txt",
)  # fmt: skip


def names(trial: Trial) -> list[Tally]:
    """Give files so many odd names; each is a case."""
    tally = Tally("odd names of files", "bytes that are no UTF-8, controls, bidi, markup, options, twins, 255 bytes")
    random = Random(f"{trial.seed} names")
    left = trial.cases
    while left > 0:
        count = min(left, AT_ONCE)
        start = trial.cases - left
        chosen = dict.fromkeys(GIVEN[start + row] if start + row < len(GIVEN) else _odd(random) for row in range(count))
        problems = _problems(trial.work / f"batch-{start}", trial.models, [*chosen])
        for name in chosen:
            tally.case(f"{name!r}: {problems[name]}" if name in problems else None)
        left -= count
    return [tally]


def _odd(random: Random) -> bytes:
    kinds: list[Callable[[], bytes]] = [
        lambda: file_name(random).encode("utf-8", "surrogateescape"),
        lambda: random.randbytes(random.randint(1, 60)),
        lambda: "".join(
            chr(random.choice((random.randint(1, 0x2FF), random.randint(0x590, 0xD7FF)))) for _ in range(40)
        ).encode(),
    ]
    name = random.choice(kinds)().translate(None, b"/\0")[:LONGEST]
    # Hidden files are left out unless they are asked for, and two dots are a folder.
    return b"a" + name if not name or name.startswith(b".") else name


def _problems(folder: Path, models: Path, chosen: list[bytes]) -> dict[bytes, str]:
    """Index files of these names, each with a text of its own; return what is wrong with some."""
    documents = folder / "files"
    documents.mkdir(parents=True)
    texts = {name: f"the river number {row}x{row} and the sea" for row, name in enumerate(chosen)}
    for name, text in texts.items():
        (documents / os.fsdecode(name)).write_text(text, encoding="utf-8")
    environ = {"SEMSPACE_HOME": str(folder / "home"), "SEMSPACE_MODELS": str(models), "HOME": str(folder), "NO_COLOR": "1"}
    found = dict(_shown(folder, environ, len(texts)))
    problems: dict[bytes, str] = {}
    for name, text in texts.items():
        path = os.fsdecode(os.fsencode(documents) + b"/" + name)
        if found.get(path) != text:
            problems[name] = f"JSON has {found.get(path)!r} for it"
    wrong = found.get("")
    return dict.fromkeys(texts, wrong) if wrong else problems


def _shown(folder: Path, environ: dict[str, str], count: int) -> Iterator[tuple[str, str]]:
    """Yield the texts of all files by their paths, as JSON has them; under no name what a terminal should not have got."""
    place = ("--index", "space")
    asked = ("search", "river", "-k", str(2 * count), "--mode", "lexical", "--all", *place)
    calls = (
        ("index", "files", *place, "--model", tiny.NAME, "--no-ignore"),
        (*asked, "--per-document", "1"),
        ("status", *place),
        (*asked, "--format", "paths"),
        (*asked, "--format", "grep"),
    )
    for call in calls:
        code, seen = run(call, folder, environ, 80)
        wrong = fault_of(seen, progress=call[0] == "index")
        if wrong or code:
            yield "", f"{call[0]}, exit code {code}: {wrong or plain(seen)[-300:]}"
            return
    _, seen = run((*asked, "--json"), folder, environ, 80)
    for hit in json.loads(plain(seen))["hits"]:
        # What is no UTF-8 stands in JSON as halves of pairs, as Python and `os.fsencode` have it.
        yield hit["path"], hit["text"]

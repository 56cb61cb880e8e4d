"""Documents that say in each of their passages which version of which document they are, so that any mixture shows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from random import Random

from semspace.bench.faults.tiny import WORDS
from semspace.records import Hit
from semspace.space import Space

NAME = "many"
ANCHOR = 0
"""The document that is changed like the others, but never deleted."""

COUNT = 12
PARAGRAPHS = 8
_MARK = re.compile(r"doc(\d+) version(\d+) part\d+")


def text_of(number: int, version: int) -> str:
    """Return a document, always the same."""
    random = Random(f"{number}/{version}")
    parts = [" ".join(random.choices(WORDS, k=60)) for _ in range(PARAGRAPHS)]
    return "\n\n".join(f"doc{number} version{version} part{part} {words}." for part, words in enumerate(parts))


def name_of(number: int) -> str:
    """Return the name of a document's file."""
    return f"doc{number}.txt"


def publish(root: Path, number: int, version: int) -> None:
    """Put a version on disk, in one step."""
    temporary = root.parent / f"{number}.new"
    temporary.write_text(text_of(number, version), encoding="utf-8")
    temporary.replace(root / name_of(number))


def mixed(hits: Iterable[Hit]) -> list[str]:
    """Return what is wrong with hits: a text that was never on disk, or two versions of one document."""
    seen: dict[int, int] = {}
    problems = []
    for hit in hits:
        marks = {(int(number), int(version)) for number, version in _MARK.findall(hit.before + hit.text + hit.after)}
        if len(marks) != 1:
            problems.append(f"a hit shows the versions {sorted(marks)}: {hit.text!r:.200}")
            continue
        ((number, version),) = marks
        if hit.text not in text_of(number, version) or Path(hit.path or "").name != name_of(number):
            problems.append(f"a hit of {hit.path} is no part of version {version} of document {number}")
        if seen.setdefault(number, version) != version:
            problems.append(f"hits mix the versions {seen[number]} and {version} of document {number}")
    return problems


def whole(space: Space, path: str) -> list[str]:
    """Return what is wrong with a document as the store has it: it is all of one version, or not there."""
    with space._turn() as searcher, searcher.steady():
        rows = space._store.rows(space._store.passages_of(path)).values()
    pieces = sorted((row.passage.start, row.passage.text) for row in rows)
    if not pieces:
        return []
    mark = _MARK.search(pieces[0][1])
    if mark is None:
        return [f"{path} begins with {pieces[0][1]!r:.200}"]
    text = text_of(int(mark[1]), int(mark[2]))
    if "".join("".join(piece for _, piece in pieces).split()) != "".join(text.split()):
        return [f"{path} is not all of version {mark[2]}"]
    return []

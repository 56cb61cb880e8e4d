"""After a fault: is everything there that was committed, are the answers true, does it go on from there?"""

from __future__ import annotations

import json
import re
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from semspace import places
from semspace.bench.faults.scenes import NAME, act, as_of
from semspace.bench.faults.truth import Contents, compare, contents, wanting
from semspace.space import Space

TRUTH = frozenset({"store", "texts", "documents", "passages", "vectors"})
"""Parts of a space that no crash may harm; the others are made anew of them."""

QUERIES = ("river and mountain", "the price of copper", "window table paper")
K = 5
CLOSE = 1e-3

KNOWN = frozenset(
    {"space.json", "store.db", "store.db-wal", "store.db-shm", "vectors.faiss", "lexical", "lock", "quarantine", "backup"}
    | {"tokens.bin"}
)
_SEGMENT = re.compile(r"([0-9a-f]{32})\.")

AGAIN = frozenset({"path_not_found", "space_not_found"})
"""What a command that was done already may say when it is given again."""


class Wrong(Exception):
    """Raised where something is not as it must be."""


def judge(place: str, home: str, name: str, done: bool = False) -> dict[str, Any]:
    """Return the problem of a space that a command was cut off in, if any, and bytes of committed texts that are lost.

    The command is then given again, and the space brought up to date. `done`: the command said that it was done.
    """
    expected = json.loads((Path(place) / "expected.json").read_text(encoding="utf-8"))
    before, after, folder = expected["before"], expected["after"], Path(home) / NAME
    as_of(place)
    lost = 0
    try:
        now = _there(folder, name)
        problem, lost = compare(now, after if done else before, after, waiting=name == "repair")
        if problem:
            raise Wrong(problem)
        if now and (name != "repair" or now == after):
            _asked(place, home, now, mended=False)
        encoded = _again(place, home, name)
        if after:
            if contents(folder) != after:
                raise Wrong(f"given again, the command leaves: {compare(contents(folder), after, after)[0]}")
            if encoded > wanting(now, after):
                raise Wrong(f"{encoded} texts were encoded again where {wanting(now, after)} lacked a vector")
            _asked(place, home, after, mended=True)
        _particular(folder, name, before)
        if junk := list(_junk(folder)):
            raise Wrong(f"left behind: {', '.join(junk)}")
    except Wrong as wrong:
        return {"problem": str(wrong), "lost": lost}
    except Exception:  # noqa: BLE001  # whatever is raised by a space that a fault has left is a problem of that case
        return {"problem": traceback.format_exc(limit=-3), "lost": lost}
    return {"problem": None, "lost": 0}


def serves(place: str, home: str) -> str | None:
    """Return what is wrong with a space on which a command has just failed, as it is; None where it answers as it must."""
    expected = json.loads((Path(place) / "expected.json").read_text(encoding="utf-8"))
    try:
        now = contents(Path(home) / NAME)
        problem, _ = compare(now, expected["before"], expected["after"])
        if problem:
            return problem
        late = frozenset(path for path in now if now[path] != expected["before"].get(path))
        # Where nothing can be written, the words of what was committed last may be found when there is room again.
        _asked(place, home, now, mended=False, late=late)
    except Wrong as wrong:
        return str(wrong)
    except Exception:  # noqa: BLE001  # as above
        return traceback.format_exc(limit=-3)
    return None


def _there(folder: Path, name: str) -> Contents:
    """Return what is there. Raises Wrong where a space is gone that nobody deleted, or half gone."""
    if places.is_space(folder):
        return contents(folder)
    if name == "delete":
        _without(folder, b"zq")
    elif name != "create":
        raise Wrong("the space is gone")
    return {}


def _asked(place: str, home: str, truth: Contents, *, mended: bool, late: frozenset[str] = frozenset()) -> None:
    """Check a space and search it by meaning and by words; those of `late` documents may not be found yet. Raises Wrong."""
    with Space.open(NAME, home=Path(home), models=Path(place).parents[1] / "models") as space:
        for finding in space.check():
            if finding.count and (mended or finding.part in TRUTH):
                raise Wrong(f"check: {finding.part}: {finding.message}")
        for query in QUERIES:
            _true_answers(space, query, truth)
        for path in sorted(truth)[::3]:
            _found_by_its_mark(space, path, truth, late)


def _true_answers(space: Space, query: str, truth: Contents) -> None:
    stored = [p[3] for one in truth.values() for p in one["passages"] if p[3]]
    if not stored:
        return
    rows = np.array([np.frombuffer(bytes.fromhex(vector), dtype=np.float16) for vector in stored]).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    best = np.sort(rows @ space.encoder.encode([query], "query")[0])[::-1]
    for mode in ("semantic", "hybrid"):
        hits = space.search(query, K, mode, everything=True)
        for hit in hits:
            path = hit.path or f"text:{hit.key}"
            if path not in truth or hit.text not in truth[path]["text"]:
                raise Wrong(f"a search finds what is not there: {hit.path} {hit.text[:40]!r}")
        if mode == "semantic" and space.settings.index_kind == "flat":
            found = np.array([hit.similarity for hit in hits], dtype=np.float32)
            if found.shape != best[:K].shape or np.abs(found - best[:K]).max() > CLOSE:
                raise Wrong(f"{query!r} finds {found.tolist()}, exact search {best[:K].tolist()}")


def _found_by_its_mark(space: Space, path: str, truth: Contents, late: frozenset[str]) -> None:
    """Search for the words that only one document has. Raises Wrong."""
    for mark in re.findall(r"zq\w+", truth[path]["text"]):
        right = {other for other, one in truth.items() if mark in one["text"]}
        found = {hit.path or f"text:{hit.key}" for hit in space.search(mark, 50, "lexical", everything=True)}
        if not right - late <= found <= right:
            raise Wrong(f"the word {mark} is found in {sorted(found)}, and stands in {sorted(right)}")


def _without(folder: Path, word: bytes) -> None:
    """Raise Wrong where a word is in a file below a folder."""
    for path in folder.rglob("*"):
        if path.is_file() and word in path.read_bytes():
            raise Wrong(f"{path.name} still holds {word.decode()}")


def _particular(folder: Path, name: str, before: Contents) -> None:
    """Look at what only one command promises. Raises Wrong."""
    if name == "forget":
        _without(folder, b"zqinside")
    if name == "migrate" and [contents(folder / "backup", one.name) for one in folder.glob("backup/*.db")] != [before]:
        raise Wrong("there is no backup of the store as it was")


def _again(place: str, home: str, name: str) -> int:
    """Give the command again, then bring the space up to date; return how many texts that encoded. Raises Wrong."""
    encoded = 0
    for command in (name, None) if name not in {"create", "delete"} else (name,):
        outcome = act(place, home, command)
        said = _last(outcome["said"])
        repeated = command is not None and said.get("error", {}).get("kind") in AGAIN
        if outcome["code"] and not repeated:
            raise Wrong(f"{command or 'index'} afterwards: exit code {outcome['code']}: {outcome['said'].strip()[-300:]}")
        encoded += said.get("encoded", 0)
    return encoded


def _last(said: str) -> dict[str, Any]:
    """Return the JSON that a command ended with."""
    lines = [line for line in said.splitlines() if line.startswith("{")]
    found: dict[str, Any] = json.loads(lines[-1]) if lines else {}
    return found


def _junk(folder: Path) -> Iterator[str]:
    """Yield the names of files that belong to nothing."""
    if not places.is_space(folder):
        return
    yield from (path.name for path in folder.iterdir() if path.name not in KNOWN)
    yield from (f"backup/{path.name}" for path in folder.glob("backup/*") if path.suffix != ".db")
    lexical = folder / "lexical"
    if not lexical.is_dir():
        return
    segments = {one["segment_id"].replace("-", "") for one in json.loads((lexical / "meta.json").read_bytes())["segments"]}
    for path in lexical.iterdir():
        segment = _SEGMENT.match(path.name)
        if (segment and segment[1] not in segments) or (
            not segment and path.name not in {"meta.json", ".managed.json"} and not path.name.endswith(".lock")
        ):
            yield f"lexical/{path.name}"

"""What can happen to a space, each as a function of a walk and of chance; it returns what it chose, for the story."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from semspace.asking import Narrowing
from semspace.bench.faults import disturbing
from semspace.bench.faults.oracle import agree, answers, near, rows_of, want
from semspace.bench.faults.tiny import WORDS
from semspace.bench.faults.walk import FOLDER, GLOBS, KEYS, NAME, NAMES, Walk
from semspace.errors import MostlyGone, PassageNotFound, PathNotFound
from semspace.ingest import FEW
from semspace.records import MODES
from semspace.space import Space
from semspace.store import Row

KINDS = ("auto", "flat", "ivf", "rabitq")

Operation = Callable[[Walk, Random], object]


def write(walk: Walk, random: Random) -> str:
    """Write a file, new or changed."""
    path = walk.path(name := random.choice(NAMES))
    path.parent.mkdir(exist_ok=True)
    # A text that was there before, at times: it must not be encoded again, and both documents keep it.
    known = sorted(walk.files.values())
    text = random.choice(known) if known and random.random() < 0.1 else walk.text(random)
    path.write_text(text, encoding="utf-8")
    walk.files[str(path)] = text
    return name


def unlink(walk: Walk, random: Random) -> str:
    """Delete a file, or most of them."""
    gone = random.sample(NAMES, 6) if random.random() < 0.2 else [random.choice(NAMES)]
    for name in gone:
        walk.path(name).unlink(missing_ok=True)
        walk.files.pop(str(walk.path(name)), None)
    walk.forget_folder()
    return ", ".join(gone)


def rename(walk: Walk, random: Random) -> str:
    """Rename a file, perhaps over another one."""
    if not walk.files:
        return "nothing"
    name, other = random.choice(sorted(walk.files)), walk.path(random.choice(NAMES))
    other.parent.mkdir(exist_ok=True)
    walk.root.joinpath(name).rename(other)
    walk.files[str(other)] = walk.files.pop(name)
    walk.forget_folder()
    return f"{name} to {other.name}"


def index(walk: Walk, random: Random) -> str:
    """Bring the space up to date: all of it, with other globs, or with a file named that was left out."""
    purge = random.random() < 0.7
    path = walk.root
    options: dict[str, list[str]] = {}
    if random.random() < 0.2:
        walk.globs = tuple(random.sample(GLOBS, random.randint(0, 2)))
        # Globs that are given take the place of all that was left out before.
        options, walk.left_out = {"exclude": list(walk.globs)}, set()
    elif walk.left_out and random.random() < 0.5:
        named = walk.root / random.choice(sorted(walk.left_out))
        if named.exists():
            path = named
            walk.left_out.discard(str(path))
    wanted, before = walk.wanted(), walk.indexed
    vanished = [one for one in before if one not in wanted and one not in walk.files]
    refused = not purge and len(vanished) >= FEW and len(vanished) > len(before) / 2
    walk.settled = True
    try:
        report = walk.space.index([path], purge=purge, **options)  # type: ignore[arg-type]
    except MostlyGone:
        want(refused, f"{len(vanished)} of {len(before)} files have vanished, and that is refused")
        return "refused"
    want(not refused, f"{len(vanished)} of {len(before)} files have vanished, and nobody is asked")
    changed = {one for one, text in wanted.items() if before.get(one) != text}
    said = (report.read, report.unchanged, report.removed)
    true = (len(changed), len(wanted) - len(changed), len(before.keys() - wanted.keys()))
    failed = [f"{one.path}: {one.reason}" for one in (*report.failed, *report.skipped)]
    want(said == true, f"the report says {said}, not {true} read, unchanged, removed; failed: {failed}")
    want(walk.space._store.pending_count() == 0, "passages wait for their vectors after a run")
    walk.indexed = dict(wanted)
    return f"{path.name} {'purge' if purge else ''} {options}"


def add_text(walk: Walk, random: Random) -> str:
    """Put a text into the space, new or in the place of another."""
    key, text, number = random.choice(KEYS), walk.text(random), random.randint(0, 9)
    walk.space.add_texts([text], ids=[key], metadata=[{"n": number}])
    walk.texts[key] = (text, number)
    walk.settled = True
    return key


def remove(walk: Walk, random: Random) -> str:
    """Take a text, a file or a folder out of the space, or something that is not there."""
    chosen = disturbing.something(walk, random)
    if chosen is None:
        try:
            walk.space.remove(["nowhere"])
        except PathNotFound:
            return "nothing"
        want(False, "what is not there was removed")
    gone = disturbing.below(walk, str(chosen))
    want(walk.space.remove([str(chosen)]) == len(gone), f"{len(gone)} documents should have been removed")
    walk.settled = True
    disturbing.take_out(walk, str(chosen), gone)
    return str(chosen)


def forget(walk: Walk, random: Random) -> str:
    """Remove a text or a file so that no byte of it is left."""
    chosen = disturbing.something(walk, random)
    if chosen is None:
        return "nothing"
    gone = disturbing.below(walk, chosen)
    forgotten = walk.space.forget([chosen], verify=True)
    want(forgotten.documents == len(gone), f"{len(gone)} documents should have been forgotten, not {forgotten.documents}")
    want(not forgotten.traces, f"forgotten texts have left traces: {forgotten.traces}")
    walk.settled = True
    disturbing.take_out(walk, chosen, gone, kept_out=bool(forgotten.kept_out))
    return chosen


def search(walk: Walk, random: Random) -> str:
    """Ask either reader in any mode, perhaps with a filter."""
    space, mode = random.choice([walk.space, walk.other]), random.choice(MODES)
    query, k = " ".join(random.choices(WORDS, k=random.randint(1, 3))), random.choice([1, 3, 9, 1000])
    where, narrow, passes = random.choice(_filters(walk))
    hits = space.search(query, k, mode, where, **narrow, everything=True)
    answers(walk, space, query, mode, hits, k, passes)
    return f"{query!r} {mode} {k} {where} {narrow}"


def _filters(walk: Walk) -> list[tuple[str | None, Narrowing, Callable[[Row], bool]]]:
    folder = str(walk.path(FOLDER))
    return [
        (None, {}, lambda _: True),
        ("n > 3", {}, lambda row: int(row.metadata.get("n", 0)) > 3),
        (None, {"paths": [folder]}, lambda row: row.path.startswith(f"{folder}/")),
        (None, {"include": ["*.md"]}, lambda row: row.path.endswith(".md")),
        (None, {"exclude": ["*.md"]}, lambda row: not row.path.endswith(".md")),
    ]


def similar(walk: Walk, random: Random) -> str:
    """Ask what is near a passage, and for one that is not there."""
    space, encoded = random.choice([walk.space, walk.other]), walk.space._store.encoded_ids().tolist()
    if not encoded:
        return "nothing"
    number, k = random.choice(encoded), random.choice([1, 5, 1000])
    near(walk, number, space.similar(f"#{number}", k), k)
    row = rows_of(walk.space)[number]
    want(space.show(f"#{number}").text == row.passage.text, f"#{number} is shown as something else")
    try:
        space.show(f"#{max(encoded) + 1000}")
    except PassageNotFound:
        return f"#{number}"
    raise AssertionError("a passage is shown that is not there")


def tune(walk: Walk, random: Random) -> str:
    """Give the space another kind of vector index."""
    kind = random.choice(KINDS)
    tuned = walk.space.tune(kind=kind)
    want(kind in {"auto", tuned.kind}, f"{kind} was asked for, and {tuned.kind} made")
    walk.settled = True
    return kind


def compact(walk: Walk, random: Random) -> None:  # noqa: ARG001
    """Give disk back."""
    walk.space.compact()
    walk.settled = True


def check(walk: Walk, random: Random) -> None:
    """Let the space look at itself; only space.json may be damaged, and only until the space is written to."""
    # What opens it anew notices what was put in the place of a file, and mends it.
    walk.reopen()
    agree(walk)
    wrong = {finding.part: finding.message for finding in walk.space.check(deep=random.random() < 0.3) if finding.count}
    want(wrong.keys() <= (set() if walk.settled else {"settings"}), f"check finds damage: {wrong}")


def repair(walk: Walk, random: Random) -> None:  # noqa: ARG001
    """Repair the space: nothing may be lost by it."""
    walk.space.close()
    done = Space.repair(NAME, home=walk.home, models=walk.models)
    walk.space = walk.opened()
    want(not any(mending.lost for mending in done), "a repair loses something")
    walk.settled = True


def reopen(walk: Walk, random: Random) -> str:
    """Close and open one of the readers."""
    if random.random() < 0.5:
        walk.reopen()
        return "the first"
    walk.other.close()
    walk.other = walk.opened()
    return "the second"


OPERATIONS: dict[str, Operation] = {
    **{one.__name__: one for one in (write, unlink, rename, index, add_text, remove, forget, search, similar)},
    **{one.__name__: one for one in (tune, compact, check, repair, reopen)},
    "damage": disturbing.damage,
    "crash": disturbing.crash,
    "write protected": disturbing.write_protected,
}
"""Name -> what it does. Raises AssertionError where the space does something else."""

OFTEN = ("write", "write", "write", "unlink", "rename", "index", "index", "index", "add_text", "search", "search", "crash")
"""Operations that come more often than the others: without texts there is nothing to go wrong."""

"""Commands that write, each on a space that holds documents already, and what must be so before and after it.

A scene is a folder: `docs` as the command finds them, `home` with the space as it was, `expected.json`.
"""

from __future__ import annotations

import io
import itertools
import json
import os
import random
import shutil
import sqlite3
import traceback
from collections.abc import Callable, Iterable
from contextlib import closing, redirect_stderr, redirect_stdout, suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from semspace.arrays import Ids
from semspace.bench.faults import tiny
from semspace.bench.faults.truth import contents
from semspace.bench.faults.warm import ready
from semspace.lexical import LexicalIndex
from semspace.space import Space
from semspace.store import STORE

NAME = "notes"
SEED = 3
TEXTS = {"first": "A text of a program about copper and silver. zqtextold", "second": "Another one, of stone. zqstone"}
MORE = {"second": "Another one, of glass now. zqglass", "third": "And a third one about a bridge. zqbridge"}


def document(name: str, version: int = 1, changed: int = -1, paragraphs: int = 2) -> str:
    """Return a text of some passages with a word of its own; from version to version one paragraph changes."""
    parts = []
    for number in range(paragraphs):
        at = version if number == changed else 1
        words = random.Random(f"{SEED} {name} {number} {at}").choices(tiny.WORDS, k=120)
        parts.append(f"{' '.join(words).capitalize()}. zq{name}v{at}p{number}")
    return "\n\n".join(parts) + "\n"


def _write(docs: Path, name: str, version: int = 1) -> None:
    path = docs / f"{name}.txt"
    path.parent.mkdir(exist_ok=True)
    path.write_text(document(path.stem, version, changed=1), encoding="utf-8")


OLD = ("kept", "gone", "sub/inside")
CHANGING = {"edit": ("changed", "touched", "emptied"), "deletion": ("lost",)}
"""Documents that are there before each command, and those that are there besides before some."""


def _edit(docs: Path) -> None:
    """Change a document, add one, remove one, touch one, empty one."""
    _write(docs, "changed", version=2)
    _write(docs, "new")
    (docs / "gone.txt").unlink()
    (docs / "emptied.txt").write_text("", encoding="utf-8")
    os.utime(docs / "touched.txt", (1, 1))


def _drop(docs: Path) -> None:
    for name in ("gone", "lost"):
        (docs / f"{name}.txt").unlink()


def _same(docs: Path) -> None:
    """Leave the documents as they are."""


SCENES: dict[str, tuple[Callable[[Path], None], list[str]]] = {
    "create": (_same, ["index", "{docs}", "--index", NAME, "--model", tiny.NAME]),
    "edit": (_edit, ["index", "--index", NAME]),
    "deletion": (_drop, ["index", "--index", NAME]),
    "rm": (_same, ["rm", "{docs}/sub", "--index", NAME]),
    "add_texts": (_same, ["add_texts"]),
    "forget": (_same, ["forget", "{docs}/sub", "--verify", "--index", NAME]),
    "compact": (_same, ["compact", "--index", NAME]),
    "repair": (_same, ["repair", "--index", NAME]),
    "migrate": (_same, ["index", "--index", NAME]),
    "tune": (_same, ["tune", "--kind", "ivf", "--index", NAME]),
    "delete": (_same, ["delete", NAME, "--yes"]),
}
"""Name -> what happens to the documents before the command, and the command."""


def act(place: str, home: str, name: str | None = None, eager: bool = False, session: int | None = None) -> dict[str, Any]:
    """Run the command of a scene, or its `index`, on the space in a home; return its exit code and what it said.

    An eager run commits after every few passages and replaces the derived files each time. With a session it is watched
    from that commit of the lexical index on, not from its beginning.
    """
    words = SCENES[name][1] if name else SCENES["edit"][1]
    as_of(place)
    native, said = Path(place) / f"{Path(home).name}.said", io.StringIO()
    descriptor = os.open(native, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for stream in (1, 2):
        # What libraries say past Python; what the command says takes no system call, to which a fault could happen.
        os.dup2(descriptor, stream)
    if eager:
        _hurry()
    if session is not None:
        _wait_for(session)
    options = ["--json", "--home", home]
    if words[0] != "delete":
        options += ["--models", str(Path(place).parents[1] / "models")]
    with redirect_stdout(said), redirect_stderr(said):
        try:
            code = _run([word.format(docs=f"{place}/docs") for word in words] + options)
        except Exception:  # noqa: BLE001  # a command that raises is a problem of that case
            code = 1
            traceback.print_exc()
    written = ""
    with suppress(OSError):  # a fault that was meant for the command, and came after it
        written = native.read_text(encoding="utf-8", errors="replace")
    return {"code": code, "said": written + said.getvalue()}


def as_of(place: str) -> None:
    """Be of the release that a scene is about."""
    if Path(place).name == "migrate":
        _newer()


@cache
def _newer() -> None:
    """Make this process one of the next release, whose stores have a column more."""
    from semspace.store import connection, schema, writing

    @schema.migrations()  # type: ignore[untyped-decorator]
    def m999_next(db: Any) -> None:
        db.execute("ALTER TABLE documents ADD COLUMN next TEXT")

    number = connection.SCHEMA + 1
    for module in (connection, schema, writing):
        vars(module)["SCHEMA"] = number


def _damage(folder: Path) -> None:
    """Damage a text whose file says the same still, a vector, and what SQLite knows of its free pages."""
    path = folder / STORE
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(
            """UPDATE texts SET text = 'damaged' || substr(text, 8)
               WHERE document_id = (SELECT id FROM documents WHERE path LIKE '%/kept.txt')"""
        )
        connection.execute(
            """UPDATE vectors SET vector = zeroblob(length(vector)) WHERE passage_id =
               (SELECT min(p.id) FROM passages p JOIN documents d ON d.id = document_id WHERE path LIKE '%/gone.txt')"""
        )
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(path.read_bytes())
    data[39] ^= 5
    path.write_bytes(data)


def _hurry() -> None:
    from semspace import derived, ingest

    ingest.BATCH = 2
    derived.DerivedWords.patience = derived.DerivedVectors.patience = 0.0


def _wait_for(session: int) -> None:
    """Be watched from the n-th commit of the lexical index on: its threads are new each time, and count anew."""
    update, count = LexicalIndex.update, itertools.count()

    def watched(index: LexicalIndex, removed: Ids, added: Iterable[tuple[int, str, str]]) -> None:
        if next(count) == session:
            ready()
        update(index, removed, added)

    LexicalIndex.update = watched  # type: ignore[method-assign, assignment]


def _run(words: list[str]) -> int:
    # By name: a bench stands beside the command line, and imports nothing of it.
    cli = import_module("semspace.cli")
    if words[0] != "add_texts":
        return int(cli.main(words))
    import click

    command = click.Command("add_texts", params=[click.Option([option]) for option in ("--home", "--models")], callback=_add)
    return int(cli.guarded(command, [word for word in words[1:] if word != "--json"]))


def _add(home: str, models: str) -> None:
    with Space.open(NAME, home=Path(home), models=Path(models)) as space:
        space.add_texts([*MORE.values()], [*MORE])


def prepare(place: str, name: str) -> dict[str, Any]:
    """Make a scene in a folder that is not there, and return what the command does when nothing goes wrong."""
    folder, models = Path(place), Path(place).parents[1] / "models"
    docs, home = folder / "docs", folder / "home"
    docs.mkdir(parents=True)
    home.mkdir()
    for one in (*OLD, *CHANGING.get(name, ())):
        _write(docs, one)
    if name != "create":
        with Space.create(NAME, tiny.NAME, home=home, models=models) as space:
            space.index([docs])
            space.add_texts([*TEXTS.values()], [*TEXTS])
    SCENES[name][0](docs)
    if name == "repair":
        _damage(home / NAME)
    done = fresh(place, "done")
    # Of a copy: looking into a store leaves files of SQLite's beside it.
    before = contents(Path(done) / NAME)
    done = fresh(place, "done")
    outcome = act(place, done, name)
    expected = {"before": before, "after": contents(Path(done) / NAME)}
    (folder / "expected.json").write_text(json.dumps(expected), encoding="utf-8")
    shutil.rmtree(done)
    return outcome


def fresh(place: str, name: str, elsewhere: Path | None = None) -> str:
    """Copy the space of a scene as it was into a home of its own, in its folder or elsewhere, and return that."""
    home = (elsewhere or Path(place)) / name
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(Path(place) / "home", home)
    return str(home)

"""Judged collections for benches, and spaces that hold them, each built once."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from semspace import places
from semspace.bench.setting import Setting
from semspace.evaluation import Collection, read_collection
from semspace.space import Space


def folder(setting: Setting, name: str) -> Path:
    """Return the folder of a collection; in a quick run that of a small part of it. Raises Absent."""
    whole = setting.need(name)
    return part(whole, setting.work / f"quick-{name.replace('/', '-')}") if setting.quick else whole


def part(whole: Path, some: Path, judged: int = 10, documents: int = 50) -> Path:
    """Write a small part of a collection: judgements, their queries and documents, and some other documents."""
    shutil.rmtree(some, ignore_errors=True)
    (some / "qrels").mkdir(parents=True)
    header, *rows = (whole / "qrels" / "test.tsv").read_text(encoding="utf-8").splitlines()
    (some / "qrels" / "test.tsv").write_text("\n".join([header, *rows[:judged]]) + "\n", encoding="utf-8")
    wanted = {row.split("\t")[1] for row in rows[:judged]}
    lines = (whole / "corpus.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for row, line in enumerate(lines) if row < documents or json.loads(line)["_id"] in wanted]
    (some / "corpus.jsonl").write_text("".join(kept), encoding="utf-8")
    shutil.copyfile(whole / "queries.jsonl", some / "queries.jsonl")
    return some


def space_name(name: str) -> str:
    """Return the name of the space that holds a collection."""
    return f"judged-{name.replace('/', '-')}"


@contextmanager
def opened(setting: Setting, name: str) -> Iterator[tuple[Space, Collection]]:
    """Open the space that holds a collection, a document to a passage; it is built where there is none yet. Raises Absent."""
    collection = read_collection(folder(setting, name))
    where = setting.home / space_name(name)
    if not places.is_space(where):
        setting.say(f"indexing {name}")
        with Space.create(where, setting.model, models=setting.models) as space:
            space.add_texts(list(collection.documents.values()), list(collection.documents), whole=True)
    with Space.open(where, models=setting.models) as space:
        yield space, collection

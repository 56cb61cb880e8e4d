"""What is exported is what the space holds, in files that other programs open."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from semspace import Space
from semspace.errors import InvalidInput, MissingDependency
from semspace.exports import source as sources

TEXTS = {
    "sea.md": "---\ntags: [water, blue]\nyear: 2021\ndate: 2021-05-04\ndraft: true\nKind: story\n---\n# Sea\n\nThe ship.\n",
    "bread.md": "---\ntags: flour\nyear: 2.5\ndraft: false\nid: 7\nnested: {a: 1}\n---\n"
    "# Bread\n\nThe oven\tand\x07 the \x1b[31mflour.\n",
    "star.txt": "A star is not the planet.\n",
}


@pytest.fixture
def space(tmp_path: Path, tiny_models: Path) -> Iterator[Space]:
    folder = tmp_path / "notes"
    folder.mkdir()
    for name, text in TEXTS.items():
        (folder / name).write_text(text)
    (folder / os.fsdecode(b"\xffwind.txt")).write_text("The wind is on the sea.\n")
    with Space.create("notes", "tiny", home=tmp_path / "home", models=tiny_models) as space:
        space.index([folder])
        space.add_texts(["the rain\nand the river"], ["own\tkey"], [{"tags": ["x", "y"], "weather": "rain \u202e turned"}])
        yield space


@pytest.fixture
def parquet() -> Any:
    return pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed: pip install 'semspace[parquet]'")


def hits(space: Space) -> dict[int, Any]:
    return {number: space.show(f"#{number}") for number in range(1, len(space) + 1)}


def test_a_parquet_file_holds_every_passage_as_the_space_does(space: Space, tmp_path: Path, parquet: Any) -> None:
    path = tmp_path / "notes.parquet"
    told = space.export(path)
    table = parquet.read_table(path)
    rows, held = table.to_pylist(), hits(space)
    assert [row["id"] for row in rows] == sorted(held)
    assert (told.count, told.waiting, told.files, told.mapped) == (len(held), 0, (path,), True)
    for row in rows:
        hit = held[row["id"]]
        path_shown = None if hit.path is None else hit.path.replace("\udcff", "\ufffd")
        assert (row["text"], row["path"], row["key"]) == (hit.text, path_shown, hit.key)
        assert (row["start_line"], row["end_line"], row["heading"]) == (hit.start_line, hit.end_line, list(hit.heading))
        assert json.loads(row["metadata"]) == dict(hit.metadata)
    vectors = np.array([row["vector"] for row in rows], dtype=np.float32)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    nearest = space.similar("#1", k=len(held))
    by_id = dict(zip(sorted(held), vectors, strict=True))
    for hit in nearest:
        assert hit.similarity == pytest.approx(float(by_id[1] @ by_id[hit.id]), abs=1e-5)


def test_the_vector_is_a_list_of_fixed_length_of_float32(space: Space, tmp_path: Path, parquet: Any) -> None:
    import pyarrow

    space.export(tmp_path / "notes.parquet")
    schema = parquet.read_schema(tmp_path / "notes.parquet")
    assert schema.field("vector").type == pyarrow.list_(pyarrow.float32(), 32)
    assert json.loads(schema.metadata[b"semspace"])["encoder"] == "tiny"


def test_each_field_of_the_metadata_is_a_column_of_the_type_that_holds_it(space: Space, tmp_path: Path, parquet: Any) -> None:
    told = space.export(tmp_path / "notes.parquet")
    rows = {Path(row["path"] or "").name: row for row in parquet.read_table(tmp_path / "notes.parquet").to_pylist()}
    assert (rows["sea.md"]["tags"], rows["bread.md"]["tags"], rows[""]["tags"]) == (["water", "blue"], ["flour"], ["x", "y"])
    assert (rows["sea.md"]["year"], rows["bread.md"]["year"], rows["star.txt"]["year"]) == (2021.0, 2.5, None)
    assert (rows["sea.md"]["draft"], rows["bread.md"]["draft"]) == (True, False)
    assert json.loads(rows["bread.md"]["nested"]) == {"a": 1}
    # A field that has the name of a column of ours stands beside it, in whatever case.
    assert rows["bread.md"]["metadata_id"] == 7
    assert "metadata_Kind" in told.fields
    # Without a time zone: with one, readers show it in their own, and a day becomes the one before.
    assert rows["sea.md"]["date"] == datetime(2021, 5, 4)  # noqa: DTZ001


def test_positions_are_those_of_the_kept_map(space: Space, tmp_path: Path, parquet: Any) -> None:
    found = space.map()
    kept = {row["id"]: (row["x"], row["y"]) for row in found.rows()}
    told = space.export(tmp_path / "some.parquet", where="tags exists")
    rows = parquet.read_table(tmp_path / "some.parquet").to_pylist()
    assert 0 < told.count < len(kept)
    for row in rows:
        assert (row["x"], row["y"]) == pytest.approx(kept[row["id"]], abs=1e-3)
    assert not space.export(tmp_path / "bare.parquet", positions=False).mapped
    assert {"x", "y"}.isdisjoint(parquet.read_schema(tmp_path / "bare.parquet").names)


def test_the_same_space_gives_the_same_bytes_in_batches_of_any_size(
    space: Space, tmp_path: Path, parquet: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        space.export(tmp_path / f"{name}.parquet", tmp_path / name)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    monkeypatch.setattr(sources, "BATCH", 2)
    space.export(tmp_path / "small.parquet", tmp_path / "small")
    assert parquet.ParquetFile(tmp_path / "small.parquet").num_row_groups == -(-len(space) // 2)
    assert parquet.read_table(tmp_path / "small.parquet").equals(parquet.read_table(tmp_path / "a.parquet"))
    for name in ("vectors.tsv", "metadata.tsv"):
        assert (tmp_path / "small" / name).read_bytes() == (tmp_path / "a" / name).read_bytes()


def test_the_tables_for_a_projector_have_a_line_for_each_passage_and_nothing_that_breaks_one(
    space: Space, tmp_path: Path
) -> None:
    space.export(tsv=tmp_path / "projector")
    vectors = np.loadtxt(tmp_path / "projector" / "vectors.tsv", delimiter="\t", dtype=np.float32)
    lines = (tmp_path / "projector" / "metadata.tsv").read_text(encoding="utf-8").split("\n")
    head, body = lines[0].split("\t"), [line.split("\t") for line in lines[1:-1]]
    held = hits(space)
    assert (vectors.shape, len(body)) == ((len(held), 32), len(held))
    assert {len(row) for row in body} == {len(head)}
    rows = {int(row[head.index("id")]): dict(zip(head, row, strict=True)) for row in body}
    assert [*rows] == sorted(held)
    everything = "".join(lines)
    assert not [char for char in everything if (ord(char) < 32 and char != "\t") or char in "\x7f\u202e"]
    own = next(row for row in rows.values() if row["key"] == "own key")
    assert (own["text"], own["tags"], own["weather"]) == ("the rain and the river", "x, y", "rain \\u202e turned")
    bread = next(row for row in rows.values() if "oven" in row["text"])
    assert "The oven and\\x07 the \\x1b[31mflour." in bread["text"]
    # Every number is read back as it was.
    assert (vectors == space._store.vectors(np.array(sorted(held)))).all()


def test_a_file_of_somebody_else_is_not_replaced_and_ours_is_in_one_step_for_us_alone(
    space: Space, tmp_path: Path, parquet: Any
) -> None:
    foreign = tmp_path / "notes.parquet"
    foreign.write_text("my own")
    with pytest.raises(InvalidInput, match="no export"):
        space.export(foreign)
    assert foreign.read_text() == "my own"
    space.export(foreign, force=True)
    before = foreign.stat().st_ino
    space.export(foreign)
    assert foreign.stat().st_ino != before
    assert stat.S_IMODE(foreign.stat().st_mode) == 0o600
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "vectors.tsv").write_text("1\t2\n")
    with pytest.raises(InvalidInput, match="no export"):
        space.export(tsv=tmp_path / "tables")
    space.export(tsv=tmp_path / "tables", force=True)
    space.export(tsv=tmp_path / "tables")
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "tables").iterdir()} == {0o600}
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidInput, match="no file that could be replaced"):
        space.export(tmp_path / "pipe", force=True)
    assert (tmp_path / "pipe").is_fifo()
    with pytest.raises(InvalidInput, match="no folder"):
        space.export(tmp_path / "nowhere" / "x.parquet")


def test_an_export_that_fails_leaves_what_was_there(
    space: Space, tmp_path: Path, parquet: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "notes.parquet"
    space.export(path)
    before = path.read_bytes()
    space.add_texts(["the bread"])

    def stop(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        space.export(path, progress=lambda step: stop(step) if step.what == "writing" else None)
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir() if "parquet" in found.name] == ["notes.parquet"]


def test_an_export_of_nothing_writes_nothing(space: Space, tmp_path: Path, parquet: Any) -> None:
    told = space.export(tmp_path / "none.parquet", tmp_path / "none", where="tags = 'no such'")
    assert (told.count, told.files) == (0, ())
    assert not (tmp_path / "none.parquet").exists()
    assert not (tmp_path / "none").exists()
    with pytest.raises(InvalidInput, match="needs a file"):
        space.export()


def test_without_pyarrow_it_says_what_to_install(space: Space, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingDependency) as caught:
        space.export(tmp_path / "notes.parquet")
    assert "semspace[parquet]" in str(caught.value.hint)


def test_the_command_writes_both_and_says_so(space: Space, tmp_path: Path, parquet: Any) -> None:
    home = str(tmp_path / "home")
    command = [sys.executable, "-m", "semspace", "export", "--parquet", "n.parquet", "--tsv", "t", "--json", "--home", home]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert (ran.returncode, ran.stderr) == (0, "")
    told = json.loads(ran.stdout)
    assert told["count"] == parquet.read_metadata(tmp_path / "n.parquet").num_rows == len(space)
    assert [Path(name).name for name in told["files"]] == [
        "n.parquet", "vectors.tsv", "metadata.tsv", "projector_config.pbtxt",
    ]  # fmt: skip


def test_duckdb_finds_what_is_nearest_as_the_space_does(space: Space, tmp_path: Path, parquet: Any) -> None:
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")
    path = tmp_path / "notes.parquet"
    space.export(path)
    for of in (
        "list_cosine_similarity(a.vector, b.vector)",
        "array_cosine_similarity(a.vector::FLOAT[32], b.vector::FLOAT[32])",
    ):
        nearest = f"SELECT b.id, {of} AS similarity FROM $1 a, $1 b WHERE a.id = 1 AND b.id <> 1 ORDER BY similarity DESC, b.id"
        found = duckdb.sql(nearest.replace("$1", f"'{path}'")).fetchall()
        expected = space.similar("#1", k=len(space))
        assert [number for number, _ in found] == [hit.id for hit in expected]
        assert [near for _, near in found] == pytest.approx([hit.similarity for hit in expected], abs=1e-5)


def test_duckdb_reads_every_column_in_its_own_type(space: Space, tmp_path: Path, parquet: Any) -> None:
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")
    path = tmp_path / "notes.parquet"
    space.export(path)
    read = duckdb.sql(f"FROM '{path}' ORDER BY id")
    kinds = dict(zip(read.columns, map(str, read.types), strict=True))
    assert {kinds[name] for name in ("x", "y")} == {"FLOAT"}
    assert (kinds["date"], kinds["tags"], kinds["draft"]) == ("TIMESTAMP", "VARCHAR[]", "BOOLEAN")
    assert len(read.fetchall()) == len(space)
    day = duckdb.sql(f"SELECT date, strftime(date, '%Y-%m-%d') FROM '{path}' WHERE list_contains(tags, 'blue')").fetchall()
    assert day == [(datetime(2021, 5, 4), "2021-05-04")]  # noqa: DTZ001
    said = duckdb.sql(f"SELECT metadata::JSON->'nested'->>'a' FROM '{path}' WHERE metadata_id = 7").fetchall()
    assert said == [("1",)]

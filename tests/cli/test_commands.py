"""Every command, its whole output at width 80, its JSON, its exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_samples import Run, figures_hidden


def test_a_search_shows_place_heading_and_passage(run: Run) -> None:
    ran = run("search", "bread", "--mode", "lexical")
    assert (ran.code, ran.err) == (0, "")
    assert figures_hidden(ran.out) == (
        "1  bread.md:1  0.0  #1\n   Bread\n   # Bread\n\n   The flour is in the oven.\n   The bread was in the oven.\n"
    )


def test_a_search_for_nothing_that_is_there_exits_with_1(run: Run) -> None:
    ran = run("search", "xylophone", "--mode", "lexical")
    assert (ran.code, ran.out, ran.err) == (1, "", "")


def test_search_json_is_what_was_promised(run: Run, garden: Path) -> None:
    ran = run("search", "ship sail", "--json", "-k", "2")
    found = json.loads(ran.out)
    assert (ran.code, found["query"], found["index"], found["mode"], found["model"]) == (
        0,
        "ship sail",
        "garden",
        "hybrid",
        "tiny",
    )
    assert [hit["rank"] for hit in found["hits"]] == [1, 2]
    best = found["hits"][0]
    assert best["path"] == str(garden / "sea.md")
    assert best["metadata"]["tags"] == ["water", "blue"]
    assert best["start_line"] >= 4


def test_search_json_with_nothing_found_is_whole_and_exits_with_1(run: Run) -> None:
    ran = run("search", "xylophone", "--mode", "lexical", "--json")
    assert (ran.code, json.loads(ran.out)["hits"]) == (1, [])


def test_other_forms_of_hits(run: Run, garden: Path) -> None:
    words = ("search", "river", "--mode", "lexical")
    assert run(*words, "-l").out == f"{garden}/notes/river.txt\n"
    assert run(*words, "--format", "paths", "--relative").out == "notes/river.txt:1\n"
    assert run(*words, "--format", "grep", "--relative").out == "notes/river.txt:1:The river and the rain.\n"
    assert json.loads(run(*words, "--jsonl").out)["path"] == f"{garden}/notes/river.txt"


def test_a_search_can_be_narrowed(run: Run) -> None:
    def files(*options: str) -> set[str]:
        return set(run("search", "the", "-l", "--relative", *options).out.split())

    assert files() == {"sea.md", "bread.md", "star.txt", "notes/river.txt"}
    assert files("--include", "*.md", "--exclude", "bread.*") == {"sea.md"}
    assert files("--where", "tags = 'blue'") == {"sea.md"}
    assert files("--until", "2001") == set()
    assert set(run("search", "the", "notes", "star.txt", "-l", "--relative").out.split()) == {"star.txt", "notes/river.txt"}


def test_lines_are_numbered_and_surrounded_on_request(run: Run) -> None:
    out = run("search", "orbit", "--mode", "lexical", "-n", "-C", "1").out
    assert out.splitlines()[1:] == ["   1  A star is not the planet.", "   2  A planet has an orbit."]


def test_similar_never_shows_the_target(run: Run) -> None:
    ran = run("similar", "1", "--json")
    assert ran.code == 0
    assert 1 not in [hit["id"] for hit in json.loads(ran.out)["hits"]]
    assert run("similar", "bread.md", "-l", "--relative").out.split().count("bread.md") == 0
    assert run("similar", "--text", "a cat", "-k", "1").code == 0


def test_compare_prints_one_figure_in_a_pipe(run: Run) -> None:
    assert run("compare", "the cat", "the cat").out == "1.0000\n"
    found = json.loads(run("compare", "bread.md", "#1", "--json").out)
    assert set(found) == {"first", "second", "similarity"}


def test_neighbors_draw_a_tree(run: Run) -> None:
    lines = run("neighbors", "bread.md", "-k", "2", "--depth", "1").out.splitlines()
    assert lines[0].startswith("bread.md:1  #1  # Bread The flour")
    assert [line[:3] for line in lines[1:]] == ["├──", "└──"]
    assert all(len(line) <= 80 for line in lines)
    assert len(json.loads(run("neighbors", "1", "-k", "2", "--json").out)["near"]) == 2


def test_status_says_what_a_space_holds(run: Run) -> None:
    assert (
        figures_hidden(run("status").out)
        == (
            "index      garden\n"
            "folder     TMP/garden\n"
            "follows    TMP/garden\n"
            "documents  4\n"
            "passages   4\n"
            "model      tiny (32 dimensions, fingerprint HASH)\n"
            "vectors    flat, kept as float16\n"
            "size       SIZE (store SIZE, vectors SIZE, lexical SIZE, settings\n"
            "           SIZE)\n"
            "a passage  SIZE beside SIZE of text\n"
            "updated    DATE\n"
            "stale      none\n"
            "failed     1 (semspace status --failed lists them)\n"
            "skipped    1: image (1)\n"
        )
        or run("status").out == ""
    )


def test_status_json_is_what_was_promised(run: Run) -> None:
    found = json.loads(run("status", "--json").out)
    assert (found["index"], found["documents"], found["model"], found["dim"]) == ("garden", 4, "tiny", 32)
    assert [Path(failure["path"]).name for failure in found["failed"]] == ["broken.docx"]


def test_status_failed_lists_files_with_reasons(run: Run) -> None:
    lines = run("status", "--failed").out.splitlines()
    assert lines[0] == "1 failed"
    assert lines[1].startswith("  broken.docx: ")
    assert lines[2] == "1 skipped"
    assert lines[3].startswith("  picture.png: ")


def test_list_shows_every_space(run: Run) -> None:
    lines = run("list").out.splitlines()
    assert lines[0].split() == ["name", "documents", "passages", "model", "size", "updated"]
    assert lines[1].split()[:4] == ["garden", "4", "4", "tiny"]
    assert json.loads(run("list", "--json").out)["spaces"][0]["index"] == "garden"


def test_show_gives_the_whole_passage_with_its_metadata(run: Run) -> None:
    identity = json.loads(run("search", "wind", "--mode", "lexical", "--json").out)["hits"][0]["id"]
    for target in (f"#{identity}", str(identity), "sea.md:8"):
        ran = run("show", target)
        assert ran.code == 0
        assert ran.out.startswith(f"sea.md:4  #{identity}\n")
        assert 'tags     ["water", "blue"]' in ran.out
        assert ran.out.endswith("The wind is on the sea.\n")
    assert json.loads(run("show", str(identity), "--json").out)["id"] == identity


def test_models_are_listed_and_shown(run: Run) -> None:
    assert [line.split()[0] for line in run("models", "list").out.splitlines()] == ["name", "tiny"]
    assert run("models", "show", "tiny").out.splitlines()[0].split() == ["name", "tiny"]
    assert json.loads(run("models", "show", "tiny", "--json").out)["dim"] == 32
    assert json.loads(run("models", "list", "--json").out)["models"][0]["name"] == "tiny"


@pytest.fixture
def diary(tmp_path: Path) -> Path:
    """Give a folder of its own to a test that changes it."""
    folder = tmp_path / "diary"
    folder.mkdir()
    (folder / "monday.txt").write_text("The cat sat on the mat.\n")
    (folder / "tuesday.txt").write_text("It was rain all day.\n")
    return folder


def test_a_space_lives_from_index_to_delete(run: Run, diary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = run("index", str(diary), "--model", "tiny", "--json")
    assert (made.code, made.err) == (0, "created space diary\n")
    report = json.loads(made.out)
    assert (report["index"], report["read"], report["encoded"], report["failed"], report["skipped"]) == ("diary", 2, 2, [], {})

    (diary / "tuesday.txt").write_text("The sea and the river.\n")
    monkeypatch.chdir(diary)
    again = run("index")
    assert figures_hidden(again.out).startswith("diary: 1 file read, 1 unchanged; 1 passage, 1 encoded in 0.0 s")
    assert again.err == ""

    assert run("rm", "tuesday.txt").out == "diary: 1 document removed\n"
    assert json.loads(run("search", "cat", "--json").out)["index"] == "diary"
    assert [Path(hit["path"]).name for hit in json.loads(run("search", "sea", "--all", "--json").out)["hits"]] == ["monday.txt"]

    refused = run("delete", "diary")
    assert (refused.code, "--yes" in refused.err) == (2, True)
    assert run("delete", "diary", "--yes").out == "diary: deleted\n"
    assert run("search", "cat", "--index", "diary").code == 2
    assert (diary / "monday.txt").exists()


def test_delete_takes_all_that_was_made_of_a_space(run: Run, tmp_path: Path, home: Path) -> None:
    lines = tmp_path / "many"
    lines.mkdir()
    for number in range(60):
        (lines / f"{number}.txt").write_text(f"day {number} of the voyage, with wind from the west")
    assert run("index", str(lines), "--model", "tiny", "--index", "many").code == 0
    for view in ("map", "topics", "factors"):
        assert run(view, "--index", "many").code in {0, 1}
    folder = home / "many"
    assert [*folder.glob("map.*")]
    assert [*folder.glob("graph*")]
    for name in ("vectors.faiss.new", "engine.npy"):
        (folder / name).touch()
    assert run("delete", "many", "--yes").code == 0
    assert not folder.exists()


def test_delete_leaves_what_is_not_its_own(run: Run, diary: Path) -> None:
    assert run("index", str(diary), "--model", "tiny", "--index", str(diary)).code == 0
    assert run("delete", str(diary), "--yes").code == 0
    assert sorted(path.name for path in diary.iterdir()) == ["monday.txt", "tuesday.txt"]


def test_a_named_space_is_made_once_and_opened_afterwards(run: Run, diary: Path) -> None:
    words = ("index", str(diary), "--model", "tiny", "--index", "journal")
    assert run(*words).err == "created space journal\n"
    assert run(*words).err == ""
    run("delete", "journal", "--yes")


def test_skipped_files_are_listed_on_request(run: Run, diary: Path) -> None:
    (diary / "large.txt").write_text("word " * 1000)
    words = ("index", str(diary), "--model", "tiny", "--index", "sizes", "--max-size", "1kB")
    out = run(*words, "--verbose").out
    assert "1 skipped: " in out
    assert f"  {diary}/large.txt: " in out.replace("\n", "")[:-1] or "large.txt" in out
    assert json.loads(run("status", "--index", "sizes", "--json").out)["documents"] == 2
    run("delete", "sizes", "--yes")


def test_eval_prints_figures_with_intervals(run: Run, tmp_path: Path) -> None:
    corpus = [
        {"_id": str(i), "title": word, "text": f"all about the {word}"} for i, word in enumerate(["cat", "sea", "oven", "bank"])
    ]
    (tmp_path / "qrels").mkdir()
    (tmp_path / "corpus.jsonl").write_text("\n".join(map(json.dumps, corpus)))
    (tmp_path / "queries.jsonl").write_text(
        "\n".join(json.dumps({"_id": f"q{row['_id']}", "text": row["title"]}) for row in corpus)
    )
    judged = "".join(f"q{row['_id']}\t{row['_id']}\t1\n" for row in corpus)
    (tmp_path / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n" + judged)
    words = ("eval", str(tmp_path), "--model", "tiny", "--mode", "lexical")
    lines = run(*words).out.splitlines()
    assert lines[0].endswith(": 4 documents, 4 queries, tiny")
    assert lines[1].split() == ["mode", "nDCG@10", "recall@100", "MRR@10"]
    assert lines[2].split() == ["lexical", *["1.0000", "±", "0.0000"] * 3]
    found = json.loads(run(*words, "--json").out)
    assert (found["documents"], found["queries"], found["model"]) == (4, 4, "tiny")
    assert found["results"][0]["ndcg@10"] == 1.0
    assert set(found["results"][0]["ci95"]) == {"ndcg@10", "recall@100", "mrr@10"}


def test_boilerplate_is_counted_listed_and_can_be_kept(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    menu = "Acme home page, products of Acme, about us"
    for number in range(12):
        (folder / f"page{number}.txt").write_text(f"{menu}\n\nthe cat sat on the mat of page {number}\n")
    told = run("index", str(folder), "--model", "tiny")
    assert "1 block of text in many files left out (semspace status --boilerplate)" in told.out.replace("\n", " ")
    listed = run("status", "--boilerplate", "--index", "site")
    assert listed.code == 0
    assert "12" in listed.out
    assert "Acme home page" in listed.out
    found = json.loads(run("status", "--boilerplate", "--index", "site", "--json").out)
    assert [(one["text"], one["documents"]) for one in found["boilerplate"]] == [(menu, 12)]
    kept = json.loads(run("index", "--index", "site", "--keep-boilerplate", "--json").out)
    assert kept["boilerplate"] == 0
    assert "--skip-boilerplate" in run("status", "--boilerplate", "--index", "site").out
    assert json.loads(run("index", "--index", "site", "--skip-boilerplate", "--json").out)["boilerplate"] == 1


@pytest.mark.parametrize(
    "wish",
    [("--engine", "milvus"), ("--scheduler", "tcp://192.0.2.1:8786"), ("--engine", "milvus", "--uri", "engine.db")],
)
def test_what_cannot_be_had_leaves_no_empty_space_behind(
    run: Run, diary: Path, home: Path, monkeypatch: pytest.MonkeyPatch, wish: tuple[str, ...]
) -> None:
    monkeypatch.setattr("semspace.vectors.connecting.find_spec", lambda _: None)
    ran = run("index", str(diary), "--model", "tiny", "--index", "unborn", *wish)
    assert ran.code == 2
    assert "hint: " in ran.err
    assert not (home / "unborn").exists()

"""Text that recurs over many files is kept out of what is searched, and nothing else is."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from semspace import Space
from semspace.bench.faults import tiny
from semspace.boilerplate import Block, blocks, counted, leave_out, needed, recurring
from semspace.chunking import Chunker
from semspace.encoders import Encoder
from semspace.records import Document
from semspace.store import WritableStore

LICENCE = (
    "Copyright 2024 Acme Corporation and its contributors. All rights reserved.\n"
    "Licensed under the Apache License, Version 2.0; you may not use this file except in compliance with it.\n"
)
FOOTER = "Sent from the document system of Acme, see the handbook for help"


def words(seed: int, count: int = 60) -> str:
    chance = random.Random(seed)
    return " ".join(chance.choice(tiny.WORDS) for _ in range(count)) + f" number {seed}"


def note(number: int, licence: str = LICENCE) -> str:
    head = f"---\ntitle: Note {number}\nauthor: Ann Example\n---\n"
    return f"{head}<!--\n{licence}-->\n\n# Note {number}\n\n{words(number)}\n\n{words(-number)}\n\n{FOOTER}\n"


def marks(text: str) -> dict[int, str]:
    return {one.mark: text[one.start : one.end] for block in blocks(text) for one in (block, *block.lines)}


def found(*texts: str, known: frozenset[int] = frozenset()) -> set[str]:
    """Return what recurs over some texts."""
    everything = {mark: held for text in texts for mark, held in marks(text).items()}
    return {everything[mark] for mark in recurring(lambda: [counted(blocks(text), ()) for text in texts], known)}


@pytest.mark.parametrize(("documents", "least"), [(1, 5), (5, 5), (12, 6), (20, 10), (100, 10), (300, 18), (10_000, 100)])
def test_the_more_documents_there_are_the_more_have_to_hold_a_block(documents: int, least: int) -> None:
    assert needed(documents) == least


def test_a_licence_is_one_block_whatever_its_comment_marks_its_years_and_what_follows() -> None:
    licence = LICENCE.strip()
    lined = licence.replace("\n", "\n# ")
    kinds = [
        f"<!--\n{licence}\n-->\nbody of one",
        f"/*\n * {licence}".replace("\nLic", "\n * Lic") + "\n */\nint main() { return 0; }",
        f"# {lined.replace('2024', '1999-2003')}\nimport this_module\nimport that_module",
        f"the text first\n\n{licence}",
    ]
    shared = set.intersection(*({block.mark for block in blocks(text)} for text in kinds))
    assert len(shared) == 1
    other = licence.replace("Acme", "Another")
    assert not shared & {block.mark for block in blocks(other)}


def test_years_of_a_text_that_claims_no_copyright_are_its_own() -> None:
    assert set(marks("the harvest of 1998 was better")).isdisjoint(marks("the harvest of 1999 was better"))


def test_what_a_person_repeats_in_a_few_texts_is_no_boilerplate() -> None:
    refrain = "And the river runs down to the sea, to the sea, and the river runs down to the sea."
    poems = [f"{words(n)}\n\n{refrain}\n\n{words(n + 50)}\n\n{refrain}" for n in range(4)]
    tables = [f"name | colour | weight | price\n--- | --- | --- | ---\n{words(n)}" for n in range(100, 103)]
    assert found(*poems, *tables, *(words(n) for n in range(200, 220))) == set()


def test_equal_notes_are_duplicates_and_not_boilerplate() -> None:
    assert found(*[f"{words(1)}\n\n{words(2)}"] * 40) == set()


def test_a_line_of_a_list_is_not_boilerplate_but_a_line_of_a_comment_is() -> None:
    lists = [f"- water the plants on the balcony\n- {words(n, 5)}" for n in range(40)]
    assert found(*lists) == set()
    headers = [f"// file{n}.c\n// Part of the engine of the Acme planet\nint a{n};" for n in range(40)]
    assert found(*headers) == {"// Part of the engine of the Acme planet"}


def test_a_heading_that_recurs_stays() -> None:
    texts = [f"## What there is to know about it\n\n{words(n)}" for n in range(40)]
    assert recurring(lambda: [counted(blocks(text), {0}) for text in texts]) == frozenset()
    assert len(recurring(lambda: [counted(blocks(text), ()) for text in texts])) == 1


def test_a_block_that_is_known_stays_until_half_as_many_hold_it() -> None:
    def texts(held: int, of: int) -> list[str]:
        return [f"{words(n)}\n\n{FOOTER}" if n < held else words(n) for n in range(of)]

    known = frozenset(mark for mark, text in marks(FOOTER).items() if text == FOOTER and not mark & 1)
    assert found(*texts(9, 30)) == set()
    assert found(*texts(9, 30), known=known) == {FOOTER}
    assert found(*texts(4, 30), known=known) == set()


def test_what_is_left_is_a_slice_that_knows_its_lines_and_holds_no_boilerplate(tiny_encoder: Encoder) -> None:
    chunker = Chunker(tiny_encoder.tokenizer_json, tiny_encoder.capacity("passage"))
    for seed in range(60):
        chance = random.Random(seed)
        own = [words(seed * 100 + n, chance.randint(1, 30)) for n in range(8)]
        common = [f"common words of block {n}, {words(n, chance.randint(4, 40))}" for n in range(5)]
        parts = chance.sample([*own, *common], 13)
        text = chance.choice(["\n\n", "\n\n---\n\n", "\n \n\n"]).join(parts)
        known = {mark for part in common for mark in marks(part)}
        before = chunker.chunk(Document("/n", text))
        left, held = leave_out(text, before, blocks(text), known)
        assert held
        for passage in left:
            assert passage.text == text[passage.start : passage.end] == passage.text.strip()
            assert passage.start_line == text.count("\n", 0, passage.start) + 1
            assert passage.end_line == text.count("\n", 0, passage.end) + 1
            assert "common words" not in passage.own
        said = " ".join(passage.own for passage in left)
        assert [word for word in said.split() if word != "---"] == [
            word for part in parts if part in own for word in part.split()
        ]


def test_a_document_that_is_nothing_else_keeps_it(tiny_encoder: Encoder) -> None:
    passages = Chunker(tiny_encoder.tokenizer_json, 64).chunk(Document("/LICENSE", LICENCE))
    left, held = leave_out(LICENCE, passages, blocks(LICENCE), set(marks(LICENCE)))
    assert left == passages
    assert held


@pytest.mark.parametrize(
    "text", ["", "\n\n", "-" * 100_000, "-" * 1000 + "\n" + "a\n" * 50_000, "\n" * 100_000, "\x1f", "/*" * 5_000]
)
def test_any_text_has_blocks_in_order(text: str) -> None:
    spans = [(block.start, block.end) for block in blocks(text)]
    assert spans == sorted(spans)
    assert all(start < end <= len(text) for start, end in spans)
    assert all(isinstance(block, Block) for block in blocks(text))


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    tiny.install(folder)
    return folder


@pytest.fixture
def make(tmp_path: Path, models: Path) -> Iterator[Callable[[str], Space]]:
    made: list[Space] = []

    def make(name: str = "notes") -> Space:
        made.append(Space.create(name, tiny.NAME, home=tmp_path / "home", models=models))
        return made[-1]

    yield make
    for space in made:
        space.close()


@pytest.fixture
def space(make: Callable[..., Space]) -> Space:
    return make()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    return folder


def write(folder: Path, numbers: range) -> None:
    for number in numbers:
        (folder / f"note{number:03}.md").write_text(note(number))


def state(space: Space) -> list[tuple[str, int, str, int | None, str]]:
    """Give every passage of a space, once all of it was found sound."""
    assert [finding for finding in space.check(deep=True) if finding.count] == []
    rows = space._store.rows(space._store.ids().tolist()).values()
    return sorted((row.path, one.start, one.text, one.start_line, one.encoded) for row in rows for one in [row.passage])


def test_front_matter_and_a_licence_on_every_file_are_never_the_best_hit(space: Space, folder: Path) -> None:
    write(folder, range(300))
    report = space.index([folder])
    assert (report.read, report.boilerplate) == (300, 2)
    assert report.passages == len(space)
    for seed in range(20):
        for mode in ("hybrid", "semantic", "lexical"):
            best = space.search(words(seed, 6), k=1, mode=mode, everything=True)[0]  # type: ignore[arg-type]
            assert "Licensed" not in best.text
            assert "Ann Example" not in best.text
            assert best.start_line is not None
            assert best.start_line > 5
    for phrase in ("apache license compliance contributors", "handbook of Acme"):
        assert not space.search(phrase, mode="lexical", everything=True)
    listed = space.boilerplate()
    assert [(one.documents, one.text) for one in listed] == [(300, LICENCE.strip()), (300, FOOTER)]
    state(space)


def test_what_recurs_within_a_passage_is_shown_but_not_searched(space: Space, folder: Path) -> None:
    for number in range(20):
        (folder / f"page{number}.txt").write_text(f"{words(number, 9)}\n\n{FOOTER}\n\n{words(-number, 9)}\n")
    assert space.index([folder]).boilerplate == 1
    assert not space.search("handbook of Acme", mode="lexical", everything=True)
    hit = space.search("number 7", k=1, mode="lexical", everything=True)[0]
    assert hit.text == f"{words(7, 9)}\n\n{FOOTER}\n\n{words(-7, 9)}"
    assert all(FOOTER not in encoded for *_, encoded in state(space))


def test_twelve_files_with_one_licence_are_enough(space: Space, folder: Path) -> None:
    write(folder, range(12))
    assert space.index([folder]).boilerplate == 2
    assert not space.search("apache license", mode="lexical", everything=True)


def test_boilerplate_can_be_kept_and_left_out_again(space: Space, folder: Path) -> None:
    write(folder, range(20))
    (folder / "other.md").write_text(words(1000))
    space.index([folder])
    without = state(space)
    kept = space.index(keep_boilerplate=True)
    assert (kept.read, kept.boilerplate) == (20, 0)
    assert space.search("apache license", mode="lexical", everything=True)
    assert space.boilerplate() == []
    again = space.index()
    assert (again.read, again.encoded) == (0, 0)
    assert space.search("apache license", mode="lexical", everything=True)
    left_out = space.index(keep_boilerplate=False)
    assert left_out.read == 0
    assert left_out.boilerplate == 2
    assert state(space) == without


def test_a_new_file_is_cut_without_what_is_known(space: Space, folder: Path) -> None:
    write(folder, range(20))
    space.index([folder])
    before = set(space._store.ids().tolist())
    write(folder, range(20, 21))
    assert space.index().read == 1
    new = set(space._store.ids().tolist()) - before
    assert before < set(space._store.ids().tolist())
    # At once: no id was given to a passage that held it.
    assert new == set(range(max(before) + 1, max(before) + 1 + len(new)))
    assert not space.search("apache license", mode="lexical", everything=True)


def test_what_recurs_only_later_is_taken_out_of_older_files(space: Space, make: Callable[[str], Space], folder: Path) -> None:
    (folder / "plain.md").write_text(words(999))
    write(folder, range(3))
    assert space.index([folder]).boilerplate == 0
    assert space.search("apache license", mode="lexical", everything=True)
    plain = space._store.passages_of(str(folder / "plain.md"))
    write(folder, range(3, 20))
    assert space.index().boilerplate == 2
    assert not space.search("apache license", mode="lexical", everything=True)
    assert space._store.passages_of(str(folder / "plain.md")) == plain
    fresh = make("fresh")
    fresh.index([folder])
    assert state(space) == state(fresh)


def test_what_is_rare_again_comes_back(space: Space, folder: Path) -> None:
    write(folder, range(12))
    space.index([folder])
    for number in range(2, 12):
        (folder / f"note{number:03}.md").write_text(words(number))
    space.index()
    space.index()
    assert space.boilerplate() == []
    assert len(space.search("apache license", mode="lexical", per_document=1, everything=True)) == 2
    state(space)
    assert space.index().read == 0


def test_the_licence_itself_is_found(space: Space, folder: Path) -> None:
    write(folder, range(20))
    (folder / "LICENSE").write_text(LICENCE)
    space.index([folder])
    assert {Path(hit.path).name for hit in space.search("apache license", mode="lexical", everything=True)} == {"LICENSE"}
    assert space.index().read == 0


def test_texts_of_a_program_are_left_alone(space: Space, folder: Path) -> None:
    write(folder, range(20))
    space.index([folder])
    space.add_texts([f"{LICENCE}\n\n{words(n)}" for n in range(20)])
    space.index()
    assert len(space.search("apache license", k=50, mode="lexical", per_document=1, everything=True)) == 20


def test_an_unchanged_folder_changes_nothing(space: Space, folder: Path) -> None:
    write(folder, range(20))
    space.index([folder])
    generation = space._store.generation
    report = space.index()
    assert (report.read, report.encoded, space._store.generation) == (0, 0, generation)


@pytest.mark.parametrize("step", [1, 2, 7])
def test_a_crash_while_it_is_taken_out_is_made_good_by_the_next_run(
    space: Space, make: Callable[[str], Space], folder: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    write(folder, range(20))
    done: list[int] = []
    recut = WritableStore.recut

    def failing(self: WritableStore, *arguments: object) -> object:
        done.append(1)
        if len(done) == step:
            raise OSError("no space left")
        return recut(self, *arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as context:
        context.setattr("semspace.ingest.RECUT", 3)
        context.setattr(WritableStore, "recut", failing)
        with pytest.raises(OSError, match="no space left"):
            space.index([folder])
    assert len(done) == step
    space.index()
    fresh = make("fresh")
    fresh.index([folder])
    assert state(space) == state(fresh)


def test_a_damaged_document_is_read_again_without_it(space: Space, folder: Path, tmp_path: Path, models: Path) -> None:
    write(folder, range(20))
    space.index([folder])
    before = state(space)
    space.close()
    store = WritableStore.open(tmp_path / "home" / "notes" / "store.db", tiny.DIM, "float16")
    for damage in (
        "UPDATE passages SET skips = '[[0, 3]]' WHERE id = 5",
        "UPDATE blocks SET left_out = x'' WHERE document_id = 7",
    ):
        with store.transaction() as connection:
            connection.execute(damage)
    store.close()
    with Space.open("notes", home=tmp_path / "home", models=models) as damaged:
        assert {finding.part for finding in damaged.check() if finding.count} >= {"passages", "documents"}
    Space.repair("notes", home=tmp_path / "home", models=models)
    with Space.open("notes", home=tmp_path / "home", models=models) as mended:
        assert state(mended) == before
        assert mended.index().read == 0

"""Files that mean harm cost little time and memory, and no more than themselves."""

from __future__ import annotations

import io
import json
import signal
import struct
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import office_samples as sample
import pytest
from office_samples import Read

from semspace.bench.faults.archives import patched, replaced
from semspace.errors import UnreadableFile
from semspace.readers import Reader, walk
from semspace.readers.limits import MAX_TEXT
from semspace.readers.outline import paths


@pytest.fixture(autouse=True)
def soon() -> Iterator[None]:
    """Raise where a test takes longer than any of them should."""

    def late(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


MERGES = "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 14))


@pytest.mark.parametrize(
    ("mark", "block"),
    [
        ("---", "a: " + "[" * 60_000),
        ("---", "- " * 30_000),
        ("---", "? " * 30_000),
        ("---", MERGES),
        ("+++", "a." * 30_000 + "b = 1"),
        ("+++", "a = " + "{a=" * 20_000),
    ],
)
def test_front_matter_that_nests_or_merges_without_end_is_text(read: Read, mark: str, block: str) -> None:
    document = read("a.md", f"{mark}\n{block}\n{mark}\nwords\n".encode())
    assert dict(document.metadata) == {}
    assert document.text.startswith(mark)


def test_front_matter_may_merge_and_nest_as_people_do(read: Read) -> None:
    block = "base: &b {x: 1}\nmine: {<<: *b, y: [[2]]}\nversion: 1.2.3.4\n"
    document = read("a.md", f"---\n{block}---\nwords\n".encode())
    assert document.metadata["mine"] == {"x": 1, "y": [[2]]}


def test_a_number_that_json_cannot_hold_is_none(read: Read) -> None:
    document = read("a.md", b"---\nbig: 0x" + b"F" * 9_000 + b"\nsmall: 7\n---\nwords\n")
    assert document.metadata == {"big": None, "small": 7}
    json.dumps(dict(document.metadata))


@pytest.mark.parametrize(
    "line", ["# " + "`" * 50_000 + "a", "# " + "![" * 50_000, "# " + "{#" * 50_000, "# a" + " {#" * 50_000]
)
def test_a_line_of_markup_takes_no_time_that_grows_with_its_power(read: Read, line: str) -> None:
    document = read("a.md", (line + "\n\nwords\n").encode())
    assert document.text.endswith("words\n")
    assert all(len(part) <= 300 for heading in document.headings for part in heading.path)


def test_headings_are_kept_as_far_as_they_say_anything(read: Read) -> None:
    assert len(read("a.md", b"# x\n" * 100_000).headings) == 100_000
    assert read("a.md", b"# river\n" * 250_000).headings == ()
    deep = paths((number, number, f"{number}") for number in range(1, 100))
    assert deep[-1].path == tuple(str(number) for number in range(88, 100))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.unknown", b"<!-- -->" * 500 + b"words"),
        ("a.tex", b"\\title[" * 50_000 + b"words"),
        ("a.vtt", b"WEBVTT\n\n00:00.000 --> 00:01.000\n" + b"<v a " * 50_000),
        ("a.org", b"* a" + b" " * 50_000 + b"x"),
        ("a.adoc", b"= a" + b" " * 50_000 + b"x"),
        ("a.html", b"<meta charset" * 5_000 + b"<p>words"),
    ],
)
def test_no_pattern_takes_for_ever(read: Read, name: str, data: bytes) -> None:
    assert read(name, data).text


def test_the_name_of_a_json_value_does_not_multiply_it(read: Read) -> None:
    text = read("a.json", json.dumps({"k" * 100_000: ["v"] * 1_000}).encode()).text
    assert len(text) < 300 * 1_000
    assert text.endswith("k: v")


def test_a_table_that_its_header_would_blow_up_is_read_as_it_stands(read: Read) -> None:
    data = b"r" * 79 + b"," + b"b" * 79 + b"\n" + b"1,2\n" * 500_000
    text = read("a.csv", data).text
    assert text == data.decode()


def test_large_text_with_a_structure_is_parsed_in_the_child(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"# River\n" + b"words\n" * 100_000)
    (tmp_path / "a.txt").write_bytes(b"words\n" * 100_000)
    with Reader() as reader:
        reader.read(str(tmp_path / "a.txt"))
        assert reader._extraction._process is None
        assert reader.read(str(tmp_path / "a.md")).document.title == "River"
        assert reader._extraction._process is not None


def test_a_reader_of_text_that_fails_costs_its_file_only(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("semspace.readers.markdown.headings_of", lambda text: 1 / 0)
    with pytest.raises(UnreadableFile, match="its reader failed"):
        read("a.md", b"words")


def test_what_a_document_says_of_itself_is_bounded(read: Read) -> None:
    mail = read("a.eml", b"To: " + b"a@b.c, " * 100_000 + b"\nSubject: " + b"x" * 100_000 + b"\n\nwords")
    assert mail.title == "x" * 300
    assert all(len(str(value)) <= 10_000 for value in mail.metadata.values())
    page = read("a.html", b"<html lang='" + b"e" * 100_000 + b"'><meta name=author content='" + b"a" * 100_000 + b"'><p>words")
    assert len(page.language or "") == 35
    assert len(page.metadata["author"]) == 10_000


DOCUMENT = "word/document.xml"
WORDS = f'<w:document xmlns:w="{sample.W}"><w:body>{"<w:p><w:r><w:t>words</w:t></w:r></w:p>" * 700_000}</w:body></w:document>'


def word(document: str) -> bytes:
    return replaced(sample.docx([("Normal", "x")]), DOCUMENT, document)


def test_an_archive_that_unpacks_to_too_much_or_to_more_than_it_says_is_refused(read: Read) -> None:
    huge = word(WORDS)
    for data, reason in (
        (huge, "unpacks to more than a document would"),
        (patched(huge, 22, 24, struct.pack("<I", 1_000)), "damaged: it unpacks to more than it says"),
    ):
        with pytest.raises(UnreadableFile) as error:
            read("a.docx", data)
        assert error.value.message == reason


def test_an_archive_whose_parts_overlap_is_refused(read: Read) -> None:
    data = sample.docx([("Normal", "words " * 5_000)])
    start = data.index(b"PK\x01\x02")
    entries, end = data[start:-22] * 50, bytearray(data[-22:])
    struct.pack_into("<HHII", end, 8, 200, 200, len(entries), start)
    with pytest.raises(UnreadableFile, match="its parts overlap"):
        read("a.docx", data[:start] + entries + bytes(end))


def test_a_large_document_that_a_person_wrote_is_read(read: Read) -> None:
    lines = [("Normal", f"Line {number} of a long report about the river {number * 7919 % 10007}.") for number in range(40_000)]
    assert "Line 39999 of" in read("a.docx", sample.docx(lines)).text


def test_a_chapter_that_a_book_names_often_is_read_once(read: Read) -> None:
    book = sample.epub(["<p>river"])
    package = zipfile.ZipFile(io.BytesIO(book)).read("OPS/book.opf").decode()
    package = package.replace('<itemref idref="c0"/>', '<itemref idref="c0"/>' * 10_000)
    assert read("a.epub", replaced(book, "OPS/book.opf", package)).text == "river"


@pytest.mark.parametrize("name", ["a.xml", "a.odt"])
def test_xml_that_nests_without_end_is_refused(read: Read, name: str) -> None:
    deep = "<text:p>" * 5_000 + "x" + "</text:p>" * 5_000
    data = sample.opendocument(deep) if name == "a.odt" else b"<a>" * 5_000 + b"x" + b"</a>" * 5_000
    with pytest.raises(UnreadableFile, match="nested too deeply"):
        read(name, data)


def test_the_text_of_nested_elements_stays_on_the_line_of_its_sentence(read: Read) -> None:
    data = b"<a><p>One <b>bold</b> word<i>s</i></p><p>Two</p><q><r>Three</r></q></a>"
    assert read("a.xml", data).text.split("\n") == ["One bold words", "Two", "Three"]


def test_rules_of_stars_take_no_time_that_grows_with_their_power(tmp_path: Path) -> None:
    (tmp_path / ("a" * 200 + ".md")).write_text("words")
    (tmp_path / "ab-ac-ad.md").write_text("words")
    (tmp_path / ".gitignore").write_text("*a" * 20 + "*b\n" + "[!b]*" * 20 + "x\n" + "a*-*c-*d.md\n" + "**/x" * 30 + "\n")
    assert [found.path[-7:] for found in walk(tmp_path)] == ["aaaa.md"]


def test_rules_that_lie_outside_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "outside/info").mkdir(parents=True)
    (tmp_path / "outside/info/exclude").write_text("*\n")
    (tmp_path / "root").mkdir()
    (tmp_path / "root/a.md").write_text("words")
    (tmp_path / "root/.git").symlink_to("../outside")
    assert len(list(walk(tmp_path / "root"))) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says where an open file lies")
def test_a_folder_that_has_become_a_link_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/a.md").write_text("secret")
    (tmp_path / "root").symlink_to("outside")
    with Reader() as reader, pytest.raises(UnreadableFile, match="a symbolic link on its way"):
        reader.load(str(tmp_path / "root/a.md"))


def test_a_file_that_has_just_changed_and_changes_again_has_another_stamp(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    with Reader() as reader:
        for turn in range(30):
            path.write_text(f"version {turn:04}")
            stamp = reader.load(str(path)).stamp
            path.write_text(f"edition {turn:04}")
            assert next(walk(path)).stamp != stamp


WORKER = """
import os, struct, sys, time
from semspace.readers import limits
inward, outward = sys.stdin.buffer, os.fdopen(1, "wb")
head, data = limits.receive(inward)
words = data.decode()
good = {"kind": "html", "title": None, "language": None, "metadata": {}, "headings": [], "pages": [], "lines": False}
good["date"] = None
if "immense" in words: outward.write(struct.pack(">IQ", 2, 2**62) + b"{}")
elif "long head" in words: outward.write(struct.pack(">IQ", 2**32 - 1, 0))
elif "deep" in words: outward.write(struct.pack(">IQ", 10**6, 0) + b"[" * 10**6)
elif "no document" in words: limits.send(outward, {"a": 1}, b"x")
elif "a list" in words: outward.write(struct.pack(">IQ", 2, 0) + b"[]")
elif "no text" in words: limits.send(outward, good, b"\\xff")
elif "astray" in words: limits.send(outward, good | {"headings": [[99, "x"]]}, b"words")
elif "backwards" in words: limits.send(outward, good | {"pages": [3, 1]}, b"words")
elif "strange" in words: limits.send(outward, good | {"metadata": 7}, b"words")
outward.flush()
time.sleep(20)
"""


@pytest.mark.parametrize(
    "words", ["immense", "long head", "deep", "no document", "a list", "no text", "astray", "backwards", "strange"]
)
def test_a_child_that_answers_nonsense_is_not_believed(tmp_path: Path, words: str) -> None:
    (tmp_path / "a.html").write_text(words)
    with Reader(worker=(sys.executable, "-P", "-c", WORKER)) as reader:
        with pytest.raises(
            UnreadableFile, match=r"the parser (did not answer|gave a wrong answer|ran out of memory or gave up)"
        ):
            reader.read(str(tmp_path / "a.html"), timeout=10)
        assert reader._extraction._process is None


CONFINED = """
import os, sys
from semspace.readers import worker, limits
from semspace.records import Document
def read(kind, path, data):
    said = []
    for act in (lambda: open(data.decode()).read(), lambda: os.listdir("/etc"), lambda: os.execv("/bin/true", ["true"])):
        try: said.append(act() and "done")
        except OSError as error: said.append(type(error).__name__)
    try: said.append(str(len([os.open(sys.executable, 0) for _ in range(200)])))
    except OSError as error: said.append(error.strerror)
    return Document(path, " ".join(said))
worker._read = read
worker.main()
"""


def test_the_child_reads_no_file_of_the_user_runs_nothing_and_opens_few_files(tmp_path: Path) -> None:
    asking = "import sys; from semspace.readers.landlock import give_up_files; sys.exit(not give_up_files())"
    if subprocess.run([sys.executable, "-c", asking], check=False).returncode:
        pytest.skip("this kernel has no Landlock")
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "a.html").write_text(str(tmp_path / "secret"))
    with Reader(worker=(sys.executable, "-P", "-c", CONFINED)) as reader:
        text = reader.read(str(tmp_path / "a.html")).document.text
    assert text == "PermissionError PermissionError PermissionError Too many open files"


def test_no_document_is_longer_than_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("semspace.readers.reader.MAX_TEXT", 100)
    assert MAX_TEXT > 10**7
    (tmp_path / "a.txt").write_text("words " * 100)
    with Reader() as reader, pytest.raises(UnreadableFile, match="more text than a document would hold"):
        reader.read(str(tmp_path / "a.txt"))

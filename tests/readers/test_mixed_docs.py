"""A folder of real files, normal and nasty, from end to end."""

# ruff: noqa: RUF001 - foreign letters are what this is about
from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import pytest

from semspace.errors import SkippedFile, UnreadableFile
from semspace.readers import Reader, walk
from semspace.records import Document

DATA = Path(__file__).parents[2] / "../shared/data"
MIXED = DATA / "mixed-docs"
pytestmark = pytest.mark.skipif(not MIXED.is_dir(), reason="the folder of mixed documents is not beside the checkout")

Outcome = Document | str


@pytest.fixture(scope="module")
def outcomes() -> Mapping[str, Outcome]:
    """Read each file once: a document, or the reason why there is none."""
    root = MIXED.resolve()
    results: dict[str, Outcome] = {}
    with Reader() as reader:
        for found in walk(root):
            name = found.path.removeprefix(f"{root}/")
            if found.skipped:
                results[name] = f"skipped: {found.skipped}"
                continue
            try:
                results[name] = reader.read(found.path).document
            except SkippedFile as error:
                results[name] = f"skipped: {error}"
            except UnreadableFile as error:
                results[name] = f"unreadable: {error}"
    return results


def manifest() -> dict[str, str]:
    with (MIXED / "MANIFEST.tsv").open(encoding="utf-8", newline="") as file:
        return {row["file"]: row["what"] for row in csv.DictReader(file, delimiter="\t")}


def text(outcomes: Mapping[str, Outcome], name: str) -> str:
    outcome = outcomes[name]
    assert isinstance(outcome, Document), outcome
    return outcome.text


def test_every_file_is_read_or_has_a_short_true_reason(outcomes: Mapping[str, Outcome]) -> None:
    assert set(manifest()) <= set(outcomes)
    for name, outcome in outcomes.items():
        if isinstance(outcome, str):
            assert len(outcome) < 80, name
            assert not any(word in outcome for word in ("Error", "Exception", "panic", "\n")), name
        else:
            assert outcome.text.strip(), name
            assert "\x00" not in outcome.text
            outcome.text.encode("utf-8")


def test_encrypted_files_are_unreadable_and_say_why(outcomes: Mapping[str, Outcome]) -> None:
    for name, what in manifest().items():
        if what.startswith(("ENCRYPTED", "DRM")) and "EMPTY user password" not in what and not name.endswith(".zip"):
            assert str(outcomes[name]).startswith("unreadable: encrypted"), (name, outcomes[name])


def test_archives_are_never_opened(outcomes: Mapping[str, Outcome]) -> None:
    names = [name for name in outcomes if name.endswith((".zip", ".gz", ".bz2", ".Z", "LZMA_oom"))]
    assert len(names) >= 7
    assert {outcomes[name] for name in names} == {"skipped: archive"}


def test_everything_that_is_neither_encrypted_nor_damaged_is_read(outcomes: Mapping[str, Outcome]) -> None:
    for name in manifest():
        if not name.startswith("nasty/"):
            assert isinstance(outcomes[name], Document), (name, outcomes[name])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("text-encodings/Chinese_Mandarin-HZ.txt", "世界人权宣言"),
        ("text-encodings/French_Francais-Latin1.txt", "Déclaration"),
        ("text-encodings/Hebrew_Ivrit-Hebrew.txt", "זכויות האדם"),
        ("text-encodings/Japanese_Nihongo-JIS.txt", "世界人権宣言"),
        ("text-encodings/Russian-Cyrillic.txt", "Всеобщая декларация прав человека"),
        ("text-encodings/english.cp500.txt", "IntelliStation POWER"),
        ("text-encodings/multi-language.txt", "prácticas"),
        ("html/testHTMLNoisyMetaEncoding_1.html", "الاتحاد الجزائري"),
        ("html/testHTML_charset_utf16le.html", "This is a sample text"),
        ("html/big-preamble.html", "Континент-Недвижимость"),
        ("html/wiki_duck.html", "Common name for many species of bird"),
        ("office/testRTFJapanese.rtf", "ゾルゲと尾崎、淡々と最期"),
        ("office/testRTF-ms932.rtf", "こんにちは"),
        ("office/testRTFWord2010CzechCharacters.rtf", "Článek týdne"),
        ("office/testRTFVarious.rtf", "𐌲𐌿𐍄𐌹𐍃𐌺"),
        ("office/greek_heading_styles.doc", "Überschriften in nicht‑englischer Sprache"),
        ("office/footnotes.docx", "snoska"),
        ("office/test_with_comment.docx", "This is a test comment"),
        ("office/text_document_01.odt", "Lorem Ipsum is simply dummy text"),
        ("office/csv-semicolon.csv", "First Name: Sheryl; Last Name: Baxter"),
        ("mail/msg_simple.msg", "This is a simple email body"),
        ("mail/complex.mbox", "When a Mapper completes"),
        ("pdf/testPDFVarious.pdf", "ゾルゲと尾崎、淡々と最期"),
        ("pdf/normal_4pages.pdf", "코로나"),
        ("pdf/testJournalParser.pdf", "Stress-Engineered MEMS"),
        ("nasty/testODP_NPE.odp", "Medicine and Health Care"),
        ("nasty/testPDF_protected.pdf", "RETHINKING THE FINANCIAL NETWORK"),
        ("ebook/testEPUB_multi-metadata-vals.epub", "The Inheritors"),
    ],
)
def test_the_words_are_right(outcomes: Mapping[str, Outcome], name: str, words: str) -> None:
    assert words in " ".join(text(outcomes, name).split())


def test_no_text_is_full_of_replacement_characters(outcomes: Mapping[str, Outcome]) -> None:
    for name, outcome in outcomes.items():
        if isinstance(outcome, Document):
            assert outcome.text.count("\ufffd") <= 0.01 * len(outcome.text), name


@pytest.mark.parametrize(
    ("name", "count"), [("nasty/testPDF_protected.pdf", 41), ("office/test.pptx", 6), ("nasty/testODP_NPE.odp", 37)]
)
def test_pages_are_counted(outcomes: Mapping[str, Outcome], name: str, count: int) -> None:
    outcome = outcomes[name]
    assert isinstance(outcome, Document)
    assert len(outcome.pages) == count
    assert list(outcome.pages) == sorted(outcome.pages)


def test_the_attack_by_external_entity_finds_nothing(outcomes: Mapping[str, Outcome]) -> None:
    assert outcomes["nasty/testXXE.xml"] == "skipped: no text in it"


def test_lines_of_documentation_are_the_lines_of_their_files() -> None:
    root = (DATA / "hugo-docs").resolve()
    if not root.is_dir():
        pytest.skip("the documentation folder is not beside the checkout")
    titled = 0
    skipped: list[str] = []
    with Reader() as reader:
        for found in walk(root, include=["*.md"]):
            try:
                document = reader.read(found.path).document
            except SkippedFile as error:
                skipped.append(error.message)
                continue
            source = Path(found.path).read_text("utf-8").split("\n")
            lines = document.text.split("\n")
            assert len(lines) == len(source)
            begin = next((number for number, line in enumerate(lines) if line), len(lines))
            assert lines[begin:] == source[begin:]
            titled += document.title is not None
    assert titled > 850
    assert skipped == []

"""Text in any encoding."""

# ruff: noqa: RUF001 - foreign letters are what this is about
from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semspace.errors import SkippedFile
from semspace.readers.decoding import clean, decode

TEXTS = {
    "English": ("All human beings are born free and equal in dignity and rights. They are endowed with reason and conscience."),
    "German": (
        "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft und Gewissen "
        "begabt und sollen einander im Geiste der Brüderlichkeit begegnen. Jeder hat Anspruch auf die in dies"
        "er Erklärung verkündeten Rechte und Freiheiten ohne irgendeinen Unterschied, etwa nach Überzeugung, "
        "Vermögen oder sonstigen Umständen."
    ),
    "Polish": (
        "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw. Są oni obdarzeni roz"
        "umem i sumieniem i powinni postępować wobec innych w duchu braterstwa. Każdy człowiek ma prawo do ży"
        "cia i wolności."
    ),
    "Russian": (
        "Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены разумом и совесть"
        "ю и должны поступать в отношении друг друга в духе братства. Каждый человек должен обладать всеми пр"
        "авами."
    ),
    "Greek": (
        "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα. Είναι προικισμέν"
        "οι με λογική και συνείδηση, και οφείλουν να συμπεριφέρονται μεταξύ τους με πνεύμα αδελφοσύνης."
    ),
    "Hebrew": (
        "כל בני אדם נולדו בני חורין ושווים בערכם ובזכויותיהם. כולם חוננו בתבונה ובמצפון, לפיכך חובה עליהם לנה"
        "וג איש ברעהו ברוח של אחווה. כל אדם זכאי לזכויות ולחירויות שנקבעו בהכרזה זו."
    ),
    "Arabic": (
        "يولد جميع الناس أحرارا متساوين في الكرامة والحقوق. وقد وهبوا عقلا وضميرا وعليهم أن يعامل بعضهم بعضا "
        "بروح الإخاء. لكل إنسان حق التمتع بكافة الحقوق والحريات الواردة في هذا الإعلان."
    ),
    "Japanese": (
        "すべての人間は、生れながらにして自由であり、かつ、尊厳と権利とについて平等である。人間は、理性と良心とを授けられており、"
        "互いに同胞の精神をもって行動しなければならない。すべて人は、いかなる事由による差別をも受けることなく。"
    ),
    "Chinese": (
        "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟关系的精神相对待。人人有资格享有本宣言所载的一切权利"
        "和自由，不分种族、肤色、性别、语言、宗教、政治或其他见解。"
    ),
    "Traditional Chinese": (
        "人人生而自由，在尊嚴和權利上一律平等。他們賦有理性和良心，並應以兄弟關係的精神相對待。人人有資格享有本宣言所載的一切權利"
        "和自由，不分種族、膚色、性別、語言、宗教、政治或其他見解。"
    ),
    "Korean": (
        "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. 인간은 천부적으로 이성과 양심을 부여"
        "받았으며 서로 형제애의 정신으로 행동하여야 한다. 모든 사람은 이 선언에 규정된 모든 권리와 자유를 향유할 "
        "자격이 있다."
    ),
}
UNICODE = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
ENCODINGS = {
    "English": ("ascii", "cp500", "cp037"),
    "German": ("latin-1", "cp1252", "iso8859-15", "cp850", "mac_roman"),
    "Polish": ("iso8859-2", "cp1250", "cp852"),
    "Russian": ("koi8-r", "cp1251", "iso8859-5", "cp866"),
    "Greek": ("iso8859-7", "cp1253"),
    "Hebrew": ("iso8859-8", "cp1255"),
    "Arabic": ("cp1256", "iso8859-6"),
    "Japanese": ("shift_jis", "cp932", "euc_jp", "iso2022_jp"),
    "Chinese": ("gb2312", "gb18030", "hz"),
    "Traditional Chinese": ("big5",),
    "Korean": ("euc_kr", "cp949"),
}
CASES = [(language, encoding) for language in TEXTS for encoding in (*UNICODE, *ENCODINGS[language])]


@pytest.mark.parametrize(("language", "encoding"), CASES)
def test_each_language_is_read_in_each_of_its_encodings(language: str, encoding: str) -> None:
    text = TEXTS[language]
    assert decode((text + "\n").encode(encoding)) == text + "\n"


@pytest.mark.parametrize("language", ["Russian", "Japanese", "Korean"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_a_character_cut_off_at_the_end_costs_only_itself(language: str, encoding: str) -> None:
    text = TEXTS[language]
    assert decode(text.encode(encoding)[:-1]) == text[:-1] or text.isascii()


def test_japanese_cut_inside_a_character_is_read() -> None:
    data = TEXTS["Japanese"].encode("iso2022_jp")[:101]
    assert TEXTS["Japanese"].startswith(decode(data)[:-1])
    assert len(decode(data)) > 40


def test_windows_quotes_in_a_text_that_says_latin_1_are_quotes() -> None:
    assert decode("„Größe“ – naïve".encode("cp1252"), "iso-8859-1") == "„Größe“ – naïve"


def test_a_declared_encoding_is_believed_where_it_is_true() -> None:
    text = "Ещё"
    assert decode(text.encode("koi8-r"), "koi8-r") == text
    assert decode(TEXTS["Russian"].encode("cp1251"), "ascii") == TEXTS["Russian"]
    assert decode("schön".encode(), "latin-1") == "schön"


@pytest.mark.parametrize("name", ["zlib", "base64", "rot13", "idna", "unicode_escape", "nonsense", "\x00", ""])
def test_what_is_declared_but_no_encoding_is_passed_over(name: str) -> None:
    assert decode(b"caf\xe9, na\xefve, d\xe9j\xe0 vu", name) == "café, naïve, déjà vu"


def test_a_few_bad_bytes_do_not_turn_a_whole_file_into_mojibake() -> None:
    data = (TEXTS["Russian"] * 5).encode() + b"\xff\xfe" + TEXTS["Greek"].encode()
    text = decode(data)
    assert TEXTS["Russian"] in text
    assert TEXTS["Greek"] in text


def test_the_only_foreign_letter_may_stand_far_from_the_begin() -> None:
    data = b"plain words here\n" * 20000 + "Größe, Höhe und Länge über alles\n".encode("latin-1")
    assert decode(data).endswith("Größe, Höhe und Länge über alles\n")


def test_newlines_become_one_kind_and_what_no_text_holds_is_replaced() -> None:
    assert decode(b"a\r\nb\rc\n") == "a\nb\nc\n"
    assert decode(b"a line of words\x00 and more words") == "a line of words\ufffd and more words"
    assert clean("a\ud800b") == "a\ufffdb"


@pytest.mark.parametrize(
    "data",
    [bytes(range(256)) * 40, b"\x00\x01\x02\x03" * 500, codecs.BOM_UTF8 + b"\x00\x01\x02" * 200, b"\x7f\x02\x11" * 99],
)
def test_binary_is_no_text(data: bytes) -> None:
    with pytest.raises(SkippedFile, match="binary"):
        decode(data)


@given(st.binary(max_size=400), st.sampled_from([None, "utf-8", "utf-16", "shift_jis", "hz"]))
def test_any_bytes_are_text_fit_to_store_or_are_skipped(data: bytes, declared: str | None) -> None:
    try:
        text = decode(data, declared)
    except SkippedFile:
        return
    assert text == text.encode("utf-8").decode("utf-8")
    assert "\x00" not in text
    assert "\r" not in text


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1))
def test_utf_8_comes_through_as_it_is(text: str) -> None:
    try:
        assert decode(text.encode()) == clean(text).removeprefix("\ufeff")
    except SkippedFile:
        assert "\ufffd" in text

"""What of a foreign text reaches a terminal."""

from __future__ import annotations

import json
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semspace.ui.safe import escape_json, safe_text

ANYTHING = st.text(st.characters(codec=None, categories=None), max_size=40)
SHOWN_FORMATS = {"\u0600", "\u0601", "\u0602", "\u0603", "\u0604", "\u0605", "\u06dd", "\u070f", "\u0890", "\u0891", "\u08e2"}
SHOWN_FORMATS |= {"\U000110bd", "\U000110cd"}  # signs that stand under or over digits: they have a shape


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", "\\x1b[2J"),
        ("\x1b]52;c;aGk=\x07", "\\x1b]52;c;aGk=\\x07"),
        ("\x9b31m", "\\x9b31m"),
        ("a\rb", "a\\rb"),
        ("a\x00b\x7fc", "a\\x00b\\x7fc"),
        ("rust\u202ecod.exe", "rust\\u202ecod.exe"),
        ("pay\u200bpal", "pay\\u200bpal"),
        ("a\u200db", "a\\u200db"),
        ("\U000e0041\U000e0042", "\\U000e0041\\U000e0042"),
        ("a\u2028b", "a\\u2028b"),
        ("caf\udce9.txt", "caf\\xe9.txt"),
        ("\ud800", "\\ud800"),
        ("x\ufe0f\ufe0f", "x\\ufe0f\\ufe0f"),
        ("Z" + "\u0335" * 30, "Z" + "\u0335" * 8 + "…"),
        ("[/] [red]", "[/] [red]"),
    ],
)
def test_what_could_trick_a_reader_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert safe_text(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "naïve café",
        "日本語",
        "می\u200cخواهم",  # noqa: RUF001
        "क्\u200dष",
        "👩\u200d👩\u200d👧",
        "❤\ufe0f\u200d🔥",
        "1\ufe0f\u20e3",
        "葛\U000e0100",
        "a\n\tb",
    ],
)
def test_honest_text_stays_as_it_is(text: str) -> None:
    assert safe_text(text) == text


def test_a_file_name_stays_on_one_line() -> None:
    assert safe_text("a\nb\tc\r", one_line=True) == "a\\nb\\tc\\r"


def test_windows_line_ends_and_soft_hyphens_do_not_litter_a_text() -> None:
    assert safe_text("Donau\xaddampf\r\nschiff") == "Donaudampf\nschiff"


def test_every_character_of_a_dangerous_kind_is_shown_as_an_escape() -> None:
    dangerous = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    left = [
        f"U+{code:04X}"
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)) in dangerous
        and chr(code) not in SHOWN_FORMATS
        and safe_text(f"a{chr(code)}b", one_line=True) == f"a{chr(code)}b"
    ]
    assert left == []


@given(ANYTHING)
def test_safe_text_is_safe_already(text: str) -> None:
    assert safe_text(safe_text(text)) == safe_text(text)
    assert safe_text(text).encode("utf-8").decode() == safe_text(text)


@given(ANYTHING)
def test_json_means_the_same_after_escaping_and_is_plain_utf_8(text: str) -> None:
    escaped = escape_json(json.dumps({"text": text}, ensure_ascii=False))
    assert json.loads(escaped) == {"text": text}
    assert not {unicodedata.category(char) for char in escaped.encode("utf-8").decode()} & {"Cc", "Cs", "Zl", "Zp"}

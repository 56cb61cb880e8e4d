"""Passages are exact slices that cover the text and fit the encoder."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from semspace.chunking import BLOCK, CONTEXT_TOKENS, WIDEST, Chunker
from semspace.encoders import Encoder
from semspace.records import Document, Heading

KINDS = ["text", "markdown", "code"]
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=2000) | st.lists(
    st.sampled_from(
        ["# Bread\n", "\n", "\n\n", "rain and wind. ", "- flour\n", "```\n", "water ", "\t", "北京", "> quote\n", "é"]
    ),
    max_size=300,
).map("".join)


@pytest.fixture(scope="module")
def chunker(tiny_encoder: Encoder) -> Chunker:
    return Chunker(tiny_encoder.tokenizer_json, tiny_encoder.capacity("passage"))


def blank(text: str) -> bool:
    return not text.strip()


@given(text=TEXTS, kind=st.sampled_from(KINDS))
@settings(max_examples=200, deadline=None)
def test_passages_are_slices_in_order_that_cover_every_character_that_is_not_blank(
    chunker: Chunker, text: str, kind: str
) -> None:
    passages = chunker.chunk(Document("/a", text, kind))
    position = 0
    for passage in passages:
        assert passage.start >= position
        assert passage.text == text[passage.start : passage.end]
        assert not blank(passage.text)
        assert blank(text[position : passage.start])
        position = passage.end
    assert blank(text[position:])


@given(text=TEXTS)
@settings(max_examples=50, deadline=None)
def test_line_numbers_are_those_of_the_text(chunker: Chunker, text: str) -> None:
    for passage in chunker.chunk(Document("/a", text)):
        assert passage.start_line == text.count("\n", 0, passage.start) + 1
        assert passage.end_line == text.count("\n", 0, passage.end) + 1


def test_a_passage_with_its_context_fits_the_encoder(chunker: Chunker, tiny_encoder: Encoder) -> None:
    text = "".join(f"# Part {i} {'of the long heading ' * 9}\n\n{'rain and wind on the sea ' * 40}\n\n" for i in range(9))
    document = Document("/a", text, "markdown", title="A title " * 30, headings=(Heading(0, ("Outer " * 40, "Inner " * 40)),))
    passages = chunker.chunk(document)
    assert len(passages) > 9
    counts = tiny_encoder.count_tokens([passage.encoded for passage in passages])
    assert max(counts) <= tiny_encoder.capacity("passage")


def test_the_innermost_heading_survives_a_context_that_is_too_long(chunker: Chunker) -> None:
    headings = (Heading(0, (*("outer heading " * 30 for _ in range(3)), "bread oven")),)
    passage = chunker.chunk(Document("/a", "flour and water", headings=headings))[0]
    assert passage.context.endswith("bread oven")
    assert passage.heading == headings[0].path


def test_a_passage_stands_under_the_last_heading_before_it(chunker: Chunker) -> None:
    text = "intro " * 40 + "\n\n" + "bread " * 40
    cut = text.index("bread")
    document = Document("/a", text, headings=(Heading(0, ("One",)), Heading(cut, ("One", "Two"))))
    headings = [(passage.start >= cut, passage.heading) for passage in chunker.chunk(document)]
    assert set(headings) == {(False, ("One",)), (True, ("One", "Two"))}


def test_a_passage_that_begins_with_its_heading_is_not_told_it_twice(chunker: Chunker) -> None:
    document = Document("/a", "# Bread\n\nflour", "markdown", title="Kitchen", headings=(Heading(0, ("Bread",)),))
    assert chunker.chunk(document)[0].context == "Kitchen"


def test_a_lone_heading_goes_with_what_follows_it(chunker: Chunker) -> None:
    words = "rain and wind on the river and the sea "
    text = "".join(f"## Part {i}\n\n" + "\n\n".join([words * 2] * 3) + "\n\n" for i in range(9)) + "# The end"
    passages = [passage.text for passage in chunker.chunk(Document("/a", text, "markdown"))]
    assert not [text for text in passages if text.startswith("## Part") and "rain" not in text]
    assert passages[-1].endswith("# The end")


def test_no_passage_crosses_a_page(chunker: Chunker) -> None:
    pages = ["rain and wind. " * 30, "bread. ", "", "the sea " * 20]
    starts = [sum(map(len, pages[:i])) for i in range(len(pages))]
    document = Document("/a", "".join(pages), pages=tuple(starts), lines=False)
    seen = set()
    for passage in chunker.chunk(document):
        assert passage.page is not None
        assert passage.start >= starts[passage.page - 1]
        assert passage.end <= starts[passage.page - 1] + len(pages[passage.page - 1])
        assert passage.start_line is None
        seen.add(passage.page)
    assert seen == {1, 2, 4}


@pytest.mark.parametrize("text", ["a" * 50_000, "北" * 30_000, "a" + "\u0301" * 20_000, "[" * 10_000, "x y " * 20_000])
def test_a_text_without_breaks_is_cut_all_the_same(chunker: Chunker, text: str) -> None:
    passages = chunker.chunk(Document("/a", text, "markdown"))
    assert max(len(passage.text) for passage in passages) <= WIDEST
    assert sum(len(passage.text.replace(" ", "")) for passage in passages) == len(text.replace(" ", ""))


def test_a_block_ends_where_a_line_ends(chunker: Chunker) -> None:
    line = "rain and wind on the sea\n"
    text = line * (3 * BLOCK // len(line))
    for passage in chunker.chunk(Document("/a", text)):
        assert passage.text.startswith("rain")


def test_a_whole_document_is_one_passage(chunker: Chunker) -> None:
    passage = chunker.whole(Document("/a", "\n  rain " + "wind " * 500))[0]
    assert passage.text == ("rain " + "wind " * 500).strip()
    assert chunker.whole(Document("/a", " \n")) == []


def test_counting_is_done_without_truncation(tiny_encoder: Encoder, chunker: Chunker) -> None:
    assert chunker.capacity == tiny_encoder.capacity("passage") - CONTEXT_TOKENS
    assert len(Tokenizer.from_file(str(tiny_encoder.tokenizer_json)).encode("rain " * 500).ids) > 500

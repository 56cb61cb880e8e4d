"""Why a passage was found: the sentence that answers, and the words that carry the match."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semspace import reasons
from semspace.arrays import TokenVectors
from semspace.encoders import Encoder
from semspace.lexical import spans
from semspace.records import Hit

ROSES = (
    "The garden lies behind the house. In February the shrubs are cut back to three buds. "
    "Visitors may come on Sundays. Tickets cost four euros."
)


def hit(query: str, text: str) -> Hit:
    return Hit(1, 7, 0.5, 0.5, "/n/a.md", 1, 1, None, (), text, {}, matches=spans(query, text))


def explained(encoder: Any, query: str, *texts: str) -> list[Hit]:
    tokens = encoder.words([query, *texts]) if encoder else None
    return reasons.explain(query, [hit(query, text) for text in texts], tokens)


def answer(found: Hit) -> str | None:
    return None if found.answer is None else found.text[slice(*found.answer)]


def by_meaning(found: Hit) -> set[str]:
    return {found.text[start:end] for start, end, strength in found.marks if (start, end) not in found.matches}


def toy(text: str, **meanings: list[float]) -> TokenVectors:
    """Give each word of a text a vector, zero where none is named."""
    words = list(re.finditer(r"\w+", text))
    vectors = [meanings.get(word.group(), [0.0] * 4) for word in words]
    return TokenVectors(np.array(vectors, dtype=np.float32), np.array([word.span() for word in words]))


def test_the_answer_is_found_by_meaning_where_no_word_is_shared(encoder: Encoder) -> None:
    found = explained(encoder, "how do I prune roses", ROSES)[0]
    assert found.matches == ()
    assert answer(found) == "In February the shrubs are cut back to three buds."


def test_words_that_mean_the_same_are_marked_and_others_are_not(encoder: Encoder) -> None:
    text = "A physician looked after the children. The automobile stood in the rain until nine."
    found = explained(encoder, "which doctor came by car", text)[0]
    assert by_meaning(found) == {"physician", "automobile"}
    assert all(0.4 < strength < 1 for *_, strength in found.marks)


def test_function_words_and_numbers_carry_nothing_by_their_meaning(encoder: Encoder) -> None:
    text = "Those whom you have met in 1997 had 12 of them, and nobody else was there for her."
    assert by_meaning(explained(encoder, "who was it that they saw in 1998 with 11 others", text)[0]) <= {"nobody"}


def test_a_nonsense_query_marks_nothing(encoder: Encoder) -> None:
    found = explained(encoder, "xqzv flurbl ggnort", ROSES, "Bread is made of flour and water.")
    assert [one.marks for one in found] == [(), ()]


def test_words_that_match_by_spelling_are_marked_with_all_their_strength(encoder: Encoder) -> None:
    for opened in (encoder, None):
        found = explained(opened, "visitors and tickets", ROSES)[0]
        assert [(found.text[s:e], w) for s, e, w in found.marks if (s, e) in found.matches] == [
            ("Visitors", 1.0),
            ("Tickets", 1.0),
        ]


def test_without_vectors_spelling_tells() -> None:
    found = explained(None, "when may visitors come", ROSES)[0]
    assert answer(found) == "Visitors may come on Sundays."
    assert {(start, end) for start, end, _ in found.marks} == set(found.matches)
    assert answer(explained(None, "quantum", ROSES)[0]) is None


def test_a_heading_is_no_answer_but_speaks_for_what_follows() -> None:
    text = "## Roses\n\nPrune them late.\n\n## Tulips\n\nPrune them early."
    assert answer(explained(None, "prune roses", text)[0]) == "Prune them late."
    assert answer(explained(None, "roses", "# Roses")[0]) == "# Roses"


def test_a_line_of_code_is_an_answer() -> None:
    text = "def open(path):\n    check(path)\n    return read_bytes(path)\n"
    assert answer(explained(None, "check", text)[0]) == "check(path)"


def test_unspaced_scripts_are_answered_too(encoder: Encoder) -> None:
    text = "庭は家の裏にあります。剪定は冬の終わりに行います。切符は四ユーロです。"
    for opened in (encoder, None):
        found = explained(opened, "剪定はいつ", text)[0]
        assert answer(found) == "剪定は冬の終わりに行います。"
        assert by_meaning(found) == set()


def test_the_weights_of_words_decide_between_sentences() -> None:
    query, text = "Rare Common", "Common thing. Rare thing."
    meanings = {"Rare": [0.9, 0, 0, 0], "Common": [0, 0.3, 0, 0]}
    tokens = [toy(query, **meanings), toy(text, **meanings)]
    assert answer(reasons.explain(query, [hit(query, text)], tokens)[0]) == "Rare thing."


def test_a_token_may_cover_several_characters_of_an_unspaced_script() -> None:
    meaning = np.eye(400, dtype=np.float32)[:1]
    text = "あの猫犬。"
    tokens = [TokenVectors(meaning, np.array([[0, 3]])), TokenVectors(meaning, np.array([[2, 4]]))]
    assert by_meaning(reasons.explain("cat", [hit("cat", text)], tokens)[0]) == {"猫犬"}


def test_tokens_can_be_taken_from_a_text_that_had_a_title_before_it() -> None:
    tokens = TokenVectors(np.eye(3, dtype=np.float32), np.array([[0, 5], [6, 9], [10, 14]]))
    found = reasons.shifted(tokens, 6)
    assert found.spans.tolist() == [[0, 3], [4, 8]]
    assert found.vectors.tolist() == np.eye(3)[1:].tolist()


def test_each_hit_is_explained_as_if_it_stood_alone_nearly(encoder: Encoder) -> None:
    texts = [ROSES, "A physician looked after the children. It rained.", "Bread is made of flour. It is baked in an oven."]
    together = explained(encoder, "the doctor who bakes", *texts)
    assert [answer(one) for one in together] == [answer(explained(encoder, "the doctor who bakes", text)[0]) for text in texts]


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=12), st.lists(st.text(st.sampled_from("the cat sat. \n漢字か9_'\u0301"), max_size=30), max_size=4))
def test_any_text_can_be_explained(tiny_encoder: Any, query: str, texts: list[str]) -> None:
    for encoder in (tiny_encoder, None):
        for found, text in zip(explained(encoder, query, *texts), texts, strict=True):
            assert found.text == text
            assert found.answer is None or 0 <= found.answer[0] < found.answer[1] <= len(text)
            assert all(0 <= start < end <= len(text) and 0 < strength <= 1 for start, end, strength in found.marks)
            assert list(found.marks) == sorted(found.marks)


def test_vectors_in_context_are_taken_by_the_same_code(encoder: Any) -> None:
    query = "how do I prune roses"
    tokens = [*encoder.encode_tokens([query], "query"), *encoder.encode_tokens([ROSES], "passage")]
    assert (
        answer(reasons.explain(query, [hit(query, ROSES)], tokens)[0]) == "In February the shrubs are cut back to three buds."
    )


def test_nothing_is_explained_where_there_is_nothing() -> None:
    assert reasons.explain("cat", []) == []
    assert reasons.explain("?!", [hit("cat", "the cat")])[0].answer is None


@pytest.mark.parametrize("dim", [2, 256])
def test_a_threshold_suits_the_dimensions(dim: int) -> None:
    rng = np.random.default_rng(5)
    text = " ".join(f"w{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(400))
    query = "qa qb qc"

    def drawn(words: str) -> TokenVectors:
        places = np.array([(i, i + len(w)) for i, w in _placed(words)])
        vectors = rng.standard_normal((len(places), dim)).astype(np.float32)
        return TokenVectors(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), places)

    assert reasons.explain(query, [hit(query, text)], [drawn(query), drawn(text)])[0].marks == ()


def _placed(words: str) -> list[tuple[int, str]]:
    found, at = [], 0
    for word in words.split(" "):
        found.append((at, word))
        at += len(word) + 1
    return found
